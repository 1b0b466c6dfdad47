#include "service/login_certificate.h"

#include "base/clock.h"
#include "fixture.h"
#include "service/operator.h"
#include "service/operator_certificate.h"
#include "service/totp.h"

static struct fixture at;
static struct operator_certificate made;
static struct buf der;

/* What TLS hands over: the certificate of the bundle, as the database has it. */
static void read_der(const char *serial)
{
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(at.service->db, DB_READ, &tx));
    expect_ok(certificate_store_get_der(tx, serial, &der));
}

static void setup(void)
{
    fixture_open(&at);
    der = (struct buf)BUF_INIT(LIMIT_CERTIFICATE);
    expect_ok(operator_certificate_make(at.service, &anna, "ADMIN", 0, NULL, &made));
    read_der(made.serial);
}

static void teardown(void)
{
    operator_certificate_clear(&made);
    buf_clear(&der);
    fixture_close(&at);
}

TestSuite(login_certificate, .init = setup, .fini = teardown);

static enum status log_in(const char *code, struct login_begun *begun)
{
    const struct login_request request = {
        .code = span_of_text(code), .address = "192.0.2.1", .agent = "Mac"};
    return login_certificate_begin(at.service, span_of(der.ptr, der.len), &request, begun);
}

static enum status try_to_log_in(const char *code)
{
    struct login_begun begun defer(login_begun_clear) = {0};
    return log_in(code, &begun);
}

static enum status read_at(int64_t now)
{
    struct login_certificate found;
    return login_certificate_read(at.service, span_of(der.ptr, der.len), now, &found);
}

Test(login_certificate, lets_the_operator_in_whose_it_is)
{
    struct login_begun begun defer(login_begun_clear) = {0};
    struct login login;
    expect_ok(log_in("", &begun));
    expect_ok(login_find(at.service, secret_span(begun.token), true, &login));
    cr_assert_str_eq(login.name, "admin");
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE action = 'operator.login' AND "
                              "json_extract(detail, '$.by') = 'certificate'"),
                 1);
}

Test(login_certificate, a_revoked_one_is_out_at_once)
{
    run_sql(&at, "UPDATE certificate SET state = 'revoked', revoked_at = 1, reason = 1 "
                 "WHERE profile = 'operator'");
    expect_detail(try_to_log_in(""), STATUS_UNAUTHENTICATED, "is revoked");
}

Test(login_certificate, one_for_a_phone_is_not_enough)
{
    run_sql(&at, "UPDATE certificate SET profile = 'user' WHERE profile = 'operator'");
    expect_detail(try_to_log_in(""), STATUS_UNAUTHENTICATED, "for a phone or a server");
}

Test(login_certificate, one_that_the_database_does_not_have_byte_by_byte_is_not_ours)
{
    run_sql(&at, "UPDATE certificate SET der = (SELECT der FROM certificate WHERE issuer = 'root' "
                 "AND der IS NOT NULL LIMIT 1) WHERE profile = 'operator'");
    expect_detail(try_to_log_in(""), STATUS_UNAUTHENTICATED, "not one of ours");
    run_sql(&at, "DELETE FROM certificate WHERE profile = 'operator'");
    expect_detail(try_to_log_in(""), STATUS_UNAUTHENTICATED, "not one of ours");
    buf_reset(&der);
    buf_append_text(&der, "no certificate");
    expect_detail(try_to_log_in(""), STATUS_UNAUTHENTICATED, "cannot be read");
}

Test(login_certificate, is_good_for_its_time_only)
{
    expect_ok(read_at(made.not_after));
    expect_detail(read_at(made.not_after + 1), STATUS_UNAUTHENTICATED, "not valid today");
    expect_detail(read_at(1), STATUS_UNAUTHENTICATED, "not valid today");
}

Test(login_certificate, a_disabled_operator_stays_out)
{
    struct secret *password defer(secret_free) = NULL;
    expect_ok(operator_add(at.service, &anna, "bob", OPERATOR_ADMIN, NULL, &password));
    expect_ok(operator_disable(at.service, &anna, "admin"));
    expect_detail(try_to_log_in(""), STATUS_UNAUTHENTICATED, "may not log in");
}

Test(login_certificate, asks_for_a_code_where_one_was_set_up)
{
    struct totp_setup codes_setup defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    expect_ok(totp_enrol(at.service, &anna, "admin", &codes_setup, &codes));
    cr_assert_eq(try_to_log_in(""), STATUS_UNAUTHENTICATED);
    expect_ok(try_to_log_in(secret_text(codes.codes[0])));
    enum status status = STATUS_UNAUTHENTICATED;
    for (int i = 0; i < 10 && status == STATUS_UNAUTHENTICATED; i++)
        status = try_to_log_in("123456");
    cr_assert_eq(status, STATUS_TOO_MANY);
}

Test(login_certificate, the_bundle_holds_what_the_browser_needs)
{
    struct secret *password defer(secret_free) = NULL;
    struct operator_certificate none defer(operator_certificate_clear) = {0};
    cr_assert_eq(operator_certificate_make(at.service, &anna, "nobody", 0, NULL, &none),
                 STATUS_NOT_FOUND);
    expect_ok(secret_copy(SPAN_LITERAL("short"), &password));
    cr_assert_eq(operator_certificate_make(at.service, &anna, "admin", 0, password, &none),
                 STATUS_INVALID);
    cr_assert_gt(made.file.len, 1000);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM certificate WHERE profile = 'operator' AND "
                              "state = 'issued' AND user_name = 'admin'"),
                 1);
}
