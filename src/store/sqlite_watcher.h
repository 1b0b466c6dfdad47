/*
 * Tells whether anybody, in any process, has committed since: private to the SQLite engine. A
 * connection of its own asks SQLite's data_version, which costs a look at the shared index of the
 * write-ahead log. It is opened when somebody asks first.
 */
#pragma once

#include "store/sqlite_connection.h"

#include <pthread.h>

struct watcher {
    pthread_mutex_t mutex;
    struct connection *connection;
    sqlite3_stmt *statement;
};

void watcher_init(struct watcher *watcher);
void watcher_clear(struct watcher *watcher);

/* From any thread. `path` must outlive the watcher and is the same each time. */
enum status watcher_mark(struct watcher *watcher, const char *path, int64_t *ret_mark);
