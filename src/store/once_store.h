/*
 * Answers that are kept so that a request sent again is not done again: rows of the table `once`.
 * What is sealed in them, this file does not know. Functions that change a row need a DB_WRITE
 * transaction.
 */
#pragma once

#include "store/db.h"

/* As input, the spans belong to the caller; as output, to the row until once_row_clear(). */
struct once_row {
    int64_t id;              /* output only */
    struct span key_mac;     /* 32 bytes; unique */
    struct span request_mac; /* 32 bytes */
    int64_t created_at;
    int64_t lease_until; /* being done until then; 0: done, and `sealed` is there */
    struct span sealed;  /* empty: not done yet */
    void *storage;       /* private; NULL in a row that is input */
};
void once_row_clear(struct once_row *row);
CLEANUP_VALUE(struct once_row, once_row_clear)

/* CONFLICT when the key is taken. */
enum status once_store_add(struct db_tx *tx, const struct once_row *row);
/* NOT_FOUND. */
enum status once_store_get(struct db_tx *tx, struct span key_mac, struct once_row *ret_row);
/* What was being done under that lease is done. CONFLICT when it is not: another one took over. */
enum status once_store_answer(struct db_tx *tx, struct span key_mac, int64_t lease_until,
                              struct span sealed);
/* The row under that lease (0: the one that is done). Does nothing when there is none. */
enum status once_store_drop(struct db_tx *tx, struct span key_mac, int64_t lease_until);
/* The oldest ones up to that time, at most `most`. */
enum status once_store_drop_old(struct db_tx *tx, int64_t created_before, int64_t most,
                                int64_t *ret_count);
