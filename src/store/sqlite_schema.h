/* The schema of an SQLite file: whose it is, its version, its migrations, whether it is whole. */
#pragma once

#include "store/sqlite_connection.h"

/* DATABASE: of another program, or of a newer certferry. Version 0 is an empty file. */
enum status schema_version(struct connection *connection, int64_t *ret_version);
/* Runs the migrations that are missing, each in one transaction; several processes may do it at
 * once. */
enum status schema_migrate(struct connection *connection);
/* `quick` leaves out the comparison of indexes with their tables. DATABASE names the damage. */
enum status schema_check(struct connection *connection, bool quick);
