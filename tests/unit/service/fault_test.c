/* A claim on a disk that takes no more: nothing half-issued is handed out, the link stays good. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void limit_files(rlim_t bytes)
{
    const struct rlimit limit = {bytes, RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* How far the write-ahead log may grow: from nothing to all that a claim needs. */
static rlim_t log_size(const struct fixture *fixture)
{
    char path[160];
    snprintf(path, sizeof path, "%s/certferry.db-wal", fixture->authority);
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    return (rlim_t)info.st_size;
}

Test(fault, a_full_disk_at_any_moment_of_a_claim_leaves_the_link_claimable)
{
    signal(SIGXFSZ, SIG_IGN);
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    rlim_t start = log_size(&fixture);
    int failed = 0;
    for (rlim_t room = 0; room < 40 * 4096; room += 4096) {
        struct claim claim defer(claim_clear) = {0};
        limit_files(start + room);
        enum status status = post_pin(&fixture, &link, NULL, &phone, &claim);
        limit_files(RLIM_INFINITY);
        if (status == STATUS_OK)
            break;
        failed++;
        cr_assert_eq(status_kind(status), STATUS_KIND_FAULT, "%s", status_detail());
        cr_assert_null(claim.password);
        run_sql(&fixture, "UPDATE link SET claim_lease_until = 20 WHERE claimed_at IS NULL AND "
                          "claim_lease_until IS NOT NULL");
    }
    cr_assert_gt(failed, 1);
    expect_claimable(&fixture, &link);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' AND "
                                   "state = 'issued'"),
                 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE state = 'reserved'"), 0);
}
