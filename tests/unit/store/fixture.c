/* What the tests of the store share. */
#include "fixture.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"

#include <criterion/hooks.h>
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/sendfile.h>

static void make_folder(struct fixture *fixture)
{
    /* In memory where there is such a place: a sync costs nothing there. */
    *fixture = (struct fixture){.folder = "/dev/shm/certferry-store-XXXXXX"};
    if (mkdtemp(fixture->folder) == NULL) {
        *fixture = (struct fixture){.folder = "/tmp/certferry-store-XXXXXX"};
        cr_assert_not_null(mkdtemp(fixture->folder));
    }
    snprintf(fixture->path, sizeof fixture->path, "%s/certferry.db", fixture->folder);
}

/* With everything that a test put there; the folder has no folders. */
static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    cr_assert_not_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
    rmdir(folder);
}

/* ---- an empty database, migrated once for all tests and copied by each -------------------------
 */

static const char template_variable[] = "CERTFERRY_TEST_DATABASE";

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    (void)tests;
    struct fixture made;
    make_folder(&made);
    expect_ok(db_open(&(struct db_options){.path = made.path, .create = true}, &made.db));
    db_close(made.db);
    setenv(template_variable, made.folder, 1);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    (void)stats;
    remove_folder(getenv(template_variable));
}

/* Closed as it was, the template has no log. */
static void copy_template(const char *path)
{
    enum { CHUNK = 1024 * 1024 };
    char from[128];
    snprintf(from, sizeof from, "%s/certferry.db", getenv(template_variable));
    int source defer(close) = open(from, O_RDONLY | O_CLOEXEC);
    int copy defer(close) = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    cr_assert(source >= 0 && copy >= 0);
    ssize_t sent;
    while ((sent = sendfile(copy, source, NULL, CHUNK)) > 0)
        continue;
    cr_assert_eq(sent, 0);
}

void fixture_open(struct fixture *fixture)
{
    make_folder(fixture);
    copy_template(fixture->path);
    expect_ok(db_open(&(struct db_options){.path = fixture->path}, &fixture->db));
}

void fixture_reopen(struct fixture *fixture)
{
    db_close(fixture->db);
    fixture->db = NULL;
    expect_ok(db_open(&(struct db_options){.path = fixture->path}, &fixture->db));
}

void fixture_close(struct fixture *fixture)
{
    db_close(fixture->db);
    remove_folder(fixture->folder);
}

struct db_tx *begin(struct db *db, enum db_mode mode)
{
    struct db_tx *tx = NULL;
    expect_ok(db_begin(db, mode, &tx));
    return tx;
}

void finish(struct db_tx *tx)
{
    expect_ok(db_commit(tx));
    db_end(tx);
}

struct span hash_of(const char *text)
{
    static _Thread_local uint8_t hashes[4][DIGEST_SHA256_SIZE];
    static _Thread_local unsigned next;
    uint8_t *hash = hashes[next++ % 4];
    expect_ok(digest_sha256(span_of_text(text), hash));
    return span_of(hash, DIGEST_SHA256_SIZE);
}

struct link_row link_input(const char *id, const char *user, int64_t created_at)
{
    return (struct link_row){
        .id = id,
        .token_hash = hash_of(id),
        .pin_mac = hash_of("123456"),
        .user = user,
        .name = "Anna Schmidt",
        .device = "Pixel 9",
        .packing = "compat",
        .window = 900,
        .created_at = created_at,
        .created_by = "operator:bob",
        .expires_at = created_at + 86400,
    };
}

struct certificate_row certificate_input(const char *serial, const char *user, int64_t at)
{
    return (struct certificate_row){
        .serial = serial,
        .issuer = "issuing",
        .profile = "user",
        .user = user,
        .name = "Anna Schmidt",
        .not_before = at,
        .not_after = at + 365 * 86400,
        .reserved_at = at,
        .lease_until = at + 30,
    };
}

struct bundle_row bundle_input(const char *link_id)
{
    return (struct bundle_row){
        .link_id = link_id,
        .ticket_hash = hash_of(link_id),
        .packing = "compat",
        .file_sealed = SPAN_LITERAL("sealed file"),
        .page_sealed = SPAN_LITERAL("sealed page"),
        .repack_sealed = SPAN_LITERAL("sealed key"),
        .etag = "\"abc\"",
        .size = 2500,
        .created_at = NOW,
    };
}

void make_link(struct db *db, const char *id, const char *user, int64_t created_at)
{
    struct link_row row = link_input(id, user, created_at);
    struct db_tx *tx = begin(db, DB_WRITE);
    expect_ok(link_store_create(tx, &row));
    finish(tx);
}

void reserve(struct db *db, const char *serial, const char *user, int64_t at)
{
    struct certificate_row row = certificate_input(serial, user, at);
    struct db_tx *tx = begin(db, DB_WRITE);
    expect_ok(certificate_store_reserve(tx, &row));
    finish(tx);
}

enum status begin_claim(struct db *db, const char *id, const char *serial, int64_t now)
{
    struct certificate_row row = certificate_input(serial, "anna", now);
    row.link_id = id;
    struct link_claim claim = {.serial = serial,
                               .address = "192.0.2.7",
                               .agent = "iPhone",
                               .cookie_hash = hash_of("cookie"),
                               .lease_until = now + 30};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    TRY(certificate_store_reserve(tx, &row));
    TRY(link_store_claim_begin(tx, id, &claim, now));
    return db_commit(tx);
}

enum status finish_claim(struct db *db, const char *id, const char *serial, int64_t now)
{
    struct bundle_row bundle = bundle_input(id);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    TRY(certificate_store_complete(tx, serial, SPAN_LITERAL("der"), now));
    TRY(bundle_store_put(tx, &bundle));
    TRY(link_store_claim_finish(tx, id, serial, now));
    return db_commit(tx);
}

enum link_state state_of(struct db *db, const char *id, int64_t now)
{
    struct db_tx *tx defer(db_end) = begin(db, DB_READ);
    struct link_row row defer(link_row_clear) = {0};
    expect_ok(link_store_get(tx, id, &row));
    return link_state_at(&row, now);
}

bool sql_runs(const char *path, const char *sql)
{
    sqlite3 *handle = NULL;
    cr_assert_eq(sqlite3_open(path, &handle), SQLITE_OK);
    int result = sqlite3_exec(handle, sql, NULL, NULL, NULL);
    sqlite3_close(handle);
    return result == SQLITE_OK;
}

void run_sql(const char *path, const char *sql)
{
    cr_assert(sql_runs(path, sql), "%s", sql);
}

static bool file_contains(const char *path, const char *suffix, struct span bytes)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    struct buf contents defer(buf_clear) = BUF_INIT(64 * 1024 * 1024);
    enum status status = file_read(name, &contents);
    if (status == STATUS_NOT_FOUND)
        return false;
    expect_ok(status);
    return contents.len > 0 && memmem(contents.ptr, contents.len, bytes.ptr, bytes.len) != NULL;
}

bool files_contain(const char *path, struct span bytes)
{
    return file_contains(path, "", bytes) || file_contains(path, "-wal", bytes) ||
           file_contains(path, "-shm", bytes);
}
