/*
 * Certificates: rows of the table `certificate`. A serial number stands here, durably, before
 * anything is signed with it; so there is no certificate that the database does not know.
 *
 *   reserved --complete--> issued --revoke--> revoked
 *   reserved --abandon, certainly not signed--> abandoned
 *   reserved --abandon or lease over, may have been signed--> revoked
 *
 * Serials are lower-case hexadecimal without leading "00". Times are seconds since 1970, 0 for what
 * has not happened. Functions that change a row need a DB_WRITE transaction.
 */
#pragma once

#include "base/buf.h"
#include "store/db.h"
#include "store/page.h"

#define CERTIFICATE_STATE_TABLE(X)                                                                 \
    X(RESERVED, "reserved")                                                                        \
    X(ISSUED, "issued")                                                                            \
    X(ABANDONED, "abandoned")                                                                      \
    X(REVOKED, "revoked")

enum certificate_state {
#define CERTIFICATE_STATE_ENUM(name, text) CERTIFICATE_##name,
    CERTIFICATE_STATE_TABLE(CERTIFICATE_STATE_ENUM)
#undef CERTIFICATE_STATE_ENUM
};
enum { CERTIFICATE_STATE_COUNT = CERTIFICATE_REVOKED + 1 };

/* RFC 5280 5.3.1. */
enum certificate_reason {
    REASON_UNSPECIFIED = 0,
    REASON_KEY_COMPROMISE = 1,
    REASON_CA_COMPROMISE = 2,
    REASON_AFFILIATION_CHANGED = 3,
    REASON_SUPERSEDED = 4,
    REASON_CESSATION_OF_OPERATION = 5,
    REASON_CERTIFICATE_HOLD = 6,
    REASON_REMOVE_FROM_CRL = 8,
    REASON_PRIVILEGE_WITHDRAWN = 9,
    REASON_AA_COMPROMISE = 10,
};

/* As input, the texts belong to the caller; as output, to the row until certificate_row_clear(). */
struct certificate_row {
    const char *serial;
    const char *issuer;  /* "root" or "issuing" */
    const char *profile; /* "root", "issuing", "user", "server", "operator" or "ocsp" */
    const char *user;    /* whom it is for; a DNS name for servers */
    const char *name;    /* the person, or "" */
    const char *mail;    /* or "" */
    const char *device;  /* label, or "" */
    int64_t not_before;
    int64_t not_after;
    int64_t reserved_at; /* input of reserve */
    int64_t lease_until; /* input of reserve: when nobody completes it by then, it is given up */
    int64_t issued_at;
    int64_t revoked_at;
    enum certificate_reason reason; /* of a revoked one */
    const char *created_by;         /* operator, or "" for the command line */
    const char *link_id;            /* the link it was claimed by, or "" */
    enum certificate_state state;   /* output only */
    void *storage;                  /* private; NULL in a row that is input */
};
void certificate_row_clear(struct certificate_row *row);
CLEANUP_VALUE(struct certificate_row, certificate_row_clear)

const char *certificate_state_text(enum certificate_state state);
enum status certificate_state_parse(const char *text, enum certificate_state *ret_state);

/* Before the signature. CONFLICT when the serial stands already. */
enum status certificate_store_reserve(struct db_tx *tx, const struct certificate_row *row);
/* After it. CONFLICT when it is not reserved any more (given up or revoked meanwhile): nobody may
 * get this certificate. NOT_FOUND. */
enum status certificate_store_complete(struct db_tx *tx, const char *serial, struct span der,
                                       int64_t now);
/* Gives up a reserved serial. `may_be_signed` is false only when the signer was certainly not
 * asked. Does nothing when it is not reserved. */
enum status certificate_store_abandon(struct db_tx *tx, const char *serial, bool may_be_signed,
                                      int64_t now);
/* To be run every few seconds: up to `most` reserved serials whose lease is over become revoked
 * (cessationOfOperation); each goes to `visit`. */
enum status certificate_store_abandon_overdue(struct db_tx *tx, int64_t now, int64_t most,
                                              db_visit_key *visit, void *context,
                                              int64_t *ret_count);

/* CONFLICT: revoked before, or abandoned. NOT_FOUND. */
enum status certificate_store_revoke(struct db_tx *tx, const char *serial,
                                     enum certificate_reason reason, int64_t now);

/* NOT_FOUND. */
enum status certificate_store_get(struct db_tx *tx, const char *serial,
                                  struct certificate_row *ret_row);
/* Appends the DER. NOT_FOUND when there is no such serial or nothing was signed. */
enum status certificate_store_get_der(struct db_tx *tx, const char *serial, struct buf *der);

/* For a CRL: calls `visit` for each revoked certificate of the issuer that was valid at `since` or
 * later, in the order of their expiry; a status other than OK from `visit` ends the walk and is
 * returned. */
typedef enum status certificate_revoked_visit(void *context, const char *serial, int64_t revoked_at,
                                              enum certificate_reason reason);
enum status certificate_store_each_revoked(struct db_tx *tx, const char *issuer, int64_t since,
                                           certificate_revoked_visit *visit, void *context);

struct certificate_filter {
    const enum certificate_state *state; /* NULL for all */
    const char
        *user; /* this user, in any ASCII case; NULL or "" for all; not together with search */
    const char *search;      /* start of a serial or of a word of user, name, mail or device, in any
                                case; NULL or "" for all. Together with a state, a page may hold fewer
                                rows than there are, or none, and still have a next one */
    int64_t expiring_from;   /* with the next: issued ones of users whose not_after is in */
    int64_t expiring_before; /* between, soonest first, without the other filters; 0 for all */
};
struct certificate_page {
    struct certificate_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void certificate_page_clear(struct certificate_page *list);
CLEANUP_VALUE(struct certificate_page, certificate_page_clear)
/* Newest first; with a search text, by the word found and then newest first. INVALID: see page.h.
 */
enum status certificate_store_list(struct db_tx *tx, const struct certificate_filter *filter,
                                   const struct page_request *page,
                                   struct certificate_page *ret_list);
/*
 * Issued certificates of users that end after (`after_at`, `after_serial`) and no later than
 * `until`, in the order in which they end; up to `most`. page.next is not set: the last row is the
 * place to go on from.
 */
enum status certificate_store_list_expiring(struct db_tx *tx, int64_t after_at,
                                            const char *after_serial, int64_t until, int64_t most,
                                            struct certificate_page *ret_list);
/* How many of them end after `after_at` and no later than `until`. */
enum status certificate_store_count_expiring(struct db_tx *tx, int64_t after_at, int64_t until,
                                             int64_t *ret_count);
