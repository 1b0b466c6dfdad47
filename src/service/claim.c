/*
 * Who wins, who waits, who is told no. Every answer to a PIN comes out of one write transaction, so
 * that of any number of simultaneous PINs no more are tried than the limit allows, and exactly one
 * right one wins. Nothing slow happens inside it.
 */
#include "service/claim.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "service/claim_attempt.h"
#include "service/credential.h"
#include "service/enrol_row.h"
#include "service/envelope.h"
#include "service/file_stem.h"
#include "store/bundle_store.h"
#include "store/certificate_store.h"
#include "store/link_store.h"
#include "store/setting_store.h"

#include <stdio.h>
#include <time.h>

enum claim_next { NEXT_ANSWER, NEXT_WAIT, NEXT_MAKE };
enum { WAIT_FIRST_MS = 10, WAIT_MOST_MS = 160 };

void claim_clear(struct claim *claim)
{
    secret_free(claim->password);
    secret_free(claim->ticket);
    secret_free(claim->cookie);
    *claim = (struct claim){0};
}

enum status claim_fill(struct claim *claim, int64_t not_after, struct span password,
                       struct span ticket, struct span cookie)
{
    claim->outcome = CLAIM_DONE;
    claim->not_after = not_after;
    file_stem(claim->link.user, claim->file_stem);
    if (password.len > 0)
        TRY(secret_copy(password, &claim->password));
    TRY(secret_copy(ticket, &claim->ticket));
    return cookie.len == 0 ? STATUS_OK : secret_copy(cookie, &claim->cookie);
}

static int tries_left(const struct service *service, const struct enrolment *link)
{
    int64_t left = service->config->link_tries - link->tries;
    return left > 0 && link->locked_at == 0 ? (int)left : 0;
}

/* States that answer by themselves, whatever the PIN. */
static bool state_answers(const struct enrolment *link, enum claim_outcome *ret_outcome)
{
    switch (link->state) {
    case LINK_IN_USE:
    case LINK_CLOSED:
        *ret_outcome = CLAIM_CLOSED;
        return true;
    case LINK_CANCELLED:
    case LINK_REARMED:
        *ret_outcome = CLAIM_CANCELLED;
        return true;
    case LINK_EXPIRED:
        *ret_outcome = CLAIM_EXPIRED;
        return true;
    case LINK_LOCKED:
    case LINK_DELIVERED:
    case LINK_CLAIMED:
    case LINK_CLAIMING:
    case LINK_OPENED:
    case LINK_ISSUED:
        *ret_outcome = CLAIM_LOCKED;
        return link->locked_at != 0;
    }
    return true;
}

static void note_opened(const struct service *service, const char *id)
{
    struct db_tx *tx defer(db_end) = NULL;
    enum status status = db_begin(service->db, DB_WRITE, &tx);
    if (status == STATUS_OK)
        status = link_store_note_opened(tx, id, clock_now());
    if (status == STATUS_OK)
        status = db_commit(tx);
    if (status != STATUS_OK)
        log_status("claim", status, "the opening of a link was not noted");
}

enum status claim_open(const struct service *service, struct span token,
                       struct claim_view *ret_view)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(token, hash));
    {
        struct db_tx *tx defer(db_end) = NULL;
        TRY(db_begin(service->db, DB_READ, &tx));
        struct link_row row defer(link_row_clear) = {0};
        TRY(link_store_find(tx, span_of(hash, sizeof hash), &row));
        enrolment_from_row(&row, clock_now(), &ret_view->link);
    }
    note_opened(service, ret_view->link.id);
    enum claim_outcome outcome;
    ret_view->claimable = !state_answers(&ret_view->link, &outcome);
    ret_view->tries_left = tries_left(service, &ret_view->link);
    return STATUS_OK;
}

/* The same work as for a wrong PIN: a MAC and one durable write. */
static enum status answer_unknown(const struct claim_attempt *attempt, struct db_tx *tx)
{
    bool right;
    int64_t number;
    TRY(credential_check_pin(attempt->service, "", attempt->pin, SPAN_EMPTY, &right));
    TRY(setting_store_next_number(tx, "link.unknown_tokens", clock_now(), &number));
    TRY(db_commit(tx));
    return status_fail(STATUS_NOT_FOUND, "there is no such link");
}

static enum status count_wrong(const struct claim_attempt *attempt, struct db_tx *tx,
                               struct claim *claim)
{
    int64_t left;
    const char *id = claim->link.id;
    TRY(link_store_count_wrong_pin(tx, id, attempt->service->config->link_tries, clock_now(),
                                   &left));
    const struct audit_value values[] = {AUDIT_NUMBER("tries_left", left),
                                         AUDIT_TEXT("agent", attempt->agent)};
    TRY(audit_write(tx, &attempt->actor, left == 0 ? "link.lock" : "link.wrong_pin", id, values,
                    2));
    TRY(db_commit(tx));
    claim->outcome = left == 0 ? CLAIM_LOCKED : CLAIM_WRONG_PIN;
    claim->tries_left = (int)left;
    return STATUS_OK;
}

