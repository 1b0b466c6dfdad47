/* Each act is one transaction with its audit row. */
#include "service/mail_queue.h"

#include "base/clock.h"
#include "base/mail_address.h"
#include "config/config.h"
#include "pki/seal.h"
#include "service/background.h"
#include "service/credential.h"
#include "service/mail_settings.h"
#include "service/window.h"

#include <stdio.h>

enum { MESSAGE_ID_MAX = 320, CONTEXT_MAX = 32, KEPT_AFTER_FAILURE = 7 * CLOCK_DAY };

_Static_assert(MAIL_ID_SIZE == CREDENTIAL_ID_LETTERS + 1,
               "ids of mails are drawn like those of links");

/* ---- in -------------------------------------------------------------------------------------- */

static void name_message(const struct config *config, const char *id, int64_t now,
                         char ret_name[static MESSAGE_ID_MAX])
{
    snprintf(ret_name, MESSAGE_ID_MAX, "%s.%lld@%s", id, (long long)now,
             mail_address_domain(config->mail_from));
}

static const char *text_of(const struct buf *buf)
{
    return buf->len == 0 ? "" : (const char *)buf->ptr;
}

enum status mail_build(const struct service *service, const struct mail_draft *draft,
                       const char *id, int64_t now, struct buf *bytes)
{
    const struct config *config = service->config;
    char name[MESSAGE_ID_MAX];
    name_message(config, id, now, name);
    const struct message message = {
        .id = name,
        .date = now,
        .from_name = config->organisation_name,
        .from = config->mail_from,
        .reply_to = config->mail_reply_to,
        .to_name = draft->to_name,
        .to = draft->to,
        .subject = text_of(&draft->letter->subject),
        .language = draft->letter->texts->language,
        .text = span_of(draft->letter->text.ptr, draft->letter->text.len),
        .html = span_of(draft->letter->html.ptr, draft->letter->html.len),
        .attachments = draft->attachments,
        .attachment_count = draft->attachment_count,
    };
    return message_append(bytes, &message);
}

static void name_context(const char *id, char ret_context[static CONTEXT_MAX])
{
    snprintf(ret_context, CONTEXT_MAX, "mail %.10s", id);
}

static enum status seal(const struct service *service, const struct buf *bytes, const char *id,
                        struct buf *sealed)
{
    struct span plain;
    char context[CONTEXT_MAX];
    TRY(buf_finish(bytes, &plain));
    name_context(id, context);
    return seal_close(secret_span(service->master_key), context, plain, sealed);
}

enum status mail_open(const struct service *service, struct db_tx *tx, const char *id,
                      struct secret **ret_mail)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(MESSAGE_MAX + SEAL_OVERHEAD);
    struct span bytes;
    char context[CONTEXT_MAX];
    TRY(mail_store_get_sealed(tx, id, &sealed));
    TRY(buf_finish(&sealed, &bytes));
    name_context(id, context);
    return seal_open(secret_span(service->master_key), context, bytes, ret_mail);
}

static enum status insert(const struct service *service, struct db_tx *tx,
                          const struct actor *actor, const struct mail_draft *draft, const char *id,
                          struct span sealed)
{
    const struct config *config = service->config;
    int64_t now = clock_now();
    int64_t give_up_at = now + config->mail_give_up;
    bool useless_first = draft->useless_at != 0 && draft->useless_at < give_up_at;
    char who[ACTOR_TEXT_MAX];
    char name[MESSAGE_ID_MAX];
    actor_format(actor, who);
    name_message(config, id, now, name);
    const struct mail_row row = {
        .id = id,
        .kind = draft->kind,
        .recipient = draft->to,
        .language = draft->letter->texts->language,
        .message_id = name,
        .link_id = draft->link_id,
        .serial = draft->serial,
        .created_at = now,
        .created_by = who,
        .give_up_at = useless_first ? draft->useless_at : give_up_at,
        .keep_until = draft->useless_at != 0 ? draft->useless_at : give_up_at + KEPT_AFTER_FAILURE,
        .sealed = sealed,
    };
    return mail_store_add(tx, &row);
}

