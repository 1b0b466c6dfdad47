/* The value means something on one connection only, and that must never write: hence its own. */
#include "store/sqlite_watcher.h"

void watcher_init(struct watcher *watcher)
{
    *watcher = (struct watcher){0};
    pthread_mutex_init(&watcher->mutex, NULL);
}

void watcher_clear(struct watcher *watcher)
{
    sqlite3_finalize(watcher->statement);
    connection_close(watcher->connection);
    pthread_mutex_destroy(&watcher->mutex);
}

static enum status prepare(struct watcher *watcher, const char *path)
{
    if (watcher->statement != NULL)
        return STATUS_OK;
    if (watcher->connection == NULL)
        TRY(connection_open(path, true, &watcher->connection));
    int result = sqlite3_prepare_v3(watcher->connection->handle, "PRAGMA data_version", -1,
                                    SQLITE_PREPARE_PERSISTENT, &watcher->statement, NULL);
    return result == SQLITE_OK ? STATUS_OK
                               : connection_fail(watcher->connection, result, "cannot be watched");
}

static enum status ask(struct watcher *watcher, int64_t *ret_mark)
{
    int result = sqlite3_step(watcher->statement);
    if (result == SQLITE_ROW)
        *ret_mark = sqlite3_column_int64(watcher->statement, 0);
    sqlite3_reset(watcher->statement);
    return result == SQLITE_ROW ? STATUS_OK
                                : connection_fail(watcher->connection, result, "cannot be watched");
}

enum status watcher_mark(struct watcher *watcher, const char *path, int64_t *ret_mark)
{
    pthread_mutex_lock(&watcher->mutex);
    enum status status = prepare(watcher, path);
    if (status == STATUS_OK)
        status = ask(watcher, ret_mark);
    pthread_mutex_unlock(&watcher->mutex);
    return status;
}
