/* Sealed bytes in and out. */
#include "store/handout_store.h"

#include "store/record.h"

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct handout_row, member), NULL, 0                                \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_TEXT, id),
    FIELD("form_hash", FIELD_BLOB, form_hash),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("created_by", FIELD_TEXT, created_by),
    FIELD("object_id", FIELD_TEXT, object_id),
    FIELD("sealed", FIELD_BLOB, sealed),
    FIELD("expires_at", FIELD_INTEGER, expires_at),
    FIELD("erased_at", FIELD_TIME, erased_at),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct handout_row),
                                          offsetof(struct handout_row, storage)};

void handout_row_clear(struct handout_row *row)
{
    record_clear(&record, row);
}

enum status handout_store_create(struct db_tx *tx, const struct handout_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_HANDOUT_CREATE, &record, row, &changes);
}

static enum status stop_awaiting(struct db_tx *tx, const char *id)
{
    int64_t changes;
    return db_execute(tx, QUERY_HANDOUT_CERTIFICATE_DROP, PARAMS(db_text("handout_id", id)),
                      &changes);
}

enum status handout_store_await(struct db_tx *tx, const char *id, const char *serial)
{
    int64_t changes;
    return db_execute(tx, QUERY_HANDOUT_CERTIFICATE_ADD,
                      PARAMS(db_text("serial", serial), db_text("handout_id", id)), &changes);
}

enum status handout_store_fill(struct db_tx *tx, const char *id, struct span sealed)
{
    int64_t changes;
    TRY(stop_awaiting(tx, id));
    TRY(db_execute(tx, QUERY_HANDOUT_FILL, PARAMS(db_text("id", id), db_blob("sealed", sealed)),
                   &changes));
    return changes == 1 ? STATUS_OK
                        : status_fail(STATUS_GONE, "the time to show the answer is over");
}

enum status handout_store_drop(struct db_tx *tx, const char *id)
{
    int64_t changes;
    TRY(stop_awaiting(tx, id));
    return db_execute(tx, QUERY_HANDOUT_DROP, PARAMS(db_text("id", id)), &changes);
}

enum status handout_store_get(struct db_tx *tx, const char *id, struct handout_row *ret_row)
{
    return record_get(tx, QUERY_HANDOUT_GET, PARAMS(db_text("id", id)), &record,
                      "answer with this id", ret_row);
}

enum status handout_store_find(struct db_tx *tx, struct span form_hash, struct handout_row *ret_row)
{
    return record_get(tx, QUERY_HANDOUT_FIND, PARAMS(db_blob("form_hash", form_hash)), &record,
                      "answer to this form", ret_row);
}

enum status handout_store_of_object(struct db_tx *tx, const char *object_id,
                                    struct handout_row *ret_row)
{
    return record_get(tx, QUERY_HANDOUT_OF_OBJECT, PARAMS(db_text("object_id", object_id)), &record,
                      "answer about this object", ret_row);
}

enum status handout_store_each_lost(struct db_tx *tx, int64_t now, db_visit_key *visit,
                                    void *context, int64_t *ret_count)
{
    return db_execute_each(tx, QUERY_HANDOUT_CERTIFICATE_DROP_DUE, PARAMS(db_integer("now", now)),
                           visit, context, ret_count);
}

enum status handout_store_erase_due(struct db_tx *tx, int64_t now, int64_t *ret_count)
{
    return db_execute(tx, QUERY_HANDOUT_ERASE_DUE, PARAMS(db_integer("now", now)), ret_count);
}
