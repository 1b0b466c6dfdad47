/* The bytes of an unchanging database file; private to the SQLite engine. */
#pragma once

#include "store/sqlite_connection.h"

/*
 * Makes `reader` see the database as the file alone has it, with nothing left in the write-ahead
 * log, and keep it so: until its transaction ends nobody can change the file, while writers go on
 * in the log. `writer` must have no transaction; others write again as soon as this returns.
 * CONFLICT: a transaction that does not end keeps the log.
 */
enum status sqlite_copy_begin(struct connection *writer, struct connection *reader);
/* The file, from its first byte to its last. */
enum status sqlite_copy_file(struct connection *reader, const struct db_sink *sink);
