#include "store/session_store.h"

#include "fixture.h"
#include "store/operator_store.h"

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(session_store, .init = setup, .fini = teardown);

static const uint8_t hashes[3][32] = {{1}, {2}, {3}};

static struct span hash(int number)
{
    return span_of(hashes[number], 32);
}

static void add(struct db_tx *tx, int number, const char *name, int64_t when)
{
    const struct session_row row = {.token_hash = hash(number),
                                    .owner = name,
                                    .created_at = when,
                                    .address = "192.0.2.1",
                                    .agent = "Windows PC"};
    expect_ok(session_store_add(tx, &row));
}

/* Anna has sessions 0 (of 100) and 1 (of 200), Bob has 2 (of 300). */
static struct db_tx *begin_with_three(void)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    const struct operator_row anna = {.name = "anna", .password_hash = "x", .created_at = 1};
    const struct operator_row bob = {.name = "bob", .password_hash = "x", .created_at = 1};
    expect_ok(operator_store_add(tx, &anna));
    expect_ok(operator_store_add(tx, &bob));
    add(tx, 0, "anna", 100);
    add(tx, 1, "anna", 200);
    add(tx, 2, "bob", 300);
    return tx;
}

static bool is_there(struct db_tx *tx, int number)
{
    struct session_row row defer(session_row_clear) = {0};
    enum status status = session_store_get(tx, hash(number), &row);
    cr_assert(status == STATUS_OK || status == STATUS_NOT_FOUND);
    return status == STATUS_OK;
}

Test(session_store, gives_back_what_was_added_as_used_at_the_log_in)
{
    struct db_tx *tx defer(db_end) = begin_with_three();
    struct session_row row defer(session_row_clear) = {0};
    expect_ok(session_store_get(tx, hash(1), &row));
    cr_expect_str_eq(row.owner, "anna");
    cr_expect_str_eq(row.address, "192.0.2.1");
    cr_expect_str_eq(row.agent, "Windows PC");
    cr_expect_eq(row.created_at, 200);
    cr_expect_eq(row.seen_at, 200);
}

Test(session_store, notes_a_use_and_never_an_earlier_one)
{
    struct db_tx *tx defer(db_end) = begin_with_three();
    expect_ok(session_store_touch(tx, hash(0), 500));
    expect_ok(session_store_touch(tx, hash(0), 400));
    struct session_row row defer(session_row_clear) = {0};
    expect_ok(session_store_get(tx, hash(0), &row));
    cr_expect_eq(row.seen_at, 500);
}

Test(session_store, ends_one)
{
    struct db_tx *tx defer(db_end) = begin_with_three();
    expect_ok(session_store_end(tx, hash(0)));
    expect_ok(session_store_end(tx, hash(0)));
    cr_expect(!is_there(tx, 0) && is_there(tx, 1) && is_there(tx, 2));
}

Test(session_store, ends_all_of_an_operator_but_one)
{
    struct db_tx *tx defer(db_end) = begin_with_three();
    int64_t count = 0;
    expect_ok(session_store_end_of_operator(tx, "anna", hash(1), &count));
    cr_expect_eq(count, 1);
    cr_expect(!is_there(tx, 0) && is_there(tx, 1) && is_there(tx, 2));
    expect_ok(session_store_end_of_operator(tx, "anna", SPAN_EMPTY, &count));
    cr_expect(!is_there(tx, 1) && is_there(tx, 2));
}

Test(session_store, prunes_what_is_old_and_what_was_not_used)
{
    struct db_tx *tx defer(db_end) = begin_with_three();
    int64_t count = 0;
    expect_ok(session_store_touch(tx, hash(0), 900));
    expect_ok(session_store_prune(tx, 100, 200, &count));
    cr_expect_eq(count, 2);
    cr_expect(!is_there(tx, 0) && !is_there(tx, 1) && is_there(tx, 2));
}

Test(session_store, lists_those_of_one_operator_newest_first)
{
    struct db_tx *tx defer(db_end) = begin_with_three();
    struct session_list list defer(session_list_clear) = {0};
    expect_ok(session_store_list(tx, "anna", &list));
    cr_assert_eq(list.count, 2);
    cr_expect(span_equal(list.rows[0].token_hash, hash(1)));
    cr_expect(span_equal(list.rows[1].token_hash, hash(0)));
}
