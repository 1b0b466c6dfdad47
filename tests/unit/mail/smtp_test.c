#include "mail/smtp.h"

#include "server.h"

#include <criterion/criterion.h>

static const char mail[] = "Subject: x\r\n\r\nHello\r\n";

/* What the hooks were asked, and what they answer. */
struct asked {
    int ends;
    enum status answer;
    bool stop;
};

static enum status before_end(void *context)
{
    struct asked *asked = context;
    asked->ends++;
    return asked->answer;
}

static bool stopping(void *context)
{
    return ((const struct asked *)context)->stop;
}

static struct smtp_server row_of(int port)
{
    return (struct smtp_server){
        .host = "127.0.0.1",
        .port = port,
        .tls = SMTP_NO_TLS,
        .ca_file = "",
        .user = "",
        .own_name = "ca.example.org",
        .timeout = 20,
    };
}

static enum status send_to(const struct smtp_server *row, struct asked *asked,
                           struct smtp_result *result)
{
    const struct smtp_hooks hooks = {before_end, stopping, asked};
    return smtp_send(row, "ca@example.org", "ann@example.org", span_of(mail, sizeof mail - 1),
                     &hooks, result);
}

static struct smtp_result send_with(struct server *server, struct asked *asked)
{
    server_start(server);
    struct smtp_server row = row_of(server->port);
    struct smtp_result result = {0};
    enum status status = send_to(&row, asked, &result);
    server_stop(server);
    cr_assert_eq(status, STATUS_OK, "%s", status_detail());
    return result;
}

Test(smtp, the_server_gets_the_mail)
{
    struct server server defer(server_stop) = {0};
    struct asked asked = {0};
    server_start(&server);
    struct smtp_server row = row_of(server.port);
    struct smtp_result result;
    cr_assert_eq(send_to(&row, &asked, &result), STATUS_OK, "%s", status_detail());
    cr_assert_eq(result.outcome, SMTP_SENT, "%s", result.reason);
    cr_assert_eq(server.mails, 1);
    cr_assert_eq(asked.ends, 1);
    cr_assert_str_eq((const char *)server.data.ptr, "Subject: x\n\nHello\n");
    const char *heard = (const char *)server.heard.ptr;
    cr_assert_not_null(strstr(heard, "EHLO ca.example.org\n"), "%s", heard);
    cr_assert_not_null(strstr(heard, "MAIL FROM:<ca@example.org>"), "%s", heard);
    cr_assert_not_null(strstr(heard, "RCPT TO:<ann@example.org>\n"), "%s", heard);
}

/* What the server says where, and what that means. */
static const struct {
    struct server_reply reply;
    enum smtp_outcome outcome;
    const char *reason;
    int ends;
} cases[] = {
    {{"greeting", "554 go away"}, SMTP_UNREACHABLE, "554 go away", 0},
    {{"greeting", "421 busy"}, SMTP_UNREACHABLE, "421 busy", 0},
    {{"greeting", NULL}, SMTP_UNREACHABLE, "", 0},
    {{"MAIL", "530 log in first"}, SMTP_UNREACHABLE, "530 log in first", 0},
    {{"MAIL", "451 later"}, SMTP_UNREACHABLE, "451 later", 0},
    {{"RCPT", "550 5.1.1 no such user"}, SMTP_REFUSED, "550 5.1.1 no such user", 0},
    {{"RCPT", "450 greylisted"}, SMTP_LATER, "450 greylisted", 0},
    {{"RCPT", "550-first\r\n550 second"}, SMTP_REFUSED, "550-first second", 0},
    {{"RCPT", NULL}, SMTP_UNREACHABLE, "", 0},
    {{"DATA", "554 no"}, SMTP_REFUSED, "554 no", 0},
    {{"DATA", "452 full"}, SMTP_LATER, "452 full", 0},
    {{".", "550 spam"}, SMTP_REFUSED, "550 spam", 1},
    {{".", "451 try again"}, SMTP_LATER, "451 try again", 1},
    {{".", NULL}, SMTP_UNSURE, "", 1},
};

