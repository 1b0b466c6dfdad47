/* Cursors are numbers in decimal digits, as those of probes are. */
#include "store/probe_import_store.h"

#include "base/text.h"
#include "store/record.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct probe_import_row, member), NULL, 0                           \
    }

static const struct field fields[] = {
    FIELD("number", FIELD_INTEGER, number),
    FIELD("id", FIELD_TEXT, id),
    FIELD("site", FIELD_TEXT, site),
    FIELD("probe", FIELD_TEXT, probe),
    FIELD("imported_at", FIELD_INTEGER, imported_at),
    FIELD("imported_by", FIELD_TEXT, imported_by),
    FIELD("device", FIELD_TEXT, device),
    FIELD("user_name", FIELD_TEXT, user),
    FIELD("document", FIELD_TEXT, document),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct probe_import_row),
                                          offsetof(struct probe_import_row, storage)};

void probe_import_row_clear(struct probe_import_row *row)
{
    record_clear(&record, row);
}

enum status probe_import_store_create(struct db_tx *tx, const struct probe_import_row *row)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_PROBE_IMPORT_CREATE, &record, row, &changes));
    if (changes == 0)
        return status_fail(STATUS_CONFLICT, "the probe %.60s of %.120s is here already", row->probe,
                           row->site);
    return STATUS_OK;
}

enum status probe_import_store_get(struct db_tx *tx, const char *id,
                                   struct probe_import_row *ret_row)
{
    return record_get(tx, QUERY_PROBE_IMPORT_GET, PARAMS(db_text("id", id)), &record,
                      "probe with this id", ret_row);
}

enum status probe_import_store_remove(struct db_tx *tx, const char *id)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_PROBE_IMPORT_REMOVE, PARAMS(db_text("id", id)), &changes));
    if (changes == 0)
        return status_fail(STATUS_NOT_FOUND, "no imported probe has the id '%.60s'", id);
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

void probe_import_list_clear(struct probe_import_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct probe_import_list){0};
}

static enum query query_of(const struct probe_import_filter *filter)
{
    if (filter->newest)
        return QUERY_PROBE_IMPORT_LIST_NEWEST;
    return filter->user != NULL && filter->user[0] != '\0' ? QUERY_PROBE_IMPORT_LIST_OF_USER
                                                           : QUERY_PROBE_IMPORT_LIST;
}

static enum status read_cursor(const struct page_request *page, int64_t *ret_before)
{
    *ret_before = INT64_MAX;
    if (page->after == NULL || page->after[0] == '\0')
        return STATUS_OK;
    if (text_parse_int(page->after, 0, INT64_MAX, ret_before) != STATUS_OK)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", page->after);
    return STATUS_OK;
}

enum status probe_import_store_list(struct db_tx *tx, const struct probe_import_filter *filter,
                                    const struct page_request *page,
                                    struct probe_import_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    int64_t before;
    int64_t most;
    TRY(page_limit(page, &most));
    TRY(read_cursor(page, &before));
    TRY(record_array_query(&array, tx, query_of(filter),
                           PARAMS(db_text("user_name", filter->user), db_integer("before", before),
                                  db_integer("most", most))));
    *ret_list = (struct probe_import_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &record};
    if ((int64_t)ret_list->count == most)
        snprintf(ret_list->next, sizeof ret_list->next, "%" PRId64,
                 ret_list->rows[ret_list->count - 1].number);
    return STATUS_OK;
}
