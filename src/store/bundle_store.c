/* Sealed bytes in and out; erasing leaves the row and the ticket's hash. */
#include "store/bundle_store.h"

#include "store/record.h"

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct bundle_row, member), NULL, 0                                 \
    }

static const struct field fields[] = {
    FIELD("link_id", FIELD_TEXT, link_id),
    FIELD("ticket_hash", FIELD_BLOB, ticket_hash),
    FIELD("packing", FIELD_TEXT, packing),
    FIELD("file_sealed", FIELD_BLOB, file_sealed),
    FIELD("page_sealed", FIELD_BLOB, page_sealed),
    FIELD("repack_sealed", FIELD_BLOB, repack_sealed),
    FIELD("etag", FIELD_TEXT, etag),
    FIELD("size", FIELD_INTEGER, size),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("erased_at", FIELD_TIME, erased_at),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct bundle_row),
                                          offsetof(struct bundle_row, storage)};

void bundle_row_clear(struct bundle_row *row)
{
    record_clear(&record, row);
}

enum status bundle_store_put(struct db_tx *tx, const struct bundle_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_BUNDLE_PUT, &record, row, &changes);
}

enum status bundle_store_get(struct db_tx *tx, const char *link_id, struct bundle_row *ret_row)
{
    return record_get(tx, QUERY_BUNDLE_GET, PARAMS(db_text("link_id", link_id)), &record,
                      "bundle of this link", ret_row);
}

enum status bundle_store_find(struct db_tx *tx, struct span ticket_hash, struct bundle_row *ret_row)
{
    return record_get(tx, QUERY_BUNDLE_FIND, PARAMS(db_blob("ticket_hash", ticket_hash)), &record,
                      "bundle with this ticket", ret_row);
}

enum status bundle_store_repack(struct db_tx *tx, const struct bundle_row *row)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_BUNDLE_REPACK, &record, row, &changes));
    return changes == 1 ? STATUS_OK : status_fail(STATUS_GONE, "the bundle was erased");
}

enum status bundle_store_erase(struct db_tx *tx, const char *link_id, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_BUNDLE_ERASE,
                      PARAMS(db_text("link_id", link_id), db_integer("now", now)), &changes);
}
