/* Keys and values. */
#include "store/setting_store.h"

#include "store/query.h"

enum status setting_store_get_dated(struct db_tx *tx, const char *key, char **ret_value,
                                    int64_t *ret_changed_at)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_SETTING_GET, PARAMS(db_text("key", key)), &rows));
    bool row;
    TRY(db_next(rows, &row));
    if (!row)
        return status_fail(STATUS_NOT_FOUND, "no setting %s", key);
    struct span value = db_column_bytes(rows, 0);
    char *copy = strndup(value.len == 0 ? "" : (const char *)value.ptr, value.len);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a setting");
    *ret_value = copy;
    *ret_changed_at = db_column_integer(rows, 1);
    return STATUS_OK;
}

enum status setting_store_get(struct db_tx *tx, const char *key, char **ret_value)
{
    int64_t changed_at;
    return setting_store_get_dated(tx, key, ret_value, &changed_at);
}

enum status setting_store_set(struct db_tx *tx, const char *key, const char *value, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_SETTING_SET,
                      PARAMS(db_text("key", key), db_text("value", value), db_integer("now", now)),
                      &changes);
}

enum status setting_store_remove(struct db_tx *tx, const char *key)
{
    int64_t changes;
    return db_execute(tx, QUERY_SETTING_REMOVE, PARAMS(db_text("key", key)), &changes);
}

enum status setting_store_next_number(struct db_tx *tx, const char *key, int64_t now,
                                      int64_t *ret_number)
{
    bool any;
    return db_ask(tx, QUERY_SETTING_NEXT_NUMBER,
                  PARAMS(db_text("key", key), db_integer("now", now)), &any, ret_number);
}
