/* Operators by name; the rule that one admin stays is in the statement itself. */
#include "store/operator_store.h"

#include "store/record.h"

static const char *const role_texts[] = {
#define ROLE_TEXT(name, text) text,
    OPERATOR_ROLE_TABLE(ROLE_TEXT)
#undef ROLE_TEXT
};

enum { ROLE_COUNT = sizeof role_texts / sizeof role_texts[0] };

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct operator_row, member), NULL, 0                               \
    }

static const struct field fields[] = {
    FIELD("name", FIELD_TEXT, name),
    {"role", FIELD_CHOICE, offsetof(struct operator_row, role), role_texts, ROLE_COUNT},
    FIELD("password_hash", FIELD_TEXT, password_hash),
    FIELD("must_change", FIELD_FLAG, must_change),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("password_at", FIELD_INTEGER, password_at),
    FIELD("disabled_at", FIELD_TIME, disabled_at),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct operator_row),
                                          offsetof(struct operator_row, storage)};

void operator_row_clear(struct operator_row *row)
{
    record_clear(&record, row);
}

const char *operator_role_text(enum operator_role role)
{
    return role_texts[role];
}

enum status operator_role_parse(const char *text, enum operator_role *ret_role)
{
    unsigned number;
    TRY(choice_parse(role_texts, ROLE_COUNT, "role", text, &number));
    *ret_role = (enum operator_role)number;
    return STATUS_OK;
}

enum status operator_store_add(struct db_tx *tx, const struct operator_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_OPERATOR_ADD, &record, row, &changes);
}

enum status operator_store_get(struct db_tx *tx, const char *name, struct operator_row *ret_row)
{
    return record_get(tx, QUERY_OPERATOR_GET, PARAMS(db_text("name", name)), &record,
                      "operator of this name", ret_row);
}

static enum status found(int64_t changes, const char *name)
{
    return changes == 1 ? STATUS_OK
                        : status_fail(STATUS_NOT_FOUND, "no operator is called '%.60s'", name);
}

enum status operator_store_set_password(struct db_tx *tx, const char *name,
                                        const char *password_hash, bool must_change, int64_t now)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_OPERATOR_SET_PASSWORD,
                   PARAMS(db_text("name", name), db_text("password_hash", password_hash),
                          db_integer("must_change", must_change), db_integer("now", now)),
                   &changes));
    return found(changes, name);
}

static enum status fail_last_admin(const char *name)
{
    return status_fail(STATUS_CONFLICT, "%s is the last admin who may log in", name);
}

enum status operator_store_set_role(struct db_tx *tx, const char *name, enum operator_role role)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_OPERATOR_SET_ROLE,
                   PARAMS(db_text("name", name), db_text("role", role_texts[role])), &changes));
    if (changes == 1)
        return STATUS_OK;
    struct operator_row row defer(operator_row_clear) = {0};
    TRY(operator_store_get(tx, name, &row));
    return fail_last_admin(row.name);
}

enum status operator_store_disable(struct db_tx *tx, const char *name, int64_t now)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_OPERATOR_DISABLE,
                   PARAMS(db_text("name", name), db_integer("now", now)), &changes));
    if (changes == 1)
        return STATUS_OK;
    struct operator_row row defer(operator_row_clear) = {0};
    TRY(operator_store_get(tx, name, &row));
    if (row.disabled_at != 0)
        return STATUS_OK;
    return fail_last_admin(row.name);
}

enum status operator_store_enable(struct db_tx *tx, const char *name)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_OPERATOR_ENABLE, PARAMS(db_text("name", name)), &changes));
    return found(changes, name);
}

void operator_list_clear(struct operator_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct operator_list){0};
}

enum status operator_store_list(struct db_tx *tx, struct operator_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    TRY(record_array_query(&array, tx, QUERY_OPERATOR_LIST, NULL, 0));
    *ret_list = (struct operator_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &record};
    return STATUS_OK;
}
