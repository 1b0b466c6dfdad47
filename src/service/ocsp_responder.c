/*
 * One mutex for all that is signed: the state of a certificate is read, its time taken and the
 * answer signed without another answer in between, so thisUpdate never goes back. Only so many
 * threads wait for it; the rest is told to try later, so that questions do not take the signer from
 * claims.
 */
#include "service/ocsp_responder.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "pki/ocsp_response.h"
#include "service/authority.h"
#include "service/background.h"
#include "service/clock_guard.h"
#include "service/issue.h"
#include "signer/signer_client.h"
#include "store/ocsp_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum {
    WAITING_MOST = 64,
    ISSUE_LEASE = CLOCK_MINUTE,
    UNKNOWN_VALIDITY = 5 * CLOCK_MINUTE,
    TRIES = 3,
    FORGET_BATCH = 1000,
};

struct ocsp_responder {
    struct ocsp_cache *cache;
    pthread_mutex_t mutex;           /* of the next two, and of signing */
    struct certificate *certificate; /* NULL: none yet, or the signer answers with another */
    atomic_int waiting;
    atomic_int last_failure; /* enum status of the last attempt to sign, to log each kind once */
};

/* What is asked, and what is found out about it. */
struct question {
    struct ocsp_request request;
    bool is_plain; /* one certificate, no nonce: the answer can be kept */
    struct certificate_row seen[OCSP_SINGLES_MAX];
    struct ocsp_fields fields;
};

static void question_clear(struct question *question)
{
    for (size_t i = 0; i < OCSP_SINGLES_MAX; i++)
        certificate_row_clear(&question->seen[i]);
}
CLEANUP_VALUE(struct question, question_clear)

/* An answer on its way. */
struct draft {
    struct buf *der;
    struct ocsp_answer answer;
};

static const struct actor system_actor = {.kind = ACTOR_SYSTEM};

enum status ocsp_responder_new(struct ocsp_responder **ret_responder)
{
    struct ocsp_responder *responder defer(ocsp_responder_free) = calloc(1, sizeof *responder);
    if (responder == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the OCSP responder");
    pthread_mutex_init(&responder->mutex, NULL);
    TRY(ocsp_cache_new(&responder->cache));
    *ret_responder = take(responder);
    return STATUS_OK;
}

void ocsp_responder_free(struct ocsp_responder *responder)
{
    if (responder == NULL)
        return;
    ocsp_cache_free(responder->cache);
    certificate_free(responder->certificate);
    pthread_mutex_destroy(&responder->mutex);
    free(responder);
}

/* ---- the responder's certificate ------------------------------------------------------------- */

static enum status check_number(const struct service *service, int64_t now)
{
    int64_t count;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(ocsp_store_responders_since(tx, now - CLOCK_DAY, &count));
    if (count >= RESPONDERS_A_DAY)
        return status_fail(STATUS_TOO_MANY, "%d OCSP responders were made within a day",
                           RESPONDERS_A_DAY);
    return STATUS_OK;
}

static enum status make_certificate(const struct service *service, int64_t now)
{
    TRY(check_number(service, now));
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(signer_make_responder_key(service->signer, &spki));
    const struct person person = {.user = "OCSP responder", .name = "", .mail = "", .device = ""};
    struct issuance issuance = {
        .profile = PROFILE_OCSP,
        .person = &person,
        .lifetime = RESPONDER_LIFETIME,
        .lease = ISSUE_LEASE,
        .fields = {.common_name = SPAN_LITERAL("OCSP responder"),
                   .organisation = span_of_text(
                       certificate_info(authority_issuing(service->authority))->organisation)},
    };
    TRY(buf_finish(&spki, &issuance.fields.spki));
    struct certificate *certificate defer(certificate_free) = NULL;
    TRY(issue_certificate(service, &system_actor, &issuance, &certificate));
    certificate_free(service->ocsp->certificate);
    service->ocsp->certificate = take(certificate);
    char until[CLOCK_TEXT_SIZE];
    clock_format(certificate_info(service->ocsp->certificate)->not_after, until);
    log_info("ocsp", "the OCSP responder %s answers until %s", issuance.serial, until);
    return STATUS_OK;
}

/* Seconds until it has to be renewed; 0 or less: now. */
static int64_t renewal_in(const struct ocsp_responder *responder, int64_t now)
{
    if (responder->certificate == NULL)
        return 0;
    return certificate_info(responder->certificate)->not_after - RESPONDER_RENEWAL - now;
}

/* Forgets the certificate when an operator revoked it, so that another is made. */
static enum status forget_revoked(struct db_tx *tx, struct ocsp_responder *responder)
{
    if (responder->certificate == NULL)
        return STATUS_OK;
    const char *serial = certificate_info(responder->certificate)->serial;
    struct certificate_row row defer(certificate_row_clear) = {0};
    TRY(certificate_store_get(tx, serial, &row));
    if (row.state == CERTIFICATE_ISSUED)
        return STATUS_OK;
    log_warning("ocsp", "the OCSP responder %s was revoked: another one is made", serial);
    certificate_free(take(responder->certificate));
    return STATUS_OK;
}

/* Renewed ahead, but when that fails the one before serves on to its end. */
static enum status ensure_certificate(const struct service *service, int64_t now)
{
    const struct ocsp_responder *responder = service->ocsp;
    if (renewal_in(responder, now) > 0)
        return STATUS_OK;
    bool usable =
        responder->certificate != NULL && certificate_info(responder->certificate)->not_after > now;
    enum status made = make_certificate(service, now);
    return usable && made != STATUS_OK ? STATUS_OK : made;
}

/* ---- signing, under the mutex ---------------------------------------------------------------- */

static enum status look_before(const struct service *service, int64_t *ret_now, bool *ret_take)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(forget_revoked(tx, service->ocsp));
    return clock_guard_look(tx, ret_now, ret_take);
}

