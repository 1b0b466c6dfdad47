/* The states of a mail change by one UPDATE each, which says in its WHERE from which state. */
#include "store/mail_store.h"

#include "store/record.h"

#include <stddef.h>
#include <stdio.h>

static const char *const state_texts[MAIL_STATE_COUNT] = {
#define STATE_TEXT(name, text) text,
    MAIL_STATE_TABLE(STATE_TEXT)
#undef STATE_TEXT
};

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct mail_row, member), NULL, 0                                   \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_TEXT, id),
    FIELD("kind", FIELD_TEXT, kind),
    FIELD("recipient", FIELD_TEXT, recipient),
    FIELD("language", FIELD_TEXT, language),
    FIELD("message_id", FIELD_TEXT, message_id),
    FIELD("link_id", FIELD_KEY, link_id),
    FIELD("serial", FIELD_KEY, serial),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("created_by", FIELD_TEXT, created_by),
    FIELD("give_up_at", FIELD_INTEGER, give_up_at),
    FIELD("keep_until", FIELD_INTEGER, keep_until),
    {"state", FIELD_CHOICE, offsetof(struct mail_row, state), state_texts, MAIL_STATE_COUNT},
    FIELD("next_at", FIELD_TIME, next_at),
    FIELD("tries", FIELD_INTEGER, tries),
    FIELD("lease_until", FIELD_TIME, lease_until),
    FIELD("ending_at", FIELD_TIME, ending_at),
    FIELD("error", FIELD_TEXT, error),
    FIELD("done_at", FIELD_TIME, done_at),
    FIELD("kept", FIELD_FLAG, kept),
    FIELD("sealed", FIELD_BLOB, sealed),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct mail_row),
                                          offsetof(struct mail_row, storage)};

void mail_row_clear(struct mail_row *row)
{
    record_clear(&record, row);
}

const char *mail_state_text(enum mail_state state)
{
    return state_texts[state];
}

enum status mail_state_parse(const char *text, enum mail_state *ret_state)
{
    unsigned number;
    TRY(choice_parse(state_texts, MAIL_STATE_COUNT, "state of a mail", text, &number));
    *ret_state = (enum mail_state)number;
    return STATUS_OK;
}

/* ---- one mail -------------------------------------------------------------------------------- */

enum status mail_store_add(struct db_tx *tx, const struct mail_row *row)
{
    int64_t changes;
    return record_execute(tx, QUERY_MAIL_ADD, &record, row, &changes);
}

enum status mail_store_get(struct db_tx *tx, const char *id, struct mail_row *ret_row)
{
    return record_get(tx, QUERY_MAIL_GET, PARAMS(db_text("id", id)), &record, "mail with this id",
                      ret_row);
}

enum status mail_store_newest_of_link(struct db_tx *tx, const char *link_id,
                                      struct mail_row *ret_row)
{
    return record_get(tx, QUERY_MAIL_NEWEST_OF_LINK, PARAMS(db_text("link_id", link_id)), &record,
                      "mail of this link", ret_row);
}

enum status mail_store_get_sealed(struct db_tx *tx, const char *id, struct buf *sealed)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_MAIL_GET_SEALED, PARAMS(db_text("id", id)), &rows));
    bool any;
    TRY(db_next(rows, &any));
    if (!any)
        return status_fail(STATUS_NOT_FOUND, "the text of the mail %.40s is not kept", id);
    buf_append(sealed, db_column_bytes(rows, 0));
    return sealed->failure;
}

/* Why a mail was not changed: NOT_FOUND, or CONFLICT with the state that it has. */
static enum status refusal(struct db_tx *tx, const char *id)
{
    struct mail_row row defer(mail_row_clear) = {0};
    TRY(mail_store_get(tx, id, &row));
    if (row.state != MAIL_SENDING && row.state != MAIL_SENT && !row.kept)
        return status_fail(STATUS_CONFLICT, "the mail %s is %s, and its text is not kept any more",
                           id, mail_state_text(row.state));
    return status_fail(STATUS_CONFLICT, "the mail %s is %s", id, mail_state_text(row.state));
}

static enum status change(struct db_tx *tx, enum query query, const char *id,
                          const struct db_param *params, size_t count)
{
    int64_t changes;
    TRY(db_execute(tx, query, params, count, &changes));
    return changes == 1 ? STATUS_OK : refusal(tx, id);
}

enum status mail_store_due(struct db_tx *tx, bool *ret_any, char ret_id[static MAIL_ID_SIZE],
                           int64_t *ret_at)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_MAIL_DUE, NULL, 0, &rows));
    bool any;
    TRY(db_next(rows, &any));
    if (any) {
        struct span id = db_column_bytes(rows, 0);
        snprintf(ret_id, MAIL_ID_SIZE, "%.*s", (int)id.len, (const char *)id.ptr);
        *ret_at = db_column_integer(rows, 1);
    }
    *ret_any = any;
    return STATUS_OK;
}

enum status mail_store_settle_restored(struct db_tx *tx, const char *error, int64_t now)
{
    int64_t changes;
    return db_execute(tx, QUERY_MAIL_SETTLE_RESTORED,
                      PARAMS(db_text("error", error), db_integer("now", now)), &changes);
}

enum status mail_store_begin(struct db_tx *tx, const char *id, int64_t lease_until, int64_t now)
{
    return change(
        tx, QUERY_MAIL_BEGIN, id,
        PARAMS(db_text("id", id), db_integer("lease_until", lease_until), db_integer("now", now)));
}

enum status mail_store_note_ending(struct db_tx *tx, const char *id, int64_t tries, int64_t now)
{
    return change(tx, QUERY_MAIL_NOTE_ENDING, id,
                  PARAMS(db_text("id", id), db_integer("tries", tries), db_integer("now", now)));
}

