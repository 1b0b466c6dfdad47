/*
 * Imports: rows of the tables `import`, `import_file` and `import_result`. What a CSV file means
 * and how a result is sealed, this file does not know. Functions that change a row need a DB_WRITE
 * transaction.
 */
#pragma once

#include "base/buf.h"
#include "store/db.h"
#include "store/page.h"

/* As input, the texts belong to the caller; as output, to the row until import_row_clear(). */
struct import_row {
    const char *id;
    int64_t created_at;
    const char *created_by;
    const char *address;
    const char *file_name;
    int64_t total;
    int64_t faults;
    int64_t made;
    int64_t position;
    int64_t line;
    int64_t stopped_at;
    const char *stopped_why;
    int64_t finished_at;
    int64_t fetched_at;
    int64_t erase_at;
    int64_t erased_at;
    void *storage; /* private; NULL in a row that is input */
};
void import_row_clear(struct import_row *row);
CLEANUP_VALUE(struct import_row, import_row_clear)

/* Takes id to line and erase_at of the row. `file` is empty where there are faults. */
enum status import_store_create(struct db_tx *tx, const struct import_row *row, struct span file,
                                struct span report);
/* NOT_FOUND. */
enum status import_store_get(struct db_tx *tx, const char *id, struct import_row *ret_row);
/* Append the file and the report; either may be NULL. GONE when they were erased. */
enum status import_store_get_file(struct db_tx *tx, const char *id, struct buf *file,
                                  struct buf *report);
/* The oldest one with rows that are to be made. NOT_FOUND. */
enum status import_store_first_running(struct db_tx *tx, struct import_row *ret_row);

/* A batch of rows, of which the first had the number `before`. */
struct import_batch {
    int64_t before;
    int64_t count;
    int64_t position; /* of the row behind the batch */
    int64_t line;
    struct span sealed; /* the result of it */
};
/* CONFLICT when the import is not at `before`, or is stopped or finished: roll back. */
enum status import_store_advance(struct db_tx *tx, const char *id,
                                 const struct import_batch *batch);
/* CONFLICT unless every row is made. */
enum status import_store_finish(struct db_tx *tx, const char *id, int64_t now, int64_t erase_at);
/* CONFLICT when it does not run. */
enum status import_store_stop(struct db_tx *tx, const char *id, const char *why, int64_t now,
                              int64_t erase_at);
/* Stops every import that runs. */
enum status import_store_stop_all(struct db_tx *tx, const char *why, int64_t now, int64_t erase_at);
/* CONFLICT when it is not stopped or was erased. */
enum status import_store_resume(struct db_tx *tx, const char *id);

/* Appends the sealed result of the batch behind row `after` (-1 for the first); *ret_any is false
 * at the end, *ret_row is the number of its first row. */
enum status import_store_next_result(struct db_tx *tx, const char *id, int64_t after, bool *ret_any,
                                     int64_t *ret_row, struct buf *sealed);
/* The whole result went out: erased at `erase_at` at the latest. GONE when there is none any more.
 */
enum status import_store_note_fetched(struct db_tx *tx, const char *id, int64_t now,
                                      int64_t erase_at);

enum { IMPORT_STORE_ID_SIZE = PAGE_CURSOR_SIZE };
/* One import that is to be erased; *ret_any is false when there is none. */
enum status import_store_due(struct db_tx *tx, int64_t now, bool *ret_any,
                             char ret_id[static IMPORT_STORE_ID_SIZE]);
/* File, report and result; then db_erase_traces(). CONFLICT when it runs or was erased before. */
enum status import_store_erase(struct db_tx *tx, const char *id, int64_t now);

struct import_list {
    struct import_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void import_list_clear(struct import_list *list);
CLEANUP_VALUE(struct import_list, import_list_clear)
/* Newest first. INVALID: see page.h. */
enum status import_store_list(struct db_tx *tx, const struct page_request *page,
                              struct import_list *ret_list);
