/*
 * The header stands twice, one copy behind the other; a writer changes the second, then the first,
 * so two equal copies are whole. It holds a counter of commits, the length of the log and checksums
 * of both: the mark is a digest of all of it.
 */
#include "store/sqlite_watcher.h"

enum { HEADER_WORDS = 12, INDEX_PAGE = 32768 };

void watcher_init(struct watcher *watcher)
{
    *watcher = (struct watcher){0};
    pthread_mutex_init(&watcher->mutex, NULL);
}

void watcher_clear(struct watcher *watcher)
{
    connection_close(watcher->connection);
    pthread_mutex_destroy(&watcher->mutex);
}

/* A first read opens the log and its index; then the engine's own file knows where it is mapped. */
static enum status map(struct watcher *watcher, const char *path,
                       const volatile uint32_t **ret_header)
{
    int64_t version;
    if (watcher->connection == NULL)
        TRY(connection_open(path, true, &watcher->connection));
    TRY(connection_ask_integer(watcher->connection, "PRAGMA schema_version", &version));
    sqlite3_file *file = NULL;
    void volatile *page = NULL;
    int result =
        sqlite3_file_control(watcher->connection->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (result == SQLITE_OK && file->pMethods->iVersion >= 2)
        result = file->pMethods->xShmMap(file, 0, INDEX_PAGE, 0, &page);
    if (result != SQLITE_OK || page == NULL)
        return connection_fail(watcher->connection, result, "cannot be watched");
    *ret_header = page;
    return STATUS_OK;
}

static enum status open_once(struct watcher *watcher, const char *path)
{
    pthread_mutex_lock(&watcher->mutex);
    const volatile uint32_t *header = watcher->header;
    enum status status = STATUS_OK;
    if (header == NULL)
        status = map(watcher, path, &header);
    if (status == STATUS_OK)
        watcher->header = header;
    pthread_mutex_unlock(&watcher->mutex);
    return status;
}

/* Others write here without a lock that we share: the two copies are what makes it safe. */
__attribute__((no_sanitize("thread"))) static bool read_header(const volatile uint32_t *header,
                                                               uint32_t *words)
{
    uint32_t second[HEADER_WORDS];
    for (int i = 0; i < HEADER_WORDS; i++)
        words[i] = header[i];
    atomic_thread_fence(memory_order_seq_cst);
    for (int i = 0; i < HEADER_WORDS; i++)
        second[i] = header[HEADER_WORDS + i];
    return memcmp(words, second, sizeof second) == 0;
}

enum status watcher_mark(struct watcher *watcher, const char *path, int64_t *ret_mark)
{
    if (watcher->header == NULL)
        TRY(open_once(watcher, path));
    uint32_t words[HEADER_WORDS];
    if (!read_header(watcher->header, words))
        return STATUS_CONFLICT;
    uint64_t digest = UINT64_C(14695981039346656037);
    for (int i = 0; i < HEADER_WORDS; i++)
        digest = (digest ^ words[i]) * UINT64_C(1099511628211);
    *ret_mark = (int64_t)digest;
    return STATUS_OK;
}
