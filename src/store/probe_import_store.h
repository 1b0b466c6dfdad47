/*
 * Probes of other sites: db/sqlite/0017_probe_imports.sql has the columns. Functions that change a
 * row need a DB_WRITE transaction.
 *
 * Texts are UTF-8 and never NULL when they come from here; times are seconds since 1970.
 */
#pragma once

#include "store/db.h"
#include "store/page.h"

/* As input, the texts belong to the caller; as output, to the row until probe_import_row_clear().
 */
struct probe_import_row {
    int64_t number;
    const char *id;
    const char *site;
    const char *probe; /* its id there */
    int64_t imported_at;
    const char *imported_by; /* the actor */
    const char *device;
    const char *user;
    const char *document; /* JSON: service/probe_document.h */
    void *storage;        /* private; NULL in a row that is input */
};
void probe_import_row_clear(struct probe_import_row *row);
CLEANUP_VALUE(struct probe_import_row, probe_import_row_clear)

/* `number` is not looked at. CONFLICT: this probe of this site is here. */
enum status probe_import_store_create(struct db_tx *tx, const struct probe_import_row *row);
/* NOT_FOUND. */
enum status probe_import_store_get(struct db_tx *tx, const char *id,
                                   struct probe_import_row *ret_row);
/* NOT_FOUND. */
enum status probe_import_store_remove(struct db_tx *tx, const char *id);

struct probe_import_filter {
    const char *user; /* in any ASCII case; NULL or "" for all */
    bool newest; /* of each device of each site only what came last, and all whose device is ""; not
                    with user */
};
struct probe_import_list {
    struct probe_import_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void probe_import_list_clear(struct probe_import_list *list);
CLEANUP_VALUE(struct probe_import_list, probe_import_list_clear)
/* What came last is first. INVALID: see page.h. */
enum status probe_import_store_list(struct db_tx *tx, const struct probe_import_filter *filter,
                                    const struct page_request *page,
                                    struct probe_import_list *ret_list);