enum status mail_store_finish(struct db_tx *tx, const char *id, int64_t tries,
                              enum mail_state state, const char *error, int64_t now)
{
    return change(tx, QUERY_MAIL_FINISH, id,
                  PARAMS(db_text("id", id), db_integer("tries", tries),
                         db_text("state", mail_state_text(state)), db_text("error", error),
                         db_integer("now", now)));
}

enum status mail_store_again(struct db_tx *tx, const char *id, int64_t tries, const char *error,
                             int64_t next_at)
{
    return change(tx, QUERY_MAIL_AGAIN, id,
                  PARAMS(db_text("id", id), db_integer("tries", tries), db_text("error", error),
                         db_integer("next_at", next_at)));
}

enum status mail_store_retry(struct db_tx *tx, const char *id, int64_t give_up_at, int64_t now)
{
    return change(
        tx, QUERY_MAIL_RETRY, id,
        PARAMS(db_text("id", id), db_integer("give_up_at", give_up_at), db_integer("now", now)));
}

enum status mail_store_cancel(struct db_tx *tx, const char *id, const char *error, int64_t now)
{
    return change(tx, QUERY_MAIL_CANCEL, id,
                  PARAMS(db_text("id", id), db_text("error", error), db_integer("now", now)));
}

enum status mail_store_rebase(struct db_tx *tx, int64_t latest, int64_t now, int64_t *ret_count)
{
    int64_t tries;
    int64_t leases;
    const struct db_param times[] = {db_integer("latest", latest), db_integer("now", now)};
    TRY(db_execute(tx, QUERY_MAIL_REBASE_TRIES, times, 2, &tries));
    TRY(db_execute(tx, QUERY_MAIL_REBASE_LEASES, times, 2, &leases));
    *ret_count = tries + leases;
    return STATUS_OK;
}

enum status mail_store_erase_old(struct db_tx *tx, int64_t now, int64_t *ret_count)
{
    return db_execute(tx, QUERY_MAIL_ERASE_OLD, PARAMS(db_integer("now", now)), ret_count);
}

/* ---- lists ----------------------------------------------------------------------------------- */

void mail_page_clear(struct mail_page *page)
{
    struct record_array array = {&record, page->rows, page->count, page->count};
    record_array_clear(&array);
    *page = (struct mail_page){0};
}

/* A full page has another behind it, or an empty one; a limit of -1 is no page. */
static enum status ask(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, int64_t limit, struct mail_page *ret_page)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    TRY(record_array_query(&array, tx, query, params, count));
    struct mail_page page = {.rows = array.records, .count = array.count};
    if ((int64_t)page.count == limit)
        snprintf(page.next, sizeof page.next, "%s", page.rows[page.count - 1].id);
    array = (struct record_array){.type = &record};
    *ret_page = page;
    return STATUS_OK;
}

/* When the row at the end of the page before was made; later than all for the first page. */
static enum status position(struct db_tx *tx, const char *after, int64_t *ret_at)
{
    struct mail_row row defer(mail_row_clear) = {.created_at = INT64_MAX};
    if (after[0] != '\0' && mail_store_get(tx, after, &row) != STATUS_OK)
        return status_fail(STATUS_INVALID, "no page ends with '%.40s'", after);
    *ret_at = row.created_at;
    return STATUS_OK;
}

enum status mail_store_list(struct db_tx *tx, const enum mail_state *state,
                            const struct page_request *page, struct mail_page *ret_page)
{
    int64_t limit;
    int64_t before_at = 0;
    const char *after = page->after == NULL ? "" : page->after;
    TRY(page_limit(page, &limit));
    TRY(position(tx, after, &before_at));
    return ask(tx, state == NULL ? QUERY_MAIL_LIST : QUERY_MAIL_LIST_OF_STATE,
               PARAMS(db_text("state", state == NULL ? "" : mail_state_text(*state)),
                      db_integer("before_at", before_at), db_text("before_id", after),
                      db_integer("most", limit)),
               limit, ret_page);
}

enum status mail_store_overdue(struct db_tx *tx, int64_t now, int64_t most,
                               struct mail_page *ret_page)
{
    return ask(tx, QUERY_MAIL_OVERDUE, PARAMS(db_integer("now", now), db_integer("most", most)), -1,
               ret_page);
}

enum status mail_store_too_old(struct db_tx *tx, int64_t now, int64_t most,
                               struct mail_page *ret_page)
{
    return ask(tx, QUERY_MAIL_TOO_OLD, PARAMS(db_integer("now", now), db_integer("most", most)), -1,
               ret_page);
}

enum status mail_store_waiting_of_link(struct db_tx *tx, const char *link_id,
                                       struct mail_page *ret_page)
{
    return ask(tx, QUERY_MAIL_WAITING_OF_LINK, PARAMS(db_text("link_id", link_id)), -1, ret_page);
}

enum status mail_store_counts(struct db_tx *tx, int64_t ret_counts[static MAIL_STATE_COUNT])
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_MAIL_COUNTS, NULL, 0, &rows));
    int64_t counts[MAIL_STATE_COUNT] = {0};
    for (;;) {
        bool row;
        TRY(db_next(rows, &row));
        if (!row)
            break;
        for (unsigned i = 0; i < MAIL_STATE_COUNT; i++)
            if (span_equal_text(db_column_bytes(rows, 0), state_texts[i]))
                counts[i] = db_column_integer(rows, 1);
    }
    memcpy(ret_counts, counts, sizeof counts);
    return STATUS_OK;
}
