/*
 * Settings, waiting, statements and errors of one connection.
 *
 * Another process that holds the database is waited for by polling every few milliseconds, because
 * SQLite's locks have no queue; the one who has many writers waiting makes room for the others
 * (db_sqlite.c). A minute is far beyond any transaction of ours: whoever waited so long is told
 * that something hangs.
 */
#include "store/sqlite_connection.h"

#include "base/clock.h"

#include <errno.h>
#include <time.h>

enum { PATIENCE_MS = 60 * 1000, POLL_FAST_TRIES = 10, POLL_FAST_MS = 1, POLL_MS = 4 };

/* KiB: many rows in a row (an import) find their indexes in memory. Taken when it is needed. */
#define WRITER_CACHE "PRAGMA cache_size = -16384"

static const char settings[] = "PRAGMA foreign_keys = ON;"
                               "PRAGMA secure_delete = ON;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA recursive_triggers = ON;";

static int wait_for_others(void *context, int tries)
{
    struct connection *connection = context;
    int64_t now = clock_monotonic_ms();
    if (tries == 0)
        connection->wait_until = now + connection->patience_ms;
    if (now >= connection->wait_until)
        return 0;
    long pause_ms = tries < POLL_FAST_TRIES ? POLL_FAST_MS : POLL_MS;
    nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000000}, NULL);
    return 1;
}

static bool is_disk_full(const struct connection *connection, int result)
{
    int error = sqlite3_system_errno(connection->handle);
    bool no_room = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return (result & 0xff) == SQLITE_FULL || ((result & 0xff) == SQLITE_IOERR && no_room);
}

static enum status status_of_constraint(int result)
{
    if (result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY)
        return STATUS_CONFLICT;
    return result == SQLITE_CONSTRAINT_TRIGGER ? STATUS_FORBIDDEN : STATUS_INTERNAL;
}

static enum status status_of(const struct connection *connection, int result)
{
    if (is_disk_full(connection, result))
        return STATUS_DISK_FULL;
    if ((result & 0xff) == SQLITE_CONSTRAINT)
        return status_of_constraint(result);
    if ((result & 0xff) == SQLITE_NOMEM)
        return STATUS_NO_MEMORY;
    bool ours = (result & 0xff) == SQLITE_MISUSE || (result & 0xff) == SQLITE_READONLY ||
                (result & 0xff) == SQLITE_ERROR || (result & 0xff) == SQLITE_RANGE;
    return ours && result != SQLITE_READONLY_DBMOVED ? STATUS_INTERNAL : STATUS_DATABASE;
}

enum status connection_fail(struct connection *connection, int result, const char *what)
{
    enum status status = status_of(connection, result);
    if (status_kind(status) == STATUS_KIND_FAULT && connection->failure == STATUS_OK)
        connection->failure = status;
    return status_fail(status, "%s: %s: %s (SQLite %d)", connection->path, what,
                       sqlite3_errmsg(connection->handle), result);
}

enum status connection_run(struct connection *connection, const char *sql)
{
    int result = sqlite3_exec(connection->handle, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? STATUS_OK : connection_fail(connection, result, "cannot be used");
}

static void statement_end(sqlite3_stmt *statement)
{
    sqlite3_finalize(statement);
}
CLEANUP_POINTER(sqlite3_stmt, statement_end)

static enum status ask(struct connection *connection, const char *sql, sqlite3_stmt **ret_row)
{
    sqlite3_stmt *statement defer(statement_end) = NULL;
    int result = sqlite3_prepare_v2(connection->handle, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result != SQLITE_ROW)
        return connection_fail(connection, result, "cannot be read");
    *ret_row = take(statement);
    return STATUS_OK;
}

enum status connection_ask_any(struct connection *connection, const char *sql, bool *ret_any)
{
    sqlite3_stmt *statement defer(statement_end) = NULL;
    int result = sqlite3_prepare_v2(connection->handle, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return connection_fail(connection, result, "cannot be read");
    *ret_any = result == SQLITE_ROW;
    return STATUS_OK;
}

enum status connection_ask_integer(struct connection *connection, const char *sql,
                                   int64_t *ret_integer)
{
    sqlite3_stmt *row defer(statement_end) = NULL;
    TRY(ask(connection, sql, &row));
    *ret_integer = sqlite3_column_int64(row, 0);
    return STATUS_OK;
}

enum status connection_ask_text(struct connection *connection, const char *sql, char **ret_text)
{
    sqlite3_stmt *row defer(statement_end) = NULL;
    TRY(ask(connection, sql, &row));
    const char *text = (const char *)sqlite3_column_text(row, 0);
    char *copy = strdup(text == NULL ? "" : text);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a text");
    *ret_text = copy;
    return STATUS_OK;
}

static enum status configure(struct connection *connection, bool reader)
{
    sqlite3 *handle = connection->handle;
    sqlite3_busy_handler(handle, wait_for_others, connection);
    bool ok = sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
              sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) == SQLITE_OK &&
              sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL) == SQLITE_OK &&
              sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL) == SQLITE_OK;
    if (!ok)
        return connection_fail(connection, SQLITE_MISUSE, "SQLite lacks a safety setting");
    TRY(connection_run(connection, settings));
    if (reader)
        return connection_run(connection, "PRAGMA query_only = ON");
    char *mode defer(free) = NULL;
    TRY(connection_run(connection, WRITER_CACHE));
    TRY(connection_ask_text(connection, "PRAGMA journal_mode = WAL", &mode));
    if (strcmp(mode, "wal") != 0)
        return status_fail(STATUS_DATABASE, "%s: this file system cannot hold a write-ahead log",
                           connection->path);
    return STATUS_OK;
}

