/* The public functions pass to the engine that made their object; what every engine would do alike
 * stands here. */
#include "store/db.h"

#include "base/buf.h"
#include "store/db_engine.h"

enum { KEY_MAX = 256 };

enum status db_open(const struct db_options *options, struct db **ret_db)
{
    return db_engine_sqlite.open(options, ret_db);
}

void db_close(struct db *db)
{
    if (db != NULL)
        db->engine->close(db);
}

enum status db_erase_traces(struct db *db)
{
    return db->engine->erase_traces(db);
}

enum status db_check(struct db *db)
{
    return db->engine->check(db);
}

enum status db_copy(struct db *db, const struct db_sink *sink)
{
    return db->engine->copy(db, sink);
}

enum status db_mark(struct db *db, int64_t *ret_mark)
{
    return db->engine->mark(db, ret_mark);
}

enum status db_version(struct db *db, int64_t *ret_version)
{
    return db->engine->version(db, ret_version);
}

int64_t db_newest_version(void)
{
    return db_engine_sqlite.newest_version();
}

enum status db_begin(struct db *db, enum db_mode mode, struct db_tx **ret_tx)
{
    return db->engine->begin(db, mode, ret_tx);
}

enum status db_commit(struct db_tx *tx)
{
    return tx->engine->commit(tx);
}

void db_end(struct db_tx *tx)
{
    if (tx != NULL)
        tx->engine->end(tx);
}

enum status db_query(struct db_tx *tx, enum query query, const struct db_param *params,
                     size_t count, struct db_rows **ret_rows)
{
    return tx->engine->query(tx, query, params, count, ret_rows);
}

enum status db_next(struct db_rows *rows, bool *ret_row)
{
    return rows->engine->next(rows, ret_row);
}

void db_rows_end(struct db_rows *rows)
{
    if (rows != NULL)
        rows->engine->rows_end(rows);
}

int db_column_count(struct db_rows *rows)
{
    return rows->engine->column_count(rows);
}

const char *db_column_name(struct db_rows *rows, int column)
{
    return rows->engine->column_name(rows, column);
}

int64_t db_column_integer(struct db_rows *rows, int column)
{
    return rows->engine->column_integer(rows, column);
}

struct span db_column_bytes(struct db_rows *rows, int column)
{
    return rows->engine->column_bytes(rows, column);
}

enum status db_execute(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, int64_t *ret_changes)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, query, params, count, &rows));
    bool row = true;
    while (row)
        TRY(db_next(rows, &row));
    *ret_changes = rows->engine->changes(rows);
    return STATUS_OK;
}

enum status db_execute_each(struct db_tx *tx, enum query query, const struct db_param *params,
                            size_t count, db_visit_key *visit, void *context, int64_t *ret_rows)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, query, params, count, &rows));
    for (int64_t number = 0;; number++) {
        bool any;
        TRY(db_next(rows, &any));
        if (!any) {
            *ret_rows = number;
            return STATUS_OK;
        }
        struct buf key defer(buf_clear) = BUF_INIT(KEY_MAX);
        buf_append(&key, db_column_bytes(rows, 0));
        struct span text;
        TRY(buf_finish(&key, &text));
        TRY(visit(context, (const char *)text.ptr));
    }
}

enum status db_ask(struct db_tx *tx, enum query query, const struct db_param *params, size_t count,
                   bool *ret_any, int64_t *ret_integer)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, query, params, count, &rows));
    bool any;
    TRY(db_next(rows, &any));
    if (any && ret_integer != NULL)
        *ret_integer = db_column_integer(rows, 0);
    *ret_any = any;
    return STATUS_OK;
}
