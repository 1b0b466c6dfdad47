#include "service/login.h"

#include "base/clock.h"
#include "fixture.h"
#include "service/password.h"
#include "service/totp.h"
#include "store/db.h"

static const char right[] = "a good long password";

/* The first admin with a password that the test knows. */
static struct fixture open_with_admin(bool must_change)
{
    struct fixture fixture = {0};
    fixture_open(&fixture);
    struct secret *password defer(secret_free) = NULL;
    char hash[PASSWORD_HASH_SIZE];
    expect_ok(secret_copy(span_of_text(right), &password));
    expect_ok(password_hash(password, hash));
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_WRITE, &tx));
    expect_ok(operator_store_set_password(tx, "admin", hash, must_change, clock_now()));
    expect_ok(db_commit(tx));
    return fixture;
}

static enum status try(const struct fixture *fixture, const char *name, const char *password,
                       struct login_begun *begun)
{
    const struct login_request request = {.name = span_of_text(name),
                                          .password = span_of_text(password),
                                          .address = "192.0.2.1",
                                          .agent = "Windows PC"};
    return login_begin(fixture->service, &request, begun);
}

static enum status find(const struct fixture *fixture, const struct login_begun *begun)
{
    struct login login;
    return login_find(fixture->service, secret_span(begun->token), true, &login);
}

Test(login, begins_a_session_that_is_found_by_its_token)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(true);
    struct login_begun begun defer(login_begun_clear) = {0};
    expect_ok(try(&fixture, "ADMIN", right, &begun));
    struct login login;
    expect_ok(login_find(fixture.service, secret_span(begun.token), true, &login));
    cr_expect_str_eq(login.name, "admin");
    cr_expect_eq(login.role, OPERATOR_ADMIN);
    cr_expect(login.must_change);
    cr_expect(!files_contain(&fixture, secret_span(begun.token)));
    cr_expect_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'operator.login'"),
                 1);
}

Test(login, a_clock_that_was_set_back_prolongs_no_session)
{
    static const char *const ahead[] = {
        "UPDATE session SET created_at = created_at + 86400, seen_at = seen_at + 86400",
        "UPDATE session SET seen_at = seen_at + 86400"};
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        struct login_begun begun defer(login_begun_clear) = {0};
        run_sql(&fixture, "DELETE FROM session");
        expect_ok(try(&fixture, "admin", right, &begun));
        run_sql(&fixture,
                "UPDATE session SET created_at = created_at + 60, seen_at = seen_at + 60");
        expect_ok(find(&fixture, &begun));
        run_sql(&fixture, ahead[i]);
        cr_assert_eq(find(&fixture, &begun), STATUS_UNAUTHENTICATED);
    }
}

Test(login, refuses_a_wrong_password_an_unknown_name_and_somebody_disabled_alike)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct login_begun begun defer(login_begun_clear) = {0};
    cr_expect_eq(try(&fixture, "admin", "wrong", &begun), STATUS_UNAUTHENTICATED);
    cr_expect_eq(try(&fixture, "nobody", right, &begun), STATUS_UNAUTHENTICATED);
    cr_expect_eq(try(&fixture, "admin", "", &begun), STATUS_UNAUTHENTICATED);
    cr_expect_eq(try(&fixture, "", right, &begun), STATUS_UNAUTHENTICATED);
    run_sql(&fixture, "UPDATE operator SET disabled_at = 1");
    cr_expect_eq(try(&fixture, "admin", right, &begun), STATUS_UNAUTHENTICATED);
    cr_expect_null(begun.token);
    cr_expect_eq(ask_sql(&fixture, "SELECT count(*) FROM session"), 0);
}

Test(login, ends_when_the_operator_is_disabled)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct login_begun begun defer(login_begun_clear) = {0};
    expect_ok(try(&fixture, "admin", right, &begun));
    run_sql(&fixture, "UPDATE operator SET disabled_at = 1");
    cr_expect_eq(find(&fixture, &begun), STATUS_UNAUTHENTICATED);
}

Test(login, ends_without_use_and_in_any_case)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct login_begun begun defer(login_begun_clear) = {0};
    expect_ok(try(&fixture, "admin", right, &begun));
    run_sql(&fixture, "UPDATE session SET seen_at = seen_at - 1790");
    expect_ok(find(&fixture, &begun));
    expect_ok(find(&fixture, &begun));
    run_sql(&fixture, "UPDATE session SET seen_at = seen_at - 1801");
    cr_expect_eq(find(&fixture, &begun), STATUS_UNAUTHENTICATED);
    run_sql(&fixture,
            "UPDATE session SET seen_at = seen_at + 1801, created_at = created_at - 36001");
    cr_expect_eq(find(&fixture, &begun), STATUS_UNAUTHENTICATED);
    expect_ok(login_prune(fixture.service, clock_now()));
    cr_expect_eq(ask_sql(&fixture, "SELECT count(*) FROM session"), 0);
}

Test(login, a_use_that_does_not_count_keeps_nothing_alive)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct login_begun begun defer(login_begun_clear) = {0};
    struct login login;
    expect_ok(try(&fixture, "admin", right, &begun));
    run_sql(&fixture, "UPDATE session SET seen_at = seen_at - 1000");
    int64_t before = ask_sql(&fixture, "SELECT seen_at FROM session");
    expect_ok(login_find(fixture.service, secret_span(begun.token), false, &login));
    cr_expect_eq(ask_sql(&fixture, "SELECT seen_at FROM session"), before);
    expect_ok(login_find(fixture.service, secret_span(begun.token), true, &login));
    cr_expect_gt(ask_sql(&fixture, "SELECT seen_at FROM session"), before);
}

