/*
 * What an operator's page shows once, sealed: rows of the table `handout`. The form that asked for
 * it is known by the hash of its one-time key, so that sending it twice does it once.
 */
#pragma once

#include "store/db.h"

/* As input, texts and spans belong to the caller; as output, to the row until handout_row_clear().
 */
struct handout_row {
    const char *id;
    struct span form_hash; /* 32 bytes; unique */
    int64_t created_at;
    const char *created_by;
    const char *object_id; /* a link's id, or "" */
    struct span sealed;    /* empty once erased */
    int64_t expires_at;
    int64_t erased_at; /* output only */
    void *storage;     /* private; NULL in a row that is input */
};
void handout_row_clear(struct handout_row *row);
CLEANUP_VALUE(struct handout_row, handout_row_clear)

/* CONFLICT when the form was sent before. */
enum status handout_store_create(struct db_tx *tx, const struct handout_row *row);
/* The certificate is lost with this process, unless the handout is filled. After the certificate
 * was completed, in the same transaction. */
enum status handout_store_await(struct db_tx *tx, const char *id, const char *serial);
/* GONE when it was erased or filled before. */
enum status handout_store_fill(struct db_tx *tx, const char *id, struct span sealed);
/* Removes one that was never filled. */
enum status handout_store_drop(struct db_tx *tx, const char *id);
/* NOT_FOUND. */
enum status handout_store_get(struct db_tx *tx, const char *id, struct handout_row *ret_row);
enum status handout_store_find(struct db_tx *tx, struct span form_hash,
                               struct handout_row *ret_row);
enum status handout_store_of_object(struct db_tx *tx, const char *object_id,
                                    struct handout_row *ret_row);
/* Each certificate that a handout was never filled with although its time is over goes to `visit`,
 * once; before handout_store_erase_due(). */
enum status handout_store_each_lost(struct db_tx *tx, int64_t now, db_visit_key *visit,
                                    void *context, int64_t *ret_count);
/* Those whose time is over; then db_erase_traces(). */
enum status handout_store_erase_due(struct db_tx *tx, int64_t now, int64_t *ret_count);
