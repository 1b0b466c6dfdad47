/*
 * Tells whether anybody, in any process, has committed since: private to the SQLite engine.
 *
 * A commit ends with the header of the write-ahead log's index, which all connections of all
 * processes share as memory (SQLite's "WAL-mode file format", 2.2). A connection of its own, opened
 * when somebody asks first, keeps that memory mapped; looking at it costs no lock and no call.
 */
#pragma once

#include "store/sqlite_connection.h"

#include <pthread.h>
#include <stdatomic.h>

struct watcher {
    pthread_mutex_t mutex; /* of the opening */
    struct connection *connection;
    const volatile uint32_t *_Atomic header; /* NULL until it is open */
};

void watcher_init(struct watcher *watcher);
void watcher_clear(struct watcher *watcher);

/* From any thread. CONFLICT when a commit is under way at this moment. `path` must outlive the
 * watcher and is the same each time. */
enum status watcher_mark(struct watcher *watcher, const char *path, int64_t *ret_mark);
