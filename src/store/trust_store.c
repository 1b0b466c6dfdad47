/* Lists stand in a table of their own: to note a try does not write megabytes anew. */
#include "store/trust_store.h"

#include "store/record.h"

#include <stdio.h>

#define FIELD(column, type)                                                                        \
    {                                                                                              \
#column, type, offsetof(struct trust_source_row, column), NULL, 0                          \
    }

static const struct field fields[] = {
    FIELD(anchor, FIELD_TEXT),         FIELD(source, FIELD_TEXT),
    FIELD(etag, FIELD_TEXT),           FIELD(modified, FIELD_TEXT),
    FIELD(signer, FIELD_TEXT),         FIELD(number, FIELD_INTEGER),
    FIELD(this_update, FIELD_INTEGER), FIELD(next_update, FIELD_INTEGER),
    FIELD(entries, FIELD_INTEGER),     FIELD(octets, FIELD_INTEGER),
    FIELD(fetched_at, FIELD_INTEGER),  FIELD(tried_at, FIELD_INTEGER),
    FIELD(try_at, FIELD_INTEGER),      FIELD(failures, FIELD_INTEGER),
    FIELD(error, FIELD_TEXT),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct trust_source_row),
                                          offsetof(struct trust_source_row, storage)};

void trust_source_row_clear(struct trust_source_row *row)
{
    record_clear(&record, row);
}

enum status trust_store_record(struct db_tx *tx, const char *serial,
                               enum certificate_state *ret_state)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_TRUST_RECORD, PARAMS(db_text("serial", serial)), &rows));
    bool row;
    TRY(db_next(rows, &row));
    if (!row)
        return status_fail(STATUS_NOT_FOUND, "no certificate has this serial");
    struct span state = db_column_bytes(rows, 0);
    char text[16];
    snprintf(text, sizeof text, "%.*s", (int)state.len, (const char *)state.ptr);
    return certificate_state_parse(text, ret_state);
}

enum status trust_store_change(struct db_tx *tx, int64_t *ret_change)
{
    bool any;
    return db_ask(tx, QUERY_TRUST_CHANGE, NULL, 0, &any, ret_change);
}

enum status trust_store_changes_since(struct db_tx *tx, int64_t after, trust_change_visit *visit,
                                      void *context)
{
    bool any;
    int64_t oldest = 0;
    TRY(db_ask(tx, QUERY_TRUST_OLDEST_CHANGE, NULL, 0, &any, &oldest));
    if (oldest > after + 1)
        return status_fail(STATUS_GONE, "more was revoked than is kept");
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_TRUST_CHANGES_SINCE, PARAMS(db_integer("after", after)), &rows));
    bool row;
    for (;;) {
        TRY(db_next(rows, &row));
        if (!row)
            return STATUS_OK;
        visit(context, db_column_integer(rows, 0), db_column_bytes(rows, 1));
    }
}

enum status trust_store_get(struct db_tx *tx, const char *anchor, const char *source,
                            struct trust_source_row *ret_row)
{
    return record_get(tx, QUERY_TRUST_SOURCE_GET,
                      PARAMS(db_text("anchor", anchor), db_text("source", source)), &record,
                      "such place of a list", ret_row);
}

enum status trust_store_next(struct db_tx *tx, const char *anchor, const char *source,
                             struct trust_source_row *ret_row)
{
    return record_get(tx, QUERY_TRUST_SOURCE_NEXT,
                      PARAMS(db_text("anchor", anchor), db_text("source", source)), &record,
                      "other place of a list", ret_row);
}

enum status trust_store_put(struct db_tx *tx, const struct trust_source_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_TRUST_SOURCE_PUT, &record, row, &changes);
}

enum status trust_store_forget(struct db_tx *tx, const char *anchor, const char *source)
{
    int64_t changes;
    return db_execute(tx, QUERY_TRUST_SOURCE_FORGET,
                      PARAMS(db_text("anchor", anchor), db_text("source", source)), &changes);
}

enum status trust_store_put_crl(struct db_tx *tx, const char *anchor, const char *source,
                                struct span der)
{
    int64_t changes;
    return db_execute(
        tx, QUERY_TRUST_CRL_PUT,
        PARAMS(db_text("anchor", anchor), db_text("source", source), db_blob("der", der)),
        &changes);
}

enum status trust_store_get_crl(struct db_tx *tx, const char *anchor, const char *source,
                                struct buf *der)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_TRUST_CRL_GET,
                 PARAMS(db_text("anchor", anchor), db_text("source", source)), &rows));
    bool row;
    TRY(db_next(rows, &row));
    if (!row)
        return status_fail(STATUS_NOT_FOUND, "no list is kept");
    buf_append(der, db_column_bytes(rows, 0));
    return der->failure;
}
