/* The states of a serial change by one UPDATE each, which says in its WHERE from which state. */
#include "store/certificate_store.h"

#include "store/record.h"
#include "store/search.h"

#include <stdio.h>

static const char search_kind[] = "certificate";

static const char *const state_texts[CERTIFICATE_STATE_COUNT] = {
#define STATE_TEXT(name, text) text,
    CERTIFICATE_STATE_TABLE(STATE_TEXT)
#undef STATE_TEXT
};

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct certificate_row, member), NULL, 0                            \
    }

static const struct field fields[] = {
    FIELD("serial", FIELD_TEXT, serial),
    FIELD("issuer", FIELD_TEXT, issuer),
    FIELD("profile", FIELD_TEXT, profile),
    FIELD("user_name", FIELD_TEXT, user),
    FIELD("person_name", FIELD_TEXT, name),
    FIELD("mail", FIELD_TEXT, mail),
    FIELD("device", FIELD_TEXT, device),
    FIELD("not_before", FIELD_INTEGER, not_before),
    FIELD("not_after", FIELD_INTEGER, not_after),
    {"state", FIELD_CHOICE, offsetof(struct certificate_row, state), state_texts,
     CERTIFICATE_STATE_COUNT},
    FIELD("reserved_at", FIELD_INTEGER, reserved_at),
    FIELD("lease_until", FIELD_INTEGER, lease_until),
    FIELD("issued_at", FIELD_TIME, issued_at),
    FIELD("revoked_at", FIELD_TIME, revoked_at),
    FIELD("reason", FIELD_SMALL, reason),
    FIELD("created_by", FIELD_TEXT, created_by),
    FIELD("link_id", FIELD_KEY, link_id),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct certificate_row),
                                          offsetof(struct certificate_row, storage)};

void certificate_row_clear(struct certificate_row *row)
{
    record_clear(&record, row);
}

const char *certificate_state_text(enum certificate_state state)
{
    return state_texts[state];
}

enum status certificate_state_parse(const char *text, enum certificate_state *ret_state)
{
    unsigned number;
    TRY(choice_parse(state_texts, CERTIFICATE_STATE_COUNT, "state of a certificate", text,
                     &number));
    *ret_state = (enum certificate_state)number;
    return STATUS_OK;
}

enum status certificate_store_reserve(struct db_tx *tx, const struct certificate_row *row)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_CERTIFICATE_RESERVE, &record, row, &changes));
    const char *const texts[] = {row->serial, row->user, row->name, row->mail, row->device};
    return search_add(tx, search_kind, row->serial, row->reserved_at, texts,
                      sizeof texts / sizeof texts[0]);
}

/* Why a certificate was not changed: NOT_FOUND, or CONFLICT with the state that it has. */
static enum status refusal(struct db_tx *tx, const char *serial)
{
    struct certificate_row row defer(certificate_row_clear) = {0};
    TRY(certificate_store_get(tx, serial, &row));
    return status_fail(STATUS_CONFLICT, "the certificate %s is %s", serial,
                       certificate_state_text(row.state));
}

enum status certificate_store_complete(struct db_tx *tx, const char *serial, struct span der,
                                       int64_t now)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_CERTIFICATE_COMPLETE,
                   PARAMS(db_text("serial", serial), db_blob("der", der), db_integer("now", now)),
                   &changes));
    return changes == 1 ? STATUS_OK : refusal(tx, serial);
}

enum status certificate_store_abandon(struct db_tx *tx, const char *serial, bool may_be_signed,
                                      int64_t now)
{
    int64_t changes;
    return db_execute(
        tx, may_be_signed ? QUERY_CERTIFICATE_ABANDON_SIGNED : QUERY_CERTIFICATE_ABANDON_UNSIGNED,
        PARAMS(db_text("serial", serial), db_integer("now", now)), &changes);
}

