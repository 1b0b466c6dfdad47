#include "store/access_store.h"

#include "fixture.h"

static struct fixture at;
static const char owner[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(access_store, .init = setup, .fini = teardown);

Test(access_store, the_first_pin_stays_until_it_is_taken_off)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct pin_row row defer(pin_row_clear) = {0};
    bool pinned;
    expect_ok(access_store_pin(tx, owner, "ABC", NOW, &pinned));
    cr_assert(pinned);
    expect_ok(access_store_pin(tx, owner, "DEF", NOW + 1, &pinned));
    cr_assert_not(pinned);
    expect_ok(access_store_get_pin(tx, owner, &row));
    cr_assert_str_eq(row.device_id, "ABC");
    expect_ok(access_store_unpin(tx, owner));
    cr_assert_eq(access_store_unpin(tx, owner), STATUS_NOT_FOUND);
    cr_assert_eq(access_store_get_pin(tx, owner, &row), STATUS_NOT_FOUND);
}

Test(access_store, an_alarm_is_due_once_until_the_time_is_over)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct pin_row row defer(pin_row_clear) = {0};
    bool due;
    expect_ok(access_store_pin(tx, owner, "ABC", NOW, &due));
    expect_ok(access_store_alarm(tx, owner, "DEF", NOW - 60, NOW, &due));
    cr_assert(due);
    expect_ok(access_store_alarm(tx, owner, "GHI", NOW - 50, NOW + 10, &due));
    cr_assert_not(due);
    expect_ok(access_store_alarm(tx, owner, "JKL", NOW, NOW + 60, &due));
    cr_assert(due);
    expect_ok(access_store_get_pin(tx, owner, &row));
    cr_assert_str_eq(row.alarm_device, "JKL");
    cr_assert_eq(row.alarm_at, NOW + 60);
}

Test(access_store, users_are_blocked_in_any_case)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    int64_t when;
    expect_ok(access_store_block_user(tx, "Anna@Example.org", "operator:bob", NOW));
    cr_assert_eq(access_store_block_user(tx, "anna@example.org", "x", NOW), STATUS_CONFLICT);
    expect_ok(access_store_user_blocked(tx, "ANNA@example.org", &when));
    cr_assert_eq(when, NOW);
    expect_ok(access_store_unblock_user(tx, "anna@EXAMPLE.org"));
    expect_ok(access_store_user_blocked(tx, "anna@example.org", &when));
    cr_assert_eq(when, 0);
    cr_assert_eq(access_store_unblock_user(tx, "anna@example.org"), STATUS_NOT_FOUND);
}
