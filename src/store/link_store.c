/*
 * Each rule about links stands in the WHERE of one UPDATE in db/queries/link.sql: it is checked and
 * done in one step, so of any number of callers at one time exactly one is told that it was done.
 */
#include "store/link_store.h"

#include "store/link_record.h"
#include "store/search.h"

#include <stdio.h>

static const char search_kind[] = "link";

enum status link_store_create(struct db_tx *tx, const struct link_row *row)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_LINK_CREATE, &link_record, row, &changes));
    const char *const texts[] = {row->user, row->name, row->mail, row->device};
    return search_add(tx, search_kind, row->id, row->created_at, texts,
                      sizeof texts / sizeof texts[0]);
}

enum status link_store_get(struct db_tx *tx, const char *id, struct link_row *ret_row)
{
    return record_get(tx, QUERY_LINK_GET, PARAMS(db_text("id", id)), &link_record,
                      "link with this id", ret_row);
}

enum status link_store_find(struct db_tx *tx, struct span token_hash, struct link_row *ret_row)
{
    return record_get(tx, QUERY_LINK_FIND, PARAMS(db_blob("token_hash", token_hash)), &link_record,
                      "link with this token", ret_row);
}

enum status link_store_note_opened(struct db_tx *tx, const char *id, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_LINK_NOTE_OPENED, PARAMS(db_text("id", id), db_integer("now", now)),
                      &changes);
}

/* Why a link was not changed: NOT_FOUND, or CONFLICT with the state that it has. */
static enum status refusal(struct db_tx *tx, const char *id, int64_t now)
{
    struct link_row row defer(link_row_clear) = {0};
    TRY(link_store_get(tx, id, &row));
    return status_fail(STATUS_CONFLICT, "the link %s is %s", id,
                       link_state_text(link_state_at(&row, now)));
}

static enum status left_of_locked(struct db_tx *tx, const char *id, int64_t now, int64_t *ret_left)
{
    struct link_row row defer(link_row_clear) = {0};
    TRY(link_store_get(tx, id, &row));
    if (row.locked_at == 0)
        return refusal(tx, id, now);
    *ret_left = 0;
    return STATUS_OK;
}

enum status link_store_count_wrong_pin(struct db_tx *tx, const char *id, int64_t limit, int64_t now,
                                       int64_t *ret_left)
{
    bool counted;
    int64_t wrong = 0;
    TRY(db_ask(tx, QUERY_LINK_COUNT_WRONG_PIN,
               PARAMS(db_text("id", id), db_integer("most", limit), db_integer("now", now)),
               &counted, &wrong));
    if (!counted)
        return left_of_locked(tx, id, now, ret_left);
    *ret_left = wrong < limit ? limit - wrong : 0;
    return STATUS_OK;
}

enum status link_store_claim_begin(struct db_tx *tx, const char *id, const struct link_claim *claim,
                                   int64_t now)
{
    bool won;
    TRY(db_ask(tx, QUERY_LINK_CLAIM_BEGIN,
               PARAMS(db_text("id", id), db_text("serial", claim->serial),
                      db_text("address", claim->address), db_text("agent", claim->agent),
                      db_blob("cookie_hash", claim->cookie_hash),
                      db_integer("lease_until", claim->lease_until), db_integer("now", now)),
               &won, NULL));
    return won ? STATUS_OK : refusal(tx, id, now);
}

enum status link_store_claim_finish(struct db_tx *tx, const char *id, const char *serial,
                                    int64_t now)
{
    bool finished;
    TRY(db_ask(tx, QUERY_LINK_CLAIM_FINISH,
               PARAMS(db_text("id", id), db_text("serial", serial), db_integer("now", now)),
               &finished, NULL));
    return finished ? STATUS_OK : refusal(tx, id, now);
}

enum status link_store_claim_release(struct db_tx *tx, const char *id, const char *serial)
{
    int64_t changes;
    return db_execute(tx, QUERY_LINK_CLAIM_RELEASE,
                      PARAMS(db_text("id", id), db_text("serial", serial)), &changes);
}

enum status link_store_note_fetch(struct db_tx *tx, const char *id, int64_t now)
{
    bool open;
    TRY(db_ask(tx, QUERY_LINK_NOTE_FETCH, PARAMS(db_text("id", id), db_integer("now", now)), &open,
               NULL));
    return open ? STATUS_OK : status_fail(STATUS_GONE, "the window of the link %s is over", id);
}

enum status link_store_note_in_use(struct db_tx *tx, const char *serial, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_LINK_NOTE_IN_USE,
                      PARAMS(db_text("serial", serial), db_integer("now", now)), &changes);
}

enum status link_store_cancel(struct db_tx *tx, const char *id, int64_t now)
{
    bool cancelled;
    TRY(db_ask(tx, QUERY_LINK_CANCEL, PARAMS(db_text("id", id), db_integer("now", now)), &cancelled,
               NULL));
    return cancelled ? STATUS_OK : refusal(tx, id, now);
}

enum status link_store_rearm(struct db_tx *tx, const char *id, const char *new_id, int64_t now)
{
    bool rearmed;
    TRY(db_ask(tx, QUERY_LINK_REARM,
               PARAMS(db_text("id", id), db_text("new_id", new_id), db_integer("now", now)),
               &rearmed, NULL));
    return rearmed ? STATUS_OK : refusal(tx, id, now);
}

