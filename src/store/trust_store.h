/*
 * What the verifier of phones' certificates goes by: the state of our own certificates, revocations
 * in their order, and the revocation lists of other CAs with the places they come from.
 *
 * Functions that change a row need a DB_WRITE transaction.
 */
#pragma once

#include "base/buf.h"
#include "store/certificate_store.h"
#include "store/db.h"

/* The state of a certificate of the issuing CA. NOT_FOUND: it never issued one with this serial. */
enum status trust_store_record(struct db_tx *tx, const char *serial,
                               enum certificate_state *ret_state);

/* The number of the newest revocation; 0: there was none. */
enum status trust_store_change(struct db_tx *tx, int64_t *ret_change);
/*
 * Calls `visit` for each revocation after the one with the number `after`, in any order. GONE: more
 * happened than is kept, so anything may have been revoked.
 */
typedef void trust_change_visit(void *context, int64_t change, struct span serial);
enum status trust_store_changes_since(struct db_tx *tx, int64_t after, trust_change_visit *visit,
                                      void *context);

/* Texts belong to the caller as input, to the row as output. Times are 0 for what never was. */
struct trust_source_row {
    const char *anchor;
    const char *source;
    const char *etag;
    const char *modified;
    const char *signer; /* hex SHA-256 of the anchor when the list was taken */
    int64_t number;     /* of the list that is kept, as are the next four; -1: it has none */
    int64_t this_update;
    int64_t next_update; /* 0: no list is kept */
    int64_t entries;
    int64_t octets;
    int64_t fetched_at;
    int64_t tried_at;
    int64_t try_at;
    int64_t failures;
    const char *error; /* "" when the last try went well */
    void *storage;     /* private; NULL in a row that is input */
};
void trust_source_row_clear(struct trust_source_row *row);
CLEANUP_VALUE(struct trust_source_row, trust_source_row_clear)

/* NOT_FOUND. */
enum status trust_store_get(struct db_tx *tx, const char *anchor, const char *source,
                            struct trust_source_row *ret_row);
/* The row behind (anchor, source); ("", "") for the first one. NOT_FOUND: there is none. */
enum status trust_store_next(struct db_tx *tx, const char *anchor, const char *source,
                             struct trust_source_row *ret_row);
/* The whole row, new or in place of the old one; the list itself stays. */
enum status trust_store_put(struct db_tx *tx, const struct trust_source_row *row);
/* With its list. */
enum status trust_store_forget(struct db_tx *tx, const char *anchor, const char *source);

/* The list of a source whose row is there. */
enum status trust_store_put_crl(struct db_tx *tx, const char *anchor, const char *source,
                                struct span der);
/* Appends it. NOT_FOUND; what `der` fails with. */
enum status trust_store_get_crl(struct db_tx *tx, const char *anchor, const char *source,
                                struct buf *der);
