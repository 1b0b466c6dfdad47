/*
 * Enrolment links as operators see them: create, list, show, cancel, rearm. The phone's side is in
 * service/claim.h and service/collect.h.
 *
 * Token and PIN exist in the clear only in what enrol_create() returns: the database holds the
 * SHA-256 of the token and an HMAC of the PIN under the master key.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/status.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/link_row.h"
#include "store/mail_store.h"
#include "store/page.h"

#include <stdint.h>

struct db_tx;

enum {
    ENROLMENT_ID_SIZE = 11,
    ENROLMENT_SERIAL_SIZE = 48,
    ENROLMENT_AGENT_SIZE = 33,
    ENROLMENT_ADDRESS_SIZE = 46,
};

/* A link without its secrets, as a plain value. Times are 0 when the thing has not happened. */
struct enrolment {
    char id[ENROLMENT_ID_SIZE]; /* may be shown and logged */
    enum link_state state;      /* now, with what the clock alone changed */
    char user[LIMIT_USER + 1];
    char name[4 * LIMIT_PERSON_NAME + 1]; /* UTF-8 */
    char mail[LIMIT_USER + 1];
    char sid[LIMIT_SID + 1];
    char device[4 * LIMIT_DEVICE_LABEL + 1];
    char packing[16];
    char created_by[ACTOR_TEXT_MAX];
    int64_t created_at;
    int64_t expires_at;
    int64_t window; /* seconds */
    int tries;      /* wrong PINs so far */
    int64_t opened_at;
    int64_t opened_count;
    int64_t claimed_at;
    char claim_address[ENROLMENT_ADDRESS_SIZE];
    char claim_agent[ENROLMENT_AGENT_SIZE]; /* "iPhone" */
    char serial[ENROLMENT_SERIAL_SIZE];     /* of the certificate, "" before the claim */
    int64_t window_ends_at;
    int64_t delivered_at;
    int64_t fetch_count;
    int64_t in_use_at;
    int64_t cancelled_at;
    int64_t locked_at;
    int64_t closed_at;
    char rearmed_as[ENROLMENT_ID_SIZE]; /* the link that took its place, or "" */
};

struct enrol_request {
    const char *user;     /* required */
    const char *name;     /* NULL: the user */
    const char *mail;     /* NULL: none */
    const char *sid;      /* NULL: none */
    const char *device;   /* NULL: none */
    const char *packing;  /* "compat", "modern"; NULL: as configured */
    int64_t lifetime;     /* seconds the link may be claimed; 0: as configured */
    int64_t window;       /* seconds after the claim; 0: as configured */
    bool send;            /* queue a mail with the link to `mail`, or to the user if that is one */
    const char *language; /* of that mail; NULL: as configured */
};

/* A new link with what is shown once. */
struct enrol_created {
    struct enrolment link;
    struct secret *token;
    struct secret *pin;
    char mail_id[MAIL_ID_SIZE]; /* of the mail that was queued in the same transaction, or "" */
};
void enrol_created_clear(struct enrol_created *created);
CLEANUP_VALUE(struct enrol_created, enrol_created_clear)

/* INVALID names the field and its rule. CONFLICT: `send` while no mail server is configured. */
enum status enrol_create(const struct service *service, const struct actor *actor,
                         const struct enrol_request *request, struct enrol_created *ret_created);
/* The same inside a transaction of the caller, who commits it. */
enum status enrol_create_in(const struct service *service, struct db_tx *tx,
                            const struct actor *actor, const struct enrol_request *request,
                            struct enrol_created *ret_created);
/* What enrol_create() would refuse, without making anything. */
enum status enrol_check(const struct service *service, const struct enrol_request *request);
/* "https://ca.example.org:8443/l/TOKEN"; the address is as secret as the token. */
void enrol_append_url(const struct service *service, const struct secret *token, struct buf *url);

/* NOT_FOUND. */
enum status enrol_show(const struct service *service, const char *id, struct enrolment *ret_link);

/* A page of links, newest first. */
struct enrolment_list {
    struct enrolment *links;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void enrolment_list_clear(struct enrolment_list *list);
CLEANUP_VALUE(struct enrolment_list, enrolment_list_clear)

struct enrol_filter {
    const char *state;  /* "delivered"; NULL or "" for all */
    const char *user;   /* this user, in any ASCII case; NULL or "" for all */
    const char *search; /* start of a word of user, name, mail or device; NULL or "" for all */
};
/* INVALID: an unknown state, a cursor that is none, a limit out of range. */
enum status enrol_list(const struct service *service, const struct enrol_filter *filter,
                       const struct page_request *page, struct enrolment_list *ret_list);

/* How many links stand in each state, indexed by enum link_state; costs the same however many. */
enum status enrol_totals(const struct service *service,
                         int64_t ret_totals[static LINK_STATE_COUNT]);

/*
 * Ends a link now. Inside the window the bundle is erased too; the certificate itself stands until
 * it is revoked. NOT_FOUND; CONFLICT when it is over already.
 */
enum status enrol_cancel(const struct service *service, const struct actor *actor, const char *id,
                         struct enrolment *ret_link);
/*
 * A new link for the same person, with a new token and PIN; the old one says which. One that is
 * still open is cancelled in the same act. CONFLICT when it was claimed: its certificate exists, so
 * the answer is to revoke it and make a new link.
 */
enum status enrol_rearm(const struct service *service, const struct actor *actor, const char *id,
                        struct enrol_created *ret_created);
/* The same, and queues a mail with the new link as enrol_create() does for `send`. */
enum status enrol_rearm_and_send(const struct service *service, const struct actor *actor,
                                 const char *id, const char *language,
                                 struct enrol_created *ret_created);
/* The same inside a transaction of the caller, who commits it; the mail only with `send`. */
enum status enrol_rearm_in(const struct service *service, struct db_tx *tx,
                           const struct actor *actor, const char *id, bool send,
                           const char *language, struct enrol_created *ret_created);