enum status certificate_store_abandon_overdue(struct db_tx *tx, int64_t now, int64_t most,
                                              db_visit_key *visit, void *context,
                                              int64_t *ret_count)
{
    return db_execute_each(tx, QUERY_CERTIFICATE_ABANDON_OVERDUE,
                           PARAMS(db_integer("now", now), db_integer("most", most)), visit, context,
                           ret_count);
}

enum status certificate_store_revoke(struct db_tx *tx, const char *serial,
                                     enum certificate_reason reason, int64_t now)
{
    int64_t changes;
    TRY(db_execute(tx, QUERY_CERTIFICATE_REVOKE,
                   PARAMS(db_text("serial", serial), db_integer("reason", (int64_t)reason),
                          db_integer("now", now)),
                   &changes));
    return changes == 1 ? STATUS_OK : refusal(tx, serial);
}

enum status certificate_store_get(struct db_tx *tx, const char *serial,
                                  struct certificate_row *ret_row)
{
    return record_get(tx, QUERY_CERTIFICATE_GET, PARAMS(db_text("serial", serial)), &record,
                      "certificate with this serial", ret_row);
}

enum status certificate_store_get_der(struct db_tx *tx, const char *serial, struct buf *der)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_CERTIFICATE_GET_DER, PARAMS(db_text("serial", serial)), &rows));
    bool row;
    TRY(db_next(rows, &row));
    if (!row)
        return status_fail(STATUS_NOT_FOUND, "no signed certificate with the serial %s", serial);
    buf_append(der, db_column_bytes(rows, 0));
    return der->failure;
}

static enum status visit_revoked(struct db_rows *rows, certificate_revoked_visit *visit,
                                 void *context)
{
    struct span bytes = db_column_bytes(rows, 0);
    char serial[SEARCH_ID_SIZE];
    snprintf(serial, sizeof serial, "%.*s", (int)bytes.len, (const char *)bytes.ptr);
    return visit(context, serial, db_column_integer(rows, 1),
                 (enum certificate_reason)db_column_integer(rows, 2));
}

enum status certificate_store_each_revoked(struct db_tx *tx, const char *issuer, int64_t since,
                                           certificate_revoked_visit *visit, void *context)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_CERTIFICATE_REVOKED,
                 PARAMS(db_text("issuer", issuer), db_integer("since", since)), &rows));
    for (;;) {
        bool row;
        TRY(db_next(rows, &row));
        if (!row)
            return STATUS_OK;
        TRY(visit_revoked(rows, visit, context));
    }
}

void certificate_page_clear(struct certificate_page *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct certificate_page){0};
}

