#include "service/login_guard.h"

#include "fixture.h"
#include "service/device_cookie.h"

#include <stdio.h>

enum { NOW = 1800000000 };

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(login_guard, .init = setup, .fini = teardown);

static struct login_source from(const char *name, const char *address)
{
    return (struct login_source){.name = name, .address = address};
}

static enum status enter(struct login_source source, int64_t now)
{
    struct login_try try;
    return login_guard_enter(at.service, &source, now, &try);
}

static enum status pass(struct login_source source, int64_t now)
{
    struct login_try try;
    TRY(login_guard_enter(at.service, &source, now, &try));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(at.service->db, DB_WRITE, &tx));
    TRY(login_guard_passed(tx, &try, now));
    return db_commit(tx);
}

static int64_t wait_of(struct login_source source, int64_t now)
{
    int64_t seconds = -1;
    expect_ok(login_guard_wait(at.service, &source, now, &seconds));
    return seconds;
}

static void fail_times(int count, struct login_source source, int64_t now)
{
    for (int i = 0; i < count; i++)
        expect_ok(enter(source, now));
}

Test(login_guard, a_few_failures_cost_nothing_and_then_each_twice_as_much)
{
    struct login_source source = from("admin", "192.0.2.7");
    fail_times(LOGIN_FREE_OF_NAME, source, NOW);
    int64_t now = NOW;
    for (int64_t wait = 1; wait <= 64; wait *= 2) {
        cr_assert_eq(wait_of(source, now), 0);
        expect_ok(enter(source, now));
        cr_assert_eq(wait_of(source, now), wait);
        cr_assert_eq(enter(source, now), STATUS_TOO_MANY);
        cr_assert_eq(enter(source, now + wait - 1), STATUS_TOO_MANY);
        now += wait;
    }
}

Test(login_guard, says_how_long_to_wait)
{
    struct login_source source = from("admin", "192.0.2.7");
    fail_times(LOGIN_FREE_OF_NAME + 1, source, NOW);
    expect_detail(enter(source, NOW), STATUS_TOO_MANY, "the next one in 1 seconds");
}

Test(login_guard, persistence_makes_nobody_wait_longer_and_there_is_an_end)
{
    struct login_source source = from("admin", "192.0.2.7");
    int64_t now = NOW;
    for (int i = 0; i < 40; i++) {
        enum status status = enter(source, now);
        cr_assert_eq(status, STATUS_OK, "%d: %s", i, status_detail());
        int64_t wait = wait_of(source, now);
        cr_assert_leq(wait, LOGIN_WAIT_MOST);
        for (int j = 0; j < 3; j++)
            (void)enter(source, now);
        cr_assert_eq(wait_of(source, now), wait);
        now += wait;
    }
}

Test(login_guard, another_network_is_not_kept_out)
{
    fail_times(LOGIN_FREE_OF_NAME + 1, from("admin", "192.0.2.7"), NOW);
    cr_assert_gt(wait_of(from("Admin", "192.0.2.200"), NOW), 0);
    cr_assert_eq(wait_of(from("admin", "192.0.3.7"), NOW), 0);
    cr_assert_eq(wait_of(from("bob", "192.0.2.7"), NOW), 0);
    fail_times(LOGIN_FREE_OF_NAME + 1, from("admin", "2001:db8::1"), NOW);
    cr_assert_gt(wait_of(from("admin", "2001:db8::2"), NOW), 0);
    cr_assert_eq(wait_of(from("admin", "2001:db8:0:1::2"), NOW), 0);
}

Test(login_guard, a_network_that_tries_many_names_has_to_wait_for_all)
{
    for (int i = 0; i < LOGIN_FREE_OF_NETWORK + 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "name%d", i);
        expect_ok(enter(from(name, "2001:db8:1:2::1"), NOW));
    }
    cr_assert_gt(wait_of(from("new", "2001:db8:1:3::1"), NOW), 0);
    cr_assert_eq(wait_of(from("new", "2001:db8:2:2::1"), NOW), 0);
}

