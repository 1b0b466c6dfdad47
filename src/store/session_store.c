/* Sessions by the hash of their cookie. */
#include "store/session_store.h"

#include "store/record.h"

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct session_row, member), NULL, 0                                \
    }

static const struct field fields[] = {
    FIELD("token_hash", FIELD_BLOB, token_hash),    FIELD("operator", FIELD_TEXT, owner),
    FIELD("created_at", FIELD_INTEGER, created_at), FIELD("seen_at", FIELD_INTEGER, seen_at),
    FIELD("address", FIELD_TEXT, address),          FIELD("agent", FIELD_TEXT, agent),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct session_row),
                                          offsetof(struct session_row, storage)};

void session_row_clear(struct session_row *row)
{
    record_clear(&record, row);
}

enum status session_store_add(struct db_tx *tx, const struct session_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_SESSION_ADD, &record, row, &changes);
}

enum status session_store_get(struct db_tx *tx, struct span token_hash, struct session_row *ret_row)
{
    return record_get(tx, QUERY_SESSION_GET, PARAMS(db_blob("token_hash", token_hash)), &record,
                      "such session", ret_row);
}

enum status session_store_touch(struct db_tx *tx, struct span token_hash, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_SESSION_TOUCH,
                      PARAMS(db_blob("token_hash", token_hash), db_integer("now", now)), &changes);
}

enum status session_store_end(struct db_tx *tx, struct span token_hash)
{
    int64_t changes;
    return db_execute(tx, QUERY_SESSION_END, PARAMS(db_blob("token_hash", token_hash)), &changes);
}

enum status session_store_end_of_operator(struct db_tx *tx, const char *name, struct span except,
                                          int64_t *ret_count)
{
    struct span other = except.len > 0 ? except : span_of_text("none");
    return db_execute(tx, QUERY_SESSION_END_OF_OPERATOR,
                      PARAMS(db_text("operator", name), db_blob("except", other)), ret_count);
}

enum status session_store_prune(struct db_tx *tx, int64_t created_before, int64_t seen_before,
                                int64_t *ret_count)
{
    int64_t old;
    int64_t idle;
    TRY(db_execute(tx, QUERY_SESSION_PRUNE_OLD,
                   PARAMS(db_integer("created_before", created_before)), &old));
    TRY(db_execute(tx, QUERY_SESSION_PRUNE_IDLE, PARAMS(db_integer("seen_before", seen_before)),
                   &idle));
    *ret_count = old + idle;
    return STATUS_OK;
}

void session_list_clear(struct session_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct session_list){0};
}

enum status session_store_list(struct db_tx *tx, const char *name, struct session_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    TRY(record_array_query(&array, tx, QUERY_SESSION_LIST, PARAMS(db_text("operator", name))));
    *ret_list = (struct session_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &record};
    return STATUS_OK;
}
