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

TestSuite(link_expire, .init = setup, .fini = teardown);

static enum status count_key(void *context, const char *key)
{
    cr_assert_str_neq(key, "");
    ++*(int *)context;
    return STATUS_OK;
}

Test(link_expire, links_expire_a_few_at_a_time)
{
    static const char *const ids[] = {"abc", "def", "ghi"};
    for (size_t i = 0; i < 3; i++)
        make_link(at.db, ids[i], "anna", NOW);
    static const int64_t expected[] = {2, 1, 0};
    for (size_t i = 0; i < 3; i++) {
        int64_t count;
        int visited = 0;
        struct db_tx *tx = begin(at.db, DB_WRITE);
        expect_ok(link_store_expire(tx, NOW + 86400, 2, count_key, &visited, &count));
        finish(tx);
        cr_assert_eq(count, expected[i]);
        cr_assert_eq(visited, expected[i]);
    }
}

static enum status refuse_key(void *context, const char *key)
{
    (void)context, (void)key;
    return STATUS_GONE;
}

Test(link_expire, a_visitor_that_refuses_ends_the_walk)
{
    make_link(at.db, "abc", "anna", NOW);
    int64_t count;
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    cr_assert_eq(link_store_expire(tx, NOW + 86400, 2, refuse_key, NULL, &count), STATUS_GONE);
}
