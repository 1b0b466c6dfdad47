#include "service/mail_deliver.h"

#include "base/clock.h"
#include "mail_fixture.h"
#include "server.h"
#include "service/background.h"

static int64_t deliver(const struct fixture *fixture)
{
    int64_t wait = -1;
    expect_ok(mail_deliver(fixture->service, &wait));
    return wait;
}

/* A server that says `reply` to `command`, and a mail that waits for it. */
static void prepare(struct server *server, struct fixture *fixture, char id[static MAIL_ID_SIZE])
{
    server_start(server);
    mail_fixture_open(fixture, server->port);
    send_ca(fixture, id);
}

static void expect_row(const struct fixture *fixture, const char *id, enum mail_state state,
                       const char *error)
{
    struct mail_row row defer(mail_row_clear) = {0};
    expect_ok(mail_show(fixture->service, id, &row));
    cr_expect_eq(row.state, state, "%s", mail_state_text(row.state));
    cr_expect_not_null(strstr(row.error, error), "%s", row.error);
}

Test(mail_deliver, what_waits_is_sent_and_erased)
{
    struct server server defer(server_stop) = {0};
    struct fixture fixture defer(fixture_close) = {0};
    char id[MAIL_ID_SIZE];
    prepare(&server, &fixture, id);
    cr_assert_gt(deliver(&fixture), 0);
    expect_row(&fixture, id, MAIL_SENT, "");
    cr_assert_eq(server.mails, 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM mail WHERE sealed IS NOT NULL"), 0);
    deliver(&fixture);
    cr_assert_eq(server.mails, 1);
}

Test(mail_deliver, a_refusal_for_good_fails_the_mail)
{
    const struct server_reply replies[] = {{"RCPT", "550 no such user"}};
    struct server server defer(server_stop) = {.replies = replies, .reply_count = 1};
    struct fixture fixture defer(fixture_close) = {0};
    char id[MAIL_ID_SIZE];
    prepare(&server, &fixture, id);
    deliver(&fixture);
    expect_row(&fixture, id, MAIL_FAILED, "550 no such user");
}

Test(mail_deliver, a_mail_that_cannot_be_opened_fails_and_keeps_back_no_other)
{
    struct server server defer(server_stop) = {0};
    struct fixture fixture defer(fixture_close) = {0};
    char broken[MAIL_ID_SIZE];
    char whole[MAIL_ID_SIZE];
    prepare(&server, &fixture, broken);
    run_sql(&fixture, "UPDATE mail SET sealed = zeroblob(length(sealed))");
    send_ca(&fixture, whole);
    while (deliver(&fixture) == 0)
        continue;
    expect_row(&fixture, broken, MAIL_FAILED, "cannot be opened");
    expect_row(&fixture, whole, MAIL_SENT, "");
}

Test(mail_deliver, tries_wait_longer_each_time)
{
    const struct server_reply replies[] = {{"RCPT", "450 later"}};
    struct server server defer(server_stop) = {.replies = replies, .reply_count = 1};
    struct fixture fixture defer(fixture_close) = {0};
    char id[MAIL_ID_SIZE];
    prepare(&server, &fixture, id);
    int64_t expected[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        int64_t before = clock_now();
        deliver(&fixture);
        int64_t pause = ask_sql(&fixture, "SELECT next_at FROM mail") - before;
        cr_expect(pause >= expected[i] && pause <= expected[i] + 60, "%zu: %lld", i,
                  (long long)pause);
        expect_row(&fixture, id, MAIL_QUEUED, "450 later");
        run_sql(&fixture, "UPDATE mail SET next_at = 1");
    }
}

Test(mail_deliver, a_mail_that_is_too_old_is_given_up)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char id[MAIL_ID_SIZE];
    send_ca(&fixture, id);
    run_sql(&fixture, "UPDATE mail SET give_up_at = 1, tries = 3, error = '450 later'");
    deliver(&fixture);
    expect_row(&fixture, id, MAIL_FAILED, "given up after 3 tries: 450 later");
}

Test(mail_deliver, a_mail_that_is_too_old_is_given_up_without_a_server_too)
{
    struct server server defer(server_stop) = {0};
    struct fixture fixture defer(fixture_close) = {0};
    char id[MAIL_ID_SIZE];
    int64_t wait;
    prepare(&server, &fixture, id);
    run_sql(&fixture, "UPDATE mail SET give_up_at = 1");
    fixture.config->mail_server[0] = '\0';
    expect_ok(background_mail(fixture.service, clock_now(), &wait));
    expect_row(&fixture, id, MAIL_FAILED, "given up after 0 tries");
}