enum status mail_enqueue(const struct service *service, struct db_tx *tx, const struct actor *actor,
                         const struct mail_draft *draft, char ret_id[static MAIL_ID_SIZE])
{
    TRY(mail_settings_check(service->config));
    char id[MAIL_ID_SIZE];
    TRY(credential_new_id(id));
    struct buf bytes defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    TRY(mail_build(service, draft, id, clock_now(), &bytes));
    struct buf sealed defer(buf_clear) = BUF_INIT(MESSAGE_MAX + SEAL_OVERHEAD);
    struct span blob;
    TRY(seal(service, &bytes, id, &sealed));
    TRY(buf_finish(&sealed, &blob));
    TRY(insert(service, tx, actor, draft, id, blob));
    const struct audit_value values[] = {
        AUDIT_TEXT("kind", draft->kind),
        AUDIT_TEXT("to", draft->to),
        AUDIT_TEXT("about", draft->link_id != NULL ? draft->link_id : draft->serial),
    };
    size_t count = values[2].text == NULL ? 2 : 3;
    TRY(audit_write(tx, actor, "mail.queue", id, values, count));
    memcpy(ret_id, id, sizeof id);
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status mail_list(const struct service *service, const char *state,
                      const struct page_request *page, struct mail_page *ret_page)
{
    enum mail_state wanted = MAIL_QUEUED;
    bool filtered = state != NULL && state[0] != '\0';
    if (filtered)
        TRY(mail_state_parse(state, &wanted));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return mail_store_list(tx, filtered ? &wanted : NULL, page, ret_page);
}

enum status mail_show(const struct service *service, const char *id, struct mail_row *ret_mail)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return mail_store_get(tx, id, ret_mail);
}

enum status mail_of_link(const struct service *service, const char *link_id,
                         struct mail_row *ret_mail)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return mail_store_newest_of_link(tx, link_id, ret_mail);
}

enum status mail_counts(const struct service *service, int64_t ret_counts[static MAIL_STATE_COUNT])
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return mail_store_counts(tx, ret_counts);
}

/* ---- what operators do ----------------------------------------------------------------------- */

static enum status retry_in(const struct service *service, struct db_tx *tx,
                            const struct actor *actor, const char *id, struct mail_row *mail)
{
    const struct config *config = service->config;
    int64_t now = clock_now();
    TRY(mail_settings_check(config));
    struct mail_row before defer(mail_row_clear) = {0};
    TRY(mail_store_get(tx, id, &before));
    int64_t give_up_at = now + config->mail_give_up;
    TRY(mail_store_retry(tx, id, give_up_at < before.keep_until ? give_up_at : before.keep_until,
                         now));
    const struct audit_value values[] = {AUDIT_TEXT("before", mail_state_text(before.state))};
    TRY(audit_write(tx, actor, "mail.retry", id, values, 1));
    return mail_store_get(tx, id, mail);
}

enum status mail_retry(const struct service *service, const struct actor *actor, const char *id,
                       struct mail_row *ret_mail)
{
    struct mail_row mail defer(mail_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(retry_in(service, tx, actor, id, &mail));
    TRY(db_commit(tx));
    background_wake(service, BACKGROUND_MAIL);
    *ret_mail = mail;
    mail = (struct mail_row){0};
    return STATUS_OK;
}

static enum status cancel_in(struct db_tx *tx, const struct actor *actor, const char *id,
                             const char *why)
{
    TRY(mail_store_cancel(tx, id, why, clock_now()));
    TRY(window_leave_traces(tx, clock_now()));
    const struct audit_value values[] = {AUDIT_TEXT("why", why)};
    return audit_write(tx, actor, "mail.cancel", id, values, 1);
}

enum status mail_cancel(const struct service *service, const struct actor *actor, const char *id,
                        struct mail_row *ret_mail)
{
    struct mail_row mail defer(mail_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(cancel_in(tx, actor, id, "by an operator"));
    TRY(mail_store_get(tx, id, &mail));
    TRY(db_commit(tx));
    *ret_mail = mail;
    mail = (struct mail_row){0};
    return STATUS_OK;
}

enum status mail_cancel_of_link(struct db_tx *tx, const struct actor *actor, const char *link_id,
                                const char *why)
{
    struct mail_page page defer(mail_page_clear) = {0};
    TRY(mail_store_waiting_of_link(tx, link_id, &page));
    for (size_t i = 0; i < page.count; i++)
        TRY(cancel_in(tx, actor, page.rows[i].id, why));
    return STATUS_OK;
}
