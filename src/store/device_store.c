/*
 * The list is in the order in which devices were seen, which changes while somebody reads it: so
 * its cursor is the moment and the id, "1800000000xabcdefghij", and not the row.
 */
#include "store/device_store.h"

#include "base/text.h"
#include "store/record.h"
#include "store/search.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

static const char search_kind[] = "device";

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct device_row, member), NULL, 0                                 \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_TEXT, id),
    FIELD("owner", FIELD_TEXT, owner),
    FIELD("device_id", FIELD_TEXT, device_id),
    FIELD("user_name", FIELD_TEXT, user),
    FIELD("serial", FIELD_TEXT, serial),
    FIELD("device_type", FIELD_TEXT, device_type),
    FIELD("agent", FIELD_TEXT, agent),
    FIELD("address", FIELD_TEXT, address),
    FIELD("version", FIELD_INTEGER, version),
    FIELD("first_seen_at", FIELD_INTEGER, first_seen_at),
    FIELD("last_seen_at", FIELD_INTEGER, last_seen_at),
    FIELD("allowed_at", FIELD_TIME, allowed_at),
    FIELD("allowed_count", FIELD_INTEGER, allowed_count),
    FIELD("refused_count", FIELD_INTEGER, refused_count),
    FIELD("reason", FIELD_TEXT, reason),
    FIELD("model", FIELD_TEXT, model),
    FIELD("os", FIELD_TEXT, os),
    FIELD("friendly_name", FIELD_TEXT, friendly_name),
    FIELD("provisioning", FIELD_TEXT, provisioning),
    FIELD("blocked_at", FIELD_TIME, blocked_at),
    FIELD("blocked_by", FIELD_TEXT, blocked_by),
    FIELD("finding", FIELD_TEXT, finding),
    FIELD("finding_from", FIELD_TIME, finding_from),
    FIELD("finding_until", FIELD_TIME, finding_until),
    FIELD("finding_number", FIELD_INTEGER, finding_number),
    FIELD("finding_due", FIELD_FLAG, finding_due),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct device_row),
                                          offsetof(struct device_row, storage)};

void device_row_clear(struct device_row *row)
{
    record_clear(&record, row);
}

/* ---- one device ------------------------------------------------------------------------------ */

enum status device_store_create(struct db_tx *tx, const struct device_row *row)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_DEVICE_CREATE, &record, row, &changes));
    const char *const texts[] = {row->user, row->device_id, row->serial};
    return search_add(tx, search_kind, row->id, row->first_seen_at, texts,
                      sizeof texts / sizeof *texts);
}

enum status device_store_get(struct db_tx *tx, const char *id, struct device_row *ret_row)
{
    return record_get(tx, QUERY_DEVICE_GET, PARAMS(db_text("id", id)), &record,
                      "device with this id", ret_row);
}

enum status device_store_find(struct db_tx *tx, const char *owner, const char *device_id,
                              struct device_row *ret_row)
{
    return record_get(tx, QUERY_DEVICE_FIND,
                      PARAMS(db_text("owner", owner), db_text("device_id", device_id)), &record,
                      "device with this certificate and DeviceId", ret_row);
}

enum status device_store_find_newest(struct db_tx *tx, const char *owner,
                                     struct device_row *ret_row)
{
    return record_get(tx, QUERY_DEVICE_FIND_NEWEST, PARAMS(db_text("owner", owner)), &record,
                      "device with this certificate", ret_row);
}

static enum status add_words(struct db_tx *tx, const char *id, const char *const *texts,
                             size_t count)
{
    struct device_row row defer(device_row_clear) = {0};
    TRY(device_store_get(tx, id, &row));
    return search_add(tx, search_kind, id, row.first_seen_at, texts, count);
}

enum status device_store_name(struct db_tx *tx, const char *id, const char *device_id)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_DEVICE_NAME,
                   PARAMS(db_text("id", id), db_text("device_id", device_id)), &changes));
    return changes == 0 ? STATUS_OK : add_words(tx, id, &device_id, 1);
}

enum status device_store_note_sighting(struct db_tx *tx, const char *id,
                                       const struct device_seen *seen, int64_t *ret_sightings)
{
    bool any;
    int64_t sightings = 0;
    TRY(db_ask(tx, QUERY_DEVICE_NOTE_SIGHTING,
               PARAMS(db_text("id", id), db_integer("at", seen->at),
                      db_text("reason", seen->reason), db_text("device_type", seen->device_type),
                      db_text("agent", seen->agent), db_text("address", seen->address),
                      db_integer("version", seen->version), db_integer("proven", seen->proven)),
               &any, &sightings));
    *ret_sightings = any ? sightings : 0;
    return STATUS_OK;
}