/* What becomes of a mail that is so when the server's tasks run. */
static void expect_after_tasks(const char *so, enum mail_state state)
{
    struct server server defer(server_stop) = {0};
    struct fixture fixture defer(fixture_close) = {0};
    char id[MAIL_ID_SIZE];
    int64_t wait;
    prepare(&server, &fixture, id);
    run_sql(&fixture, so);
    expect_ok(background_mail(fixture.service, clock_now(), &wait));
    expect_row(&fixture, id, state, "");
}

Test(mail_deliver, what_a_clock_that_was_ahead_put_off_is_sent_now)
{
    expect_after_tasks("UPDATE mail SET next_at = next_at + 864000", MAIL_SENT);
}

Test(mail_deliver, what_is_put_off_for_as_long_as_it_may_be_is_not_sent_before)
{
    expect_after_tasks("UPDATE mail SET next_at = next_at + 3600", MAIL_QUEUED);
}

Test(mail_deliver, a_lease_of_a_clock_that_was_ahead_ends)
{
    expect_after_tasks("UPDATE mail SET state = 'sending', tries = 1, next_at = NULL,"
                       " lease_until = created_at + 864000",
                       MAIL_SENT);
}

Test(mail_deliver, while_the_server_is_away_one_mail_is_tried_for_all)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char id[MAIL_ID_SIZE];
    for (int i = 0; i < 3; i++)
        send_ca(&fixture, id);
    cr_assert_eq(deliver(&fixture), 60);
    cr_assert_eq(ask_sql(&fixture, "SELECT sum(tries) FROM mail"), 1);
}

Test(mail_deliver, no_answer_to_the_end_is_unsure_and_not_tried_again)
{
    const struct server_reply replies[] = {{".", NULL}};
    struct server server defer(server_stop) = {.replies = replies, .reply_count = 1};
    struct fixture fixture defer(fixture_close) = {0};
    char id[MAIL_ID_SIZE];
    prepare(&server, &fixture, id);
    deliver(&fixture);
    expect_row(&fixture, id, MAIL_UNSURE, "");
    server.reply_count = 0;
    deliver(&fixture);
    cr_assert_eq(server.mails, 0);

    struct mail_row row defer(mail_row_clear) = {0};
    expect_ok(mail_retry(fixture.service, &anna, id, &row));
    deliver(&fixture);
    cr_assert_eq(server.mails, 1);
    expect_row(&fixture, id, MAIL_SENT, "");
}

Test(mail_deliver, a_try_that_was_cut_off_is_settled_by_whether_it_may_have_been_sent)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char before[MAIL_ID_SIZE];
    char after[MAIL_ID_SIZE];
    send_ca(&fixture, before);
    run_sql(&fixture,
            "UPDATE mail SET state = 'sending', next_at = NULL, lease_until = 1, tries = 1");
    send_ca(&fixture, after);
    run_sql(&fixture,
            "UPDATE mail SET state = 'sending', next_at = NULL, lease_until = 1, tries = 1, "
            "ending_at = 1 WHERE state = 'queued'");
    int64_t wait;
    expect_ok(background_mail(fixture.service, clock_now(), &wait));
    expect_row(&fixture, after, MAIL_UNSURE, "cut off while it was sent");
    cr_assert_eq(state_of_mail(&fixture, before), MAIL_QUEUED);
}

Test(mail_deliver, the_mail_of_a_claimed_link_is_not_sent)
{
    struct server server defer(server_stop) = {0};
    server_start(&server);
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, server.port);
    struct enrol_created link defer(enrol_created_clear) = send_link(&fixture);
    expect_claimable(&fixture, &link);
    deliver(&fixture);
    expect_row(&fixture, link.mail_id, MAIL_CANCELLED, "its link is claimed");
    cr_assert_eq(server.mails, 0);
}

Test(mail_deliver, nothing_that_could_be_a_token_is_kept_of_a_reply)
{
    static const char *const cases[][2] = {
        {"550 no such user", "550 no such user"},
        {"554 spam: https://ca/l/abcdefghijkmnpqrstuvwxyz23", "554 spam: https://ca/l/***"},
        {"abcdefghijkmnpqrstu", "abcdefghijkmnpqrstu"},
        {"abcdefghijkmnpqrstuv", "***"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        memcpy(text, cases[i][0], strlen(cases[i][0]) + 1);
        mail_redact(text);
        cr_expect_str_eq(text, cases[i][1]);
    }
}
