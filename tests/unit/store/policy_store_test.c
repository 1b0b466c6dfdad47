#include "store/policy_store.h"

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

TestSuite(policy_store, .init = setup, .fini = teardown);

static struct policy_row input(const char *name)
{
    return (struct policy_row){.name = name,
                               .choice = "AllowCamera=0\n",
                               .partial_allowed = true,
                               .legacy_allowed = true,
                               .changed_at = NOW,
                               .changed_by = "command:anna"};
}

/* Makes it; its number. */
static int64_t make(struct db_tx *tx, const char *name)
{
    struct policy_row row defer(policy_row_clear) = {0};
    const struct policy_row made = input(name);
    expect_ok(policy_store_put(tx, &made));
    expect_ok(policy_store_get(tx, name, &row));
    return row.number;
}

static enum status assign(struct db_tx *tx, int64_t policy, const char *who)
{
    const struct policy_user_row row = {
        .who = who, .policy = policy, .assigned_at = NOW, .assigned_by = "command:anna"};
    return policy_store_assign(tx, &row);
}

static void expect_policy(struct db_tx *tx, const char *user, int64_t wanted)
{
    struct policy_row row defer(policy_row_clear) = {0};
    expect_ok(policy_store_of_user(tx, user, &row));
    cr_expect_eq(row.number, wanted, "%s", user);
}

Test(policy_store, keeps_what_was_put)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct policy_row row defer(policy_row_clear) = {0};
    make(tx, "Sales");
    expect_ok(policy_store_get(tx, "sALES", &row));
    cr_expect_str_eq(row.name, "Sales");
    cr_expect_str_eq(row.choice, "AllowCamera=0\n");
    cr_expect(row.partial_allowed && !row.external_allowed && row.legacy_allowed);
    cr_expect_eq(row.made_at, NOW);
    cr_expect_str_eq(row.changed_by, "command:anna");
}

Test(policy_store, changes_the_one_of_the_same_name)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct policy_row row defer(policy_row_clear) = {0};
    int64_t number = make(tx, "Sales");
    struct policy_row changed = input("SALES");
    changed.choice = "";
    changed.external_allowed = true;
    changed.changed_at = NOW + 5;
    changed.changed_by = "operator:bob";
    expect_ok(policy_store_put(tx, &changed));
    expect_ok(policy_store_get(tx, "sales", &row));
    cr_expect_eq(row.number, number);
    cr_expect_str_eq(row.name, "Sales");
    cr_expect_str_eq(row.choice, "");
    cr_expect(row.external_allowed);
    cr_expect_eq(row.made_at, NOW);
    cr_expect_str_eq(row.made_by, "command:anna");
    cr_expect_eq(row.changed_at, NOW + 5);
    cr_expect_str_eq(row.changed_by, "operator:bob");
}

Test(policy_store, gives_a_user_the_most_exact_one)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct policy_row row defer(policy_row_clear) = {0};
    int64_t one = make(tx, "one");
    int64_t domain = make(tx, "domain");
    int64_t rest = make(tx, "rest");
    cr_expect_eq(policy_store_of_user(tx, "ann@example.org", &row), STATUS_NOT_FOUND);
    expect_ok(assign(tx, rest, POLICY_EVERYBODY));
    expect_policy(tx, "ann@example.org", rest);
    expect_ok(assign(tx, domain, "@Example.org"));
    expect_policy(tx, "ann@example.ORG", domain);
    expect_policy(tx, "ann@sub.example.org", rest);
    expect_policy(tx, "ann", rest);
    expect_policy(tx, "", rest);
    expect_ok(assign(tx, one, "Ann@example.org"));
    expect_policy(tx, "ANN@example.org", one);
    expect_policy(tx, "bob@example.org", domain);
}

Test(policy_store, gives_nobody_two)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct policy_row row defer(policy_row_clear) = {0};
    int64_t first = make(tx, "first");
    int64_t second = make(tx, "second");
    expect_ok(assign(tx, first, "ann@example.org"));
    cr_expect_eq(assign(tx, second, "ANN@example.org"), STATUS_CONFLICT);
    expect_ok(policy_store_of_who(tx, "Ann@example.org", &row));
    cr_expect_eq(row.number, first);
    expect_ok(policy_store_unassign(tx, "ann@EXAMPLE.org"));
    cr_expect_eq(policy_store_unassign(tx, "ann@example.org"), STATUS_NOT_FOUND);
    expect_ok(assign(tx, second, "ann@example.org"));
}

Test(policy_store, removes_it_with_those_who_have_it)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct policy_row row defer(policy_row_clear) = {0};
    int64_t gone = make(tx, "gone");
    int64_t rest = make(tx, "rest");
    expect_ok(assign(tx, gone, "ann@example.org"));
    expect_ok(assign(tx, rest, POLICY_EVERYBODY));
    expect_ok(policy_store_remove(tx, gone));
    cr_expect_eq(policy_store_get(tx, "gone", &row), STATUS_NOT_FOUND);
    expect_policy(tx, "ann@example.org", rest);
}

Test(policy_store, lists_by_name_in_pages)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    static const char *const names[] = {"bern", "Anna", "chur", "Davos"};
    static const char *const sorted[] = {"Anna", "bern", "chur", "Davos"};
    struct page_request page = {.limit = 3};
    for (size_t i = 0; i < 4; i++)
        make(tx, names[i]);
    struct policy_list first defer(policy_list_clear) = {0};
    expect_ok(policy_store_list(tx, &page, &first));
    cr_assert_eq(first.count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_str_eq(first.rows[i].name, sorted[i]);
    struct policy_list second defer(policy_list_clear) = {0};
    page.after = first.next;
    expect_ok(policy_store_list(tx, &page, &second));
    cr_assert_eq(second.count, 1);
    cr_expect_str_eq(second.rows[0].name, sorted[3]);
    cr_expect_str_eq(second.next, "");
}

Test(policy_store, lists_and_counts_who_has_it)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct page_request page = {.limit = 2};
    int64_t count;
    int64_t one = make(tx, "one");
    int64_t other = make(tx, "other");
    expect_ok(assign(tx, one, "Zoe"));
    expect_ok(assign(tx, other, "bob"));
    expect_ok(assign(tx, one, "@example.org"));
    expect_ok(assign(tx, one, "ann"));
    struct policy_user_list first defer(policy_user_list_clear) = {0};
    expect_ok(policy_store_users(tx, one, &page, &first));
    cr_assert_eq(first.count, 2);
    cr_expect_str_eq(first.rows[0].who, "zoe");
    cr_expect_str_eq(first.rows[1].who, "@example.org");
    cr_expect_str_eq(first.rows[1].assigned_by, "command:anna");
    struct policy_user_list second defer(policy_user_list_clear) = {0};
    page.after = first.next;
    expect_ok(policy_store_users(tx, one, &page, &second));
    cr_assert_eq(second.count, 1);
    cr_expect_str_eq(second.rows[0].who, "ann");
    page.after = "x";
    cr_expect_eq(policy_store_users(tx, one, &page, &second), STATUS_INVALID);
    expect_ok(policy_store_count_users(tx, one, &count));
    cr_expect_eq(count, 3);
}
