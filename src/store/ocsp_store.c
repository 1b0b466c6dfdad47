/* Blobs in and out; what may stand here is said by the statements of db/queries/ocsp.sql. */
#include "store/ocsp_store.h"

#include "store/query.h"

enum status ocsp_store_find(struct db_tx *tx, const char *serial, const char *hash,
                            struct buf *response, struct ocsp_row *ret_row)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_OCSP_FIND, PARAMS(db_text("serial", serial), db_text("hash", hash)),
                 &rows));
    bool row;
    TRY(db_next(rows, &row));
    if (!row)
        return status_fail(STATUS_NOT_FOUND, "no OCSP answer is kept for this certificate");
    size_t before = response->len;
    buf_append(response, db_column_bytes(rows, 0));
    if (response->failure != STATUS_OK)
        return response->failure;
    *ret_row = (struct ocsp_row){
        .serial = serial,
        .hash = hash,
        .response = span_of(response->ptr + before, response->len - before),
        .this_update = db_column_integer(rows, 1),
        .next_update = db_column_integer(rows, 2),
    };
    return STATUS_OK;
}

enum status ocsp_store_put(struct db_tx *tx, const struct ocsp_row *row,
                           const struct certificate_row *seen)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_OCSP_PUT,
                   PARAMS(db_text("serial", row->serial), db_text("hash", row->hash),
                          db_blob("response", row->response),
                          db_integer("this_update", row->this_update),
                          db_integer("next_update", row->next_update),
                          db_text("state", certificate_state_text(seen->state)),
                          db_integer("revoked_at", seen->revoked_at),
                          db_integer("reason", (int64_t)seen->reason)),
                   &changes));
    return changes == 1 ? STATUS_OK
                        : status_fail(STATUS_CONFLICT, "the certificate has another state by now");
}

enum status ocsp_store_forget_ended(struct db_tx *tx, int64_t now, int64_t most, int64_t *ret_count)
{
    return db_execute(tx, QUERY_OCSP_FORGET_ENDED,
                      PARAMS(db_integer("now", now), db_integer("most", most)), ret_count);
}

enum status ocsp_store_responders_since(struct db_tx *tx, int64_t since, int64_t *ret_count)
{
    bool any;
    return db_ask(tx, QUERY_OCSP_RESPONDERS_SINCE, PARAMS(db_integer("since", since)), &any,
                  ret_count);
}

enum status ocsp_store_responder(struct db_tx *tx, struct ocsp_responder_row *ret_row)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_OCSP_RESPONDER, NULL, 0, &rows));
    bool row;
    TRY(db_next(rows, &row));
    if (!row)
        return status_fail(STATUS_NOT_FOUND, "there is no certificate of an OCSP responder");
    *ret_row = (struct ocsp_responder_row){
        .not_before = db_column_integer(rows, 0),
        .not_after = db_column_integer(rows, 1),
    };
    return STATUS_OK;
}
