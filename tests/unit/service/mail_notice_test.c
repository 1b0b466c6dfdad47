#include "service/mail_notice.h"

#include "base/clock.h"
#include "config/config.h"
#include "mail_fixture.h"
#include "service/background.h"
#include "store/certificate_store.h"

#include <stdio.h>

/* An issued certificate that ends in `days`; the device may be "". */
static void issue(const struct fixture *fixture, const char *serial, const char *user,
                  const char *device, int days)
{
    int64_t now = clock_now();
    const struct certificate_row row = {
        .serial = serial,
        .issuer = "issuing",
        .profile = "user",
        .user = user,
        .device = device,
        .not_before = now - CLOCK_DAY,
        .not_after = now + days * CLOCK_DAY,
        .reserved_at = now,
        .lease_until = now + 60,
    };
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_WRITE, &tx));
    expect_ok(certificate_store_reserve(tx, &row));
    expect_ok(certificate_store_complete(tx, serial, SPAN_LITERAL("der"), now));
    expect_ok(db_commit(tx));
}

static int64_t notices(const struct fixture *fixture, const char *serial)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM mail WHERE kind = 'expiry' AND serial = '%s'",
             serial);
    return ask_sql(fixture, sql);
}

/* Seconds until it wants to look again. */
static int64_t look_at(const struct fixture *fixture, int64_t now)
{
    int64_t wait = BACKGROUND_LONGEST;
    expect_ok(mail_notice(fixture->service, now, &wait));
    return wait;
}

/* When what was issued until now is not fresh any more. */
static void look_in(const struct fixture *fixture, int days)
{
    int64_t settled = clock_now() + fixture->service->config->link_lease;
    cr_assert_eq(look_at(fixture, settled + days * CLOCK_DAY), BACKGROUND_LONGEST);
}

Test(mail_notice, tells_a_user_once_at_each_time)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "ann@example.org", "", 20);
    look_in(&fixture, 0);
    cr_assert_eq(notices(&fixture, "0a"), 0);
    look_in(&fixture, 7);
    look_in(&fixture, 7);
    look_in(&fixture, 10);
    cr_assert_eq(notices(&fixture, "0a"), 1);
    look_in(&fixture, 18);
    look_in(&fixture, 19);
    cr_assert_eq(notices(&fixture, "0a"), 2);
    look_in(&fixture, 25);
    cr_assert_eq(notices(&fixture, "0a"), 2);
}

Test(mail_notice, what_is_due_for_both_gets_one)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "ann@example.org", "", 2);
    look_in(&fixture, 0);
    look_in(&fixture, 0);
    cr_assert_eq(notices(&fixture, "0a"), 1);
}

Test(mail_notice, a_certificate_that_comes_later_gets_its_own)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "ann@example.org", "", 10);
    look_in(&fixture, 0);
    issue(&fixture, "0b", "bob@example.org", "", 12);
    issue(&fixture, "0c", "cid@example.org", "", 10);
    look_in(&fixture, 0);
    cr_assert_eq(notices(&fixture, "0b"), 1);
    cr_assert_eq(notices(&fixture, "0a"), 1);
}

Test(mail_notice, none_is_passed_by_whose_issue_took_longer)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0b", "bob@example.org", "", 10);
    int64_t wait = look_at(&fixture, clock_now());
    cr_assert(wait > 0 && wait < BACKGROUND_LONGEST);
    issue(&fixture, "0a", "ann@example.org", "", 10);
    look_in(&fixture, 0);
    cr_assert_eq(notices(&fixture, "0a"), 1);
    cr_assert_eq(notices(&fixture, "0b"), 1);
}

/* What was issued while the clock was ahead ends late, and what is issued then may end soon. */
Test(mail_notice, a_clock_that_was_ahead_stops_none_and_repeats_none)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "ann@example.org", "", 10);
    issue(&fixture, "0b", "bob@example.org", "", 20);
    issue(&fixture, "0c", "cid@example.org", "", 1005);
    look_in(&fixture, 0);
    look_in(&fixture, 1000);
    cr_assert_eq(notices(&fixture, "0c"), 1);
    look_in(&fixture, 0);
    look_in(&fixture, 7);
    cr_assert_eq(notices(&fixture, "0a"), 2);
    cr_assert_eq(notices(&fixture, "0b"), 1);
}

Test(mail_notice, one_issued_in_the_future_holds_up_nobody)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "ann@example.org", "", 10);
    issue(&fixture, "0b", "bob@example.org", "", 11);
    run_sql(&fixture, "UPDATE certificate SET issued_at = issued_at + 8 * 86400 "
                      "WHERE serial = '0a'");
    look_in(&fixture, 0);
    cr_assert_eq(notices(&fixture, "0a"), 1);
    cr_assert_eq(notices(&fixture, "0b"), 1);
}

Test(mail_notice, needs_an_address_and_no_newer_certificate_of_the_device)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "EXAMPLE\\ann", "", 10);
    issue(&fixture, "0b", "bob@example.org", "Phone", 10);
    issue(&fixture, "0c", "bob@example.org", "Phone", 300);
    issue(&fixture, "0d", "bob@example.org", "Tablet", 10);
    look_in(&fixture, 0);
    cr_assert_eq(notices(&fixture, "0a"), 0);
    cr_assert_eq(notices(&fixture, "0b"), 0);
    cr_assert_eq(notices(&fixture, "0d"), 1);
}

Test(mail_notice, a_revoked_certificate_is_nobodys_concern)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "ann@example.org", "", 10);
    run_sql(&fixture, "UPDATE certificate SET state = 'revoked', revoked_at = 1, reason = 0 "
                      "WHERE serial = '0a'");
    look_in(&fixture, 0);
    cr_assert_eq(notices(&fixture, "0a"), 0);
}

Test(mail_notice, goes_through_more_than_one_batch)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    for (int i = 0; i < 120; i++) {
        char serial[8];
        snprintf(serial, sizeof serial, "1%03x", (unsigned)i);
        issue(&fixture, serial, "ann@example.org", "", 10);
    }
    look_in(&fixture, 0);
    look_in(&fixture, 0);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM mail"), 120);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(DISTINCT serial) FROM mail"), 120);
}

Test(mail_notice, holds_the_day_and_no_link)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    issue(&fixture, "0a", "ann@example.org", "Pixel 9", 10);
    look_in(&fixture, 0);
    struct mail_page page defer(mail_page_clear) = {0};
    expect_ok(mail_list(fixture.service, NULL, &(struct page_request){0}, &page));
    struct secret *mail defer(secret_free) = open_mail(&fixture, page.rows[0].id);
    cr_assert_not_null(strstr(secret_text(mail), "Device: Pixel 9"));
    cr_assert_null(strstr(secret_text(mail), "/l/"));
    cr_assert_str_eq(page.rows[0].recipient, "ann@example.org");
}