static enum status take_date(const struct service *service, int64_t *ret_now)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(clock_guard_take(tx, ret_now));
    return db_commit(tx);
}

/* The reasons of the database beyond those of our CRLs are of other kinds of certificates. */
static enum crl_reason reason_of(const struct certificate_row *row)
{
    if (row->reason == REASON_REMOVE_FROM_CRL || row->reason == REASON_AA_COMPROMISE)
        return CRL_REASON_UNSPECIFIED;
    return (enum crl_reason)row->reason;
}

static struct ocsp_single say(const struct ocsp_id *id, const struct certificate_row *row)
{
    struct ocsp_single single = {.hash = id->hash, .state = OCSP_STATE_UNKNOWN};
    snprintf(single.serial, sizeof single.serial, "%s", id->serial);
    if (row->serial == NULL || strcmp(row->issuer, "issuing") != 0)
        return single;
    if (row->state == CERTIFICATE_ISSUED)
        single.state = OCSP_STATE_GOOD;
    if (row->state == CERTIFICATE_REVOKED) {
        single.state = OCSP_STATE_REVOKED;
        single.revoked_at = row->revoked_at;
        single.reason = reason_of(row);
    }
    return single;
}

static enum status look_up(struct db_tx *tx, struct question *question, size_t i)
{
    struct certificate_row *row = &question->seen[i];
    certificate_row_clear(row);
    enum status status = certificate_store_get(tx, question->request.ids[i].serial, row);
    if (status != STATUS_NOT_FOUND)
        TRY(status);
    question->fields.singles[i] = say(&question->request.ids[i], row);
    return STATUS_OK;
}

static enum status look_all_up(const struct service *service, struct question *question)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    for (size_t i = 0; i < question->request.count; i++)
        TRY(look_up(tx, question, i));
    return STATUS_OK;
}

static bool has_unknown(const struct ocsp_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->singles[i].state == OCSP_STATE_UNKNOWN)
            return true;
    return false;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void set_times(const struct service *service, struct ocsp_fields *fields, int64_t now)
{
    int64_t validity = has_unknown(fields) ? UNKNOWN_VALIDITY : service->config->ocsp_validity;
    int64_t end = certificate_info(service->ocsp->certificate)->not_after;
    for (size_t i = 0; i < fields->count; i++) /* revoked while the clock was ahead */
        fields->singles[i].revoked_at = least(fields->singles[i].revoked_at, now);
    fields->this_update = now;
    fields->next_update = least(now + validity, end);
}

static enum status sign_once(const struct service *service, struct question *question,
                             struct buf *der)
{
    int64_t now;
    bool take_first;
    TRY(look_before(service, &now, &take_first));
    if (take_first)
        TRY(take_date(service, &now));
    TRY(ensure_certificate(service, now));
    TRY(look_all_up(service, question));
    set_times(service, &question->fields, now);
    return signer_sign_ocsp(service->signer, service->ocsp->certificate, &question->fields, der);
}

/* CONFLICT comes when a responder was signed for that the database then did not take. */
static enum status sign_locked(const struct service *service, struct question *question,
                               struct buf *der)
{
    enum status status = sign_once(service, question, der);
    if (status != STATUS_CONFLICT || service->ocsp->certificate == NULL)
        return status;
    certificate_free(take(service->ocsp->certificate));
    return sign_once(service, question, der);
}