static enum status add_found(struct db_tx *tx, const struct certificate_filter *filter,
                             const char *serial, struct record_array *array)
{
    struct certificate_row *row = record_array_room(array);
    if (row == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    TRY(certificate_store_get(tx, serial, row));
    if (filter->state != NULL && row->state != *filter->state)
        certificate_row_clear(row);
    else
        array->count++;
    return STATUS_OK;
}

/* With a state, a page looks at SEARCH_VISITS_MOST of what is found, and may be a short one: what
 * was found may be a million, and none of them in that state. */
static enum status list_found(struct db_tx *tx, const struct certificate_filter *filter,
                              const struct page_request *page, struct record_array *array,
                              char ret_next[static PAGE_CURSOR_SIZE])
{
    struct search search;
    TRY(search_begin(&search, tx, search_kind, filter->search, page->after));
    char serial[SEARCH_ID_SIZE] = "";
    bool any = true;
    for (int visits = 0; any && (int64_t)array->count < page->limit; visits++) {
        if (filter->state != NULL && visits == SEARCH_VISITS_MOST) {
            memcpy(ret_next, serial, sizeof serial);
            return STATUS_OK;
        }
        TRY(search_next(&search, &any, serial));
        if (any)
            TRY(add_found(tx, filter, serial, array));
    }
    return STATUS_OK;
}

/* When the row at the end of the page before was made; later than all for the first page. */
static enum status position(struct db_tx *tx, const char *after, int64_t *ret_at)
{
    struct certificate_row row defer(certificate_row_clear) = {.reserved_at = INT64_MAX};
    if (after[0] != '\0' && certificate_store_get(tx, after, &row) != STATUS_OK)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", after);
    *ret_at = row.reserved_at;
    return STATUS_OK;
}

/* Soonest first: the end of the page before is passed by its expiry. */
static enum status list_expiring(struct db_tx *tx, const struct certificate_filter *filter,
                                 const struct page_request *page, struct record_array *array)
{
    struct certificate_row row defer(certificate_row_clear) = {.not_after = filter->expiring_from};
    if (page->after[0] != '\0' && certificate_store_get(tx, page->after, &row) != STATUS_OK)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", page->after);
    return record_array_query(array, tx, QUERY_CERTIFICATE_LIST_EXPIRING,
                              PARAMS(db_integer("until", filter->expiring_before - 1),
                                     db_integer("after_at", row.not_after),
                                     db_text("after_serial", page->after),
                                     db_integer("most", page->limit)));
}

static enum query query_of(const struct certificate_filter *filter)
{
    if (filter->user != NULL && filter->user[0] != '\0')
        return QUERY_CERTIFICATE_LIST_OF_USER;
    return filter->state != NULL ? QUERY_CERTIFICATE_LIST_OF_STATE : QUERY_CERTIFICATE_LIST;
}

static enum status list_newest(struct db_tx *tx, const struct certificate_filter *filter,
                               const struct page_request *page, struct record_array *array)
{
    int64_t before_at = 0;
    TRY(position(tx, page->after, &before_at));
    const char *state = filter->state == NULL ? "" : certificate_state_text(*filter->state);
    return record_array_query(array, tx, query_of(filter),
                              PARAMS(db_text("state", state), db_text("user_name", filter->user),
                                     db_integer("before_at", before_at),
                                     db_text("before_id", page->after),
                                     db_integer("most", page->limit)));
}

/* A full page has another behind it, or an empty one: that costs less than looking ahead. */
static void give_page(struct record_array *array, int64_t limit, struct certificate_page *ret_list)
{
    struct certificate_page list = {.rows = array->records, .count = array->count};
    if ((int64_t)list.count == limit)
        snprintf(list.next, sizeof list.next, "%s", list.rows[list.count - 1].serial);
    *array = (struct record_array){.type = array->type};
    *ret_list = list;
}

enum status certificate_store_list(struct db_tx *tx, const struct certificate_filter *filter,
                                   const struct page_request *page,
                                   struct certificate_page *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    struct page_request whole = {.after = page->after == NULL ? "" : page->after};
    TRY(page_limit(page, &whole.limit));
    char next[PAGE_CURSOR_SIZE] = "";
    if (filter->expiring_before != 0)
        TRY(list_expiring(tx, filter, &whole, &array));
    else if (filter->search != NULL && filter->search[0] != '\0')
        TRY(list_found(tx, filter, &whole, &array, next));
    else
        TRY(list_newest(tx, filter, &whole, &array));
    give_page(&array, whole.limit, ret_list);
    if (next[0] != '\0')
        memcpy(ret_list->next, next, sizeof next);
    return STATUS_OK;
}

enum status certificate_store_list_expiring(struct db_tx *tx, int64_t after_at,
                                            const char *after_serial, int64_t until, int64_t most,
                                            struct certificate_page *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    TRY(record_array_query(&array, tx, QUERY_CERTIFICATE_LIST_EXPIRING,
                           PARAMS(db_integer("after_at", after_at),
                                  db_text("after_serial", after_serial), db_integer("until", until),
                                  db_integer("most", most))));
    give_page(&array, -1, ret_list);
    return STATUS_OK;
}

enum status certificate_store_count_expiring(struct db_tx *tx, int64_t after_at, int64_t until,
                                             int64_t *ret_count)
{
    bool any;
    return db_ask(tx, QUERY_CERTIFICATE_COUNT_EXPIRING,
                  PARAMS(db_integer("after_at", after_at), db_integer("until", until)), &any,
                  ret_count);
}
