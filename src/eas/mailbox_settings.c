/*
 * Settings, MS-ASCMD 2.2.1.18: what the phone is, which addresses its user has, and that nobody is
 * out of office. Nothing can be set here, so what a phone wants to set is denied.
 */
#include "base/text.h"
#include "eas/mailbox_answer.h"

enum {
    OOF_ACCESS_DENIED = 3,
    PASSWORD_DENIED_BY_POLICY = 7,
    OOF_DISABLED = 0,
};

/* One line, and no broken character at its end. */
static void copy_line(struct span text, char ret_line[static EAS_INFORMATION_SIZE])
{
    struct buf line defer(buf_clear) = BUF_INIT(2 * EAS_INFORMATION_SIZE);
    text_append_line(&line, text, EAS_INFORMATION_SIZE - 1);
    if (line.failure == STATUS_OK && line.len > 0 && line.len < EAS_INFORMATION_SIZE)
        memcpy(ret_line, line.ptr, line.len + 1);
}

bool mailbox_read_information(struct mailbox *mailbox, const struct wbxml_element *information)
{
    const struct wbxml_document *document = mailbox->document;
    const struct wbxml_element *set =
        information == NULL ? NULL : wbxml_find(document, information, TAG_SETTINGS_SET);
    struct eas_reply *reply = mailbox->reply;
    const struct {
        uint16_t tag;
        char *line;
    } fields[] = {
        {TAG_SETTINGS_MODEL, reply->model},
        {TAG_SETTINGS_OS, reply->os},
        {TAG_SETTINGS_FRIENDLY_NAME, reply->friendly_name},
        {TAG_SETTINGS_USER_AGENT, reply->agent},
    };
    if (set == NULL)
        return false;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        copy_line(wbxml_text(wbxml_find(document, set, fields[i].tag)), fields[i].line);
    reply->information = true;
    return reply->model[0] != '\0';
}

static void write_status_only(struct mailbox *mailbox, uint16_t tag, int status)
{
    wbxml_open(&mailbox->writer, tag);
    wbxml_write_number(&mailbox->writer, TAG_SETTINGS_STATUS, status);
    wbxml_close(&mailbox->writer);
}

static void answer_oof(struct mailbox *mailbox, const struct wbxml_element *oof)
{
    struct wbxml_writer *writer = &mailbox->writer;
    if (wbxml_find(mailbox->document, oof, TAG_SETTINGS_GET) == NULL) {
        write_status_only(mailbox, TAG_SETTINGS_OOF, OOF_ACCESS_DENIED);
        return;
    }
    wbxml_open(writer, TAG_SETTINGS_OOF);
    wbxml_write_number(writer, TAG_SETTINGS_STATUS, EAS_STATUS_OK);
    wbxml_open(writer, TAG_SETTINGS_GET);
    wbxml_write_number(writer, TAG_SETTINGS_OOF_STATE, OOF_DISABLED);
    wbxml_close(writer);
    wbxml_close(writer);
}

static void answer_information(struct mailbox *mailbox, const struct wbxml_element *information)
{
    mailbox_read_information(mailbox, information);
    write_status_only(mailbox, TAG_SETTINGS_DEVICE_INFORMATION, EAS_STATUS_OK);
}

static void answer_password(struct mailbox *mailbox, const struct wbxml_element *password)
{
    (void)password;
    write_status_only(mailbox, TAG_SETTINGS_DEVICE_PASSWORD, PASSWORD_DENIED_BY_POLICY);
}

/* Since 14.1 the addresses stand in an account. */
static void write_addresses(struct mailbox *mailbox, const char *user)
{
    struct wbxml_writer *writer = &mailbox->writer;
    bool accounts = mailbox->call->version >= EAS_14_1;
    if (accounts) {
        wbxml_open(writer, TAG_SETTINGS_ACCOUNTS);
        wbxml_open(writer, TAG_SETTINGS_ACCOUNT);
    }
    wbxml_open(writer, TAG_SETTINGS_EMAIL_ADDRESSES);
    wbxml_write_text(writer, TAG_SETTINGS_SMTP_ADDRESS, user);
    if (accounts)
        wbxml_write_text(writer, TAG_SETTINGS_PRIMARY_SMTP_ADDRESS, user);
    wbxml_close(writer);
    if (accounts) {
        wbxml_close(writer);
        wbxml_close(writer);
    }
}

static void answer_user(struct mailbox *mailbox, const struct wbxml_element *user)
{
    struct wbxml_writer *writer = &mailbox->writer;
    (void)user;
    wbxml_open(writer, TAG_SETTINGS_USER_INFORMATION);
    wbxml_write_number(writer, TAG_SETTINGS_STATUS, EAS_STATUS_OK);
    wbxml_open(writer, TAG_SETTINGS_GET);
    if (strchr(mailbox->call->user, '@') != NULL)
        write_addresses(mailbox, mailbox->call->user);
    wbxml_close(writer);
    wbxml_close(writer);
}

/* In the order of the answer's schema. */
static const struct {
    uint16_t tag;
    void (*answer)(struct mailbox *mailbox, const struct wbxml_element *element);
} parts[] = {
    {TAG_SETTINGS_OOF, answer_oof},
    {TAG_SETTINGS_DEVICE_INFORMATION, answer_information},
    {TAG_SETTINGS_DEVICE_PASSWORD, answer_password},
    {TAG_SETTINGS_USER_INFORMATION, answer_user},
};

enum status mailbox_settings(struct mailbox *mailbox)
{
    if (mailbox->root == NULL)
        return status_fail(STATUS_INVALID, "MS-ASCMD 2.2.1.18: Settings without a body");
    mailbox_open(mailbox);
    mailbox_status(mailbox, EAS_STATUS_OK);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct wbxml_element *element =
            wbxml_find(mailbox->document, mailbox->root, parts[i].tag);
        if (element != NULL)
            parts[i].answer(mailbox, element);
    }
    mailbox_close(mailbox);
    return STATUS_OK;
}