Test(smtp, every_no_means_what_it_is_said_to)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server server = {.replies = &cases[i].reply, .reply_count = 1};
        struct asked asked = {0};
        struct smtp_result result = send_with(&server, &asked);
        cr_expect_eq(result.outcome, cases[i].outcome, "%zu: %d %s", i, result.outcome,
                     result.reason);
        cr_expect(strstr(result.reason, cases[i].reason) != NULL && result.reason[0] != '\0',
                  "%zu: %s", i, result.reason);
        cr_expect_eq(asked.ends, cases[i].ends, "%zu", i);
        cr_expect_eq(server.mails, 0, "%zu", i);
    }
}

Test(smtp, a_reply_cannot_fill_memory_or_a_terminal)
{
    struct buf reply defer(buf_clear) = BUF_INIT(8192);
    buf_append_text(&reply, "550 \x1b[2J\xff");
    buf_append_repeated(&reply, 'y', 3000);
    const struct server_reply replies[] = {{"RCPT", (const char *)reply.ptr}};
    struct server server = {.replies = replies, .reply_count = 1};
    struct asked asked = {0};
    struct smtp_result result = send_with(&server, &asked);
    cr_assert_eq(result.outcome, SMTP_REFUSED);
    cr_assert_eq(strlen(result.reason), SMTP_REASON_MAX - 1);
    cr_assert_eq(strncmp(result.reason, "550 ?[2J?yyy", 12), 0, "%s", result.reason);
}

Test(smtp, the_server_has_nothing_when_the_caller_says_no_to_the_end)
{
    struct server server = {0};
    struct asked asked = {.answer = STATUS_CONFLICT};
    server_start(&server);
    struct smtp_server row = row_of(server.port);
    struct smtp_result result;
    cr_assert_eq(send_to(&row, &asked, &result), STATUS_CONFLICT);
    server_stop(&server);
    cr_assert_eq(server.mails, 0);
}

Test(smtp, nobody_there_is_unreachable)
{
    struct server server = {0};
    server_start(&server);
    server_stop(&server);
    struct smtp_server row = row_of(server.port);
    struct asked asked = {0};
    struct smtp_result result;
    cr_assert_eq(send_to(&row, &asked, &result), STATUS_OK);
    cr_assert_eq(result.outcome, SMTP_UNREACHABLE);
    cr_assert_neq(result.reason[0], '\0');
}

Test(smtp, a_server_that_offers_no_tls_gets_nothing)
{
    struct server server defer(server_stop) = {0};
    server_start(&server);
    struct smtp_server row = row_of(server.port);
    row.tls = SMTP_STARTTLS;
    struct asked asked = {0};
    struct smtp_result result;
    cr_assert_eq(send_to(&row, &asked, &result), STATUS_OK);
    cr_assert_eq(result.outcome, SMTP_UNREACHABLE);
    cr_assert_null(strstr((const char *)server.heard.ptr, "MAIL"));
}

Test(smtp, a_server_that_says_nothing_is_left_at_the_time_limit)
{
    struct server server defer(server_stop) = {.silent = true};
    server_start(&server);
    struct smtp_server row = row_of(server.port);
    row.timeout = 1;
    struct asked asked = {0};
    struct smtp_result result;
    cr_assert_eq(send_to(&row, &asked, &result), STATUS_OK);
    cr_assert_eq(result.outcome, SMTP_UNREACHABLE);
}

Test(smtp, a_wish_to_stop_ends_the_dialogue)
{
    struct server server defer(server_stop) = {.silent = true};
    server_start(&server);
    struct smtp_server row = row_of(server.port);
    row.timeout = 600;
    struct asked asked = {.stop = true};
    struct smtp_result result;
    cr_assert_eq(send_to(&row, &asked, &result), STATUS_OK);
    cr_assert_eq(result.outcome, SMTP_STOPPED);
}

Test(smtp, a_probe_says_what_is_wrong)
{
    const struct server_reply replies[] = {{"greeting", "554 go away"}};
    struct server server defer(server_stop) = {.replies = replies, .reply_count = 1};
    server_start(&server);
    struct smtp_server row = row_of(server.port);
    cr_assert_eq(smtp_probe(&row), STATUS_CONFLICT);
    cr_assert_not_null(strstr(status_detail(), "554 go away"), "%s", status_detail());
    server.reply_count = 0;
    cr_assert_eq(smtp_probe(&row), STATUS_OK, "%s", status_detail());
}
