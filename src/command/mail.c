/* certferry mail list, show, retry, cancel, test, ca */
#include "command/command.h"
#include "command/output.h"
#include "command/pages.h"
#include "command/session.h"
#include "service/mail_queue.h"
#include "service/mail_send.h"

#include <stdio.h>

static json_t *mail_json(const struct mail_row *mail)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:I, s:o, s:o, s:o, "
        "s:b}",
        "id", mail->id, "state", mail_state_text(mail->state), "kind", mail->kind, "to",
        mail->recipient, "language", mail->language, "message_id", mail->message_id, "link",
        json_text(mail->link_id), "serial", json_text(mail->serial), "created_by", mail->created_by,
        "created_at", json_time(mail->created_at), "next_at", json_time(mail->next_at), "tries",
        (json_int_t)mail->tries, "error", json_text(mail->error), "done_at",
        json_time(mail->done_at), "give_up_at", json_time(mail->give_up_at), "kept", mail->kept);
}

static void append_mail(struct buf *text, const struct mail_row *mail)
{
    char tries[24];
    snprintf(tries, sizeof tries, "%lld", (long long)mail->tries);
    append_row(text, "mail", mail->id);
    append_row(text, "state", mail_state_text(mail->state));
    append_row(text, "kind", mail->kind);
    append_row(text, "to", mail->recipient);
    append_row(text, "language", mail->language);
    append_row(text, "link", mail->link_id);
    append_row(text, "certificate", mail->serial);
    append_row(text, "Message-ID", mail->message_id);
    append_row(text, "made by", mail->created_by);
    append_time_row(text, "made", mail->created_at);
    append_row(text, "tries", mail->tries > 0 ? tries : "");
    append_row(text, "last error", mail->error);
    append_time_row(text, "next try", mail->next_at);
    append_time_row(text, "done", mail->done_at);
}

static enum status print_mail(const struct invocation *invocation, const struct mail_row *mail)
{
    if (invocation_has(invocation, "json"))
        return output_json(mail_json(mail));
    struct buf text defer(buf_clear) = BUF_INIT((size_t)8 * 1024);
    append_mail(&text, mail);
    return output_text(&text);
}

static enum status print_line(const struct invocation *invocation, const struct mail_row *mail)
{
    if (invocation_has(invocation, "json"))
        return output_json(mail_json(mail));
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&text, "%-11s %-10s %-7s ", mail->id, mail_state_text(mail->state), mail->kind);
    append_time_cell(&text, mail->created_at);
    buf_printf(&text, " %s%s%s\n", mail->recipient, mail->error[0] == '\0' ? "" : ": ",
               mail->error);
    return output_text(&text);
}

static enum status list(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct pages pages = pages_of(invocation_number(invocation, "limit", INT64_MAX), NULL);
    for (struct page_request request; pages_next(&pages, &request);) {
        struct mail_page page defer(mail_page_clear) = {0};
        TRY(mail_list(session.service, invocation_text(invocation, "state"), &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_line(invocation, &page.rows[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

static enum status show(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct mail_row mail defer(mail_row_clear) = {0};
    TRY(mail_show(session.service, invocation_text(invocation, "ID"), &mail));
    return print_mail(invocation, &mail);
}

/* What retry and cancel have in common. */
typedef enum status mail_act(const struct service *service, const struct actor *actor,
                             const char *id, struct mail_row *ret_mail);

static enum status change(const struct invocation *invocation, mail_act *act)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    struct mail_row mail defer(mail_row_clear) = {0};
    TRY(act(session.service, &actor, invocation_text(invocation, "ID"), &mail));
    return print_mail(invocation, &mail);
}

static enum status retry(const struct invocation *invocation)
{
    return change(invocation, mail_retry);
}

static enum status cancel(const struct invocation *invocation)
{
    return change(invocation, mail_cancel);
}

static enum status test(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    const char *address = invocation_text(invocation, "ADDRESS");
    TRY(mail_test(session.service, &actor, address, invocation_text(invocation, "language")));
    struct buf text defer(buf_clear) = BUF_INIT(1024);
    buf_printf(&text, "%s took the mail to %s.\n", session.config->mail_server, address);
    return output_text(&text);
}

static enum status ca(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    char id[MAIL_ID_SIZE];
    struct mail_row mail defer(mail_row_clear) = {0};
    TRY(mail_ca(session.service, &actor, invocation_text(invocation, "ADDRESS"),
                invocation_text(invocation, "language"), id));
    TRY(mail_show(session.service, id, &mail));
    return print_mail(invocation, &mail);
}

/* clang-format off */
#define ARGUMENT_ID {.kind = ARGUMENT_WORD, .name = "ID", .help = "Id of the mail, as mail list shows it"}
#define ARGUMENT_ADDRESS {.kind = ARGUMENT_WORD, .name = "ADDRESS", .help = "Mail address"}
#define ARGUMENT_LANGUAGE                                                                          \
    {.kind = ARGUMENT_TEXT, .name = "language", .value = "L",                                      \
     .help = "en or de, as configured unless given"}

static const struct argument list_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "state", .value = "STATE",
     .help = "Only those that are queued, sending, sent, failed, unsure or cancelled"},
    {.kind = ARGUMENT_NUMBER, .name = "limit", .value = "N", .help = "Only the newest N",
     .least = 1, .most = 1000000000},
    ARGUMENT_JSON,
};
static const struct argument id_arguments[] = {ARGUMENT_ID, ARGUMENT_JSON};
static const struct argument test_arguments[] = {ARGUMENT_ADDRESS, ARGUMENT_LANGUAGE};
static const struct argument ca_arguments[] = {ARGUMENT_ADDRESS, ARGUMENT_LANGUAGE, ARGUMENT_JSON};
/* clang-format on */

#define MAIL_COMMAND(verb, text, table)                                                            \
    const struct command mail_##verb##_command = {                                                 \
        .group = "mail",                                                                           \
        .name = #verb,                                                                             \
        .summary = text,                                                                           \
        .arguments = table,                                                                        \
        .argument_count = sizeof table / sizeof table[0],                                          \
        .run = verb,                                                                               \
    }

MAIL_COMMAND(list, "Lists the mails, newest first", list_arguments);
MAIL_COMMAND(show, "Shows what has become of a mail", id_arguments);
MAIL_COMMAND(retry, "Sends a mail again that failed or may have been sent, or at once",
             id_arguments);
MAIL_COMMAND(cancel, "Erases a mail that was not sent", id_arguments);
MAIL_COMMAND(test, "Hands a test mail to the mail server at once", test_arguments);
MAIL_COMMAND(ca, "Sends the CA certificates as attachments", ca_arguments);
