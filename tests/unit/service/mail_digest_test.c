#include "service/mail_digest.h"

#include "base/clock.h"
#include "mail_fixture.h"

static int64_t digests(const struct fixture *fixture)
{
    return ask_sql(fixture, "SELECT count(*) FROM mail WHERE kind = 'digest'");
}

static struct secret *first_digest(const struct fixture *fixture)
{
    struct mail_page page defer(mail_page_clear) = {0};
    expect_ok(mail_list(fixture->service, "queued", &(struct page_request){0}, &page));
    size_t i = 0;
    while (i < page.count && strcmp(page.rows[i].kind, "digest") != 0)
        i++;
    cr_assert_lt(i, page.count);
    return open_mail(fixture, page.rows[i].id);
}

Test(mail_digest, each_admin_gets_one_a_day)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_ok(mail_digest(fixture.service, clock_now()));
    expect_ok(mail_digest(fixture.service, clock_now()));
    cr_assert_eq(digests(&fixture), 2);
    expect_ok(mail_digest(fixture.service, clock_now() + CLOCK_DAY));
    cr_assert_eq(digests(&fixture), 4);
    expect_ok(mail_digest(fixture.service, clock_now() - CLOCK_DAY));
    cr_assert_eq(digests(&fixture), 4);
}

Test(mail_digest, a_clock_that_was_years_ahead_holds_up_none)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_ok(mail_digest(fixture.service, clock_now() + (int64_t)3650 * CLOCK_DAY));
    int64_t before = digests(&fixture);
    expect_ok(mail_digest(fixture.service, clock_now()));
    expect_ok(mail_digest(fixture.service, clock_now()));
    cr_assert_eq(digests(&fixture), before + 2);
}

Test(mail_digest, there_is_none_when_there_is_nothing_to_say)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    expect_ok(mail_digest(fixture.service, clock_now()));
    cr_assert_eq(digests(&fixture), 0);
}

Test(mail_digest, counts_what_waits_and_what_was_refused)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct enrol_created other defer(enrol_created_clear) = make_link(&fixture);
    char pin[16];
    wrong_pin(&link, pin);
    for (int i = 0; i < 5; i++) {
        struct claim claim defer(claim_clear) = {0};
        expect_ok(post_pin(&fixture, &link, pin, &phone, &claim));
    }
    char id[MAIL_ID_SIZE];
    send_ca(&fixture, id);
    run_sql(&fixture, "UPDATE mail SET state = 'failed', next_at = NULL, done_at = 1");
    expect_ok(mail_digest(fixture.service, clock_now()));
    struct secret *mail defer(secret_free) = first_digest(&fixture);
    const char *text = secret_text(mail);
    cr_assert_not_null(strstr(text, "One link waits to be claimed."), "%s", text);
    cr_assert_not_null(strstr(text, "5 claims were refused in the last day"), "%s", text);
    cr_assert_not_null(strstr(text, "One link was locked by wrong PINs"), "%s", text);
    cr_assert_not_null(strstr(text, "One mail could not be sent."), "%s", text);
    cr_assert_null(strstr(text, secret_text(other.token)));
}

Test(mail_digest, what_was_refused_days_ago_is_not_counted)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    char pin[16];
    wrong_pin(&link, pin);
    struct claim claim defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, pin, &phone, &claim));
    expect_ok(mail_digest(fixture.service, clock_now() + 2 * CLOCK_DAY));
    struct secret *mail defer(secret_free) = first_digest(&fixture);
    cr_assert_null(strstr(secret_text(mail), "refused"), "%s", secret_text(mail));
}
