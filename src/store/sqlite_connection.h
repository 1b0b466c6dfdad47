/*
 * One SQLite connection with its settings and its prepared statements; private to the SQLite
 * engine. Used by one thread at a time. The only place that translates SQLite's result codes.
 */
#pragma once

#include "store/db_engine.h"

#include <sqlite3.h>

struct connection;

/* A statement of the connection, also while it gives rows. */
struct sqlite_rows {
    struct db_rows base;
    struct connection *connection;
    sqlite3_stmt *statement; /* NULL until it is first used */
    bool running;
    int64_t changes;
};

struct connection {
    sqlite3 *handle;
    const char *path;        /* the caller's */
    int64_t patience_ms;     /* how long to wait for other processes */
    int64_t wait_until;      /* of the wait under way, on the monotonic clock */
    enum status failure;     /* the first fault of the transaction under way */
    struct connection *next; /* in a list of free ones */
    struct sqlite_rows rows[QUERY_COUNT];
};

/* A reader refuses to write. `path` must outlive the connection. */
enum status connection_open(const char *path, bool reader, struct connection **ret_connection);
void connection_close(struct connection *connection);
CLEANUP_POINTER(struct connection, connection_close)

/* Prepares every named statement now, so that a mistake in one is found at start. */
enum status connection_prepare_all(struct connection *connection);

/* DATABASE, DISK_FULL, NO_MEMORY, CONFLICT, FORBIDDEN or INTERNAL with what SQLite says; `result`
 * is a result code that is not OK. Faults are also kept as the transaction's failure. */
enum status connection_fail(struct connection *connection, int result, const char *what);

/* Statements without rows that matter. */
enum status connection_run(struct connection *connection, const char *sql);
/* The first column of the first row as a number, and as a text to be freed. */
enum status connection_ask_integer(struct connection *connection, const char *sql,
                                   int64_t *ret_integer);
enum status connection_ask_text(struct connection *connection, const char *sql, char **ret_text);
/* Whether it gives any row. */
enum status connection_ask_any(struct connection *connection, const char *sql, bool *ret_any);

/* The engine's functions of these names. */
enum status connection_query(struct connection *connection, enum query query,
                             const struct db_param *params, size_t count,
                             struct db_rows **ret_rows);
enum status sqlite_next(struct db_rows *rows, bool *ret_row);
void sqlite_rows_end(struct db_rows *rows);
int64_t sqlite_changes(struct db_rows *rows);
int sqlite_column_count(struct db_rows *rows);
const char *sqlite_column_name(struct db_rows *rows, int column);
int64_t sqlite_column_integer(struct db_rows *rows, int column);
struct span sqlite_column_bytes(struct db_rows *rows, int column);
