/*
 * Running the named statements of db/queries/ inside a transaction: private to the store.
 *
 *     struct db_rows *rows defer(db_rows_end) = NULL;
 *     TRY(db_query(tx, QUERY_LINK_GET, PARAMS(db_text("id", id)), &rows));
 *     bool row;
 *     TRY(db_next(rows, &row));
 *
 * Parameters go by their names. Every parameter of the statement must be given (INTERNAL); one that
 * the statement does not have is ignored, so that a whole record can be offered.
 *
 * CONFLICT: a unique key is taken. FORBIDDEN: a trigger refuses. INTERNAL: any other constraint.
 */
#pragma once

#include "store/db.h"
#include "store/queries.h"

enum db_type { DB_NULL, DB_INTEGER, DB_TEXT, DB_BLOB };

struct db_param {
    const char *name;
    enum db_type type;
    int64_t integer;
    struct span bytes; /* of a text or blob; must stay until the rows end */
};

/* Arguments `params, count` of the functions below. */
#define PARAMS(...)                                                                                \
    (const struct db_param[]){__VA_ARGS__},                                                        \
        sizeof((const struct db_param[]){__VA_ARGS__}) / sizeof(struct db_param)

/* NULL is bound as "". */
static inline struct db_param db_text(const char *name, const char *text)
{
    return (struct db_param){name, DB_TEXT, 0, span_of_text(text == NULL ? "" : text)};
}
static inline struct db_param db_integer(const char *name, int64_t integer)
{
    return (struct db_param){name, DB_INTEGER, integer, SPAN_EMPTY};
}
/* An empty blob is bound as NULL. */
static inline struct db_param db_blob(const char *name, struct span bytes)
{
    return (struct db_param){name, bytes.len == 0 ? DB_NULL : DB_BLOB, 0, bytes};
}

struct db_rows;

enum status db_query(struct db_tx *tx, enum query query, const struct db_param *params,
                     size_t count, struct db_rows **ret_rows);
enum status db_next(struct db_rows *rows, bool *ret_row);
void db_rows_end(struct db_rows *rows);
CLEANUP_POINTER(struct db_rows, db_rows_end)

/* Of the row that db_next() came to; bytes are valid until the next call of it. */
int db_column_count(struct db_rows *rows);
const char *db_column_name(struct db_rows *rows, int column);
int64_t db_column_integer(struct db_rows *rows, int column); /* 0 for NULL */
struct span db_column_bytes(struct db_rows *rows, int column);

/* A statement that gives no rows; *ret_changes is how many rows it changed. */
enum status db_execute(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, int64_t *ret_changes);
/* A statement that gives one row or none: does it, and what is the first column of it (may be
 * NULL)?
 */
enum status db_ask(struct db_tx *tx, enum query query, const struct db_param *params, size_t count,
                   bool *ret_any, int64_t *ret_integer);
/* A statement whose rows have a text first: each goes to `visit`. */
enum status db_execute_each(struct db_tx *tx, enum query query, const struct db_param *params,
                            size_t count, db_visit_key *visit, void *context, int64_t *ret_rows);
