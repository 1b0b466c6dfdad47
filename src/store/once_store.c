/* A request is found by the MAC of its key, which is unique. */
#include "store/once_store.h"

#include "store/record.h"

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct once_row, member), NULL, 0                                   \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_INTEGER, id),
    FIELD("key_mac", FIELD_BLOB, key_mac),
    FIELD("request_mac", FIELD_BLOB, request_mac),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("lease_until", FIELD_TIME, lease_until),
    FIELD("answer_sealed", FIELD_BLOB, sealed),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct once_row),
                                          offsetof(struct once_row, storage)};

void once_row_clear(struct once_row *row)
{
    record_clear(&record, row);
}

enum status once_store_add(struct db_tx *tx, const struct once_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_ONCE_ADD, &record, row, &changes);
}

enum status once_store_get(struct db_tx *tx, struct span key_mac, struct once_row *ret_row)
{
    return record_get(tx, QUERY_ONCE_GET, PARAMS(db_blob("key_mac", key_mac)), &record,
                      "such request", ret_row);
}

enum status once_store_answer(struct db_tx *tx, struct span key_mac, int64_t lease_until,
                              struct span sealed)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_ONCE_ANSWER,
                   PARAMS(db_blob("key_mac", key_mac), db_integer("lease_until", lease_until),
                          db_blob("answer_sealed", sealed)),
                   &changes));
    if (changes == 1)
        return STATUS_OK;
    return status_fail(STATUS_CONFLICT, "the request is no longer being done");
}

enum status once_store_drop(struct db_tx *tx, struct span key_mac, int64_t lease_until)
{
    int64_t changes;
    struct db_param lease = db_integer("lease_until", lease_until);
    if (lease_until == 0)
        lease.type = DB_NULL;
    return db_execute(tx, QUERY_ONCE_DROP, PARAMS(db_blob("key_mac", key_mac), lease), &changes);
}

enum status once_store_drop_old(struct db_tx *tx, int64_t created_before, int64_t most,
                                int64_t *ret_count)
{
    return db_execute(
        tx, QUERY_ONCE_DROP_OLD,
        PARAMS(db_integer("created_before", created_before), db_integer("most", most)), ret_count);
}