Test(login_guard, a_browser_that_is_known_is_counted_for_itself_alone)
{
    struct secret *mark defer(secret_free) = NULL;
    expect_ok(device_cookie_make(at.service, "admin", NOW, &mark));
    struct login_source stranger = from("admin", "192.0.2.7");
    struct login_source known = stranger;
    known.device = secret_span(mark);
    fail_times(LOGIN_FREE_OF_NAME + 1, stranger, NOW);
    cr_assert_eq(wait_of(known, NOW), 0);
    expect_ok(pass(known, NOW));
    cr_assert_gt(wait_of(stranger, NOW), 0);
    fail_times(LOGIN_FREE_OF_NAME + 1, known, NOW);
    cr_assert_gt(wait_of(known, NOW), 0);
    cr_assert_eq(wait_of(from("admin", "198.51.100.1"), NOW), 0);
}

Test(login_guard, the_mark_of_one_name_helps_no_other)
{
    struct secret *mark defer(secret_free) = NULL;
    expect_ok(device_cookie_make(at.service, "bob", NOW, &mark));
    struct login_source source = from("admin", "192.0.2.7");
    source.device = secret_span(mark);
    fail_times(LOGIN_FREE_OF_NAME + 1, source, NOW);
    cr_assert_gt(wait_of(from("admin", "192.0.2.7"), NOW), 0);
}

Test(login_guard, a_good_one_forgives_the_name_and_leaves_the_network)
{
    struct login_source source = from("admin", "192.0.2.7");
    for (int i = 0; i < LOGIN_FREE_OF_NETWORK; i++) {
        char name[16];
        snprintf(name, sizeof name, "name%d", i);
        expect_ok(enter(from(name, "192.0.2.7"), NOW));
    }
    expect_ok(pass(source, NOW));
    cr_assert_eq(wait_of(source, NOW), 0);
    expect_ok(pass(source, NOW));
    expect_ok(enter(from("other", "192.0.2.7"), NOW));
    cr_assert_gt(wait_of(source, NOW), 0);
}

Test(login_guard, tries_at_one_moment_are_counted_before_they_are_looked_at)
{
    struct login_source source = from("admin", "192.0.2.7");
    struct login_try tries[LOGIN_FREE_OF_NAME + 1];
    for (int i = 0; i <= LOGIN_FREE_OF_NAME; i++)
        expect_ok(login_guard_enter(at.service, &source, NOW, &tries[i]));
    cr_assert_eq(enter(source, NOW), STATUS_TOO_MANY);
}

Test(login_guard, what_was_not_judged_is_not_counted)
{
    struct login_source source = from("admin", "192.0.2.7");
    for (int i = 0; i < 2 * LOGIN_FREE_OF_NETWORK; i++) {
        struct login_try try;
        expect_ok(login_guard_enter(at.service, &source, NOW, &try));
        enum status judged = status_fail(STATUS_TOO_MANY, "busy");
        expect_detail(login_guard_settle(at.service, &source, &try, judged, NOW), STATUS_TOO_MANY,
                      "busy");
    }
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM login_counter"), 0);
}

Test(login_guard, time_forgives_one_by_one)
{
    struct login_source source = from("admin", "192.0.2.7");
    fail_times(LOGIN_FREE_OF_NAME, source, NOW);
    int64_t later = NOW + LOGIN_FORGIVE_SECONDS;
    expect_ok(enter(source, later));
    cr_assert_eq(wait_of(source, later), 0);
    expect_ok(enter(source, later));
    cr_assert_eq(wait_of(source, later), 1);
}

Test(login_guard, a_restart_forgives_nothing)
{
    struct login_source source = from("admin", "192.0.2.7");
    fail_times(LOGIN_FREE_OF_NAME + 1, source, NOW);
    fixture_restart(&at);
    cr_assert_eq(wait_of(source, NOW), 1);
}

Test(login_guard, a_clock_that_was_set_back_locks_nobody_for_long)
{
    struct login_source source = from("admin", "192.0.2.7");
    const int64_t back = NOW - 100000000;
    fail_times(LOGIN_FREE_OF_NAME + 1, source, NOW);
    cr_assert_eq(wait_of(source, back), 0);
    expect_ok(enter(source, back));
    cr_assert_eq(wait_of(source, back), 2);
    cr_assert_eq(enter(source, back), STATUS_TOO_MANY);
    expect_ok(enter(source, back + 2));
}

