/*
 * The audit: who did what to which object, append-only. The database refuses to change or delete a
 * row, and each row carries SHA-256 over itself and the hash of the row before it, so that a change
 * behind the database's back shows too. Rows are numbered from 1 without a gap.
 *
 * The hash is over the bytes "certferry audit 1\n", then each of: the hash before (64 hexadecimal
 * digits; zeros before row 1), id, at, actor, action, object_kind, object_id, address, detail;
 * every one written as its length in bytes in decimal, ':', its bytes, '\n' (numbers in decimal).
 * Secrets, PINs and passwords never enter a row.
 */
#pragma once

#include "store/db.h"
#include "store/page.h"

enum { AUDIT_HASH_SIZE = 32, AUDIT_DETAIL_MOST = 4096 };

/* As input, the texts belong to the caller; as output, to the row until audit_row_clear(). */
struct audit_row {
    int64_t id;              /* output only */
    int64_t at;              /* seconds since 1970 */
    const char *actor;       /* "operator:anna", "user:j@example.org", "command:root", "system" */
    const char *action;      /* "link.create": object and verb */
    const char *object_kind; /* "link", "certificate", "operator", ... */
    const char *object_id;
    const char *address; /* where the request came from, or "" */
    const char *detail;  /* one JSON object; NULL or "" is stored as "{}" */
    struct span hash;    /* AUDIT_HASH_SIZE bytes; output only */
    void *storage;       /* private; NULL in a row that is input */
};
void audit_row_clear(struct audit_row *row);
CLEANUP_VALUE(struct audit_row, audit_row_clear)

/* Belongs in the transaction of the change that it tells of: both stand or neither. */
enum status audit_store_append(struct db_tx *tx, const struct audit_row *row);

/* Number and hash of the last row; 0 and zeros when there is none. What is kept of it elsewhere
 * shows that rows were cut off the end. */
enum status audit_store_head(struct db_tx *tx, int64_t *ret_id,
                             uint8_t ret_hash[static AUDIT_HASH_SIZE]);

struct audit_report {
    int64_t rows;         /* rows read, the broken one included */
    int64_t first_broken; /* its number; 0 when all is well */
    char reason[128];     /* what is wrong with it, a sentence; "" when all is well */
};
/* Reads every row. A broken chain is STATUS_OK and stands in the report. */
enum status audit_store_verify(struct db_tx *tx, struct audit_report *ret_report);

struct audit_list {
    struct audit_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void audit_list_clear(struct audit_list *list);
CLEANUP_VALUE(struct audit_list, audit_list_clear)
/* Newest first; only of one object when `object_kind` and `object_id` are given (NULL for all). */
enum status audit_store_list(struct db_tx *tx, const char *object_kind, const char *object_id,
                             const struct page_request *page, struct audit_list *ret_list);
/* Oldest first, for export: calls `visit` for each row; a status other than OK ends the walk and is
 * returned. The row is valid during the call. */
typedef enum status audit_visit(void *context, const struct audit_row *row);
enum status audit_store_each(struct db_tx *tx, audit_visit *visit, void *context);
