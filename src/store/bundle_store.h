/*
 * Bundles inside their claim window: rows of the table `bundle`, one a claimed link. All three
 * blobs are sealed under keys that the database does not have. After the window they are
 * overwritten: bundle_store_erase(), then db_erase_traces(). The rest of the row stays, so that the
 * holder of the ticket can be told why there is nothing any more.
 */
#pragma once

#include "store/db.h"

/* As input, texts and spans belong to the caller; as output, to the row until bundle_row_clear().
 */
struct bundle_row {
    const char *link_id;
    struct span ticket_hash; /* 32 bytes, SHA-256 of the ticket; unique */
    const char *packing;     /* "compat" or "modern" */
    struct span file_sealed; /* the .p12, under a key from the ticket */
    struct span page_sealed; /* password and ticket, under a key from token and PIN */
    struct span
        repack_sealed; /* key and password for the other packing, under a key from the ticket */
    const char *etag;  /* strong entity tag of the bytes, with its quotes */
    int64_t size;      /* of the .p12 in bytes */
    int64_t created_at;
    int64_t erased_at; /* 0 while the three blobs stand; then they are empty; output only */
    void *storage;     /* private; NULL in a row that is input */
};
void bundle_row_clear(struct bundle_row *row);
CLEANUP_VALUE(struct bundle_row, bundle_row_clear)

/* CONFLICT when the link has one or the ticket's hash is taken. */
enum status bundle_store_put(struct db_tx *tx, const struct bundle_row *row);
/* NOT_FOUND when the link was never claimed or no bundle has that ticket. Look at erased_at. */
enum status bundle_store_get(struct db_tx *tx, const char *link_id, struct bundle_row *ret_row);
enum status bundle_store_find(struct db_tx *tx, struct span ticket_hash,
                              struct bundle_row *ret_row);
/* The same key in another packing: takes packing, file_sealed, etag and size of the row. NOT_FOUND.
 */
enum status bundle_store_repack(struct db_tx *tx, const struct bundle_row *row);
/* Does nothing when there is none or the second time. */
enum status bundle_store_erase(struct db_tx *tx, const char *link_id, int64_t now);
