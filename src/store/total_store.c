/* Reading what the triggers of db/sqlite/0004_totals.sql count. */
#include "store/total_store.h"

#include "store/query.h"

enum status total_store_certificates(struct db_tx *tx, enum certificate_state state,
                                     int64_t from_day, int64_t to_day, int64_t *ret_total)
{
    bool any;
    return db_ask(tx, QUERY_TOTAL_CERTIFICATES,
                  PARAMS(db_text("profile", "user"),
                         db_text("state", certificate_state_text(state)),
                         db_integer("from_day", from_day), db_integer("to_day", to_day)),
                  &any, ret_total);
}

enum status total_store_each_act(struct db_tx *tx, int64_t from_day, total_visit *visit,
                                 void *context)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_TOTAL_ACTS, PARAMS(db_integer("from_day", from_day)), &rows));
    for (;;) {
        bool row;
        TRY(db_next(rows, &row));
        if (!row)
            return STATUS_OK;
        visit(context, db_column_integer(rows, 0), db_column_bytes(rows, 1),
              db_column_integer(rows, 2));
    }
}