/* Somebody has the link, and types PINs although it is over. */
static enum status answer_refused(const struct claim_attempt *attempt, struct db_tx *tx,
                                  const struct claim *claim)
{
    const struct audit_value values[] = {AUDIT_TEXT("state", link_state_text(claim->link.state)),
                                         AUDIT_TEXT("agent", attempt->agent)};
    TRY(audit_write(tx, &attempt->actor, "link.refuse", claim->link.id, values, 2));
    return db_commit(tx);
}

static enum status answer_elsewhere(const struct claim_attempt *attempt, struct db_tx *tx,
                                    struct claim *claim)
{
    const struct audit_value values[] = {AUDIT_TEXT("agent", attempt->agent)};
    TRY(audit_write(tx, &attempt->actor, "link.claim_elsewhere", claim->link.id, values, 1));
    TRY(db_commit(tx));
    claim->outcome = CLAIM_ELSEWHERE;
    return STATUS_OK;
}

enum status claim_is_by_claimer(const struct claimer *claimer, const struct link_row *row,
                                bool *ret_same)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(claimer->cookie, hash));
    bool same_browser =
        claimer->cookie.len > 0 &&
        span_equal_constant_time(row->claim_cookie_hash, span_of(hash, sizeof hash));
    char address[NETWORK_ADDRESS_SIZE];
    network_normalise(claimer->address, address);
    *ret_same = same_browser || network_same_claimer(row->claim_address, address);
    return STATUS_OK;
}

/* The page of the first answer once more. */
static enum status answer_again(const struct claim_attempt *attempt, struct db_tx *tx,
                                struct claim *claim)
{
    struct bundle_row bundle defer(bundle_row_clear) = {0};
    struct certificate_row certificate defer(certificate_row_clear) = {0};
    TRY(bundle_store_get(tx, claim->link.id, &bundle));
    TRY(certificate_store_get(tx, claim->link.serial, &certificate));
    snprintf(claim->link.packing, sizeof claim->link.packing, "%s", bundle.packing);
    struct secret *key defer(secret_free) = NULL;
    struct secret *contents defer(secret_free) = NULL;
    struct span parts[3];
    TRY(envelope_page_key(attempt->token, attempt->pin, &key));
    TRY(envelope_open(ENVELOPE_PAGE, secret_span(key), claim->link.id, bundle.page_sealed, parts, 3,
                      &contents));
    return claim_fill(claim, certificate.not_after, parts[0], parts[1], parts[2]);
}

static void prepare_issuance(struct claim_attempt *attempt, const struct enrolment *link)
{
    attempt->link = *link;
    attempt->person = (struct person){attempt->link.user, attempt->link.name, attempt->link.mail,
                                      attempt->link.sid, attempt->link.device};
    attempt->issuance = (struct issuance){
        .profile = PROFILE_USER,
        .person = &attempt->person,
        .link_id = attempt->link.id,
        .lifetime = attempt->service->config->bundle_lifetime,
        .lease = attempt->service->config->link_lease,
    };
    person_set_fields(attempt->service, &attempt->person, &attempt->issuance.fields);
}

/* The first durable step. A serial left behind by a claim that was cut off may have been signed. */
static enum status begin(struct claim_attempt *attempt, struct db_tx *tx,
                         const struct link_row *row, const struct enrolment *link)
{
    const struct service *service = attempt->service;
    if (row->claim_serial[0] != '\0')
        TRY(issue_abandon(tx, &attempt->actor, row->claim_serial, true));
    prepare_issuance(attempt, link);
    TRY(issue_reserve(service, tx, &attempt->actor, &attempt->issuance));

    secret_free(take(attempt->cookie));
    TRY(credential_new_token(&attempt->cookie));
    uint8_t cookie_hash[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(secret_span(attempt->cookie), cookie_hash));
    const struct link_claim claim = {
        .serial = attempt->issuance.serial,
        .address = attempt->address,
        .agent = attempt->agent,
        .cookie_hash = span_of(cookie_hash, sizeof cookie_hash),
        .lease_until = clock_now() + service->config->link_lease,
    };
    TRY(link_store_claim_begin(tx, link->id, &claim, clock_now()));
    const struct audit_value values[] = {AUDIT_TEXT("agent", attempt->agent),
                                         AUDIT_TEXT("serial", attempt->issuance.serial)};
    TRY(audit_write(tx, &attempt->actor, "link.claim", link->id, values, 2));
    return db_commit(tx);
}

