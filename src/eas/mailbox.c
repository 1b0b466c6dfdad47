/*
 * From a request to the file that answers it: first the body is read, then the policy key counts,
 * then the command. What versions up to 12.1 are told by an HTTP status, later ones are told by a
 * Status in the answer (MS-ASCMD 2.2.2).
 */
#include "eas/mailbox.h"

#include "base/text.h"
#include "eas/mailbox_answer.h"

enum {
    HTTP_OK = 200,
    HTTP_NOT_IMPLEMENTED = 501,
    HTTP_UNAVAILABLE = 503,
    /* Seconds. Long enough for a battery, short enough that a phone is soon back when asked. */
    RETRY_AFTER = 900,
};

/* ---- shared ---------------------------------------------------------------------------------- */

void mailbox_open(struct mailbox *mailbox)
{
    wbxml_begin(&mailbox->writer, mailbox->writer.out);
    wbxml_open(&mailbox->writer, eas_command_root(mailbox->call->query->command));
}

void mailbox_close(struct mailbox *mailbox)
{
    wbxml_close(&mailbox->writer);
}

void mailbox_status(struct mailbox *mailbox, int status)
{
    mailbox->reply->status = status;
    wbxml_write_number(&mailbox->writer, eas_command_status(mailbox->call->query->command), status);
}

void mailbox_answer_status(struct mailbox *mailbox, int status)
{
    mailbox_open(mailbox);
    mailbox_status(mailbox, status);
    mailbox_close(mailbox);
}

void mailbox_answer_later(struct mailbox *mailbox)
{
    mailbox->reply->http = HTTP_UNAVAILABLE;
    mailbox->reply->retry_after = RETRY_AFTER;
}

bool mailbox_text(struct span text, char ret_text[static MAILBOX_TEXT_SIZE])
{
    if (text.len == 0 || text.len >= MAILBOX_TEXT_SIZE || !text_is_utf8(text) ||
        text_has_control(text))
        return false;
    memcpy(ret_text, text.ptr, text.len);
    ret_text[text.len] = '\0';
    return true;
}

struct eas_provision_call mailbox_provision_call(const struct mailbox *mailbox)
{
    const struct eas_call *call = mailbox->call;
    return (struct eas_provision_call){
        .version = call->version,
        .command = call->query->command,
        .has_key = call->has_policy_key,
        .key = call->policy_key,
        .now = call->now,
        .fresh_key = call->fresh_key,
    };
}

void mailbox_keep(struct mailbox *mailbox, const struct eas_provision_answer *answer)
{
    mailbox->reply->http = answer->http;
    mailbox->reply->retry_after = answer->retry_after;
    mailbox->reply->provisioning = answer->state;
    mailbox->reply->provisioning_changed = answer->changed;
}

/* ---- what comes before a command ------------------------------------------------------------- */

/* By Status, or by an HTTP status for old versions and answers that are not WBXML. */
static void answer_either(struct mailbox *mailbox, int status, int http)
{
    bool wbxml = eas_command_root(mailbox->call->query->command) != 0;
    if (mailbox->call->version >= EAS_14_0 && wbxml) {
        mailbox_answer_status(mailbox, status);
        return;
    }
    mailbox->reply->http = http;
    mailbox->reply->status = status;
}

/* Whether the command is answered: the key counts, eas/provision.h. */
static enum status admit(struct mailbox *mailbox, bool *ret_let_in)
{
    struct eas_reply *reply = mailbox->reply;
    const struct eas_provision_call call = mailbox_provision_call(mailbox);
    struct eas_provision_answer answer;
    TRY(eas_provision_admit(&mailbox->call->rules, &call, &reply->provisioning, &answer));
    mailbox_keep(mailbox, &answer);
    *ret_let_in = answer.let_in;
    if (answer.let_in)
        return STATUS_OK;
    if (answer.http == HTTP_OK)
        mailbox_answer_status(mailbox, answer.status);
    else
        reply->status = answer.status;
    return STATUS_OK;
}

static enum status ping(struct mailbox *mailbox)
{
    mailbox_answer_later(mailbox);
    return STATUS_OK;
}

static enum status not_supported(struct mailbox *mailbox)
{
    answer_either(mailbox, EAS_STATUS_COMMAND_NOT_SUPPORTED, HTTP_NOT_IMPLEMENTED);
    return STATUS_OK;
}

/* Of the commands that are served. */
static enum status (*const answers[])(struct mailbox *mailbox) = {
    [EAS_COMMAND_SYNC] = mailbox_sync,
    [EAS_COMMAND_FOLDER_SYNC] = mailbox_folder_sync,
    [EAS_COMMAND_GET_ITEM_ESTIMATE] = mailbox_estimate,
    [EAS_COMMAND_SETTINGS] = mailbox_settings,
    [EAS_COMMAND_PING] = ping,
    [EAS_COMMAND_PROVISION] = mailbox_provision,
};

static enum status dispatch(struct mailbox *mailbox)
{
    enum eas_command command = mailbox->call->query->command;
    return eas_command_is_served(command) ? answers[command](mailbox) : not_supported(mailbox);
}

static enum status check_root(const struct mailbox *mailbox)
{
    enum eas_command command = mailbox->call->query->command;
    if (mailbox->root->tag != eas_command_root(command))
        return status_fail(STATUS_INVALID, "MS-ASCMD 2.2.1: the body is not of the command %s",
                           eas_command_name(command));
    return STATUS_OK;
}

/* A command that is not served may have a body of another kind: SendMail's is a mail. */
static enum status read_body(const struct eas_call *call, struct wbxml_document **ret_document)
{
    if (call->body.len > EAS_BODY_MAX)
        return status_fail(STATUS_TOO_LARGE, "a body of more than %d bytes", EAS_BODY_MAX);
    if (call->body.len == 0 || !eas_command_is_served(call->query->command))
        return STATUS_OK;
    return wbxml_parse(call->body, ret_document);
}

enum status eas_mailbox_answer(const struct eas_call *call, struct buf *body,
                               struct eas_reply *ret_reply)
{
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    struct eas_reply reply = {.http = HTTP_OK, .provisioning = call->provisioning};
    struct mailbox mailbox = {.call = call, .writer = {.out = body}, .reply = &reply};
    TRY(read_body(call, &document));
    if (document != NULL) {
        mailbox.document = document;
        mailbox.root = wbxml_root(document);
        TRY(check_root(&mailbox));
    }
    bool let_in;
    TRY(admit(&mailbox, &let_in));
    if (let_in)
        TRY(dispatch(&mailbox));
    TRY(body->failure);
    *ret_reply = reply;
    return STATUS_OK;
}
