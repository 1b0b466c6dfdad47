/*
 * Signed OCSP answers: rows of the table `ocsp_answer`, one for a certificate and a hash of its
 * CertID. Nobody has to drop them: a trigger does, in the very transaction that changes the state
 * of the certificate, whichever process that is in.
 *
 * Functions that change a row need a DB_WRITE transaction.
 */
#pragma once

#include "base/buf.h"
#include "store/certificate_store.h"
#include "store/db.h"

struct ocsp_row {
    const char *serial;
    const char *hash;     /* "sha1" or "sha256" */
    struct span response; /* DER */
    int64_t this_update;
    int64_t next_update;
};

/* Appends the answer to `response`; *ret_row has its times. NOT_FOUND. */
enum status ocsp_store_find(struct db_tx *tx, const char *serial, const char *hash,
                            struct buf *response, struct ocsp_row *ret_row);

/*
 * Keeps an answer that says what `seen` says, instead of the one before. CONFLICT when the
 * certificate has another state by now: then the answer is not to be given out either.
 */
enum status ocsp_store_put(struct db_tx *tx, const struct ocsp_row *row,
                           const struct certificate_row *seen);

/* Drops answers whose next_update has come, at most `most` of them. */
enum status ocsp_store_forget_ended(struct db_tx *tx, int64_t now, int64_t most,
                                    int64_t *ret_count);

/* How many responders' certificates were reserved after `since`. */
enum status ocsp_store_responders_since(struct db_tx *tx, int64_t since, int64_t *ret_count);

/* The newest responder's certificate that was issued and is not revoked. NOT_FOUND. */
struct ocsp_responder_row {
    int64_t not_before;
    int64_t not_after;
};
enum status ocsp_store_responder(struct db_tx *tx, struct ocsp_responder_row *ret_row);
