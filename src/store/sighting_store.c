/* Rows that are added, read by device and dropped when they are old. */
#include "store/sighting_store.h"

#include "base/text.h"
#include "store/record.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define TEXT(name, text) text,
static const char *const kinds[] = {SIGHTING_KIND_TABLE(TEXT)};
static const char *const fronts[] = {SIGHTING_FRONT_TABLE(TEXT)};
static const char *const certificates[] = {SIGHTING_CERTIFICATE_TABLE(TEXT)};
static const char *const queries[] = {SIGHTING_QUERY_TABLE(TEXT)};
#undef TEXT

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct sighting_row, member), NULL, 0                               \
    }
#define CHOICE(column, member, texts)                                                              \
    {                                                                                              \
        column, FIELD_CHOICE, offsetof(struct sighting_row, member), texts,                        \
            sizeof(texts) / sizeof *(texts)                                                        \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_INTEGER, id),
    FIELD("device", FIELD_KEY, device),
    CHOICE("kind", kind, kinds),
    CHOICE("front", front, fronts),
    FIELD("at", FIELD_INTEGER, at),
    FIELD("connection", FIELD_TEXT, connection),
    FIELD("request_number", FIELD_INTEGER, request_number),
    FIELD("handshake_age", FIELD_INTEGER, handshake_age),
    FIELD("session_age", FIELD_INTEGER, session_age),
    FIELD("address", FIELD_TEXT, address),
    FIELD("tls_version", FIELD_TEXT, tls_version),
    FIELD("cipher", FIELD_TEXT, cipher),
    CHOICE("certificate", certificate, certificates),
    FIELD("fingerprint", FIELD_BLOB, fingerprint),
    FIELD("serial", FIELD_TEXT, serial),
    FIELD("issuer", FIELD_TEXT, issuer),
    FIELD("not_after", FIELD_TIME, not_after),
    FIELD("identity", FIELD_TEXT, identity),
    FIELD("method", FIELD_TEXT, method),
    FIELD("command", FIELD_TEXT, command),
    FIELD("user_name", FIELD_TEXT, user),
    FIELD("device_id", FIELD_TEXT, device_id),
    FIELD("device_type", FIELD_TEXT, device_type),
    FIELD("agent", FIELD_TEXT, agent),
    FIELD("version", FIELD_INTEGER, version),
    CHOICE("query", query, queries),
    FIELD("policy_key", FIELD_INTEGER, policy_key),
    FIELD("authorization_scheme", FIELD_TEXT, authorization_scheme),
    FIELD("authorization_user", FIELD_TEXT, authorization_user),
    FIELD("asked", FIELD_FLAG, asked),
    FIELD("cut_off", FIELD_FLAG, cut_off),
    FIELD("body", FIELD_INTEGER, body),
    FIELD("reason", FIELD_TEXT, reason),
    FIELD("detail", FIELD_TEXT, detail),
    FIELD("http", FIELD_INTEGER, http),
    FIELD("status", FIELD_INTEGER, status),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct sighting_row),
                                          offsetof(struct sighting_row, storage)};

const char *sighting_kind_text(enum sighting_kind kind)
{
    return kinds[kind];
}

const char *sighting_front_text(enum sighting_front front)
{
    return fronts[front];
}

const char *sighting_certificate_text(enum sighting_certificate certificate)
{
    return certificates[certificate];
}

const char *sighting_query_text(enum sighting_query query)
{
    return queries[query];
}

void sighting_row_clear(struct sighting_row *row)
{
    record_clear(&record, row);
}

enum status sighting_store_add(struct db_tx *tx, const struct sighting_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_SIGHTING_ADD, &record, row, &changes);
}

void sighting_list_clear(struct sighting_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct sighting_list){0};
}

static enum status read_cursor(const char *after, int64_t *ret_before)
{
    *ret_before = INT64_MAX;
    if (after == NULL || after[0] == '\0' ||
        text_parse_int(after, 0, INT64_MAX, ret_before) == STATUS_OK)
        return STATUS_OK;
    return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", after);
}

static enum status ask(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, struct sighting_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    TRY(record_array_query(&array, tx, query, params, count));
    *ret_list = (struct sighting_list){.rows = array.records, .count = array.count};
    array = (struct record_array){.type = &record};
    return STATUS_OK;
}

enum status sighting_store_list(struct db_tx *tx, const char *device,
                                const struct page_request *page, struct sighting_list *ret_list)
{
    struct sighting_list list;
    int64_t limit;
    int64_t before;
    TRY(page_limit(page, &limit));
    TRY(read_cursor(page->after, &before));
    TRY(ask(
        tx, device[0] == '\0' ? QUERY_SIGHTING_LIST_UNCLAIMED : QUERY_SIGHTING_LIST,
        PARAMS(db_text("device", device), db_integer("before", before), db_integer("most", limit)),
        &list));
    if ((int64_t)list.count == limit)
        snprintf(list.next, sizeof list.next, "%" PRId64, list.rows[list.count - 1].id);
    *ret_list = list;
    return STATUS_OK;
}

enum status sighting_store_list_turn(struct db_tx *tx, const char *device, int64_t before,
                                     struct sighting_list *ret_list)
{
    return ask(tx, QUERY_SIGHTING_LIST_TURN,
               PARAMS(db_text("device", device), db_integer("before", before)), ret_list);
}

enum status sighting_store_list_refused(struct db_tx *tx, int64_t since, int64_t most,
                                        struct sighting_list *ret_list)
{
    return ask(tx, QUERY_SIGHTING_LIST_REFUSED,
               PARAMS(db_integer("since", since), db_integer("most", most)), ret_list);
}

enum status sighting_store_count_refused(struct db_tx *tx, int64_t since, int64_t most,
                                         int64_t *ret_count)
{
    bool any;
    return db_ask(tx, QUERY_SIGHTING_COUNT_REFUSED,
                  PARAMS(db_integer("since", since), db_integer("most", most)), &any, ret_count);
}

enum status sighting_store_delete_old(struct db_tx *tx, int64_t before, int64_t most,
                                      int64_t *ret_count)
{
    return db_execute(tx, QUERY_SIGHTING_DELETE_OLD,
                      PARAMS(db_integer("before", before), db_integer("most", most)), ret_count);
}

enum status sighting_store_delete_unproven(struct db_tx *tx, const char *device, int64_t kept,
                                           int64_t most, int64_t *ret_count)
{
    return db_execute(
        tx, QUERY_SIGHTING_DELETE_SURPLUS_UNPROVEN,
        PARAMS(db_text("device", device), db_integer("kept", kept), db_integer("most", most)),
        ret_count);
}

enum status sighting_store_delete_surplus(struct db_tx *tx, const char *device, int64_t kept,
                                          int64_t most, int64_t *ret_count)
{
    return db_execute(
        tx,
        device[0] == '\0' ? QUERY_SIGHTING_DELETE_SURPLUS_UNCLAIMED : QUERY_SIGHTING_DELETE_SURPLUS,
        PARAMS(db_text("device", device), db_integer("kept", kept), db_integer("most", most)),
        ret_count);
}