Test(login, a_new_password_ends_every_session_and_begins_one)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(true);
    struct login_begun first defer(login_begun_clear) = {0};
    struct login_begun second defer(login_begun_clear) = {0};
    struct login_begun changed defer(login_begun_clear) = {0};
    expect_ok(try(&fixture, "admin", right, &first));
    expect_ok(try(&fixture, "admin", right, &second));
    struct login_change change = {.old = span_of_text("wrong"),
                                  .new = span_of_text("another long password"),
                                  .address = "192.0.2.1",
                                  .agent = "Windows PC"};
    cr_expect_eq(login_change_password(fixture.service, "admin", &change, &changed),
                 STATUS_FORBIDDEN);
    change.old = span_of_text(right);
    change.new = change.old;
    cr_expect_eq(login_change_password(fixture.service, "admin", &change, &changed),
                 STATUS_INVALID);
    change.new = span_of_text("short");
    cr_expect_eq(login_change_password(fixture.service, "admin", &change, &changed),
                 STATUS_INVALID);
    cr_expect_eq(find(&fixture, &first), STATUS_OK);
    change.new = span_of_text("another long password");
    expect_ok(login_change_password(fixture.service, "admin", &change, &changed));
    cr_expect(!changed.login.must_change);
    cr_expect_eq(find(&fixture, &first), STATUS_UNAUTHENTICATED);
    cr_expect_eq(find(&fixture, &second), STATUS_UNAUTHENTICATED);
    expect_ok(find(&fixture, &changed));
}

static enum status try_code(const struct fixture *fixture, const char *code)
{
    struct login_begun begun defer(login_begun_clear) = {0};
    const struct login_request request = {.name = span_of_text("admin"),
                                          .password = span_of_text(right),
                                          .code = span_of_text(code),
                                          .address = "192.0.2.1",
                                          .agent = "Windows PC"};
    return login_begin(fixture->service, &request, &begun);
}

Test(login, asks_for_a_code_where_one_was_set_up)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct totp_setup made defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    expect_ok(try_code(&fixture, "typed although none is asked for"));
    expect_ok(totp_enrol(fixture.service, &anna, "admin", &made, &codes));
    cr_assert_eq(try_code(&fixture, ""), STATUS_UNAUTHENTICATED);
    expect_detail(try_code(&fixture, "000000x"), STATUS_UNAUTHENTICATED,
                  "name, password or code is wrong");
    expect_ok(try_code(&fixture, secret_text(codes.codes[3])));
    cr_assert_eq(try_code(&fixture, secret_text(codes.codes[3])), STATUS_UNAUTHENTICATED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'operator.login' AND "
                                   "json_extract(detail, '$.by') = 'recovery code'"),
                 1);
}

static enum status try_from(const struct fixture *fixture, const char *password, struct span device,
                            struct login_begun *begun)
{
    const struct login_request request = {.name = span_of_text("admin"),
                                          .password = span_of_text(password),
                                          .device = device,
                                          .address = "192.0.2.1",
                                          .agent = "Windows PC"};
    return login_begin(fixture->service, &request, begun);
}

Test(login, a_browser_that_is_known_logs_in_while_a_stranger_beside_it_guesses)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct login_begun first defer(login_begun_clear) = {0};
    struct login_begun again defer(login_begun_clear) = {0};
    struct login_begun none defer(login_begun_clear) = {0};
    expect_ok(try_from(&fixture, right, SPAN_EMPTY, &first));
    enum status status = STATUS_UNAUTHENTICATED;
    for (int i = 0; i < 10 && status == STATUS_UNAUTHENTICATED; i++)
        status = try_from(&fixture, "a wrong password", SPAN_EMPTY, &none);
    cr_assert_eq(status, STATUS_TOO_MANY);
    cr_assert_eq(try_from(&fixture, right, SPAN_EMPTY, &none), STATUS_TOO_MANY);
    expect_ok(try_from(&fixture, right, secret_span(first.device), &again));
}

Test(login, guessing_the_present_password_is_slowed_too)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct login_begun begun defer(login_begun_clear) = {0};
    const struct login_change change = {.old = span_of_text("wrong"),
                                        .new = span_of_text("another long password"),
                                        .address = "192.0.2.1",
                                        .agent = "Windows PC"};
    enum status status = STATUS_FORBIDDEN;
    for (int i = 0; i < 10 && status == STATUS_FORBIDDEN; i++)
        status = login_change_password(fixture.service, "admin", &change, &begun);
    cr_assert_eq(status, STATUS_TOO_MANY);
}

Test(login, what_could_not_be_judged_is_no_failure)
{
    struct fixture fixture defer(fixture_close) = open_with_admin(false);
    struct login_begun begun defer(login_begun_clear) = {0};
    run_sql(&fixture, "CREATE TRIGGER full BEFORE INSERT ON session BEGIN "
                      "SELECT RAISE(ABORT, 'no'); END");
    cr_assert_eq(try(&fixture, "admin", right, &begun), STATUS_FORBIDDEN);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM login_counter"), 0);
}
