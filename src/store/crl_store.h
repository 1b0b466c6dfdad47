/* What each CA has published: the two rows of the table `crl`, "root" and "issuing". */
#pragma once

#include "store/db.h"

struct crl_row {
    const char *issuer;
    int64_t last_number; /* the last that was given out */
    int64_t changes;     /* revocations so far */
    int64_t covered;     /* those that the published list shows */
    int64_t number;      /* of the published list, as are the next three; 0: there is none */
    int64_t this_update;
    int64_t next_update;
    int64_t entries;
    int64_t published_at;
    int64_t built_in; /* milliseconds */
    void *storage;    /* private */
};
void crl_row_clear(struct crl_row *row);
CLEANUP_VALUE(struct crl_row, crl_row_clear)

/* NOT_FOUND: no such CA. */
enum status crl_store_get(struct db_tx *tx, const char *issuer, struct crl_row *ret_row);
/* A number that was never given out: the next, or `least` when that is higher. It must be durable
 * before it is signed. Of a DB_WRITE transaction. */
enum status crl_store_take_number(struct db_tx *tx, const char *issuer, int64_t least,
                                  int64_t *ret_number);
/* As if something had been revoked: the next list is due at once. */
enum status crl_store_make_due(struct db_tx *tx, const char *issuer);
/* Everything of the row but last_number and changes: its list is in its place now. CONFLICT: one of
 * a higher number is there already. */
enum status crl_store_published(struct db_tx *tx, const struct crl_row *row);