static void note_outcome(struct ocsp_responder *responder, enum status status)
{
    enum status before = (enum status)atomic_exchange(&responder->last_failure, (int)status);
    if (status == before)
        return;
    if (status != STATUS_OK)
        log_error("ocsp", "no OCSP answer can be signed: %s", status_detail());
    else
        log_info("ocsp", "OCSP answers can be signed again");
}

/* ---- answers --------------------------------------------------------------------------------- */

static const char *hash_text(const struct ocsp_id *id)
{
    return id->hash == OCSP_HASH_SHA1 ? "sha1" : "sha256";
}

static void refuse(struct draft *draft, enum ocsp_refusal refusal)
{
    buf_reset(draft->der);
    draft->answer.cacheable = false;
    ocsp_append_refusal(draft->der, refusal);
}

/* A cache has to ask again before the answer is signed anew. */
static void set_max_age(const struct service *service, int64_t now, struct draft *draft)
{
    int64_t left = draft->answer.validity.renew_at - now;
    draft->answer.max_age = least(service->config->ocsp_max_age, left < 0 ? 0 : left);
}

static enum status allow_caching(const struct service *service, const struct ocsp_row *row,
                                 int64_t now, struct draft *draft)
{
    struct ocsp_validity *validity = &draft->answer.validity;
    validity->this_update = row->this_update;
    validity->renew_at = row->this_update + (row->next_update - row->this_update) / 2;
    TRY(entity_tag(row->response, validity->etag));
    set_max_age(service, now, draft);
    draft->answer.cacheable = true;
    return STATUS_OK;
}

/* The kept answer; *ret_fresh when more than half of its time is left. NOT_FOUND. */
static enum status find_kept(const struct service *service, const struct ocsp_id *id, int64_t now,
                             struct draft *draft, bool *ret_fresh)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct ocsp_row row;
    TRY(ocsp_store_find(tx, id->serial, hash_text(id), draft->der, &row));
    if (now + CLOCK_GUARD_TOLERANCE < row.this_update || now >= row.next_update)
        return STATUS_NOT_FOUND;
    TRY(allow_caching(service, &row, now, draft));
    *ret_fresh = now < draft->answer.validity.renew_at;
    return STATUS_OK;
}

/* False leaves an answer without content. */
static bool find_fresh(const struct service *service, const struct question *question,
                       struct draft *draft)
{
    bool fresh = false;
    if (question->is_plain &&
        find_kept(service, &question->request.ids[0], clock_now(), draft, &fresh) == STATUS_OK &&
        fresh)
        return true;
    buf_reset(draft->der);
    draft->answer.cacheable = false;
    return false;
}

