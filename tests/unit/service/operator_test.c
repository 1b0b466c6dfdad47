#include "service/operator.h"

#include "base/clock.h"
#include "fixture.h"
#include "service/password.h"

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

TestSuite(operator, .init = setup, .fini = teardown);

static enum status add(const char *name, enum operator_role role)
{
    struct secret *password defer(secret_free) = NULL;
    return operator_add(at.service, &anna, name, role, NULL, &password);
}

static struct operator_row get(const char *name)
{
    struct operator_row row = {0};
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(at.service->db, DB_READ, &tx));
    expect_ok(operator_store_get(tx, name, &row));
    return row;
}

static bool logs_in(const char *name, const struct secret *password)
{
    struct operator_row row defer(operator_row_clear) = get(name);
    return password_verify(row.password_hash, password) == STATUS_OK;
}

static int64_t audited(const char *condition)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE %s", condition);
    return ask_sql(&at, sql);
}

Test(operator, a_new_one_gets_a_password_that_must_be_changed)
{
    struct secret *password defer(secret_free) = NULL;
    expect_ok(operator_add(at.service, &anna, "Bob", OPERATOR_HELPDESK, NULL, &password));
    cr_assert_eq(secret_span(password).len, PASSWORD_LETTERS);
    cr_assert(logs_in("bob", password));
    struct operator_row row defer(operator_row_clear) = get("bob");
    cr_assert(row.must_change);
    cr_assert_eq(row.role, OPERATOR_HELPDESK);
    cr_assert_eq(audited("action = 'operator.add' AND object_id = 'Bob' AND "
                         "actor = 'operator:anna' AND detail = '{\"role\":\"helpdesk\"}'"),
                 1);
    cr_assert_not(files_contain(&at, secret_span(password)));
}

Test(operator, a_name_is_taken_once_in_any_case)
{
    expect_ok(add("Bob", OPERATOR_HELPDESK));
    expect_detail(add("bOB", OPERATOR_ADMIN), STATUS_CONFLICT, "there is an operator called 'bOB'");
}

static const char *const bad_names[] = {
    "",      " bob",  "bob ",
    "b\nob", "b\xff", "12345678901234567890123456789012345678901234567890123456789012345",
};

Test(operator, a_name_is_readable)
{
    for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++)
        cr_expect_eq(add(bad_names[i], OPERATOR_ADMIN), STATUS_INVALID, "row %zu", i);
    expect_ok(operator_check_name("Zo\xc3\xab, night shift"));
}

Test(operator, an_own_password_keeps_the_rule)
{
    struct secret *chosen defer(secret_free) = NULL;
    struct secret *password defer(secret_free) = NULL;
    expect_ok(secret_copy(SPAN_LITERAL("short"), &chosen));
    cr_assert_eq(operator_add(at.service, &anna, "bob", OPERATOR_ADMIN, chosen, &password),
                 STATUS_INVALID);
    secret_free(take(chosen));
    expect_ok(secret_copy(SPAN_LITERAL("a long way to go"), &chosen));
    expect_ok(operator_add(at.service, &anna, "bob", OPERATOR_ADMIN, chosen, &password));
    cr_assert(logs_in("bob", chosen));
}

Test(operator, a_new_password_ends_the_old)
{
    struct secret *first defer(secret_free) = NULL;
    struct secret *second defer(secret_free) = NULL;
    expect_ok(operator_add(at.service, &anna, "bob", OPERATOR_ADMIN, NULL, &first));
    expect_ok(operator_set_password(at.service, &anna, "BOB", NULL, &second));
    cr_assert_not(logs_in("bob", first));
    cr_assert(logs_in("bob", second));
    cr_assert_eq(audited("action = 'operator.password_reset' AND object_id = 'bob'"), 1);
    cr_assert_eq(operator_set_password(at.service, &anna, "eve", NULL, &first), STATUS_NOT_FOUND);
}

Test(operator, the_last_admin_keeps_log_in_and_role)
{
    expect_detail(operator_disable(at.service, &anna, "admin"), STATUS_CONFLICT, "last admin");
    expect_detail(operator_set_role(at.service, &anna, "admin", OPERATOR_AUDITOR), STATUS_CONFLICT,
                  "last admin");
    cr_assert_eq(audited("action IN ('operator.disable', 'operator.role')"), 0);
    expect_ok(add("bob", OPERATOR_ADMIN));
    expect_ok(operator_disable(at.service, &anna, "admin"));
    cr_assert_eq(operator_set_role(at.service, &anna, "bob", OPERATOR_AUDITOR), STATUS_CONFLICT);
    expect_ok(operator_enable(at.service, &anna, "admin"));
    expect_ok(operator_set_role(at.service, &anna, "bob", OPERATOR_AUDITOR));
    cr_assert_eq(audited("action = 'operator.role' AND detail = '{\"role\":\"auditor\"}'"), 1);
    cr_assert_eq(audited("action IN ('operator.disable', 'operator.enable')"), 2);
}

Test(operator, the_list_has_all_by_name)
{
    expect_ok(add("Zoe", OPERATOR_AUDITOR));
    expect_ok(operator_disable(at.service, &anna, "zoe"));
    struct operator_entries list defer(operator_entries_clear) = {0};
    expect_ok(operator_list_all(at.service, &list));
    cr_assert_eq(list.count, 2);
    cr_assert_str_eq(list.entries[0].name, "admin");
    cr_assert_eq(list.entries[0].disabled_at, 0);
    cr_assert_not(list.entries[0].totp);
    cr_assert_str_eq(list.entries[1].name, "Zoe");
    cr_assert_eq(list.entries[1].role, OPERATOR_AUDITOR);
    cr_assert_neq(list.entries[1].disabled_at, 0);
}

static void begin_session(const char *name)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "INSERT INTO session SELECT randomblob(32), '%s', 1, 1, '192.0.2.1', 'PC'", name);
    run_sql(&at, sql);
}

Test(operator, a_new_password_and_a_disabled_log_in_end_the_sessions)
{
    struct secret *password defer(secret_free) = NULL;
    expect_ok(add("bob", OPERATOR_HELPDESK));
    begin_session("admin");
    begin_session("bob");
    begin_session("bob");
    expect_ok(operator_set_password(at.service, &anna, "Bob", NULL, &password));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session WHERE operator = 'bob'"), 0);
    begin_session("bob");
    expect_ok(operator_disable(at.service, &anna, "BOB"));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session WHERE operator = 'bob'"), 0);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session"), 1);
}
