/* What may happen once only is in the WHERE of its statement. */
#include "store/totp_store.h"

#include "store/record.h"

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct totp_row, member), NULL, 0                                   \
    }

static const struct field fields[] = {
    FIELD("operator", FIELD_TEXT, operator),
    FIELD("secret_sealed", FIELD_BLOB, secret_sealed),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("confirmed_at", FIELD_TIME, confirmed_at),
    FIELD("last_step", FIELD_INTEGER, last_step),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct totp_row),
                                          offsetof(struct totp_row, storage)};

void totp_row_clear(struct totp_row *row)
{
    record_clear(&record, row);
}

static enum status changed(int64_t changes, enum status otherwise, const char *what,
                           const char *operator)
{
    return changes == 1 ? STATUS_OK : status_fail(otherwise, "%.80s %s", operator, what);
}

enum status totp_store_put(struct db_tx *tx, const struct totp_row *row)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_TOTP_PUT, &record, row, &changes));
    return changed(changes, STATUS_CONFLICT, "logs in with one-time codes already", row->operator);
}

enum status totp_store_get(struct db_tx *tx, const char *operator, struct totp_row * ret_row)
{
    return record_get(tx, QUERY_TOTP_GET, PARAMS(db_text("operator", operator)), &record,
                      "one-time code of this operator", ret_row);
}

enum status totp_store_confirm(struct db_tx *tx, const char *operator, int64_t now)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_TOTP_CONFIRM,
                   PARAMS(db_text("operator", operator), db_integer("now", now)), &changes));
    return changed(changes, STATUS_CONFLICT, "has no one-time codes to confirm", operator);
}

enum status totp_store_use_step(struct db_tx *tx, const char *operator, int64_t step)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_TOTP_USE_STEP,
                   PARAMS(db_text("operator", operator), db_integer("step", step)), &changes));
    return changed(changes, STATUS_CONFLICT, "has used this one-time code before", operator);
}

enum status totp_store_remove(struct db_tx *tx, const char *operator)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_TOTP_REMOVE, PARAMS(db_text("operator", operator)), &changes));
    return changed(changes, STATUS_NOT_FOUND, "has no one-time codes", operator);
}

enum status recovery_code_add(struct db_tx *tx, const char *operator, struct span mac)
{
    int64_t changes;
    return db_execute(tx, QUERY_RECOVERY_CODE_ADD,
                      PARAMS(db_text("operator", operator), db_blob("mac", mac)), &changes);
}

enum status recovery_code_use(struct db_tx *tx, const char *operator, struct span mac)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_RECOVERY_CODE_USE,
                   PARAMS(db_text("operator", operator), db_blob("mac", mac)), &changes));
    return changed(changes, STATUS_NOT_FOUND, "has no such recovery code", operator);
}

enum status recovery_code_count(struct db_tx *tx, const char *operator, int64_t * ret_count)
{
    bool any;
    return db_ask(tx, QUERY_RECOVERY_CODE_COUNT, PARAMS(db_text("operator", operator)), &any,
                  ret_count);
}
