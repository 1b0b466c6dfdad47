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

#include <stdint.h>

/* Ordered by precedence: a link that is in use is that, whatever else happened to it. */
#define ENROLMENT_STATES(X)                                                                        \
    X(IN_USE, "in_use")       /* the certificate was seen at the EAS side */                       \
    X(CANCELLED, "cancelled") /* by an operator, before or inside the window */                    \
    X(CLOSED, "closed")       /* claimed, the window is over, key and bundle are erased */         \
    X(DELIVERED, "delivered") /* claimed, and the file was fetched at least once */                \
    X(CLAIMED, "claimed")     /* the right PIN was given, the window is open */                    \
    X(LOCKED, "locked")       /* too many wrong PINs */                                            \
    X(EXPIRED, "expired")     /* nobody claimed it in its lifetime */                              \
    X(OPENED, "opened")       /* the page was looked at, by a person or by a scanner */            \
    X(ISSUED, "issued")

enum enrolment_state {
#define ENROLMENT_STATE_ENUM(name, text) ENROLMENT_##name,
    ENROLMENT_STATES(ENROLMENT_STATE_ENUM)
#undef ENROLMENT_STATE_ENUM
};
/* "in_use" */
const char *enrolment_state_text(enum enrolment_state state);

enum {
    ENROLMENT_ID_SIZE = 11,
    ENROLMENT_SERIAL_SIZE = 48,
    ENROLMENT_AGENT_SIZE = 33,
    ENROLMENT_ADDRESS_SIZE = 46,
    ENROLMENT_LIST_MAX = 200,
};

/* A link without its secrets, as a plain value. Times are 0 when the thing has not happened. */
struct enrolment {
    char id[ENROLMENT_ID_SIZE]; /* may be shown and logged */
    enum enrolment_state state;
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
    const char *user;    /* required */
    const char *name;    /* NULL: the user */
    const char *mail;    /* NULL: none */
    const char *sid;     /* NULL: none */
    const char *device;  /* NULL: none */
    const char *packing; /* "compat", "modern"; NULL: as configured */
    int64_t lifetime;    /* seconds the link may be claimed; 0: as configured */
    int64_t window;      /* seconds after the claim; 0: as configured */
};

/* A new link with what is shown once. */
struct enrol_created {
    struct enrolment link;
    struct secret *token;
    struct secret *pin;
};
void enrol_created_clear(struct enrol_created *created);
CLEANUP_VALUE(struct enrol_created, enrol_created_clear)

/* INVALID names the field and its rule. */
enum status enrol_create(const struct service *service, const struct actor *actor,
                         const struct enrol_request *request, struct enrol_created *ret_created);
/* "https://ca.example.org:8443/l/TOKEN"; the address is as secret as the token. */
void enrol_append_url(const struct service *service, const struct secret *token, struct buf *url);

/* NOT_FOUND. */
enum status enrol_show(const struct service *service, const char *id, struct enrolment *ret_link);

/* A page of links, newest first; `before` is the id of the last one seen, NULL for the newest. */
struct enrolment_list {
    struct enrolment *links;
    size_t count;
    bool more;
};
void enrolment_list_clear(struct enrolment_list *list);
CLEANUP_VALUE(struct enrolment_list, enrolment_list_clear)
enum status enrol_list(const struct service *service, const char *before, size_t limit,
                       struct enrolment_list *ret_list);

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
