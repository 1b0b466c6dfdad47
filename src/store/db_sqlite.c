/*
 * The SQLite engine: one connection writes, a pool of connections reads.
 *
 * SQLite has one writer at a time anyway; with one connection for it our threads queue at a fair
 * gate instead of polling each other. Other processes (commands while the server runs) poll, so a
 * server that never stops writing would keep them out: after a tenth of a second without a break it
 * pauses for longer than they sleep.
 *
 * Write-ahead log and synchronous=FULL: a commit that was answered survives a power cut. Deleted
 * content is overwritten (secure_delete), and erase_traces() empties the log.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "store/gate.h"
#include "store/sqlite_copy.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

enum {
    READERS_DEFAULT = 8,
    /* Bytes of a file that is checked as a whole when it is opened: it takes 15 ms a megabyte. */
    CHECKED_BY_SERVER = 64 * 1024 * 1024,
    CHECKED_BY_COMMAND = 2 * 1024 * 1024,
    BREATH_EVERY_MS = 100,
    BREATH_MS = 6, /* longer than POLL_MS of sqlite_connection.c */
    ERASE_PATIENCE_MS = 5000,
};

struct sqlite_db {
    struct db base;
    char *path;
    struct connection *writer;
    struct gate write_gate;
    int64_t last_breath; /* of the writer; belongs to who is behind the gate */
    struct gate read_gate;
    pthread_mutex_t mutex;   /* of the list */
    struct connection *idle; /* readers that nobody uses */
    struct watcher watcher;
};

struct sqlite_tx {
    struct db_tx base;
    struct sqlite_db *db;
    struct connection *connection;
    enum db_mode mode;
    bool open;
};

static struct sqlite_db *sqlite_db_of(struct db *db)
{
    return (struct sqlite_db *)db;
}

static void sqlite_close(struct db *db)
{
    struct sqlite_db *own = sqlite_db_of(db);
    while (own->idle != NULL) {
        struct connection *next = own->idle->next;
        connection_close(own->idle);
        own->idle = next;
    }
    watcher_clear(&own->watcher);
    connection_close(own->writer);
    gate_clear(&own->write_gate);
    gate_clear(&own->read_gate);
    pthread_mutex_destroy(&own->mutex);
    free(own->path);
    free(own);
}

static void sqlite_db_free(struct sqlite_db *db)
{
    sqlite_close(&db->base);
}
CLEANUP_POINTER(struct sqlite_db, sqlite_db_free)

/* Opening a file and closing it again would drop SQLite's locks on it: only stat() is used on one
 * that exists. */
static enum status check_private(const char *path, const char *suffix, bool required)
{
    struct buf name defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&name, "%s%s", path, suffix);
    struct span text;
    TRY(buf_finish(&name, &text));
    enum status status = file_check_private((const char *)text.ptr);
    return status == STATUS_NOT_FOUND && !required ? STATUS_OK : status;
}

static enum status make_file(const char *path)
{
    int fd defer(close) = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return status_fail(STATUS_CONFLICT, "%s exists already", path);
    if (fd < 0)
        return status_fail_errno(STATUS_IO, "%s cannot be created", path);
    return STATUS_OK;
}

/* A database that could not be made whole leaves nothing behind. */
static void unmake_files(struct sqlite_db *db)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    connection_close(take(db->writer));
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct buf name defer(buf_clear) = BUF_INIT(LIMIT_PATH);
        buf_printf(&name, "%s%s", db->path, suffixes[i]);
        struct span text;
        if (buf_finish(&name, &text) == STATUS_OK)
            unlink((const char *)text.ptr);
    }
}

static enum status check_files(const char *path)
{
    TRY(check_private(path, "", true));
    TRY(check_private(path, "-wal", false));
    return check_private(path, "-shm", false);
}

