/* The first pin of a certificate stays: who comes second is told no by the row that is there. */
#include "store/access_store.h"

#include "store/record.h"

#include <stddef.h>

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct pin_row, member), NULL, 0                                    \
    }

static const struct field fields[] = {
    FIELD("owner", FIELD_TEXT, owner),
    FIELD("device_id", FIELD_TEXT, device_id),
    FIELD("pinned_at", FIELD_INTEGER, pinned_at),
    FIELD("alarm_at", FIELD_TIME, alarm_at),
    FIELD("alarm_device", FIELD_TEXT, alarm_device),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct pin_row),
                                          offsetof(struct pin_row, storage)};

void pin_row_clear(struct pin_row *row)
{
    record_clear(&record, row);
}

enum status access_store_pin(struct db_tx *tx, const char *owner, const char *device_id,
                             int64_t now, bool *ret_pinned)
{
    int64_t changes;
    TRY(db_execute(
        tx, QUERY_PIN_SET,
        PARAMS(db_text("owner", owner), db_text("device_id", device_id), db_integer("now", now)),
        &changes));
    *ret_pinned = changes == 1;
    return STATUS_OK;
}

enum status access_store_get_pin(struct db_tx *tx, const char *owner, struct pin_row *ret_row)
{
    return record_get(tx, QUERY_PIN_GET, PARAMS(db_text("owner", owner)), &record,
                      "pin of this certificate", ret_row);
}

enum status access_store_alarm(struct db_tx *tx, const char *owner, const char *device_id,
                               int64_t told_before, int64_t now, bool *ret_due)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_PIN_ALARM,
                   PARAMS(db_text("owner", owner), db_text("device_id", device_id),
                          db_integer("told_before", told_before), db_integer("now", now)),
                   &changes));
    *ret_due = changes == 1;
    return STATUS_OK;
}

enum status access_store_unpin(struct db_tx *tx, const char *owner)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_PIN_REMOVE, PARAMS(db_text("owner", owner)), &changes));
    return changes == 1 ? STATUS_OK
                        : status_fail(STATUS_NOT_FOUND, "the certificate is pinned to no device");
}

enum status access_store_block_user(struct db_tx *tx, const char *user, const char *by, int64_t now)
{
    int64_t changes;
    TRY(db_execute(
        tx, QUERY_USER_BLOCK,
        PARAMS(db_text("user_name", user), db_text("blocked_by", by), db_integer("now", now)),
        &changes));
    return changes == 1
               ? STATUS_OK
               : status_fail(STATUS_CONFLICT, "the user '%.254s' is blocked already", user);
}

enum status access_store_unblock_user(struct db_tx *tx, const char *user)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_USER_UNBLOCK, PARAMS(db_text("user_name", user)), &changes));
    return changes == 1 ? STATUS_OK
                        : status_fail(STATUS_NOT_FOUND, "the user '%.254s' is not blocked", user);
}

enum status access_store_user_blocked(struct db_tx *tx, const char *user, int64_t *ret_blocked_at)
{
    bool any;
    int64_t at = 0;
    TRY(db_ask(tx, QUERY_USER_BLOCK_GET, PARAMS(db_text("user_name", user)), &any, &at));
    *ret_blocked_at = any ? at : 0;
    return STATUS_OK;
}
