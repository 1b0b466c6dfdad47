/* Making and ending links. Each act is one transaction with its audit row. */
#include "service/enrol.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "service/address.h"
#include "service/background.h"
#include "service/bundle.h"
#include "service/credential.h"
#include "service/enrol_row.h"
#include "service/mail_send.h"
#include "service/person.h"
#include "service/window.h"
#include "store/link_store.h"

#include <stdio.h>

enum { ENROL_LIFETIME_LEAST = 5 * CLOCK_MINUTE, ENROL_LIFETIME_MOST = 90 * CLOCK_DAY };
enum { ENROL_WINDOW_LEAST = CLOCK_MINUTE, ENROL_WINDOW_MOST = CLOCK_DAY };

/* A link to be made: everything checked, defaults filled in. */
struct draft {
    struct person person;
    enum packing packing;
    int64_t lifetime;
    int64_t window;
    bool send;
    const char *language;
};

void enrol_created_clear(struct enrol_created *created)
{
    secret_free(created->token);
    secret_free(created->pin);
    *created = (struct enrol_created){0};
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static enum status choose_seconds(const char *what, int64_t wanted, int64_t configured,
                                  const int64_t bounds[2], int64_t *ret_seconds)
{
    int64_t seconds = wanted == 0 ? configured : wanted;
    if (wanted != 0 && (seconds < bounds[0] || seconds > bounds[1])) {
        struct buf range defer(buf_clear) = BUF_INIT(64);
        text_append_duration(&range, bounds[0]);
        buf_append_text(&range, " to ");
        text_append_duration(&range, bounds[1]);
        struct span text;
        TRY(buf_finish(&range, &text));
        return status_fail(STATUS_INVALID, "the %s of a link is %s", what, (const char *)text.ptr);
    }
    *ret_seconds = seconds;
    return STATUS_OK;
}

/* What would refuse the mail refuses the link: nobody waits for a mail that never comes. */
static enum status choose_mail(const struct service *service, bool send, const char *language,
                               struct draft *draft)
{
    draft->send = send;
    draft->language = language;
    if (!send)
        return STATUS_OK;
    return mail_link_check(service, draft->person.user, draft->person.mail, language);
}

static enum status check_request(const struct service *service, const struct enrol_request *request,
                                 struct draft *draft)
{
    static const int64_t lifetimes[2] = {ENROL_LIFETIME_LEAST, ENROL_LIFETIME_MOST};
    static const int64_t windows[2] = {ENROL_WINDOW_LEAST, ENROL_WINDOW_MOST};
    const struct config *config = service->config;
    draft->person =
        (struct person){or_empty(request->user), or_empty(request->name), or_empty(request->mail),
                        or_empty(request->sid), or_empty(request->device)};
    TRY(person_check(service, &draft->person));
    TRY(bundle_packing(service, request->packing, &draft->packing));
    TRY(choose_seconds("lifetime", request->lifetime, config->link_lifetime, lifetimes,
                       &draft->lifetime));
    TRY(choose_seconds("window", request->window, config->link_window, windows, &draft->window));
    return choose_mail(service, request->send, request->language, draft);
}

static enum status insert(struct db_tx *tx, const struct draft *draft, const char *created_by,
                          const struct link_row *secrets)
{
    int64_t now = clock_now();
    struct link_row row = {
        .id = secrets->id,
        .token_hash = secrets->token_hash,
        .pin_mac = secrets->pin_mac,
        .user = draft->person.user,
        .name = draft->person.name,
        .mail = draft->person.mail,
        .sid = draft->person.sid,
        .device = draft->person.device,
        .packing = packing_name(draft->packing),
        .window = draft->window,
        .created_at = now,
        .created_by = created_by,
        .expires_at = now + draft->lifetime,
    };
    return link_store_create(tx, &row);
}

static enum status reload(struct db_tx *tx, const char *id, struct enrolment *ret_link)
{
    struct link_row row defer(link_row_clear) = {0};
    TRY(link_store_get(tx, id, &row));
    enrolment_from_row(&row, clock_now(), ret_link);
    return STATUS_OK;
}

/* Draws token and PIN, writes the row and its audit. */
static enum status make_link(const struct service *service, struct db_tx *tx,
                             const struct actor *actor, const struct draft *draft,
                             struct enrol_created *created)
{
    char id[CREDENTIAL_ID_LETTERS + 1];
    uint8_t token_hash[DIGEST_SHA256_SIZE];
    uint8_t pin_mac[MAC_SIZE];
    TRY(credential_new_id(id));
    TRY(credential_new_token(&created->token));
    TRY(credential_new_pin(service, &created->pin));
    TRY(digest_sha256(secret_span(created->token), token_hash));
    TRY(credential_pin_mac(service, id, secret_span(created->pin), pin_mac));

    char who[ACTOR_TEXT_MAX];
    actor_format(actor, who);
    const struct link_row secrets = {
        .id = id,
        .token_hash = span_of(token_hash, sizeof token_hash),
        .pin_mac = span_of(pin_mac, sizeof pin_mac),
    };
    TRY(insert(tx, draft, who, &secrets));
    TRY(reload(tx, id, &created->link));
    const struct audit_value values[] = {
        AUDIT_TEXT("user", draft->person.user),
        AUDIT_TEXT("packing", packing_name(draft->packing)),
        AUDIT_NUMBER("expires_at", created->link.expires_at),
    };
    TRY(audit_write(tx, actor, "link.create", id, values, 3));
    if (!draft->send)
        return STATUS_OK;
    return mail_link(service, tx, actor, &created->link, created->token, draft->language,
                     created->mail_id);
}

enum status enrol_check(const struct service *service, const struct enrol_request *request)
{
    struct draft draft;
    return check_request(service, request, &draft);
}

enum status enrol_create_in(const struct service *service, struct db_tx *tx,
                            const struct actor *actor, const struct enrol_request *request,
                            struct enrol_created *ret_created)
{
    struct draft draft;
    TRY(check_request(service, request, &draft));
    struct enrol_created created defer(enrol_created_clear) = {0};
    TRY(make_link(service, tx, actor, &draft, &created));
    *ret_created = created;
    created = (struct enrol_created){0};
    return STATUS_OK;
}

enum status enrol_create(const struct service *service, const struct actor *actor,
                         const struct enrol_request *request, struct enrol_created *ret_created)
{
    struct draft draft;
    TRY(check_request(service, request, &draft));
    struct enrol_created created defer(enrol_created_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(make_link(service, tx, actor, &draft, &created));
    TRY(db_commit(tx));
    if (draft.send)
        background_wake(service, BACKGROUND_MAIL);
    *ret_created = created;
    created = (struct enrol_created){0};
    return STATUS_OK;
}

void enrol_append_url(const struct service *service, const struct secret *token, struct buf *url)
{
    address_append_https(service->config, url);
    buf_append_text(url, "/l/");
    buf_append(url, secret_span(token));
}

/* The bundle goes with the link; the certificate stays until somebody revokes it. */
static enum status cancel_in(struct db_tx *tx, const struct actor *actor, const char *id,
                             struct enrolment *link)
{
    TRY(link_store_cancel(tx, id, clock_now()));
    TRY(window_erase(tx, id, clock_now()));
    TRY(mail_cancel_of_link(tx, actor, id, "its link is cancelled"));
    TRY(reload(tx, id, link));
    const struct audit_value values[] = {AUDIT_TEXT("user", link->user),
                                         AUDIT_TEXT("serial", link->serial)};
    return audit_write(tx, actor, "link.cancel", id, values, 2);
}

enum status enrol_cancel(const struct service *service, const struct actor *actor, const char *id,
                         struct enrolment *ret_link)
{
    struct enrolment link;
    {
        struct db_tx *tx defer(db_end) = NULL;
        TRY(db_begin(service->db, DB_WRITE, &tx));
        TRY(cancel_in(tx, actor, id, &link));
        TRY(db_commit(tx));
    }
    enum status erased = window_erase_traces(service, clock_now());
    if (erased != STATUS_OK)
        log_status("enrol", erased, "the database's log is truncated at the next sweep");
    *ret_link = link;
    return STATUS_OK;
}

/* The new link is for the same person, as long and as wide as the old one. */
static enum status draft_again(const struct enrolment *old, struct draft *draft)
{
    draft->person = (struct person){old->user, old->name, old->mail, old->sid, old->device};
    draft->lifetime = old->expires_at - old->created_at;
    draft->window = old->window;
    return packing_parse(old->packing, &draft->packing);
}

static enum status end_before_rearm(struct db_tx *tx, const struct actor *actor,
                                    struct enrolment *old)
{
    if (old->claimed_at != 0)
        return status_fail(STATUS_CONFLICT,
                           "the link was claimed: revoke the certificate %s if it did not arrive, "
                           "and make a new link",
                           old->serial);
    if (old->state == LINK_CLAIMING)
        return status_fail(STATUS_CONFLICT, "the link is being claimed at this moment");
    if (old->rearmed_as[0] != '\0')
        return status_fail(STATUS_CONFLICT, "the link %s took its place already", old->rearmed_as);
    bool live = old->state == LINK_ISSUED || old->state == LINK_OPENED;
    return live ? cancel_in(tx, actor, old->id, old) : STATUS_OK;
}

enum status enrol_rearm_in(const struct service *service, struct db_tx *tx,
                           const struct actor *actor, const char *id, bool send,
                           const char *language, struct enrol_created *ret_created)
{
    struct enrol_created created defer(enrol_created_clear) = {0};
    struct enrolment old;
    TRY(reload(tx, id, &old));
    TRY(end_before_rearm(tx, actor, &old));

    struct draft draft;
    TRY(draft_again(&old, &draft));
    TRY(choose_mail(service, send, language, &draft));
    TRY(make_link(service, tx, actor, &draft, &created));
    TRY(link_store_rearm(tx, id, created.link.id, clock_now()));
    const struct audit_value values[] = {AUDIT_TEXT("rearmed_as", created.link.id)};
    TRY(audit_write(tx, actor, "link.rearm", id, values, 1));
    *ret_created = created;
    created = (struct enrol_created){0};
    return STATUS_OK;
}

static enum status rearm(const struct service *service, const struct actor *actor, const char *id,
                         bool send, const char *language, struct enrol_created *ret_created)
{
    struct enrol_created created defer(enrol_created_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(enrol_rearm_in(service, tx, actor, id, send, language, &created));
    TRY(db_commit(tx));
    *ret_created = created;
    created = (struct enrol_created){0};
    return STATUS_OK;
}

enum status enrol_rearm(const struct service *service, const struct actor *actor, const char *id,
                        struct enrol_created *ret_created)
{
    return rearm(service, actor, id, false, NULL, ret_created);
}

enum status enrol_rearm_and_send(const struct service *service, const struct actor *actor,
                                 const char *id, const char *language,
                                 struct enrol_created *ret_created)
{
    TRY(rearm(service, actor, id, true, language, ret_created));
    background_wake(service, BACKGROUND_MAIL);
    return STATUS_OK;
}
