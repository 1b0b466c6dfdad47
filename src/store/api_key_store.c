/* A key is looked up by its hash, which is unique: the time says nothing about other keys. */
#include "store/api_key_store.h"

#include "store/record.h"

#include <stdio.h>

static const char *const role_texts[] = {
#define ROLE_TEXT(name, text) text,
    OPERATOR_ROLE_TABLE(ROLE_TEXT)
#undef ROLE_TEXT
};

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct api_key_row, member), NULL, 0                                \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_TEXT, id),
    FIELD("key_hash", FIELD_BLOB, key_hash),
    FIELD("name", FIELD_TEXT, name),
    {"role", FIELD_CHOICE, offsetof(struct api_key_row, role), role_texts,
     sizeof role_texts / sizeof role_texts[0]},
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("created_by", FIELD_TEXT, created_by),
    FIELD("expires_at", FIELD_INTEGER, expires_at),
    FIELD("last_used_at", FIELD_TIME, last_used_at),
    FIELD("revoked_at", FIELD_TIME, revoked_at),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct api_key_row),
                                          offsetof(struct api_key_row, storage)};

void api_key_row_clear(struct api_key_row *row)
{
    record_clear(&record, row);
}

enum status api_key_store_create(struct db_tx *tx, const struct api_key_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_API_KEY_CREATE, &record, row, &changes);
}

enum status api_key_store_get(struct db_tx *tx, const char *id, struct api_key_row *ret_row)
{
    return record_get(tx, QUERY_API_KEY_GET, PARAMS(db_text("id", id)), &record,
                      "API key with this id", ret_row);
}

enum status api_key_store_find(struct db_tx *tx, struct span key_hash, struct api_key_row *ret_row)
{
    return record_get(tx, QUERY_API_KEY_FIND, PARAMS(db_blob("key_hash", key_hash)), &record,
                      "such API key", ret_row);
}

enum status api_key_store_note_use(struct db_tx *tx, const char *id, int64_t interval, int64_t now)
{
    int64_t changes;
    return db_execute(
        tx, QUERY_API_KEY_NOTE_USE,
        PARAMS(db_text("id", id), db_integer("interval", interval), db_integer("now", now)),
        &changes);
}

enum status api_key_store_revoke(struct db_tx *tx, const char *id, int64_t now)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_API_KEY_REVOKE, PARAMS(db_text("id", id), db_integer("now", now)),
                   &changes));
    if (changes == 1)
        return STATUS_OK;
    struct api_key_row row defer(api_key_row_clear) = {0};
    TRY(api_key_store_get(tx, id, &row));
    return status_fail(STATUS_CONFLICT, "the API key %.40s is revoked already", id);
}

void api_key_list_clear(struct api_key_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct api_key_list){0};
}

/* When the row at the end of the page before was made; later than all for the first page. */
static enum status position(struct db_tx *tx, const char *after, int64_t *ret_at)
{
    struct api_key_row row defer(api_key_row_clear) = {.created_at = INT64_MAX};
    if (after[0] != '\0' && api_key_store_get(tx, after, &row) != STATUS_OK)
        return status_fail(STATUS_INVALID, "no page ends with '%.40s'", after);
    *ret_at = row.created_at;
    return STATUS_OK;
}

enum status api_key_store_list(struct db_tx *tx, const struct page_request *page,
                               struct api_key_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    int64_t limit;
    int64_t before_at = 0;
    const char *after = page->after == NULL ? "" : page->after;
    TRY(page_limit(page, &limit));
    TRY(position(tx, after, &before_at));
    TRY(record_array_query(&array, tx, QUERY_API_KEY_LIST,
                           PARAMS(db_integer("before_at", before_at), db_text("before_id", after),
                                  db_integer("most", limit))));
    struct api_key_list list = {.rows = array.records, .count = array.count};
    if ((int64_t)list.count == limit)
        snprintf(list.next, sizeof list.next, "%s", list.rows[list.count - 1].id);
    array = (struct record_array){.type = &record};
    *ret_list = list;
    return STATUS_OK;
}