enum status link_store_expire(struct db_tx *tx, int64_t now, int64_t most, db_visit_key *visit,
                              void *context, int64_t *ret_count)
{
    return db_execute_each(tx, QUERY_LINK_EXPIRE,
                           PARAMS(db_integer("now", now), db_integer("most", most)), visit, context,
                           ret_count);
}

enum status link_store_close(struct db_tx *tx, const char *id, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_LINK_CLOSE, PARAMS(db_text("id", id), db_integer("now", now)),
                      &changes);
}

static struct record_array array_of(struct link_list *list)
{
    return (struct record_array){&link_record, list->rows, list->count, list->count};
}

void link_list_clear(struct link_list *list)
{
    struct record_array array = array_of(list);
    record_array_clear(&array);
    *list = (struct link_list){0};
}

/* A full page has another behind it, or an empty one: that costs less than looking ahead. */
static void give_page(struct record_array *array, int64_t limit, struct link_list *ret_list)
{
    struct link_list list = {.rows = array->records, .count = array->count};
    if ((int64_t)list.count == limit)
        snprintf(list.next, sizeof list.next, "%s", list.rows[list.count - 1].id);
    *array = (struct record_array){.type = array->type};
    *ret_list = list;
}

enum status link_store_due_for_erase(struct db_tx *tx, int64_t now, int64_t most,
                                     struct link_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &link_record};
    TRY(record_array_query(&array, tx, QUERY_LINK_DUE_FOR_ERASE,
                           PARAMS(db_integer("now", now), db_integer("most", most))));
    give_page(&array, -1, ret_list);
    return STATUS_OK;
}

static enum status add_found(struct db_tx *tx, const struct link_filter *filter, const char *id,
                             struct record_array *array)
{
    struct link_row *row = record_array_room(array);
    if (row == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    TRY(link_store_get(tx, id, row));
    if (filter->state != NULL && row->state != *filter->state)
        link_row_clear(row);
    else
        array->count++;
    return STATUS_OK;
}

/* With a state, a page looks at SEARCH_VISITS_MOST of what is found, and may be a short one: what
 * was found may be a million, and none of them in that state. */
static enum status list_found(struct db_tx *tx, const struct link_filter *filter,
                              const struct page_request *page, struct record_array *array,
                              char ret_next[static PAGE_CURSOR_SIZE])
{
    struct search search;
    TRY(search_begin(&search, tx, search_kind, filter->search, page->after));
    char id[SEARCH_ID_SIZE] = "";
    bool any = true;
    for (int visits = 0; any && (int64_t)array->count < page->limit; visits++) {
        if (filter->state != NULL && visits == SEARCH_VISITS_MOST) {
            memcpy(ret_next, id, sizeof id);
            return STATUS_OK;
        }
        TRY(search_next(&search, &any, id));
        if (any)
            TRY(add_found(tx, filter, id, array));
    }
    return STATUS_OK;
}

/* When the row at the end of the page before was made; later than all for the first page. */
static enum status position(struct db_tx *tx, const char *after, int64_t *ret_at)
{
    struct link_row row defer(link_row_clear) = {.created_at = INT64_MAX};
    if (after[0] != '\0' && link_store_get(tx, after, &row) != STATUS_OK)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", after);
    *ret_at = row.created_at;
    return STATUS_OK;
}

static enum query query_of(const struct link_filter *filter)
{
    if (filter->user != NULL && filter->user[0] != '\0')
        return QUERY_LINK_LIST_OF_USER;
    return filter->state == NULL ? QUERY_LINK_LIST : QUERY_LINK_LIST_OF_STATE;
}

static enum status list_newest(struct db_tx *tx, const struct link_filter *filter,
                               const struct page_request *page, struct record_array *array)
{
    int64_t before_at = 0;
    TRY(position(tx, page->after, &before_at));
    const char *state = filter->state == NULL ? "" : link_state_text(*filter->state);
    return record_array_query(array, tx, query_of(filter),
                              PARAMS(db_text("state", state), db_text("user_name", filter->user),
                                     db_integer("before_at", before_at),
                                     db_text("before_id", page->after),
                                     db_integer("most", page->limit)));
}

enum status link_store_list(struct db_tx *tx, const struct link_filter *filter,
                            const struct page_request *page, struct link_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &link_record};
    struct page_request whole = {.after = page->after == NULL ? "" : page->after};
    TRY(page_limit(page, &whole.limit));
    char next[PAGE_CURSOR_SIZE] = "";
    if (filter->search != NULL && filter->search[0] != '\0')
        TRY(list_found(tx, filter, &whole, &array, next));
    else
        TRY(list_newest(tx, filter, &whole, &array));
    give_page(&array, whole.limit, ret_list);
    if (next[0] != '\0')
        memcpy(ret_list->next, next, sizeof next);
    return STATUS_OK;
}

enum status link_store_counts(struct db_tx *tx, int64_t ret_counts[static LINK_STATE_COUNT])
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_LINK_COUNTS, NULL, 0, &rows));
    int64_t counts[LINK_STATE_COUNT] = {0};
    for (;;) {
        bool row;
        TRY(db_next(rows, &row));
        if (!row)
            break;
        struct span text = db_column_bytes(rows, 0);
        for (unsigned i = 0; i < LINK_STATE_COUNT; i++)
            if (span_equal_text(text, link_state_text((enum link_state)i)))
                counts[i] = db_column_integer(rows, 1);
    }
    memcpy(ret_counts, counts, sizeof counts);
    return STATUS_OK;
}
