/* Lists go by time and number, and a page begins behind a row whose number is known. */
#include "store/audit_store.h"

#include "base/text.h"
#include "store/record.h"

#include <inttypes.h>
#include <stdio.h>

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct audit_row, member), NULL, 0                                  \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_INTEGER, id),
    FIELD("at", FIELD_INTEGER, at),
    FIELD("actor", FIELD_TEXT, actor),
    FIELD("action", FIELD_TEXT, action),
    FIELD("object_kind", FIELD_TEXT, object_kind),
    FIELD("object_id", FIELD_TEXT, object_id),
    FIELD("address", FIELD_TEXT, address),
    FIELD("detail", FIELD_TEXT, detail),
    FIELD("hash", FIELD_BLOB, hash),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct audit_row),
                                          offsetof(struct audit_row, storage)};

void audit_row_clear(struct audit_row *row)
{
    record_clear(&record, row);
}

enum status audit_store_head(struct db_tx *tx, struct audit_head *ret_head)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_AUDIT_HEAD, NULL, 0, &rows));
    bool any;
    TRY(db_next(rows, &any));
    struct span hash = any ? db_column_bytes(rows, 1) : SPAN_EMPTY;
    *ret_head = (struct audit_head){.id = any ? db_column_integer(rows, 0) : 0};
    if (hash.len == AUDIT_HASH_SIZE)
        memcpy(ret_head->hash, hash.ptr, AUDIT_HASH_SIZE);
    return STATUS_OK;
}

enum status audit_store_holds(struct db_tx *tx, const struct audit_head *head, bool *ret_holds)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_AUDIT_HASH, PARAMS(db_integer("id", head->id)), &rows));
    bool any;
    TRY(db_next(rows, &any));
    *ret_holds = head->id == 0 || (any && span_equal(db_column_bytes(rows, 0),
                                                     span_of(head->hash, AUDIT_HASH_SIZE)));
    return STATUS_OK;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text == NULL || text[0] == '\0' ? otherwise : text;
}

enum status audit_store_append(struct db_tx *tx, const struct audit_row *row)
{
    struct audit_head before;
    uint8_t hash[AUDIT_HASH_SIZE];
    struct audit_row whole = {
        .at = row->at,
        .actor = text_or(row->actor, ""),
        .action = text_or(row->action, ""),
        .object_kind = text_or(row->object_kind, ""),
        .object_id = text_or(row->object_id, ""),
        .address = text_or(row->address, ""),
        .detail = text_or(row->detail, "{}"),
        .hash = span_of(hash, sizeof hash),
    };
    TRY(audit_store_head(tx, &before));
    whole.id = before.id + 1;
    TRY(audit_row_hash(&whole, before.hash, hash));
    int64_t changes;
    return record_execute(tx, QUERY_AUDIT_APPEND, &record, &whole, &changes);
}

enum status audit_store_each(struct db_tx *tx, audit_visit *visit, void *context)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_AUDIT_FROM, PARAMS(db_integer("after", INT64_MIN)), &rows));
    for (;;) {
        bool any;
        TRY(db_next(rows, &any));
        if (!any)
            return STATUS_OK;
        struct audit_row row defer(audit_row_clear) = {0};
        TRY(record_read(&record, rows, &row));
        TRY(visit(context, &row));
    }
}

static enum status verify_row(void *context, const struct audit_row *row)
{
    return audit_chain_add(context, row);
}

enum status audit_store_verify(struct db_tx *tx, struct audit_chain *chain)
{
    TRY(audit_store_each(tx, verify_row, chain));
    audit_chain_end(chain);
    return STATUS_OK;
}

void audit_list_clear(struct audit_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct audit_list){0};
}

/* Where a page begins: behind the row that the page before ended with, or at the end of the time
 * that is asked for. */
static enum status find_start(struct db_tx *tx, const struct audit_filter *filter,
                              const char *after, int64_t *ret_at, int64_t *ret_id)
{
    if (after == NULL || after[0] == '\0') {
        *ret_at = filter->to == 0 ? INT64_MAX : filter->to;
        *ret_id = 0;
        return STATUS_OK;
    }
    TRY(text_parse_int(after, 1, INT64_MAX, ret_id));
    bool any;
    TRY(db_ask(tx, QUERY_AUDIT_AT, PARAMS(db_integer("id", *ret_id)), &any, ret_at));
    if (!any)
        return status_fail(STATUS_INVALID, "no page of the audit ends with row %s", after);
    return STATUS_OK;
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum query choose_query(const struct audit_filter *filter)
{
    if (is_given(filter->object_id))
        return QUERY_AUDIT_LIST_OF_OBJECT;
    if (is_given(filter->actor))
        return is_given(filter->action) ? QUERY_AUDIT_LIST_OF_ACTOR_ACTION
                                        : QUERY_AUDIT_LIST_OF_ACTOR;
    return is_given(filter->action) ? QUERY_AUDIT_LIST_OF_ACTION : QUERY_AUDIT_LIST;
}

enum status audit_store_list(struct db_tx *tx, const struct audit_filter *filter,
                             const struct page_request *page, struct audit_list *ret_list)
{
    if (is_given(filter->object_kind) && !is_given(filter->object_id))
        return status_fail(STATUS_INVALID, "the kind of an object is asked for without its name");
    struct record_array array defer(record_array_clear) = {.type = &record};
    int64_t limit;
    int64_t before_at;
    int64_t before_id;
    TRY(page_limit(page, &limit));
    TRY(find_start(tx, filter, page->after, &before_at, &before_id));
    TRY(record_array_query(
        &array, tx, choose_query(filter),
        PARAMS(db_text("actor", filter->actor), db_text("action", filter->action),
               db_text("object_kind", filter->object_kind), db_text("object_id", filter->object_id),
               db_integer("from", filter->from), db_integer("before_at", before_at),
               db_integer("before_id", before_id), db_integer("most", limit))));
    struct audit_list list = {.rows = array.records, .count = array.count};
    if ((int64_t)list.count == limit)
        snprintf(list.next, sizeof list.next, "%" PRId64, list.rows[list.count - 1].id);
    array = (struct record_array){.type = &record};
    *ret_list = list;
    return STATUS_OK;
}