Test(login_guard, a_clock_that_was_set_back_forgives_from_then_on)
{
    struct login_source source = from("admin", "192.0.2.7");
    const int64_t back = NOW - 100000000;
    fail_times(LOGIN_FREE_OF_NAME + 1, source, NOW);
    expect_ok(enter(source, back));
    cr_assert_eq(wait_of(source, back), 2);
    expect_ok(enter(source, back + 2 * LOGIN_FORGIVE_SECONDS));
    cr_assert_eq(wait_of(source, back + 2 * LOGIN_FORGIVE_SECONDS), 1);
}

Test(login_guard, names_are_not_in_the_database)
{
    struct login_source source = from("Tr0ub4dor&3 horse", "192.0.2.7");
    struct login_try try;
    expect_ok(login_guard_enter(at.service, &source, NOW, &try));
    cr_assert_eq(login_guard_settle(at.service, &source, &try, STATUS_UNAUTHENTICATED, NOW),
                 STATUS_UNAUTHENTICATED);
    cr_assert_not(files_contain(&at, SPAN_LITERAL("Tr0ub4dor")));
    cr_assert_not(files_contain(&at, SPAN_LITERAL("tr0ub4dor")));
}

static int64_t audited(const char *condition)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM audit WHERE action = 'operator.login_failed' AND %s", condition);
    return ask_sql(&at, sql);
}

static void failed(const char *name, int64_t now)
{
    struct login_source source = from(name, "::ffff:192.0.2.7");
    struct login_try try = {0};
    cr_assert_eq(login_guard_settle(at.service, &source, &try, STATUS_UNAUTHENTICATED, now),
                 STATUS_UNAUTHENTICATED);
}

Test(login_guard, the_first_failure_is_in_the_audit_at_once)
{
    failed("ADMIN", NOW);
    cr_assert_eq(audited("object_id = 'admin' AND address = '192.0.2.7' AND "
                         "json_extract(detail, '$.failures') = 1 AND "
                         "json_extract(detail, '$.known') = 'yes'"),
                 1);
}

Test(login_guard, a_flood_makes_two_rows)
{
    for (int i = 0; i < 50; i++)
        failed("admin", NOW + i);
    cr_assert_eq(audited("1"), 1);
    expect_ok(login_guard_tidy(at.service, NOW + LOGIN_REPORT_SECONDS - 1));
    cr_assert_eq(audited("1"), 1);
    expect_ok(login_guard_tidy(at.service, NOW + LOGIN_REPORT_SECONDS));
    cr_assert_eq(audited("json_extract(detail, '$.failures') = 49 AND "
                         "json_extract(detail, '$.first_at') = 1800000001"),
                 1);
    expect_ok(login_guard_tidy(at.service, NOW + 10 * LOGIN_REPORT_SECONDS));
    cr_assert_eq(audited("1"), 2);
}

Test(login_guard, all_unknown_names_share_one_row)
{
    failed("one", NOW);
    failed("two", NOW);
    failed("three", NOW);
    expect_ok(login_guard_tidy(at.service, NOW + LOGIN_REPORT_SECONDS));
    cr_assert_eq(audited("object_id = '' AND json_extract(detail, '$.known') = 'no'"), 2);
    cr_assert_eq(ask_sql(&at, "SELECT sum(json_extract(detail, '$.failures')) FROM audit "
                              "WHERE action = 'operator.login_failed'"),
                 3);
}

Test(login_guard, a_failure_after_a_long_time_is_reported_at_once)
{
    failed("admin", NOW);
    failed("admin", NOW + LOGIN_REPORT_SECONDS);
    cr_assert_eq(audited("json_extract(detail, '$.failures') = 1"), 2);
}

Test(login_guard, what_is_forgiven_is_dropped)
{
    fail_times(LOGIN_FREE_OF_NAME + 1, from("admin", "192.0.2.7"), NOW);
    expect_ok(login_guard_tidy(at.service, NOW + LOGIN_FORGIVE_SECONDS));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM login_counter"), 2);
    expect_ok(login_guard_tidy(at.service, NOW + 86400));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM login_counter"), 0);
}
