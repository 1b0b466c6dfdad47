/* Cursors are the names of policies and, in decimal digits, the numbers of those who have one. */
#include "store/policy_store.h"

#include "base/text.h"
#include "store/record.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define FIELD(column, type)                                                                        \
    {                                                                                              \
#column, type, offsetof(struct policy_row, column), NULL, 0                                \
    }

static const struct field fields[] = {
    FIELD(number, FIELD_INTEGER),        FIELD(name, FIELD_TEXT),
    FIELD(choice, FIELD_TEXT),           FIELD(partial_allowed, FIELD_FLAG),
    FIELD(external_allowed, FIELD_FLAG), FIELD(legacy_allowed, FIELD_FLAG),
    FIELD(made_at, FIELD_INTEGER),       FIELD(made_by, FIELD_TEXT),
    FIELD(changed_at, FIELD_INTEGER),    FIELD(changed_by, FIELD_TEXT),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct policy_row),
                                          offsetof(struct policy_row, storage)};

#define USER_FIELD(column, type)                                                                   \
    {                                                                                              \
#column, type, offsetof(struct policy_user_row, column), NULL, 0                           \
    }

static const struct field user_fields[] = {
    USER_FIELD(number, FIELD_INTEGER),   USER_FIELD(who, FIELD_TEXT),
    USER_FIELD(policy, FIELD_INTEGER),   USER_FIELD(assigned_at, FIELD_INTEGER),
    USER_FIELD(assigned_by, FIELD_TEXT),
};

static const struct record_type user_record = {
    user_fields, sizeof user_fields / sizeof user_fields[0], sizeof(struct policy_user_row),
    offsetof(struct policy_user_row, storage)};

void policy_row_clear(struct policy_row *row)
{
    record_clear(&record, row);
}

/* ---- policies -------------------------------------------------------------------------------- */

enum status policy_store_put(struct db_tx *tx, const struct policy_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_POLICY_PUT, &record, row, &changes);
}

enum status policy_store_get(struct db_tx *tx, const char *name, struct policy_row *ret_row)
{
    return record_get(tx, QUERY_POLICY_GET, PARAMS(db_text("name", name)), &record,
                      "policy with this name", ret_row);
}

enum status policy_store_of_user(struct db_tx *tx, const char *user, struct policy_row *ret_row)
{
    const char *domain = strrchr(user, '@');
    return record_get(
        tx, QUERY_POLICY_OF_USER,
        PARAMS(db_text("user_name", user), db_text("domain", domain == NULL ? "" : domain)),
        &record, "policy for this user", ret_row);
}

enum status policy_store_remove(struct db_tx *tx, int64_t number)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_POLICY_UNASSIGN_ALL, PARAMS(db_integer("policy", number)), &changes));
    return db_execute(tx, QUERY_POLICY_REMOVE, PARAMS(db_integer("number", number)), &changes);
}

void policy_list_clear(struct policy_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct policy_list){0};
}

enum status policy_store_list(struct db_tx *tx, const struct page_request *page,
                              struct policy_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    int64_t most;
    TRY(page_limit(page, &most));
    TRY(record_array_query(&array, tx, QUERY_POLICY_LIST,
                           PARAMS(db_text("after", page->after == NULL ? "" : page->after),
                                  db_integer("most", most))));
    *ret_list = (struct policy_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &record};
    if ((int64_t)ret_list->count == most)
        snprintf(ret_list->next, sizeof ret_list->next, "%s",
                 ret_list->rows[ret_list->count - 1].name);
    return STATUS_OK;
}

/* ---- who gets it ----------------------------------------------------------------------------- */

enum status policy_store_assign(struct db_tx *tx, const struct policy_user_row *row)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_POLICY_ASSIGN, &user_record, row, &changes));
    return changes == 1 ? STATUS_OK : STATUS_CONFLICT;
}

enum status policy_store_unassign(struct db_tx *tx, const char *who)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_POLICY_UNASSIGN, PARAMS(db_text("who", who)), &changes));
    return changes == 1 ? STATUS_OK : STATUS_NOT_FOUND;
}

enum status policy_store_of_who(struct db_tx *tx, const char *who, struct policy_row *ret_row)
{
    return record_get(tx, QUERY_POLICY_OF_WHO, PARAMS(db_text("who", who)), &record,
                      "policy for these", ret_row);
}

void policy_user_list_clear(struct policy_user_list *list)
{
    struct record_array array = {&user_record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct policy_user_list){0};
}

static enum status read_cursor(const struct page_request *page, int64_t *ret_number)
{
    *ret_number = 0;
    if (page->after == NULL || page->after[0] == '\0')
        return STATUS_OK;
    if (text_parse_int(page->after, 0, INT64_MAX, ret_number) != STATUS_OK)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", page->after);
    return STATUS_OK;
}

enum status policy_store_users(struct db_tx *tx, int64_t policy, const struct page_request *page,
                               struct policy_user_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &user_record};
    int64_t after;
    int64_t most;
    TRY(page_limit(page, &most));
    TRY(read_cursor(page, &after));
    TRY(record_array_query(&array, tx, QUERY_POLICY_USERS,
                           PARAMS(db_integer("policy", policy), db_integer("after", after),
                                  db_integer("most", most))));
    *ret_list = (struct policy_user_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &user_record};
    if ((int64_t)ret_list->count == most)
        snprintf(ret_list->next, sizeof ret_list->next, "%" PRId64,
                 ret_list->rows[ret_list->count - 1].number);
    return STATUS_OK;
}

enum status policy_store_count_users(struct db_tx *tx, int64_t policy, int64_t *ret_count)
{
    bool any;
    int64_t count = 0;
    TRY(db_ask(tx, QUERY_POLICY_USERS_COUNT, PARAMS(db_integer("policy", policy)), &any, &count));
    *ret_count = count;
    return STATUS_OK;
}