static enum status check_small(struct connection *connection, off_t most)
{
    struct stat info;
    if (stat(connection->path, &info) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be looked at", connection->path);
    return info.st_size <= most ? schema_check(connection, true) : STATUS_OK;
}

static enum status open_writer(struct sqlite_db *db, bool serves)
{
    int64_t version;
    TRY(connection_open(db->path, false, &db->writer));
    TRY(schema_version(db->writer, &version));
    TRY(check_small(db->writer, serves ? CHECKED_BY_SERVER : CHECKED_BY_COMMAND));
    TRY(schema_migrate(db->writer));
    return serves ? connection_prepare_all(db->writer) : STATUS_OK;
}

static enum status new_db(const struct db_options *options, struct sqlite_db **ret_db)
{
    char *path defer(free) = strdup(options->path);
    struct sqlite_db *db = calloc(1, sizeof *db);
    if (path == NULL || db == NULL) {
        free(db);
        return status_fail(STATUS_NO_MEMORY, "no memory for a database");
    }
    db->base.engine = &db_engine_sqlite;
    db->path = take(path);
    gate_init(&db->write_gate, 1);
    gate_init(&db->read_gate, options->readers == 0 ? READERS_DEFAULT : options->readers);
    pthread_mutex_init(&db->mutex, NULL);
    watcher_init(&db->watcher);
    *ret_db = db;
    return STATUS_OK;
}

static enum status sqlite_open(const struct db_options *options, struct db **ret_db)
{
    struct sqlite_db *db defer(sqlite_db_free) = NULL;
    TRY(new_db(options, &db));
    TRY(options->create ? make_file(options->path) : check_files(options->path));
    enum status status = open_writer(db, options->serves);
    if (status != STATUS_OK && options->create)
        unmake_files(db);
    TRY(status);
    *ret_db = &take(db)->base;
    return STATUS_OK;
}

static enum status take_reader(struct sqlite_db *db, struct connection **ret_connection)
{
    pthread_mutex_lock(&db->mutex);
    struct connection *connection = db->idle;
    if (connection != NULL)
        db->idle = connection->next;
    pthread_mutex_unlock(&db->mutex);
    if (connection == NULL)
        return connection_open(db->path, true, ret_connection);
    *ret_connection = connection;
    return STATUS_OK;
}

static void give_reader(struct sqlite_db *db, struct connection *connection)
{
    pthread_mutex_lock(&db->mutex);
    connection->next = db->idle;
    db->idle = connection;
    pthread_mutex_unlock(&db->mutex);
}

/* Behind the write gate. */
static void let_others_write(struct sqlite_db *db, bool had_to_wait)
{
    int64_t now = clock_monotonic_ms();
    if (had_to_wait && now - db->last_breath < BREATH_EVERY_MS)
        return;
    if (had_to_wait)
        nanosleep(&(struct timespec){.tv_nsec = BREATH_MS * 1000000L}, NULL);
    db->last_breath = clock_monotonic_ms();
}

static enum status enter(struct sqlite_db *db, enum db_mode mode,
                         struct connection **ret_connection)
{
    if (mode == DB_READ) {
        gate_enter(&db->read_gate);
        return take_reader(db, ret_connection);
    }
    let_others_write(db, gate_enter(&db->write_gate));
    *ret_connection = db->writer;
    return STATUS_OK;
}

static void sqlite_end(struct db_tx *tx)
{
    struct sqlite_tx *own = (struct sqlite_tx *)tx;
    struct sqlite_db *db = own->db;
    if (own->open)
        sqlite3_exec(own->connection->handle, "ROLLBACK", NULL, NULL, NULL);
    if (own->mode == DB_READ && own->connection != NULL)
        give_reader(db, own->connection);
    gate_leave(own->mode == DB_READ ? &db->read_gate : &db->write_gate);
    free(own);
}

static enum status sqlite_begin(struct db *db, enum db_mode mode, struct db_tx **ret_tx)
{
    struct sqlite_tx *tx = calloc(1, sizeof *tx);
    if (tx == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a transaction");
    *tx = (struct sqlite_tx){{&db_engine_sqlite}, sqlite_db_of(db), NULL, mode, false};
    enum status status = enter(tx->db, mode, &tx->connection);
    if (status == STATUS_OK) {
        tx->connection->failure = STATUS_OK;
        status = connection_run(tx->connection, mode == DB_READ ? "BEGIN" : "BEGIN IMMEDIATE");
        tx->open = status == STATUS_OK;
    }
    if (status != STATUS_OK) {
        sqlite_end(&tx->base);
        return status;
    }
    *ret_tx = &tx->base;
    return STATUS_OK;
}

static enum status sqlite_commit(struct db_tx *tx)
{
    struct sqlite_tx *own = (struct sqlite_tx *)tx;
    if (own->connection->failure != STATUS_OK)
        return own->connection->failure;
    TRY(connection_run(own->connection, "COMMIT"));
    own->open = false;
    return STATUS_OK;
}

static enum status sqlite_query(struct db_tx *tx, enum query query, const struct db_param *params,
                                size_t count, struct db_rows **ret_rows)
{
    struct sqlite_tx *own = (struct sqlite_tx *)tx;
    return connection_query(own->connection, query, params, count, ret_rows);
}

static enum status truncate_log(struct connection *writer)
{
    int64_t was_busy;
    TRY(connection_ask_integer(writer, "PRAGMA wal_checkpoint(TRUNCATE)", &was_busy));
    if (was_busy != 0)
        return status_fail(STATUS_CONFLICT,
                           "%s: a transaction that does not end keeps the write-ahead log",
                           writer->path);
    return STATUS_OK;
}

static enum status sqlite_erase_traces(struct db *db)
{
    struct sqlite_db *own = sqlite_db_of(db);
    gate_enter(&own->write_gate);
    int64_t patience = own->writer->patience_ms;
    own->writer->patience_ms = ERASE_PATIENCE_MS;
    enum status status = truncate_log(own->writer);
    own->writer->patience_ms = patience;
    gate_leave(&own->write_gate);
    return status;
}

static enum status sqlite_check(struct db *db)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(sqlite_begin(db, DB_READ, &tx));
    return schema_check(((struct sqlite_tx *)tx)->connection, false);
}

/* A connection of its own: its transaction lasts long. */
static enum status sqlite_copy(struct db *db, const struct db_sink *sink)
{
    struct sqlite_db *own = sqlite_db_of(db);
    struct connection *reader defer(connection_close) = NULL;
    TRY(connection_open(own->path, true, &reader));
    gate_enter(&own->write_gate);
    enum status status = sqlite_copy_begin(own->writer, reader);
    gate_leave(&own->write_gate);
    TRY(status);
    return sqlite_copy_file(reader, sink);
}

static int64_t sqlite_newest_version(void)
{
    return MIGRATION_COUNT;
}

static enum status sqlite_mark(struct db *db, int64_t *ret_mark)
{
    struct sqlite_db *own = sqlite_db_of(db);
    return watcher_mark(&own->watcher, own->path, ret_mark);
}

static enum status sqlite_version(struct db *db, int64_t *ret_version)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(sqlite_begin(db, DB_READ, &tx));
    return schema_version(((struct sqlite_tx *)tx)->connection, ret_version);
}

const struct db_engine db_engine_sqlite = {
    .open = sqlite_open,
    .close = sqlite_close,
    .erase_traces = sqlite_erase_traces,
    .check = sqlite_check,
    .copy = sqlite_copy,
    .mark = sqlite_mark,
    .version = sqlite_version,
    .newest_version = sqlite_newest_version,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .end = sqlite_end,
    .query = sqlite_query,
    .next = sqlite_next,
    .rows_end = sqlite_rows_end,
    .changes = sqlite_changes,
    .column_count = sqlite_column_count,
    .column_name = sqlite_column_name,
    .column_integer = sqlite_column_integer,
    .column_bytes = sqlite_column_bytes,
};
