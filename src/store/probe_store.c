/* Cursors are the numbers of probes and rounds in decimal digits: both go up and stay. */
#include "store/probe_store.h"

#include "base/text.h"
#include "store/record.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct probe_row, member), NULL, 0                                  \
    }

static const struct field fields[] = {
    FIELD("number", FIELD_INTEGER, number),
    FIELD("id", FIELD_TEXT, id),
    FIELD("device", FIELD_TEXT, device),
    FIELD("user_name", FIELD_TEXT, user),
    FIELD("version", FIELD_INTEGER, version),
    FIELD("risk", FIELD_INTEGER, risk),
    FIELD("named", FIELD_INTEGER, named),
    FIELD("one_by_one", FIELD_FLAG, one_by_one),
    FIELD("consent", FIELD_TEXT, consent),
    FIELD("started_at", FIELD_INTEGER, started_at),
    FIELD("started_by", FIELD_TEXT, started_by),
    FIELD("state", FIELD_TEXT, state),
    FIELD("outcome", FIELD_TEXT, outcome),
    FIELD("stop_reason", FIELD_TEXT, stop_reason),
    FIELD("waits_since", FIELD_TIME, waits_since),
    FIELD("ended_at", FIELD_TIME, ended_at),
    FIELD("device_type", FIELD_TEXT, device_type),
    FIELD("model", FIELD_TEXT, model),
    FIELD("os", FIELD_TEXT, os),
    FIELD("agent", FIELD_TEXT, agent),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct probe_row),
                                          offsetof(struct probe_row, storage)};

#define ROUND_FIELD(column, type)                                                                  \
    {                                                                                              \
#column, type, offsetof(struct probe_round_row, column), NULL, 0                           \
    }

static const struct field round_fields[] = {
    ROUND_FIELD(probe, FIELD_INTEGER),    ROUND_FIELD(number, FIELD_INTEGER),
    ROUND_FIELD(kind, FIELD_TEXT),        ROUND_FIELD(policies, FIELD_INTEGER),
    ROUND_FIELD(document, FIELD_BLOB),    ROUND_FIELD(offered_at, FIELD_TIME),
    ROUND_FIELD(answered_at, FIELD_TIME), ROUND_FIELD(acknowledgment, FIELD_INTEGER),
};

static const struct record_type round_record = {
    round_fields, sizeof round_fields / sizeof round_fields[0], sizeof(struct probe_round_row),
    offsetof(struct probe_round_row, storage)};

const struct probe_row probe_row_empty = {
    .id = "",
    .device = "",
    .user = "",
    .consent = "",
    .started_by = "",
    .state = "",
    .outcome = "",
    .stop_reason = "",
    .device_type = "",
    .model = "",
    .os = "",
    .agent = "",
};

void probe_row_clear(struct probe_row *row)
{
    record_clear(&record, row);
}

/* ---- one probe ------------------------------------------------------------------------------- */

enum status probe_store_create(struct db_tx *tx, const struct probe_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_PROBE_CREATE, &record, row, &changes);
}

enum status probe_store_get(struct db_tx *tx, const char *id, struct probe_row *ret_row)
{
    return record_get(tx, QUERY_PROBE_GET, PARAMS(db_text("id", id)), &record, "probe with this id",
                      ret_row);
}

enum status probe_store_find_open(struct db_tx *tx, const char *device, struct probe_row *ret_row)
{
    return record_get(tx, QUERY_PROBE_FIND_OPEN, PARAMS(db_text("device", device)), &record,
                      "probe runs on this device", ret_row);
}

enum status probe_store_change(struct db_tx *tx, const struct probe_row *row, const char *before)
{
    struct db_param params[RECORD_FIELDS_MOST + 1];
    size_t count = record_params(&record, row, params);
    int64_t changes;
    params[count++] = db_text("before", before);
    TRY(db_execute(tx, QUERY_PROBE_CHANGE, params, count, &changes));
    if (changes == 0)
        return status_fail(STATUS_CONFLICT, "the probe is being changed at this moment");
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

void probe_list_clear(struct probe_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct probe_list){0};
}

