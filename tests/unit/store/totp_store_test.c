#include "store/totp_store.h"

#include "fixture.h"
#include "store/operator_store.h"

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
    const struct operator_row row = {.name = "anna", .password_hash = "x", .created_at = NOW};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(operator_store_add(tx, &row));
    finish(tx);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(totp_store, .init = setup, .fini = teardown);

static enum status put(const char *operator, const char * sealed)
{
    const struct totp_row row = {
        .operator= operator, .secret_sealed = span_of_text(sealed), .created_at = NOW};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(totp_store_put(tx, &row));
    return db_commit(tx);
}

static enum status confirm(void)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(totp_store_confirm(tx, "anna", NOW + 1));
    return db_commit(tx);
}

static enum status use(int64_t step)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(totp_store_use_step(tx, "anna", step));
    return db_commit(tx);
}

Test(totp_store, belongs_to_an_operator_that_there_is)
{
    cr_assert_eq(put("bob", "secret"), STATUS_INTERNAL);
}

Test(totp_store, an_unfinished_set_up_is_replaced)
{
    expect_ok(put("anna", "first"));
    expect_ok(put("anna", "second"));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct totp_row row defer(totp_row_clear) = {0};
    expect_ok(totp_store_get(tx, "anna", &row));
    cr_assert(span_equal_text(row.secret_sealed, "second"));
    cr_assert_eq(row.confirmed_at, 0);
    cr_assert_eq(row.last_step, 0);
}

Test(totp_store, a_finished_one_is_not)
{
    cr_assert_eq(confirm(), STATUS_CONFLICT);
    expect_ok(put("anna", "first"));
    expect_ok(confirm());
    cr_assert_eq(put("anna", "second"), STATUS_CONFLICT);
    cr_assert_eq(confirm(), STATUS_CONFLICT);
}

Test(totp_store, no_step_is_used_twice_and_none_before_it)
{
    expect_ok(put("anna", "first"));
    expect_ok(use(100));
    cr_assert_eq(use(100), STATUS_CONFLICT);
    cr_assert_eq(use(99), STATUS_CONFLICT);
    expect_ok(use(101));
}

Test(totp_store, a_recovery_code_works_once)
{
    expect_ok(put("anna", "first"));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    expect_ok(recovery_code_add(tx, "anna", hash_of("one")));
    expect_ok(recovery_code_add(tx, "anna", hash_of("two")));
    expect_ok(recovery_code_use(tx, "anna", hash_of("one")));
    cr_assert_eq(recovery_code_use(tx, "anna", hash_of("one")), STATUS_NOT_FOUND);
    cr_assert_eq(recovery_code_use(tx, "anna", hash_of("three")), STATUS_NOT_FOUND);
    int64_t count = -1;
    expect_ok(recovery_code_count(tx, "anna", &count));
    cr_assert_eq(count, 1);
}

Test(totp_store, all_goes_together)
{
    expect_ok(put("anna", "first"));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    expect_ok(recovery_code_add(tx, "anna", hash_of("one")));
    expect_ok(totp_store_remove(tx, "anna"));
    cr_assert_eq(totp_store_remove(tx, "anna"), STATUS_NOT_FOUND);
    int64_t count = -1;
    expect_ok(recovery_code_count(tx, "anna", &count));
    cr_assert_eq(count, 0);
}
