#include "store/total_store.h"

#include "fixture.h"

#include <stdio.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(total_store, .init = setup, .fini = teardown);

static const int64_t today = NOW / TOTAL_DAY;

static void issue(const char *serial, int64_t not_after, const char *profile)
{
    struct certificate_row row = certificate_input(serial, "anna", NOW);
    row.not_after = not_after;
    row.profile = profile;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_reserve(tx, &row));
    expect_ok(certificate_store_complete(tx, serial, SPAN_LITERAL("der"), NOW));
    finish(tx);
}

static int64_t total(enum certificate_state state, int64_t from_day, int64_t to_day)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    int64_t count = -1;
    expect_ok(total_store_certificates(tx, state, from_day, to_day, &count));
    return count;
}

Test(total_store, nothing_is_zero)
{
    cr_assert_eq(total(CERTIFICATE_ISSUED, 0, INT64_MAX), 0);
}

Test(total_store, certificates_count_by_the_day_of_their_expiry)
{
    issue("0a", NOW + TOTAL_DAY, "user");
    issue("0b", NOW + TOTAL_DAY, "user");
    issue("0c", NOW + 40 * (int64_t)TOTAL_DAY, "user");
    cr_assert_eq(total(CERTIFICATE_ISSUED, today, INT64_MAX), 3);
    cr_assert_eq(total(CERTIFICATE_ISSUED, today, today + 30), 2);
    cr_assert_eq(total(CERTIFICATE_ISSUED, today, today + 1), 0);
    cr_assert_eq(total(CERTIFICATE_ISSUED, today + 1, today + 2), 2);
}

Test(total_store, only_certificates_of_users_count)
{
    issue("0a", NOW + TOTAL_DAY, "server");
    cr_assert_eq(total(CERTIFICATE_ISSUED, 0, INT64_MAX), 0);
}

Test(total_store, a_change_of_state_counts_over)
{
    issue("0a", NOW + TOTAL_DAY, "user");
    issue("0b", NOW + TOTAL_DAY, "user");
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_revoke(tx, "0a", REASON_SUPERSEDED, NOW));
    finish(tx);
    cr_assert_eq(total(CERTIFICATE_ISSUED, 0, INT64_MAX), 1);
    cr_assert_eq(total(CERTIFICATE_REVOKED, 0, INT64_MAX), 1);
    cr_assert_eq(total(CERTIFICATE_RESERVED, 0, INT64_MAX), 0);
}

static void act(int64_t when, const char *action)
{
    const struct audit_row row = {
        .at = when, .actor = "phone", .action = action, .object_kind = "link", .object_id = "abc"};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(audit_store_append(tx, &row));
    finish(tx);
}

static void note_act(void *context, int64_t day, struct span action, int64_t count)
{
    char *end = strchr(context, '\0');
    snprintf(end, 64, "%d %.*s %d; ", (int)(day - today), (int)action.len, (const char *)action.ptr,
             (int)count);
}

Test(total_store, acts_count_by_day_and_action)
{
    act(NOW - 9 * (int64_t)TOTAL_DAY, "link.lock");
    act(NOW - TOTAL_DAY, "link.claimed");
    act(NOW, "link.claimed");
    act(NOW, "link.claimed");
    act(NOW, "link.create");
    char text[512] = "";
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(total_store_each_act(tx, today - 1, note_act, text));
    cr_assert_str_eq(text, "-1 link.claimed 1; 0 link.claimed 2; 0 link.create 1; ");
}
