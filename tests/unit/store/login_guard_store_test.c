#include "store/login_guard_store.h"

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

TestSuite(login_guard_store, .init = setup, .fini = teardown);

static void put(const char *what, int64_t failures, int64_t when)
{
    const struct login_counter counter = {failures, when, when + 4};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(login_counter_put(tx, hash_of(what), &counter));
    finish(tx);
}

static struct login_counter get(const char *what)
{
    struct login_counter counter = {-1, -1, -1};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(login_counter_get(tx, hash_of(what), &counter));
    return counter;
}

Test(login_guard_store, what_was_never_counted_is_zero)
{
    struct login_counter counter = get("a");
    cr_assert_eq(counter.failures, 0);
    cr_assert_eq(counter.at, 0);
    cr_assert_eq(counter.blocked_until, 0);
}

Test(login_guard_store, the_last_put_counts)
{
    put("a", 1, NOW);
    put("b", 7, NOW);
    put("a", 2, NOW + 5);
    struct login_counter counter = get("a");
    cr_assert_eq(counter.failures, 2);
    cr_assert_eq(counter.at, NOW + 5);
    cr_assert_eq(counter.blocked_until, NOW + 9);
    cr_assert_eq(get("b").failures, 7);
}

Test(login_guard_store, a_counter_stays_over_a_restart)
{
    put("a", 3, NOW);
    fixture_reopen(&at);
    cr_assert_eq(get("a").failures, 3);
}

Test(login_guard_store, a_dropped_one_is_zero)
{
    put("a", 1, NOW);
    put("b", 1, NOW);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(login_counter_drop(tx, hash_of("a")));
    finish(tx);
    cr_assert_eq(get("a").failures, 0);
    cr_assert_eq(get("b").failures, 1);
}

Test(login_guard_store, the_oldest_go_first_and_no_more_than_asked_for)
{
    put("a", 1, NOW);
    put("b", 1, NOW + 1);
    put("c", 1, NOW + 2);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    int64_t count = -1;
    expect_ok(login_counter_prune(tx, NOW + 2, 1, &count));
    cr_assert_eq(count, 1);
    finish(tx);
    cr_assert_eq(get("a").failures, 0);
    cr_assert_eq(get("b").failures, 1);
    tx = begin(at.db, DB_WRITE);
    expect_ok(login_counter_prune(tx, NOW + 2, 10, &count));
    cr_assert_eq(count, 1);
    finish(tx);
    cr_assert_eq(get("b").failures, 0);
    cr_assert_eq(get("c").failures, 1);
}

Test(login_guard_store, a_flood_makes_the_one_go_that_was_put_longest_ago)
{
    put("early", 1, NOW);
    put("kept", 1, NOW);
    const struct login_counter counter = {1, NOW, 0};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    for (int i = 0; i < LOGIN_COUNTERS_MOST - 2; i++) {
        char what[16];
        snprintf(what, sizeof what, "%d", i);
        expect_ok(login_counter_put(tx, hash_of(what), &counter));
    }
    finish(tx);
    cr_assert_eq(get("early").failures, 1);
    put("kept", 2, NOW);
    put("one more", 1, NOW);
    cr_assert_eq(get("early").failures, 0);
    cr_assert_eq(get("kept").failures, 2);
    cr_assert_eq(get("one more").failures, 1);
}

Test(login_guard_store, a_failure_is_due_when_its_last_report_is_old)
{
    const struct login_failure some[] = {
        {.operator= "anna", .failures = 3, .first_at = NOW, .address = "a", .reported_at = NOW},
        {.operator= "", .failures = 0, .address = "b", .reported_at = NOW - 50},
    };
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    for (size_t i = 0; i < 2; i++)
        expect_ok(login_failure_put(tx, &some[i]));
    struct login_failure due defer(login_failure_clear) = {0};
    cr_assert_eq(login_failure_due(tx, NOW - 1, &due), STATUS_NOT_FOUND);
    expect_ok(login_failure_due(tx, NOW, &due));
    cr_assert_str_eq(due.operator, "anna");
    cr_assert_eq(due.failures, 3);
    cr_assert_eq(due.first_at, NOW);
    cr_assert_str_eq(due.address, "a");
}

Test(login_guard_store, a_failure_takes_the_place_of_the_one_before)
{
    struct login_failure failure = {.operator= "anna", .failures = 1, .first_at = 5};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct login_failure found defer(login_failure_clear) = {0};
    cr_assert_eq(login_failure_get(tx, "anna", &found), STATUS_NOT_FOUND);
    expect_ok(login_failure_put(tx, &failure));
    failure.failures = 0;
    failure.first_at = 0;
    expect_ok(login_failure_put(tx, &failure));
    expect_ok(login_failure_get(tx, "anna", &found));
    cr_assert_eq(found.failures, 0);
    cr_assert_eq(found.first_at, 0);
    cr_assert_eq(found.reported_at, 0);
}
