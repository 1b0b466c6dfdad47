#include "store/operator_store.h"

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

TestSuite(operator_store, .init = setup, .fini = teardown);

static enum status add(const char *name, enum operator_role role)
{
    struct operator_row row = {.name = name,
                               .role = role,
                               .password_hash = "$argon2id$x",
                               .must_change = true,
                               .created_at = NOW};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(operator_store_add(tx, &row));
    return db_commit(tx);
}

static enum status disable(const char *name)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(operator_store_disable(tx, name, NOW + 5));
    return db_commit(tx);
}

static struct operator_row get(const char *name)
{
    struct operator_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(operator_store_get(tx, name, &row));
    return row;
}

Test(operator_store, finds_a_name_in_any_case)
{
    expect_ok(add("Anna", OPERATOR_HELPDESK));
    struct operator_row row defer(operator_row_clear) = get("aNNa");
    cr_assert_str_eq(row.name, "Anna");
    cr_assert_eq(row.role, OPERATOR_HELPDESK);
    cr_assert_str_eq(row.password_hash, "$argon2id$x");
    cr_assert(row.must_change);
    cr_assert_eq(row.created_at, NOW);
    cr_assert_eq(row.password_at, NOW);
    cr_assert_eq(row.disabled_at, 0);
}

Test(operator_store, refuses_a_name_that_is_taken_in_any_case)
{
    expect_ok(add("Anna", OPERATOR_HELPDESK));
    cr_assert_eq(add("ANNA", OPERATOR_ADMIN), STATUS_CONFLICT);
}

Test(operator_store, knows_no_other_name)
{
    struct operator_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    cr_assert_eq(operator_store_get(tx, "anna", &row), STATUS_NOT_FOUND);
    cr_assert_eq(operator_store_set_password(tx, "anna", "x", false, NOW), STATUS_NOT_FOUND);
    cr_assert_eq(operator_store_disable(tx, "anna", NOW), STATUS_NOT_FOUND);
    cr_assert_eq(operator_store_enable(tx, "anna"), STATUS_NOT_FOUND);
}

Test(operator_store, a_new_password_replaces_the_old)
{
    expect_ok(add("anna", OPERATOR_AUDITOR));
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(operator_store_set_password(tx, "anna", "$argon2id$y", false, NOW + 9));
    finish(tx);
    struct operator_row row defer(operator_row_clear) = get("anna");
    cr_assert_str_eq(row.password_hash, "$argon2id$y");
    cr_assert(!row.must_change);
    cr_assert_eq(row.password_at, NOW + 9);
}

Test(operator_store, the_last_admin_stays)
{
    expect_ok(add("anna", OPERATOR_ADMIN));
    expect_ok(add("bob", OPERATOR_ADMIN));
    expect_ok(add("carl", OPERATOR_HELPDESK));
    expect_ok(disable("carl"));
    expect_ok(disable("anna"));
    cr_assert_eq(disable("bob"), STATUS_CONFLICT);
    expect_ok(disable("anna"));
    struct operator_row row defer(operator_row_clear) = get("anna");
    cr_assert_eq(row.disabled_at, NOW + 5);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(operator_store_enable(tx, "anna"));
    finish(tx);
    expect_ok(disable("bob"));
}

static enum status set_role(const char *name, enum operator_role role)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(operator_store_set_role(tx, name, role));
    return db_commit(tx);
}

Test(operator_store, a_role_changes_but_not_that_of_the_last_admin)
{
    expect_ok(add("anna", OPERATOR_ADMIN));
    expect_ok(add("bob", OPERATOR_HELPDESK));
    cr_assert_eq(set_role("nobody", OPERATOR_ADMIN), STATUS_NOT_FOUND);
    cr_assert_eq(set_role("anna", OPERATOR_HELPDESK), STATUS_CONFLICT);
    expect_ok(set_role("anna", OPERATOR_ADMIN));
    expect_ok(set_role("bob", OPERATOR_ADMIN));
    expect_ok(set_role("ANNA", OPERATOR_AUDITOR));
    struct operator_row row defer(operator_row_clear) = get("anna");
    cr_assert_eq(row.role, OPERATOR_AUDITOR);
    cr_assert_eq(set_role("bob", OPERATOR_HELPDESK), STATUS_CONFLICT);
}

Test(operator_store, an_admin_who_may_not_log_in_is_not_the_last_one)
{
    expect_ok(add("anna", OPERATOR_ADMIN));
    expect_ok(add("bob", OPERATOR_ADMIN));
    expect_ok(disable("anna"));
    cr_assert_eq(set_role("bob", OPERATOR_HELPDESK), STATUS_CONFLICT);
    expect_ok(set_role("anna", OPERATOR_HELPDESK));
}

Test(operator_store, lists_all_by_name)
{
    expect_ok(add("carl", OPERATOR_ADMIN));
    expect_ok(add("Anna", OPERATOR_ADMIN));
    expect_ok(add("bob", OPERATOR_ADMIN));
    struct operator_list list defer(operator_list_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(operator_store_list(tx, &list));
    cr_assert_eq(list.count, 3);
    cr_assert_str_eq(list.rows[0].name, "Anna");
    cr_assert_str_eq(list.rows[2].name, "carl");
}

Test(operator_store, roles_are_read_back_from_their_texts)
{
    enum operator_role role;
    expect_ok(operator_role_parse(operator_role_text(OPERATOR_AUDITOR), &role));
    cr_assert_eq(role, OPERATOR_AUDITOR);
    cr_assert_eq(operator_role_parse("root", &role), STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "admin, helpdesk, auditor"));
}