enum status connection_open(const char *path, bool reader, struct connection **ret_connection)
{
    struct connection *connection defer(connection_close) = calloc(1, sizeof *connection);
    if (connection == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a connection");
    connection->path = path;
    connection->patience_ms = PATIENCE_MS;
    int result =
        sqlite3_open_v2(path, &connection->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (result != SQLITE_OK)
        return connection_fail(connection, result, "cannot be opened");
    TRY(configure(connection, reader));
    *ret_connection = take(connection);
    return STATUS_OK;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    for (int i = 0; i < QUERY_COUNT; i++)
        sqlite3_finalize(connection->rows[i].statement);
    sqlite3_close(connection->handle);
    free(connection);
}

static enum status prepare(struct connection *connection, enum query query)
{
    struct sqlite_rows *rows = &connection->rows[query];
    if (rows->statement != NULL)
        return STATUS_OK;
    const char *sql = query_texts[query].sql;
    int result = sqlite3_prepare_v3(connection->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                    &rows->statement, NULL);
    if (result != SQLITE_OK)
        return connection_fail(connection, result, query_texts[query].name);
    rows->base.engine = &db_engine_sqlite;
    rows->connection = connection;
    return STATUS_OK;
}

enum status connection_prepare_all(struct connection *connection)
{
    for (int i = 0; i < QUERY_COUNT; i++)
        TRY(prepare(connection, (enum query)i));
    return STATUS_OK;
}

static int bind(sqlite3_stmt *statement, int number, const struct db_param *param)
{
    const char *bytes = (const char *)param->bytes.ptr;
    switch (param->type) {
    case DB_NULL:
        return sqlite3_bind_null(statement, number);
    case DB_INTEGER:
        return sqlite3_bind_int64(statement, number, param->integer);
    case DB_TEXT:
        return sqlite3_bind_text64(statement, number, bytes, param->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(statement, number, bytes, param->bytes.len, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static const struct db_param *find(const struct db_param *params, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(params[i].name, name) == 0)
            return &params[i];
    return NULL;
}

static enum status bind_all(struct sqlite_rows *rows, const struct query_text *text,
                            const struct db_param *params, size_t count)
{
    for (size_t i = 0; i < text->parameter_count; i++) {
        const struct db_param *param = find(params, count, text->parameters[i]);
        if (param == NULL)
            return status_fail(STATUS_INTERNAL, "the statement %s lacks its parameter %s",
                               text->name, text->parameters[i]);
        int result = bind(rows->statement, (int)i + 1, param);
        if (result != SQLITE_OK)
            return connection_fail(rows->connection, result, text->name);
    }
    return STATUS_OK;
}

enum status connection_query(struct connection *connection, enum query query,
                             const struct db_param *params, size_t count, struct db_rows **ret_rows)
{
    TRY(prepare(connection, query));
    struct sqlite_rows *rows = &connection->rows[query];
    if (rows->running)
        return status_fail(STATUS_INTERNAL, "the statement %s runs already",
                           query_texts[query].name);
    TRY(bind_all(rows, &query_texts[query], params, count));
    rows->running = true;
    rows->changes = 0;
    *ret_rows = &rows->base;
    return STATUS_OK;
}

static struct sqlite_rows *sqlite_rows_of(struct db_rows *rows)
{
    return (struct sqlite_rows *)rows;
}

enum status sqlite_next(struct db_rows *rows, bool *ret_row)
{
    struct sqlite_rows *own = sqlite_rows_of(rows);
    int result = sqlite3_step(own->statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return connection_fail(own->connection, result,
                               query_texts[own - own->connection->rows].name);
    if (result == SQLITE_DONE)
        own->changes = sqlite3_changes64(own->connection->handle);
    *ret_row = result == SQLITE_ROW;
    return STATUS_OK;
}

void sqlite_rows_end(struct db_rows *rows)
{
    struct sqlite_rows *own = sqlite_rows_of(rows);
    sqlite3_reset(own->statement);
    sqlite3_clear_bindings(own->statement);
    own->running = false;
}

int64_t sqlite_changes(struct db_rows *rows)
{
    return sqlite_rows_of(rows)->changes;
}

int sqlite_column_count(struct db_rows *rows)
{
    return sqlite3_column_count(sqlite_rows_of(rows)->statement);
}

const char *sqlite_column_name(struct db_rows *rows, int column)
{
    return sqlite3_column_name(sqlite_rows_of(rows)->statement, column);
}

int64_t sqlite_column_integer(struct db_rows *rows, int column)
{
    return sqlite3_column_int64(sqlite_rows_of(rows)->statement, column);
}

struct span sqlite_column_bytes(struct db_rows *rows, int column)
{
    sqlite3_stmt *statement = sqlite_rows_of(rows)->statement;
    const void *bytes = sqlite3_column_blob(statement, column);
    int len = sqlite3_column_bytes(statement, column);
    return span_of(bytes, bytes == NULL ? 0 : (size_t)len);
}