static enum status not_found(const char *id)
{
    return status_fail(STATUS_NOT_FOUND, "no device with the id '%.40s'", id);
}

enum status device_store_describe(struct db_tx *tx, const char *id, const char *model,
                                  const char *os, const char *friendly_name)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_DEVICE_DESCRIBE,
                   PARAMS(db_text("id", id), db_text("model", model), db_text("os", os),
                          db_text("friendly_name", friendly_name)),
                   &changes));
    const char *const texts[] = {model, friendly_name};
    return changes == 0 ? not_found(id) : add_words(tx, id, texts, sizeof texts / sizeof texts[0]);
}

enum status device_store_provision(struct db_tx *tx, const char *id, const char *provisioning)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_DEVICE_PROVISION,
                   PARAMS(db_text("id", id), db_text("provisioning", provisioning)), &changes));
    return changes == 0 ? not_found(id) : STATUS_OK;
}

static enum status refusal(struct db_tx *tx, const char *id)
{
    struct device_row row defer(device_row_clear) = {0};
    TRY(device_store_get(tx, id, &row));
    return status_fail(STATUS_CONFLICT, "the device %s is %s", id,
                       row.blocked_at == 0 ? "not blocked" : "blocked already");
}

enum status device_store_block(struct db_tx *tx, const char *id, const char *by, int64_t now)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_DEVICE_BLOCK,
                   PARAMS(db_text("id", id), db_text("blocked_by", by), db_integer("now", now)),
                   &changes));
    return changes == 1 ? STATUS_OK : refusal(tx, id);
}

enum status device_store_unblock(struct db_tx *tx, const char *id)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_DEVICE_UNBLOCK, PARAMS(db_text("id", id)), &changes));
    return changes == 1 ? STATUS_OK : refusal(tx, id);
}

static struct db_param time_or_null(const char *name, int64_t at)
{
    struct db_param param = db_integer(name, at);
    if (at == 0)
        param.type = DB_NULL;
    return param;
}

enum status device_store_set_finding(struct db_tx *tx, const char *id,
                                     const struct device_finding *finding)
{
    int64_t changes;
    return db_execute(tx, QUERY_DEVICE_SET_FINDING,
                      PARAMS(db_text("id", id), db_text("finding", finding->rule),
                             time_or_null("finding_from", finding->from),
                             time_or_null("finding_until", finding->until),
                             db_integer("finding_number", finding->number)),
                      &changes);
}

enum status device_store_delete(struct db_tx *tx, const char *id)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_DEVICE_DELETE, PARAMS(db_text("id", id)), &changes));
    return changes == 0 ? STATUS_OK : search_remove(tx, search_kind, id);
}

/* ---- lists ----------------------------------------------------------------------------------- */

void device_list_clear(struct device_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct device_list){0};
}

static void give(struct record_array *array, struct device_list *ret_list)
{
    *ret_list = (struct device_list){.rows = array->records, .count = array->count};
    *array = (struct record_array){.type = array->type};
}

static enum status ask(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, struct device_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    TRY(record_array_query(&array, tx, query, params, count));
    give(&array, ret_list);
    return STATUS_OK;
}

static bool is_refused(const struct device_row *row)
{
    return row->reason[0] != '\0' && strcmp(row->reason, "allowed") != 0;
}