static enum status keep(const struct service *service, const struct question *question,
                        struct draft *draft)
{
    const struct ocsp_id *id = &question->request.ids[0];
    const struct ocsp_row row = {
        .serial = id->serial,
        .hash = hash_text(id),
        .response = span_of(draft->der->ptr, draft->der->len),
        .this_update = question->fields.this_update,
        .next_update = question->fields.next_update,
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(ocsp_store_put(tx, &row, &question->seen[0]));
    TRY(db_commit(tx));
    return allow_caching(service, &row, clock_now(), draft);
}

/* CONFLICT: the certificate was revoked while its answer was signed. */
static enum status sign_and_keep(const struct service *service, struct question *question,
                                 struct draft *draft)
{
    buf_reset(draft->der);
    TRY(sign_locked(service, question, draft->der));
    if (!question->is_plain || has_unknown(&question->fields))
        return STATUS_OK;
    enum status kept = keep(service, question, draft);
    if (kept == STATUS_CONFLICT)
        return kept;
    if (kept != STATUS_OK) /* a full disk: the answer is right all the same */
        log_status("ocsp", kept, "an OCSP answer cannot be kept");
    return STATUS_OK;
}

/* Somebody else may have had it signed while we waited. */
static enum status answer_locked(const struct service *service, struct question *question,
                                 struct draft *draft)
{
    enum status status = STATUS_CONFLICT;
    if (find_fresh(service, question, draft))
        return STATUS_OK;
    for (int i = 0; i < TRIES && status == STATUS_CONFLICT; i++)
        status = sign_and_keep(service, question, draft);
    return status;
}

static enum status answer_anew(const struct service *service, struct question *question,
                               struct draft *draft)
{
    struct ocsp_responder *responder = service->ocsp;
    enum status status;
    if (atomic_fetch_add(&responder->waiting, 1) < WAITING_MOST) {
        pthread_mutex_lock(&responder->mutex);
        status = answer_locked(service, question, draft);
        note_outcome(responder, status);
        pthread_mutex_unlock(&responder->mutex);
    } else {
        status = status_fail(STATUS_TOO_MANY, "too many OCSP answers wait for the signer");
    }
    atomic_fetch_sub(&responder->waiting, 1);
    return status;
}

/* `status` is why nothing was signed; a kept answer that is not at its end is still true. */
static void answer_without_signer(const struct service *service, const struct question *question,
                                  enum status status, struct draft *draft)
{
    bool fresh;
    buf_reset(draft->der);
    if (question->is_plain &&
        find_kept(service, &question->request.ids[0], clock_now(), draft, &fresh) == STATUS_OK)
        return;
    bool ours = status == STATUS_INTERNAL || status == STATUS_CRYPTO;
    refuse(draft, ours ? OCSP_REFUSAL_INTERNAL : OCSP_REFUSAL_TRY_LATER);
}

static void answer_question(const struct service *service, struct question *question,
                            struct draft *draft)
{
    if (find_fresh(service, question, draft))
        return;
    enum status status = answer_anew(service, question, draft);
    if (status != STATUS_OK)
        answer_without_signer(service, question, status, draft);
}

static bool is_ours(const struct service *service, const struct ocsp_request *request)
{
    for (size_t i = 0; i < request->count; i++)
        if (!ocsp_id_is_of(&request->ids[i], authority_issuing(service->authority)))
            return false;
    return true;
}

static void prepare(struct question *question)
{
    const struct ocsp_request *request = &question->request;
    question->is_plain = request->count == 1 && request->nonce_len == 0;
    question->fields.count = request->count;
    question->fields.nonce_len = request->nonce_len;
    memcpy(question->fields.nonce, request->nonce, sizeof request->nonce);
}

static void answer_parsed(const struct service *service, struct span request, struct draft *draft)
{
    struct question question defer(question_clear) = {0};
    if (ocsp_request_parse(request, &question.request) != STATUS_OK) {
        refuse(draft, OCSP_REFUSAL_MALFORMED);
    } else if (!is_ours(service, &question.request)) {
        refuse(draft, OCSP_REFUSAL_UNAUTHORIZED);
    } else {
        prepare(&question);
        answer_question(service, &question, draft);
    }
}

/* The mark is asked for before anything is read, so what comes after it cannot be older. */
static void answer_cached(const struct service *service, struct span request, struct draft *draft)
{
    struct ocsp_cache *cache = service->ocsp->cache;
    int64_t now = clock_now();
    int64_t mark = 0;
    bool marked = db_mark(service->db, &mark) == STATUS_OK;
    if (marked && ocsp_cache_find(cache, request, mark, now, draft->der, &draft->answer.validity)) {
        set_max_age(service, now, draft);
        draft->answer.cacheable = true;
        return;
    }
    answer_parsed(service, request, draft);
    if (marked && draft->answer.cacheable)
        ocsp_cache_put(cache, request, mark, span_of(draft->der->ptr, draft->der->len),
                       &draft->answer.validity);
}

enum status ocsp_responder_answer(const struct service *service, struct span request,
                                  struct buf *der, struct ocsp_answer *ret_answer)
{
    struct draft draft = {.der = der};
    answer_cached(service, request, &draft);
    TRY(der->failure);
    *ret_answer = draft.answer;
    return STATUS_OK;
}

/* ---- by time --------------------------------------------------------------------------------- */

static enum status forget_ended(const struct service *service, int64_t now)
{
    int64_t count = FORGET_BATCH;
    while (count == FORGET_BATCH && !background_stopping(service)) {
        struct db_tx *tx defer(db_end) = NULL;
        TRY(db_begin(service->db, DB_WRITE, &tx));
        TRY(ocsp_store_forget_ended(tx, now, FORGET_BATCH, &count));
        if (count > 0)
            TRY(db_commit(tx));
    }
    return STATUS_OK;
}

static enum status renew(const struct service *service, int64_t now)
{
    int64_t date;
    bool take_first;
    TRY(look_before(service, &date, &take_first));
    return renewal_in(service->ocsp, now) > 0 ? STATUS_OK : make_certificate(service, now);
}

enum status background_ocsp(const struct service *service, int64_t now, int64_t *ret_wait)
{
    struct ocsp_responder *responder = service->ocsp;
    *ret_wait = BACKGROUND_LONGEST;
    if (responder == NULL)
        return STATUS_OK;
    pthread_mutex_lock(&responder->mutex);
    enum status status = renew(service, now);
    pthread_mutex_unlock(&responder->mutex);
    TRY(status);
    return forget_ended(service, now);
}
