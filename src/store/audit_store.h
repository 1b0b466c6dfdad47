/*
 * The audit: who did what to which object, append-only. The database refuses to change or delete a
 * row, and each row is chained to the one before it (store/audit_chain.h), so that a change behind
 * the database's back shows too. Secrets, PINs and passwords never enter a row.
 */
#pragma once

#include "store/audit_chain.h"
#include "store/db.h"
#include "store/page.h"

enum { AUDIT_DETAIL_MOST = 4096 };

void audit_row_clear(struct audit_row *row);
CLEANUP_VALUE(struct audit_row, audit_row_clear)

/* Belongs in the transaction of the change that it tells of: both stand or neither. */
enum status audit_store_append(struct db_tx *tx, const struct audit_row *row);

/* Number and hash of the last row; 0 and zeros when there is none. What is kept of it elsewhere
 * shows that rows were cut off the end. */
enum status audit_store_head(struct db_tx *tx, struct audit_head *ret_head);
/* Whether the row of that number stands and has that hash; true for the number 0. */
enum status audit_store_holds(struct db_tx *tx, const struct audit_head *head, bool *ret_holds);

/* Reads every row and takes it into the chain. What is broken is STATUS_OK and stands in
 * chain->report. */
enum status audit_store_verify(struct db_tx *tx, struct audit_chain *chain);

/* What a list is of: all that is given must fit; NULL, "" and 0 are anything. */
struct audit_filter {
    const char *actor;       /* the whole text: "operator:anna", "phone" */
    const char *action;      /* "link.create" */
    const char *object_id;   /* a link's id, a serial, an operator's name */
    const char *object_kind; /* only together with object_id (INVALID without) */
    int64_t from;            /* seconds since 1970: from then on */
    int64_t to;              /* before then */
};
struct audit_list {
    struct audit_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void audit_list_clear(struct audit_list *list);
CLEANUP_VALUE(struct audit_list, audit_list_clear)
/* Newest first. The cursor is the number of the last row of the page before. */
enum status audit_store_list(struct db_tx *tx, const struct audit_filter *filter,
                             const struct page_request *page, struct audit_list *ret_list);
/* Oldest first, for export: calls `visit` for each row; a status other than OK ends the walk and is
 * returned. The row is valid during the call. */
typedef enum status audit_visit(void *context, const struct audit_row *row);
enum status audit_store_each(struct db_tx *tx, audit_visit *visit, void *context);