static enum status add_found(struct db_tx *tx, const struct device_filter *filter, const char *id,
                             struct record_array *array)
{
    struct device_row *row = record_array_room(array);
    if (row == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    TRY(device_store_get(tx, id, row));
    if (filter->refused && !is_refused(row))
        device_row_clear(row);
    else
        array->count++;
    return STATUS_OK;
}

/* A page of refused ones looks at SEARCH_VISITS_MOST of what is found, and may be a short one. */
static enum status list_found(struct db_tx *tx, const struct device_filter *filter,
                              const struct page_request *page, struct device_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    struct search search;
    TRY(search_begin(&search, tx, search_kind, filter->search, page->after));
    char id[SEARCH_ID_SIZE] = "";
    char next[SEARCH_ID_SIZE];
    bool any = true;
    for (int visits = 0; visits < SEARCH_VISITS_MOST || !filter->refused; visits++) {
        if ((int64_t)array.count == page->limit)
            break;
        TRY(search_next(&search, &any, next));
        if (!any)
            break;
        memcpy(id, next, sizeof id);
        TRY(add_found(tx, filter, id, &array));
    }
    give(&array, ret_list);
    if (any)
        memcpy(ret_list->next, id, sizeof id);
    return STATUS_OK;
}

/* Behind which row a page begins. */
struct position {
    int64_t before_at;
    const char *before_id;
};

static enum status read_cursor(const char *after, struct position *ret_position)
{
    const char *mark = strchr(after, 'x');
    char digits[PAGE_CURSOR_SIZE];
    int64_t at = INT64_MAX;
    *ret_position = (struct position){at, ""};
    if (after[0] == '\0')
        return STATUS_OK;
    snprintf(digits, sizeof digits, "%.*s", mark == NULL ? 0 : (int)(mark - after), after);
    if (mark == NULL || text_parse_int(digits, 0, INT64_MAX, &at) != STATUS_OK)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", after);
    *ret_position = (struct position){at, mark + 1};
    return STATUS_OK;
}

static enum query query_of(const struct device_filter *filter)
{
    if (filter->user != NULL && filter->user[0] != '\0')
        return QUERY_DEVICE_LIST_OF_USER;
    return filter->refused ? QUERY_DEVICE_LIST_REFUSED : QUERY_DEVICE_LIST;
}

static enum status list_newest(struct db_tx *tx, const struct device_filter *filter,
                               const struct page_request *page, struct device_list *ret_list)
{
    struct position position;
    TRY(read_cursor(page->after, &position));
    TRY(ask(tx, query_of(filter),
            PARAMS(db_text("user_name", filter->user), db_integer("refused", filter->refused),
                   db_integer("before_at", position.before_at),
                   db_text("before_id", position.before_id), db_integer("most", page->limit)),
            ret_list));
    if ((int64_t)ret_list->count == page->limit) {
        const struct device_row *last = &ret_list->rows[ret_list->count - 1];
        snprintf(ret_list->next, sizeof ret_list->next, "%" PRId64 "x%s", last->last_seen_at,
                 last->id);
    }
    return STATUS_OK;
}

enum status device_store_list(struct db_tx *tx, const struct device_filter *filter,
                              const struct page_request *page, struct device_list *ret_list)
{
    struct page_request whole = {.after = page->after == NULL ? "" : page->after};
    TRY(page_limit(page, &whole.limit));
    bool search = filter->search != NULL && filter->search[0] != '\0';
    return search ? list_found(tx, filter, &whole, ret_list)
                  : list_newest(tx, filter, &whole, ret_list);
}

enum status device_store_list_by_device_id(struct db_tx *tx, const char *device_id, int64_t most,
                                           struct device_list *ret_list)
{
    return ask(tx, QUERY_DEVICE_FIND_BY_DEVICE_ID,
               PARAMS(db_text("device_id", device_id), db_integer("most", most)), ret_list);
}

enum status device_store_list_by_address(struct db_tx *tx, const char *address, int64_t since,
                                         int64_t most, struct device_list *ret_list)
{
    return ask(
        tx, QUERY_DEVICE_FIND_BY_ADDRESS,
        PARAMS(db_text("address", address), db_integer("since", since), db_integer("most", most)),
        ret_list);
}

enum status device_store_list_finding_due(struct db_tx *tx, int64_t most,
                                          struct device_list *ret_list)
{
    return ask(tx, QUERY_DEVICE_FINDING_DUE, PARAMS(db_integer("most", most)), ret_list);
}

enum status device_store_list_unproven_old(struct db_tx *tx, int64_t before, int64_t most,
                                           struct device_list *ret_list)
{
    return ask(tx, QUERY_DEVICE_UNPROVEN_OLD,
               PARAMS(db_integer("before", before), db_integer("most", most)), ret_list);
}

enum status device_store_list_unproven(struct db_tx *tx, int64_t kept, int64_t most,
                                       struct device_list *ret_list)
{
    return ask(tx, QUERY_DEVICE_UNPROVEN,
               PARAMS(db_integer("kept", kept), db_integer("most", most)), ret_list);
}

enum status device_store_list_surplus(struct db_tx *tx, const char *owner, int64_t kept,
                                      int64_t most, struct device_list *ret_list)
{
    return ask(tx, QUERY_DEVICE_SURPLUS,
               PARAMS(db_text("owner", owner), db_integer("kept", kept), db_integer("most", most)),
               ret_list);
}
