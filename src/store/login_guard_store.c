/* A counter that is put gets a new id, the highest: ids are the order in which the rows may go. */
#include "store/login_guard_store.h"

#include "store/record.h"

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct login_failure, member), NULL, 0                              \
    }

static const struct field fields[] = {
    FIELD("operator", FIELD_TEXT, operator),       FIELD("failures", FIELD_INTEGER, failures),
    FIELD("first_at", FIELD_TIME, first_at),       FIELD("address", FIELD_TEXT, address),
    FIELD("reported_at", FIELD_TIME, reported_at),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct login_failure),
                                          offsetof(struct login_failure, storage)};

enum status login_counter_get(struct db_tx *tx, struct span key, struct login_counter *ret_counter)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_LOGIN_COUNTER_GET, PARAMS(db_blob("key", key)), &rows));
    bool any;
    TRY(db_next(rows, &any));
    struct login_counter counter = {0};
    if (any)
        counter = (struct login_counter){
            .failures = db_column_integer(rows, 0),
            .at = db_column_integer(rows, 1),
            .blocked_until = db_column_integer(rows, 2),
        };
    *ret_counter = counter;
    return STATUS_OK;
}

enum status login_counter_put(struct db_tx *tx, struct span key,
                              const struct login_counter *counter)
{
    bool any;
    int64_t id = 0;
    int64_t changes;
    TRY(db_ask(tx, QUERY_LOGIN_COUNTER_PUT,
               PARAMS(db_blob("key", key), db_integer("failures", counter->failures),
                      db_integer("at", counter->at),
                      db_integer("blocked_until", counter->blocked_until)),
               &any, &id));
    return db_execute(tx, QUERY_LOGIN_COUNTER_DROP_UP_TO,
                      PARAMS(db_integer("id", id - LOGIN_COUNTERS_MOST)), &changes);
}

enum status login_counter_drop(struct db_tx *tx, struct span key)
{
    int64_t changes;
    return db_execute(tx, QUERY_LOGIN_COUNTER_DROP, PARAMS(db_blob("key", key)), &changes);
}

enum status login_counter_prune(struct db_tx *tx, int64_t before, int64_t most, int64_t *ret_count)
{
    return db_execute(tx, QUERY_LOGIN_COUNTER_PRUNE,
                      PARAMS(db_integer("before", before), db_integer("most", most)), ret_count);
}

void login_failure_clear(struct login_failure *failure)
{
    record_clear(&record, failure);
}

enum status login_failure_get(struct db_tx *tx, const char *operator,
                              struct login_failure * ret_failure)
{
    return record_get(tx, QUERY_LOGIN_FAILURE_GET, PARAMS(db_text("operator", operator)), &record,
                      "failed log-in of this name", ret_failure);
}

enum status login_failure_put(struct db_tx *tx, const struct login_failure *failure)
{
    int64_t changes;
    return record_execute(tx, QUERY_LOGIN_FAILURE_PUT, &record, failure, &changes);
}

enum status login_failure_due(struct db_tx *tx, int64_t before, struct login_failure *ret_failure)
{
    return record_get(tx, QUERY_LOGIN_FAILURE_DUE, PARAMS(db_integer("before", before)), &record,
                      "failed log-in to report", ret_failure);
}
