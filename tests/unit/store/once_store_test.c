#include "store/once_store.h"

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

TestSuite(once_store, .init = setup, .fini = teardown);

static void add(struct db_tx *tx, const char *key, int64_t when, int64_t lease, const char *sealed)
{
    const struct once_row row = {.key_mac = hash_of(key),
                                 .request_mac = hash_of("request"),
                                 .created_at = when,
                                 .lease_until = lease,
                                 .sealed = span_of_text(sealed)};
    expect_ok(once_store_add(tx, &row));
}

static enum status get(struct db_tx *tx, const char *key, struct once_row *row)
{
    return once_store_get(tx, hash_of(key), row);
}

Test(once_store, gives_back_what_was_added)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct once_row row defer(once_row_clear) = {0};
    add(tx, "a", NOW, 0, "sealed");
    expect_ok(get(tx, "a", &row));
    cr_assert(span_equal(row.request_mac, hash_of("request")));
    cr_assert(span_equal_text(row.sealed, "sealed"));
    cr_assert_eq(row.created_at, NOW);
    cr_assert_eq(row.lease_until, 0);
}

Test(once_store, a_key_is_there_once)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    const struct once_row again = {.key_mac = hash_of("a"),
                                   .request_mac = hash_of("other"),
                                   .created_at = NOW,
                                   .lease_until = NOW + 1};
    add(tx, "a", NOW, 0, "sealed");
    cr_assert_eq(once_store_add(tx, &again), STATUS_CONFLICT);
}

Test(once_store, a_row_is_done_or_being_done)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    const struct once_row neither = {
        .key_mac = hash_of("a"), .request_mac = hash_of("b"), .created_at = NOW};
    cr_assert_eq(once_store_add(tx, &neither), STATUS_INTERNAL);
}

Test(once_store, only_who_holds_the_lease_answers)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct once_row row defer(once_row_clear) = {0};
    add(tx, "a", NOW, NOW + 30, "");
    cr_assert_eq(once_store_answer(tx, hash_of("a"), NOW + 29, SPAN_LITERAL("x")), STATUS_CONFLICT);
    expect_ok(once_store_answer(tx, hash_of("a"), NOW + 30, SPAN_LITERAL("x")));
    cr_assert_eq(once_store_answer(tx, hash_of("a"), NOW + 30, SPAN_LITERAL("y")), STATUS_CONFLICT);
    expect_ok(get(tx, "a", &row));
    cr_assert(span_equal_text(row.sealed, "x"));
    cr_assert_eq(row.lease_until, 0);
}

Test(once_store, drops_only_the_row_of_the_lease)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct once_row row defer(once_row_clear) = {0};
    add(tx, "being done", NOW, NOW + 30, "");
    add(tx, "done", NOW, 0, "x");
    expect_ok(once_store_drop(tx, hash_of("being done"), NOW + 29));
    expect_ok(once_store_drop(tx, hash_of("done"), NOW + 30));
    expect_ok(get(tx, "being done", &row));
    once_row_clear(&row);
    expect_ok(get(tx, "done", &row));
    expect_ok(once_store_drop(tx, hash_of("being done"), NOW + 30));
    expect_ok(once_store_drop(tx, hash_of("done"), 0));
    once_row_clear(&row);
    cr_assert_eq(get(tx, "being done", &row), STATUS_NOT_FOUND);
    cr_assert_eq(get(tx, "done", &row), STATUS_NOT_FOUND);
}

Test(once_store, drops_the_oldest_ones_in_batches)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct once_row row defer(once_row_clear) = {0};
    int64_t count = 0;
    add(tx, "third", NOW + 3, 0, "x");
    add(tx, "first", NOW + 1, 0, "x");
    add(tx, "second", NOW + 2, NOW + 9, "");
    expect_ok(once_store_drop_old(tx, NOW + 2, 1, &count));
    cr_assert_eq(count, 1);
    cr_assert_eq(get(tx, "first", &row), STATUS_NOT_FOUND);
    expect_ok(once_store_drop_old(tx, NOW + 2, 10, &count));
    cr_assert_eq(count, 1);
    expect_ok(get(tx, "third", &row));
}

Test(once_store, leaves_no_byte_of_a_dropped_answer)
{
    static const char answer[] = "an answer that nobody is to find";
    struct db_tx *tx = begin(at.db, DB_WRITE);
    int64_t count;
    add(tx, "a", NOW, 0, answer);
    finish(tx);
    cr_assert(files_contain(at.path, span_of_text(answer)));
    tx = begin(at.db, DB_WRITE);
    expect_ok(once_store_drop_old(tx, NOW, 10, &count));
    finish(tx);
    expect_ok(db_erase_traces(at.db));
    cr_assert_not(files_contain(at.path, span_of_text(answer)));
}
