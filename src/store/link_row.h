/*
 * What a link is: a row of the table `link`, which db/sqlite/0001_first.sql describes column by
 * column, and the state that follows from its columns and the clock.
 *
 * Texts are UTF-8 and never NULL when they come from here ("" for what is not known). Times are
 * seconds since 1970, 0 for what has not happened.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

/*
 * X(NAME, text): the text is stored, shown in JSON and read back by link_state_parse(). In order of
 * precedence: a link that is in use is that, whatever else happened to it.
 */
#define LINK_STATE_TABLE(X)                                                                        \
    X(IN_USE, "in_use")                                                                            \
    X(REARMED, "rearmed")                                                                          \
    X(CANCELLED, "cancelled")                                                                      \
    X(CLOSED, "closed")                                                                            \
    X(DELIVERED, "delivered")                                                                      \
    X(CLAIMED, "claimed")                                                                          \
    X(LOCKED, "locked")                                                                            \
    X(EXPIRED, "expired")                                                                          \
    X(CLAIMING, "claiming")                                                                        \
    X(OPENED, "opened")                                                                            \
    X(ISSUED, "issued")

enum link_state {
#define LINK_STATE_ENUM(name, text) LINK_##name,
    LINK_STATE_TABLE(LINK_STATE_ENUM)
#undef LINK_STATE_ENUM
};
enum { LINK_STATE_COUNT = LINK_ISSUED + 1 };

/* As input, the texts and spans belong to the caller; as output, to the row until link_row_clear().
 */
struct link_row {
    const char *id;         /* short base32; may be shown and logged */
    struct span token_hash; /* 32 bytes, SHA-256 of the token; unique */
    struct span pin_mac;    /* 32 bytes, HMAC of the PIN; empty once the link is closed */
    int64_t wrong_pins;     /* wrong PINs so far */
    const char *user;       /* user name or UPN */
    const char *name;       /* the person */
    const char *mail;       /* rfc822Name, or "" */
    const char *sid;        /* Active Directory SID, or "" */
    const char *device;     /* label, or "" */
    const char *packing;    /* "compat" or "modern" */
    int64_t window;         /* length of the claim window in seconds */
    int64_t created_at;
    const char *created_by; /* operator, or "" for the command line */
    int64_t expires_at;
    int64_t opened_at; /* first GET */
    int64_t opened_count;
    int64_t claim_lease_until;     /* a claim is under way until then */
    const char *claim_serial;      /* the certificate reserved for the claim, or "" */
    const char *claim_address;     /* where the claimer came from */
    const char *claim_agent;       /* the claimer's User-Agent */
    struct span claim_cookie_hash; /* 32 bytes or empty */
    int64_t claimed_at;
    int64_t window_ends_at;
    int64_t delivered_at; /* first fetch of the bundle's bytes */
    int64_t fetch_count;
    int64_t in_use_at; /* first connection with the certificate */
    int64_t expired_at;
    int64_t locked_at;
    int64_t cancelled_at;
    int64_t closed_at;      /* the bundle and its key were erased */
    const char *rearmed_as; /* id of the link that took its place, or "" */
    enum link_state state;  /* as of the last change or sweep; output only: see link_state_at() */
    void *storage;          /* private; NULL in a row that is input */
};
void link_row_clear(struct link_row *row);
CLEANUP_VALUE(struct link_row, link_row_clear)

const char *link_state_text(enum link_state state);
/* INVALID names the states there are. */
enum status link_state_parse(const char *text, enum link_state *ret_state);
/* The state at `now`: what the clock alone changes (lifetime, lease and window over) is seen at
 * once. */
enum link_state link_state_at(const struct link_row *row, int64_t now);
