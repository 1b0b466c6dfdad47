#include "service/mail_send.h"

#include "mail_fixture.h"

Test(mail_send, is_refused_while_no_server_is_configured)
{
    struct fixture fixture defer(fixture_close) = {0};
    fixture_open(&fixture);
    const struct enrol_request request = {.user = "ben@example.org", .send = true};
    struct enrol_created created defer(enrol_created_clear) = {0};
    char id[MAIL_ID_SIZE];
    expect_detail(enrol_create(fixture.service, &anna, &request, &created), STATUS_CONFLICT,
                  "no mail server is configured");
    expect_detail(mail_ca(fixture.service, &anna, "a@example.org", NULL, id), STATUS_CONFLICT,
                  "no mail server is configured");
    expect_detail(mail_test(fixture.service, &anna, "a@example.org", NULL), STATUS_CONFLICT,
                  "no mail server is configured");
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 0);
}

Test(mail_send, a_link_goes_to_the_mail_address_or_to_the_user)
{
    cr_assert_str_eq(mail_address_of("ben@example.org", ""), "ben@example.org");
    cr_assert_str_eq(mail_address_of("ben@example.org", "b@mail.example.org"),
                     "b@mail.example.org");
    cr_assert_str_eq(mail_address_of("EXAMPLE\\ben", ""), "");
}

Test(mail_send, what_would_refuse_the_mail_refuses_the_link)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    const struct service *service = fixture.service;
    expect_detail(mail_link_check(service, "ben", "", NULL), STATUS_INVALID, "no mail address");
    expect_detail(mail_link_check(service, "ben", "b..n@example.org", NULL), STATUS_INVALID,
                  "is not name@example.org");
    expect_detail(mail_link_check(service, "ben@example.org", "", "fr"), STATUS_INVALID,
                  "'fr' is no language of mails: write one of en, de");
    expect_ok(mail_link_check(service, "ben@example.org", "", "de"));
}

Test(mail_send, a_rearmed_link_is_sent_too)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct enrol_created old defer(enrol_created_clear) = send_link(&fixture);
    struct enrol_created new defer(enrol_created_clear) = {0};
    expect_ok(enrol_rearm_and_send(fixture.service, &anna, old.link.id, NULL, &new));
    cr_assert_eq(state_of_mail(&fixture, old.mail_id), MAIL_CANCELLED);
    struct secret *mail defer(secret_free) = open_mail(&fixture, new.mail_id);
    cr_assert_not_null(strstr(secret_text(mail), secret_text(new.token)));
}

Test(mail_send, the_ca_certificates_are_attached)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char id[MAIL_ID_SIZE];
    send_ca(&fixture, id);
    struct secret *mail defer(secret_free) = open_mail(&fixture, id);
    cr_assert_not_null(strstr(secret_text(mail), "filename=\"example-root.cer\""));
    cr_assert_not_null(strstr(secret_text(mail), "filename=\"example-issuing.cer\""));
    expect_detail(mail_ca(fixture.service, &anna, "a@b\r\nBcc: c@d", NULL, id), STATUS_INVALID,
                  "outside ASCII");
}
