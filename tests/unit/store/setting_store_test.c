#include "store/setting_store.h"

#include "fixture.h"

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(setting_store, .init = setup, .fini = teardown);

Test(setting_store, keeps_the_last_value)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    char *value defer(free) = NULL;
    cr_assert_eq(setting_store_get(tx, "host", &value), STATUS_NOT_FOUND);
    expect_ok(setting_store_set(tx, "host", "a", NOW));
    expect_ok(setting_store_set(tx, "host", "", NOW));
    expect_ok(setting_store_get(tx, "host", &value));
    cr_assert_str_eq(value, "");
}

Test(setting_store, knows_when_a_value_was_last_set)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    char *value defer(free) = NULL;
    int64_t changed_at = 0;
    expect_ok(setting_store_set(tx, "host", "a", NOW));
    expect_ok(setting_store_set(tx, "host", "b", NOW + 7));
    expect_ok(setting_store_get_dated(tx, "host", &value, &changed_at));
    cr_assert_str_eq(value, "b");
    cr_assert_eq(changed_at, NOW + 7);
}

Test(setting_store, numbers_count_up_across_opening)
{
    for (int64_t expected = 1; expected <= 3; expected++) {
        int64_t number = 0;
        struct db_tx *tx = begin(at.db, DB_WRITE);
        expect_ok(setting_store_next_number(tx, "crl.issuing.number", NOW, &number));
        finish(tx);
        cr_assert_eq(number, expected);
        fixture_reopen(&at);
    }
}
