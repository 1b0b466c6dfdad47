/* What the store does when the disk does not do its part: full, failing, or without power. */
#include "fault_vfs.h"
#include "fixture.h"
#include "store/setting_store.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static struct fixture at;

static void setup(void)
{
    fault_vfs_install();
    fixture_open(&at);
}

static void teardown(void)
{
    fault_vfs_fail(-1, 0);
    fault_vfs_forget();
    fixture_close(&at);
}

TestSuite(fault, .init = setup, .fini = teardown);

static enum status claim(const char *serial)
{
    TRY(begin_claim(at.db, "abc", serial, NOW));
    return finish_claim(at.db, "abc", serial, NOW);
}

static bool has_certificate(const char *serial)
{
    struct certificate_row row defer(certificate_row_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    return certificate_store_get(tx, serial, &row) == STATUS_OK;
}

Test(fault, a_full_disk_is_said_and_the_link_stays_claimable)
{
    make_link(at.db, "abc", "anna", NOW);
    fault_vfs_fail(0, ENOSPC);
    cr_assert_eq(begin_claim(at.db, "abc", "0a", NOW), STATUS_DISK_FULL);
    fault_vfs_fail(-1, 0);
    cr_assert(!has_certificate("0a"));
    cr_assert_eq(state_of(at.db, "abc", NOW), LINK_ISSUED);
    expect_ok(claim("0a"));
}

static const int errors[] = {ENOSPC, EIO};
static const enum status statuses[] = {STATUS_DISK_FULL, STATUS_DATABASE};

/* Every write and sync of a whole claim fails once, and everything after it too. */
static void fail_claim_at(long countdown, size_t kind, bool *ret_done)
{
    make_link(at.db, "abc", "anna", NOW);
    fault_vfs_fail(countdown, errors[kind]);
    enum status status = claim("0a");
    fault_vfs_fail(-1, 0);
    *ret_done = status == STATUS_OK;
    cr_assert(status == STATUS_OK || status == statuses[kind], "%ld: %s", countdown,
              status_detail());
    enum link_state state = state_of(at.db, "abc", NOW);
    cr_assert(state == (status == STATUS_OK ? LINK_CLAIMED : state));
    cr_assert(status == STATUS_OK || state == LINK_ISSUED || state == LINK_CLAIMING);
    cr_assert(state == LINK_ISSUED || has_certificate("0a"));
    expect_ok(db_check(at.db));
    if (status != STATUS_OK)
        expect_ok(begin_claim(at.db, "abc", "0b", NOW + 30));
}

Test(fault, a_claim_that_fails_at_any_write_leaves_a_link_that_can_be_claimed)
{
    for (size_t kind = 0; kind < 2; kind++) {
        bool done = false;
        for (long countdown = 0; !done; countdown++) {
            fail_claim_at(countdown, kind, &done);
            fixture_close(&at);
            fixture_open(&at);
        }
    }
}

Test(fault, opening_on_a_failing_disk_is_refused_and_later_works)
{
    char path[128];
    char log[160];
    snprintf(path, sizeof path, "%s/new.db", at.folder);
    snprintf(log, sizeof log, "%s-wal", path);
    const struct db_options options = {.path = path, .create = true};
    struct db *db defer(db_close) = NULL;
    bool done = false;
    for (long countdown = 0; !done; countdown++) {
        fault_vfs_fail(countdown, ENOSPC);
        enum status status = db_open(&options, &db);
        fault_vfs_fail(-1, 0);
        done = status == STATUS_OK;
        cr_assert(done || status == STATUS_DISK_FULL, "%ld: %s", countdown, status_detail());
        cr_assert_eq(access(path, F_OK), done ? 0 : -1);
        cr_assert_eq(access(log, F_OK), done ? 0 : -1);
    }
    unlink(path);
}

/* A number is acknowledged when its commit was answered; the log of writes begins with an empty
 * file. */
static void record_commits(const char *path, long commits)
{
    struct db *db defer(db_close) = NULL;
    fault_vfs_record();
    expect_ok(db_open(&(struct db_options){.path = path, .create = true}, &db));
    fault_vfs_acknowledge(0);
    for (long i = 1; i <= commits; i++) {
        int64_t number = 0;
        struct db_tx *tx = begin(db, DB_WRITE);
        expect_ok(setting_store_next_number(tx, "counter", NOW, &number));
        finish(tx);
        fault_vfs_acknowledge((long)number);
        if (i % 9 == 0)
            expect_ok(db_erase_traces(db));
    }
    fault_vfs_stop();
}

static void check_image(size_t entries, unsigned seed, const char *path, size_t made)
{
    long acknowledged = fault_vfs_image(entries, seed, path);
    if (entries < made)
        return; /* before db_open() answered: nothing was promised */
    char name[160];
    snprintf(name, sizeof name, "%s-wal", path);
    chmod(path, 0600);
    chmod(name, 0600);
    struct db *db defer(db_close) = NULL;
    expect_ok(db_open(&(struct db_options){.path = path}, &db));
    expect_ok(db_check(db));
    int64_t next = 0;
    struct db_tx *tx defer(db_end) = begin(db, DB_WRITE);
    expect_ok(setting_store_next_number(tx, "counter", NOW, &next));
    cr_assert(next == acknowledged + 1 || next == acknowledged + 2,
              "entry %zu seed %u: %ld were acknowledged, the next is %lld", entries, seed,
              acknowledged, (long long)next);
}

static size_t entries_until_made(const char *path)
{
    struct db *db defer(db_close) = NULL;
    fault_vfs_record();
    expect_ok(db_open(&(struct db_options){.path = path, .create = true}, &db));
    fault_vfs_stop();
    return fault_vfs_length();
}

Test(fault, a_power_cut_loses_nothing_that_was_acknowledged)
{
    char path[128];
    char image[128];
    snprintf(path, sizeof path, "%s/recorded.db", at.folder);
    snprintf(image, sizeof image, "%s/image.db", at.folder);
    size_t made = entries_until_made(path);
    unlink(path);
    record_commits(path, 20);
    for (size_t entries = made; entries <= fault_vfs_length(); entries++)
        for (unsigned seed = 0; seed < 3; seed++)
            check_image(entries, seed * 977 + (unsigned)entries, image, made);
    unlink(path);
    unlink(image);
}
