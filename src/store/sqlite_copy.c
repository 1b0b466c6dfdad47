/*
 * SQLite's own ways to copy a database (its backup functions, VACUUM INTO) write another database
 * file: as large again, in the clear, to be wiped afterwards, and left behind by a crash. A backup
 * wants a stream. The format of the write-ahead log offers one (sqlite.org/walformat.html, 2.3):
 *
 *   - a checkpoint moves every frame of the log into the file when no reader needs an older state;
 *   - who begins to read while the log has no frame that is not in the file takes the read lock 0,
 *     which says "I use the file only";
 *   - a checkpoint must hold that lock alone before it writes into the file.
 *
 * So with the write lock held, nothing can come into the log; the log is moved into the file; the
 * reader begins; the write lock is let go. From then on the file stays as it is until the reader
 * ends. It is read through SQLite's own handle: closing another descriptor of the same file would
 * drop SQLite's locks on it.
 */
#include "store/sqlite_copy.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <time.h>

enum { COPY_CHUNK = 64 * 1024, PATIENCE_MS = 5000, PAUSE_MS = 5, TRIES_LOCKED = 20 };

/* Whether the file has all that was ever committed. */
static enum status move_log(struct connection *reader, bool *ret_moved)
{
    int frames = 0;
    int moved = 0;
    int result =
        sqlite3_wal_checkpoint_v2(reader->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
    if (result != SQLITE_OK && (result & 0xff) != SQLITE_BUSY)
        return connection_fail(reader, result, "the write-ahead log cannot be moved");
    *ret_moved = result == SQLITE_OK && frames == moved;
    return STATUS_OK;
}

static void pause_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
}

/* Behind the write lock: who begins to read now sees the newest state, and those who began before
 * will end. A transaction takes its state at its first read. */
static enum status begin_on_file(struct connection *reader, bool *ret_begun)
{
    int64_t schema;
    TRY(move_log(reader, ret_begun));
    for (int i = 1; i < TRIES_LOCKED && !*ret_begun; i++) {
        pause_a_moment();
        TRY(move_log(reader, ret_begun));
    }
    if (!*ret_begun)
        return STATUS_OK;
    TRY(connection_run(reader, "BEGIN"));
    return connection_ask_integer(reader, "PRAGMA schema_version", &schema);
}

static enum status try_begin(struct connection *writer, struct connection *reader, bool *ret_begun)
{
    TRY(connection_run(writer, "BEGIN IMMEDIATE"));
    enum status status = begin_on_file(reader, ret_begun);
    int result = sqlite3_exec(writer->handle, "ROLLBACK", NULL, NULL, NULL);
    TRY(status);
    return result == SQLITE_OK ? STATUS_OK : connection_fail(writer, result, "cannot be used");
}

/* Readers that need an older state keep the log for as long as they last: a moment. */
enum status sqlite_copy_begin(struct connection *writer, struct connection *reader)
{
    int64_t deadline = clock_monotonic_ms() + PATIENCE_MS;
    for (;;) {
        bool begun = false;
        TRY(try_begin(writer, reader, &begun));
        if (begun)
            return STATUS_OK;
        if (clock_monotonic_ms() >= deadline)
            return status_fail(STATUS_CONFLICT,
                               "%s: a transaction that does not end keeps the write-ahead log",
                               writer->path);
        pause_a_moment();
    }
}

static enum status find_size(struct connection *reader, int64_t *ret_size)
{
    int64_t pages;
    int64_t page_size;
    TRY(connection_ask_integer(reader, "PRAGMA page_count", &pages));
    TRY(connection_ask_integer(reader, "PRAGMA page_size", &page_size));
    *ret_size = pages * page_size;
    return STATUS_OK;
}

enum status sqlite_copy_file(struct connection *reader, const struct db_sink *sink)
{
    sqlite3_file *file = NULL;
    int result = sqlite3_file_control(reader->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (result != SQLITE_OK || file == NULL)
        return connection_fail(reader, SQLITE_MISUSE, "the file cannot be reached");
    int64_t size;
    TRY(find_size(reader, &size));
    TRY(sink->begin(sink->context, size));
    uint8_t *chunk defer(free) = malloc(COPY_CHUNK);
    if (chunk == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory to copy a database");
    for (int64_t at = 0; at < size; at += COPY_CHUNK) {
        int len = size - at < COPY_CHUNK ? (int)(size - at) : COPY_CHUNK;
        result = file->pMethods->xRead(file, chunk, len, at);
        if (result != SQLITE_OK)
            return connection_fail(reader, result, "cannot be read");
        TRY(sink->write(sink->context, span_of(chunk, (size_t)len)));
    }
    return STATUS_OK;
}