static enum status answer_right(struct claim_attempt *attempt, struct db_tx *tx,
                                const struct link_row *row, struct claim *claim,
                                enum claim_next *next)
{
    bool claimed = row->claimed_at != 0;
    if (!claimed && claim->link.state != LINK_CLAIMING) {
        *next = NEXT_MAKE;
        return begin(attempt, tx, row, &claim->link);
    }
    bool same;
    TRY(claim_is_by_claimer(attempt->claimer, row, &same));
    if (!same)
        return answer_elsewhere(attempt, tx, claim);
    if (claimed)
        return answer_again(attempt, tx, claim);
    *next = NEXT_WAIT;
    return STATUS_OK;
}

/* One look at the link under the writer's lock, and what follows from it. */
static enum status look(struct claim_attempt *attempt, struct claim *claim, enum claim_next *next)
{
    *next = NEXT_ANSWER;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(attempt->service->db, DB_WRITE, &tx));
    struct link_row row defer(link_row_clear) = {0};
    enum status found =
        link_store_find(tx, span_of(attempt->token_hash, sizeof attempt->token_hash), &row);
    if (found == STATUS_NOT_FOUND)
        return answer_unknown(attempt, tx);
    TRY(found);

    enrolment_from_row(&row, clock_now(), &claim->link);
    claim->tries_left = tries_left(attempt->service, &claim->link);
    if (state_answers(&claim->link, &claim->outcome))
        return answer_refused(attempt, tx, claim);
    if (!credential_pin_is_formed(attempt->service, attempt->pin)) {
        claim->outcome = CLAIM_MALFORMED_PIN;
        return STATUS_OK;
    }
    bool right;
    TRY(credential_check_pin(attempt->service, claim->link.id, attempt->pin, row.pin_mac, &right));
    if (!right)
        return count_wrong(attempt, tx, claim);
    return answer_right(attempt, tx, &row, claim, next);
}

static enum status still_claiming(const struct claim_attempt *attempt, bool *ret_still)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(attempt->service->db, DB_READ, &tx));
    struct link_row row defer(link_row_clear) = {0};
    TRY(link_store_find(tx, span_of(attempt->token_hash, sizeof attempt->token_hash), &row));
    *ret_still = link_state_at(&row, clock_now()) == LINK_CLAIMING;
    return STATUS_OK;
}

/* Until the other claim has ended one way or the other, or the deadline has come. */
static enum status wait_for_other(const struct claim_attempt *attempt, int64_t deadline)
{
    bool still = true;
    for (int64_t pause = WAIT_FIRST_MS; still && clock_monotonic_ms() < deadline;
         pause = pause * 2 < WAIT_MOST_MS ? pause * 2 : WAIT_MOST_MS) {
        const struct timespec time = {.tv_nsec = pause * 1000 * 1000};
        nanosleep(&time, NULL);
        TRY(still_claiming(attempt, &still));
    }
    return STATUS_OK;
}

/* Looks, waits or makes, again when a claim was lost or another one ended. */
static enum status run(struct claim_attempt *attempt, struct claim *claim)
{
    int64_t deadline =
        clock_monotonic_ms() + (attempt->service->config->link_lease + 1) * INT64_C(1000);
    do {
        enum claim_next next;
        TRY(look(attempt, claim, &next));
        if (next == NEXT_ANSWER)
            return STATUS_OK;
        if (next == NEXT_WAIT) {
            TRY(wait_for_other(attempt, deadline));
            continue;
        }
        enum status made = claim_make(attempt, claim);
        if (made != STATUS_CONFLICT)
            return made;
    } while (clock_monotonic_ms() < deadline);
    claim->outcome = CLAIM_BUSY;
    return STATUS_OK;
}

enum status claim_link(const struct service *service, struct span token, struct span pin,
                       const struct claimer *claimer, struct claim *ret_claim)
{
    struct claim_attempt attempt = {
        .service = service,
        .token = token,
        .pin = pin,
        .claimer = claimer,
        .actor = {.kind = ACTOR_PHONE},
    };
    network_normalise(claimer->address, attempt.address);
    attempt.actor.address = attempt.address;
    snprintf(attempt.agent, sizeof attempt.agent, "%s",
             claimer->agent == NULL ? "" : claimer->agent);
    TRY(digest_sha256(token, attempt.token_hash));

    struct claim claim defer(claim_clear) = {0};
    enum status status = run(&attempt, &claim);
    secret_free(attempt.cookie);
    TRY(status);
    *ret_claim = claim;
    claim = (struct claim){0};
    return STATUS_OK;
}