static enum status ask(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, struct probe_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    TRY(record_array_query(&array, tx, query, params, count));
    *ret_list = (struct probe_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &record};
    return STATUS_OK;
}

/* The number that a page begins behind; `first` for the first page. */
static enum status read_cursor(const struct page_request *page, int64_t first, int64_t *ret_number)
{
    *ret_number = first;
    if (page->after == NULL || page->after[0] == '\0')
        return STATUS_OK;
    if (text_parse_int(page->after, 0, INT64_MAX, ret_number) != STATUS_OK)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", page->after);
    return STATUS_OK;
}

static enum query query_of(const struct probe_filter *filter)
{
    if (filter->device != NULL && filter->device[0] != '\0')
        return QUERY_PROBE_LIST_OF_DEVICE;
    if (filter->newest)
        return QUERY_PROBE_LIST_NEWEST;
    return filter->user != NULL && filter->user[0] != '\0' ? QUERY_PROBE_LIST_OF_USER
                                                           : QUERY_PROBE_LIST;
}

enum status probe_store_list(struct db_tx *tx, const struct probe_filter *filter,
                             const struct page_request *page, struct probe_list *ret_list)
{
    int64_t before;
    int64_t most;
    TRY(page_limit(page, &most));
    TRY(read_cursor(page, INT64_MAX, &before));
    TRY(ask(tx, query_of(filter),
            PARAMS(db_text("device", filter->device), db_text("user_name", filter->user),
                   db_integer("before", before), db_integer("most", most)),
            ret_list));
    if ((int64_t)ret_list->count == most)
        snprintf(ret_list->next, sizeof ret_list->next, "%" PRId64,
                 ret_list->rows[ret_list->count - 1].number);
    return STATUS_OK;
}

enum status probe_store_list_waited(struct db_tx *tx, int64_t until, int64_t most,
                                    struct probe_list *ret_list)
{
    return ask(tx, QUERY_PROBE_WAITED, PARAMS(db_integer("until", until), db_integer("most", most)),
               ret_list);
}

enum status probe_store_newest_wait(struct db_tx *tx, int64_t *ret_since)
{
    bool any;
    int64_t since = 0;
    TRY(db_ask(tx, QUERY_PROBE_WAITS_NEWEST, NULL, 0, &any, &since));
    *ret_since = any ? since : 0;
    return STATUS_OK;
}

enum status probe_store_rebase_waits(struct db_tx *tx, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_PROBE_WAITS_OF_THE_FUTURE, PARAMS(db_integer("now", now)),
                      &changes);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

void probe_round_list_clear(struct probe_round_list *list)
{
    struct record_array array = {&round_record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct probe_round_list){0};
}

enum status probe_store_offer(struct db_tx *tx, const struct probe_round_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_PROBE_ROUND_OFFER, &round_record, row, &changes);
}

enum status probe_store_answer(struct db_tx *tx, int64_t probe, int64_t number,
                               int64_t acknowledgment, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_PROBE_ROUND_ANSWER,
                      PARAMS(db_integer("probe", probe), db_integer("number", number),
                             db_integer("acknowledgment", acknowledgment),
                             db_integer("answered_at", now)),
                      &changes);
}

enum status probe_store_list_rounds(struct db_tx *tx, int64_t probe,
                                    const struct page_request *page,
                                    struct probe_round_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &round_record};
    int64_t after;
    int64_t most;
    TRY(page_limit(page, &most));
    TRY(read_cursor(page, 0, &after));
    TRY(record_array_query(
        &array, tx, QUERY_PROBE_ROUND_LIST,
        PARAMS(db_integer("probe", probe), db_integer("after", after), db_integer("most", most))));
    *ret_list = (struct probe_round_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &round_record};
    if ((int64_t)ret_list->count == most)
        snprintf(ret_list->next, sizeof ret_list->next, "%" PRId64,
                 ret_list->rows[ret_list->count - 1].number);
    return STATUS_OK;
}
