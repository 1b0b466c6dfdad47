/* Everything that can refuse a mail is asked before the transaction that queues it begins. */
#include "service/mail_send.h"

#include "base/clock.h"
#include "base/mail_address.h"
#include "config/config.h"
#include "pki/cert.h"
#include "service/address.h"
#include "service/authority.h"
#include "service/background.h"
#include "service/credential.h"
#include "service/file_stem.h"
#include "service/mail_settings.h"
#include "service/person.h"
#include "view/fingerprint.h"

#include <stdio.h>

enum { ADDRESS_MAX = 512, FILE_NAME_MAX = 128 };

/* ---- the mail of a link ---------------------------------------------------------------------- */

const char *mail_address_of(const char *user, const char *mail)
{
    const struct person person = {user, "", mail, "", ""};
    return person_mail(&person);
}

enum status mail_link_check(const struct service *service, const char *user, const char *mail,
                            const char *language)
{
    struct letter letter defer(letter_clear) = {0};
    TRY(mail_settings_check(service->config));
    const char *address = mail_address_of(user, mail);
    if (address[0] == '\0')
        return status_fail(STATUS_INVALID, "there is no mail address to send the link to");
    TRY(mail_address_check(address));
    return letter_begin(service, language, &letter);
}

enum status mail_link(const struct service *service, struct db_tx *tx, const struct actor *actor,
                      const struct enrolment *link, const struct secret *token,
                      const char *language, char ret_id[static MAIL_ID_SIZE])
{
    struct letter letter defer(letter_clear) = {0};
    TRY(letter_begin(service, language, &letter));
    struct buf url defer(buf_clear) = BUF_INIT(ADDRESS_MAX);
    struct span address;
    enrol_append_url(service, token, &url);
    TRY(buf_finish(&url, &address));
    const struct view_link_letter fields = {
        .name = link->name[0] != '\0' ? link->name : link->user,
        .href = (const char *)address.ptr,
        .address = (const char *)address.ptr,
        .expires_at = link->expires_at,
    };
    TRY(letter_link(service, &fields, &letter));
    const struct mail_draft draft = {
        .kind = "link",
        .to = mail_address_of(link->user, link->mail),
        .to_name = link->name,
        .letter = &letter,
        .link_id = link->id,
        .useless_at = link->expires_at,
    };
    return mail_enqueue(service, tx, actor, &draft, ret_id);
}

/* ---- the CA certificates --------------------------------------------------------------------- */

struct ca_files {
    char names[MESSAGE_ATTACHMENTS][FILE_NAME_MAX];
    struct message_attachment files[MESSAGE_ATTACHMENTS];
    size_t count;
};

static void add_certificate(struct ca_files *all, const char *stem, const char *label,
                            const struct certificate *certificate)
{
    char *name = all->names[all->count];
    snprintf(name, FILE_NAME_MAX, "%s-%s.cer", stem, label);
    all->files[all->count++] = (struct message_attachment){
        .name = name,
        .media_type = "application/x-x509-ca-cert",
        .bytes = certificate_info(certificate)->der,
    };
}

/* Root first: what stands below it can be checked then. */
static void add_certificates(const struct service *service, struct ca_files *all)
{
    char stem[FILE_STEM_SIZE];
    const struct certificate_list *between = authority_between(service->authority);
    file_stem(service->config->organisation_name, stem);
    add_certificate(all, stem, "root", authority_root(service->authority));
    for (size_t i = between == NULL ? 0 : between->count; i > 0; i--) {
        char label[40];
        snprintf(label, sizeof label, "intermediate-%zu", i);
        add_certificate(all, stem, label, between->items[i - 1]);
    }
    add_certificate(all, stem, "issuing", authority_issuing(service->authority));
}

static enum status write_ca(const struct service *service, struct letter *letter)
{
    char fingerprint[FINGERPRINT_TEXT];
    struct buf url defer(buf_clear) = BUF_INIT(ADDRESS_MAX);
    struct span address;
    fingerprint_text(certificate_info(authority_root(service->authority))->sha256, fingerprint);
    address_append_http(service->config, &url);
    buf_append_byte(&url, '/');
    TRY(buf_finish(&url, &address));
    const struct view_ca_letter fields = {
        .href = (const char *)address.ptr,
        .address = (const char *)address.ptr,
        .fingerprint = fingerprint,
    };
    return letter_ca(service, &fields, letter);
}

enum status mail_ca(const struct service *service, const struct actor *actor, const char *address,
                    const char *language, char ret_id[static MAIL_ID_SIZE])
{
    struct letter letter defer(letter_clear) = {0};
    TRY(mail_settings_check(service->config));
    TRY(mail_address_check(address));
    TRY(letter_begin(service, language, &letter));
    TRY(write_ca(service, &letter));
    struct ca_files files = {.count = 0};
    add_certificates(service, &files);
    const struct mail_draft draft = {
        .kind = "ca",
        .to = address,
        .letter = &letter,
        .attachments = files.files,
        .attachment_count = files.count,
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(mail_enqueue(service, tx, actor, &draft, ret_id));
    TRY(db_commit(tx));
    background_wake(service, BACKGROUND_MAIL);
    return STATUS_OK;
}

/* ---- a test ---------------------------------------------------------------------------------- */

static enum status agree(void *context)
{
    (void)context;
    return STATUS_OK;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static enum status record_test(const struct service *service, const struct actor *actor,
                               const char *address, const struct smtp_result *result)
{
    const struct audit_value values[] = {AUDIT_TEXT("answer", result->reason)};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(audit_write(tx, actor, "mail.test", address, values, 1));
    return db_commit(tx);
}

static enum status build_test(const struct service *service, const char *address,
                              const char *language, struct buf *bytes)
{
    struct letter letter defer(letter_clear) = {0};
    char id[MAIL_ID_SIZE];
    TRY(letter_begin(service, language, &letter));
    TRY(letter_test(service, &letter));
    TRY(credential_new_id(id));
    const struct mail_draft draft = {.kind = "test", .to = address, .letter = &letter};
    return mail_build(service, &draft, id, clock_now(), bytes);
}

enum status mail_test(const struct service *service, const struct actor *actor, const char *address,
                      const char *language)
{
    struct mail_server server defer(mail_server_clear) = {0};
    struct buf bytes defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    struct span mail;
    TRY(mail_server_load(service->config, &server));
    TRY(mail_address_check(address));
    TRY(build_test(service, address, language, &bytes));
    TRY(buf_finish(&bytes, &mail));
    const struct smtp_hooks hooks = {agree, never, NULL};
    const struct config *config = service->config;
    struct smtp_result result;
    TRY(smtp_send(&server.row, config->mail_from, address, mail, &hooks, &result));
    TRY(record_test(service, actor, address, &result));
    if (result.outcome != SMTP_SENT)
        return status_fail(STATUS_CONFLICT, "the mail was not sent: %s", result.reason);
    return STATUS_OK;
}
