/* Numbers go up in one UPDATE, so that no two publishers ever have the same. */
#include "store/crl_store.h"

#include "store/record.h"

#define FIELD(column)                                                                              \
    {                                                                                              \
#column, FIELD_INTEGER, offsetof(struct crl_row, column), NULL, 0                          \
    }

static const struct field fields[] = {
    {"issuer", FIELD_TEXT, offsetof(struct crl_row, issuer), NULL, 0},
    FIELD(last_number),
    FIELD(changes),
    FIELD(covered),
    FIELD(number),
    FIELD(this_update),
    FIELD(next_update),
    FIELD(entries),
    FIELD(published_at),
    FIELD(built_in),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct crl_row),
                                          offsetof(struct crl_row, storage)};

void crl_row_clear(struct crl_row *row)
{
    record_clear(&record, row);
}

enum status crl_store_get(struct db_tx *tx, const char *issuer, struct crl_row *ret_row)
{
    return record_get(tx, QUERY_CRL_GET, PARAMS(db_text("issuer", issuer)), &record,
                      "CA of this name", ret_row);
}

enum status crl_store_take_number(struct db_tx *tx, const char *issuer, int64_t least,
                                  int64_t *ret_number)
{
    bool any;
    TRY(db_ask(tx, QUERY_CRL_TAKE_NUMBER,
               PARAMS(db_text("issuer", issuer), db_integer("least", least)), &any, ret_number));
    return any ? STATUS_OK : status_fail(STATUS_NOT_FOUND, "no CA of this name");
}

enum status crl_store_make_due(struct db_tx *tx, const char *issuer)
{
    int64_t changes;
    return db_execute(tx, QUERY_CRL_MAKE_DUE, PARAMS(db_text("issuer", issuer)), &changes);
}

enum status crl_store_published(struct db_tx *tx, const struct crl_row *row)
{
    int64_t changes;
    TRY(db_execute(
        tx, QUERY_CRL_PUBLISHED,
        PARAMS(db_text("issuer", row->issuer), db_integer("covered", row->covered),
               db_integer("number", row->number), db_integer("this_update", row->this_update),
               db_integer("next_update", row->next_update), db_integer("entries", row->entries),
               db_integer("published_at", row->published_at),
               db_integer("built_in", row->built_in)),
        &changes));
    if (changes == 1)
        return STATUS_OK;
    return status_fail(STATUS_CONFLICT, "the list %lld of the CA '%s' is not the newest",
                       (long long)row->number, row->issuer);
}
