/* Each step of an import is one UPDATE ... WHERE ... RETURNING: of two processes that would make
 * the same rows one is told that it was too late. */
#include "store/import_store.h"

#include "store/record.h"

#include <stdio.h>

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct import_row, member), NULL, 0                                 \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_TEXT, id),
    FIELD("created_at", FIELD_INTEGER, created_at),
    FIELD("created_by", FIELD_TEXT, created_by),
    FIELD("address", FIELD_TEXT, address),
    FIELD("file_name", FIELD_TEXT, file_name),
    FIELD("total", FIELD_INTEGER, total),
    FIELD("faults", FIELD_INTEGER, faults),
    FIELD("made", FIELD_INTEGER, made),
    FIELD("position", FIELD_INTEGER, position),
    FIELD("line", FIELD_INTEGER, line),
    FIELD("stopped_at", FIELD_TIME, stopped_at),
    FIELD("stopped_why", FIELD_TEXT, stopped_why),
    FIELD("finished_at", FIELD_TIME, finished_at),
    FIELD("fetched_at", FIELD_TIME, fetched_at),
    FIELD("erase_at", FIELD_TIME, erase_at),
    FIELD("erased_at", FIELD_TIME, erased_at),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct import_row),
                                          offsetof(struct import_row, storage)};

void import_row_clear(struct import_row *row)
{
    record_clear(&record, row);
}

enum status import_store_create(struct db_tx *tx, const struct import_row *row, struct span file,
                                struct span report)
{
    int64_t changes;
    TRY(record_execute(tx, QUERY_IMPORT_CREATE, &record, row, &changes));
    struct db_param text = db_text("report", "");
    text.bytes = report.len == 0 ? text.bytes : report;
    return db_execute(tx, QUERY_IMPORT_PUT_FILE,
                      PARAMS(db_text("import_id", row->id), db_blob("file", file), text), &changes);
}

enum status import_store_get(struct db_tx *tx, const char *id, struct import_row *ret_row)
{
    return record_get(tx, QUERY_IMPORT_GET, PARAMS(db_text("id", id)), &record,
                      "import with this id", ret_row);
}

enum status import_store_get_file(struct db_tx *tx, const char *id, struct buf *file,
                                  struct buf *report)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_IMPORT_GET_FILE, PARAMS(db_text("import_id", id)), &rows));
    bool any;
    TRY(db_next(rows, &any));
    if (!any)
        return status_fail(STATUS_GONE, "the file of the import %s was erased", id);
    if (file != NULL)
        buf_append(file, db_column_bytes(rows, 0));
    if (report != NULL)
        buf_append(report, db_column_bytes(rows, 1));
    TRY(file == NULL ? STATUS_OK : file->failure);
    return report == NULL ? STATUS_OK : report->failure;
}

enum status import_store_first_running(struct db_tx *tx, struct import_row *ret_row)
{
    return record_get(tx, QUERY_IMPORT_FIRST_RUNNING, NULL, 0, &record, "import that runs",
                      ret_row);
}

/* The statement gives a row, or the import is not as it must be. */
static enum status change(struct db_tx *tx, enum query query, const struct db_param *params,
                          size_t count, const char *refusal)
{
    bool done;
    TRY(db_ask(tx, query, params, count, &done, NULL));
    return done ? STATUS_OK : status_fail(STATUS_CONFLICT, "%s", refusal);
}

enum status import_store_advance(struct db_tx *tx, const char *id, const struct import_batch *batch)
{
    TRY(change(tx, QUERY_IMPORT_ADVANCE,
               PARAMS(db_text("id", id), db_integer("before", batch->before),
                      db_integer("count", batch->count), db_integer("position", batch->position),
                      db_integer("line", batch->line)),
               "these rows of the import were made already, or it does not run"));
    int64_t changes;
    return db_execute(tx, QUERY_IMPORT_PUT_RESULT,
                      PARAMS(db_text("import_id", id), db_integer("first_row", batch->before),
                             db_blob("sealed", batch->sealed)),
                      &changes);
}

enum status import_store_finish(struct db_tx *tx, const char *id, int64_t now, int64_t erase_at)
{
    return change(
        tx, QUERY_IMPORT_FINISH,
        PARAMS(db_text("id", id), db_integer("now", now), db_integer("erase_at", erase_at)),
        "not every row of the import is made");
}

enum status import_store_stop(struct db_tx *tx, const char *id, const char *why, int64_t now,
                              int64_t erase_at)
{
    return change(tx, QUERY_IMPORT_STOP,
                  PARAMS(db_text("id", id), db_text("why", why), db_integer("now", now),
                         db_integer("erase_at", erase_at)),
                  "the import does not run");
}

enum status import_store_stop_all(struct db_tx *tx, const char *why, int64_t now, int64_t erase_at)
{
    int64_t changes;
    return db_execute(
        tx, QUERY_IMPORT_STOP_ALL,
        PARAMS(db_text("why", why), db_integer("now", now), db_integer("erase_at", erase_at)),
        &changes);
}

enum status import_store_resume(struct db_tx *tx, const char *id)
{
    return change(tx, QUERY_IMPORT_RESUME, PARAMS(db_text("id", id)),
                  "the import is not stopped, or its file was erased");
}

enum status import_store_next_result(struct db_tx *tx, const char *id, int64_t after, bool *ret_any,
                                     int64_t *ret_row, struct buf *sealed)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_IMPORT_NEXT_RESULT,
                 PARAMS(db_text("import_id", id), db_integer("after", after)), &rows));
    bool any;
    TRY(db_next(rows, &any));
    if (any) {
        buf_append(sealed, db_column_bytes(rows, 1));
        TRY(sealed->failure);
        *ret_row = db_column_integer(rows, 0);
    }
    *ret_any = any;
    return STATUS_OK;
}

enum status import_store_note_fetched(struct db_tx *tx, const char *id, int64_t now,
                                      int64_t erase_at)
{
    bool there;
    TRY(db_ask(tx, QUERY_IMPORT_NOTE_FETCHED,
               PARAMS(db_text("id", id), db_integer("now", now), db_integer("erase_at", erase_at)),
               &there, NULL));
    return there ? STATUS_OK
                 : status_fail(STATUS_GONE, "the result of the import %s was erased", id);
}

enum status import_store_due(struct db_tx *tx, int64_t now, bool *ret_any,
                             char ret_id[static IMPORT_STORE_ID_SIZE])
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_IMPORT_DUE, PARAMS(db_integer("now", now)), &rows));
    bool any;
    TRY(db_next(rows, &any));
    if (any) {
        struct span id = db_column_bytes(rows, 0);
        snprintf(ret_id, IMPORT_STORE_ID_SIZE, "%.*s", (int)id.len, (const char *)id.ptr);
    }
    *ret_any = any;
    return STATUS_OK;
}

enum status import_store_erase(struct db_tx *tx, const char *id, int64_t now)
{
    TRY(change(tx, QUERY_IMPORT_ERASE, PARAMS(db_text("id", id), db_integer("now", now)),
               "the import runs, or was erased before"));
    int64_t changes;
    TRY(db_execute(tx, QUERY_IMPORT_ERASE_FILE, PARAMS(db_text("id", id)), &changes));
    return db_execute(tx, QUERY_IMPORT_ERASE_RESULT, PARAMS(db_text("id", id)), &changes);
}

void import_list_clear(struct import_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct import_list){0};
}

static enum status position_of(struct db_tx *tx, const char *after, int64_t *ret_at)
{
    struct import_row row defer(import_row_clear) = {.created_at = INT64_MAX};
    if (after[0] != '\0' && import_store_get(tx, after, &row) != STATUS_OK)
        return status_fail(STATUS_INVALID, "no page ends with '%.40s'", after);
    *ret_at = row.created_at;
    return STATUS_OK;
}

enum status import_store_list(struct db_tx *tx, const struct page_request *page,
                              struct import_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    const char *after = page->after == NULL ? "" : page->after;
    int64_t limit;
    int64_t before_at = 0;
    TRY(page_limit(page, &limit));
    TRY(position_of(tx, after, &before_at));
    TRY(record_array_query(&array, tx, QUERY_IMPORT_LIST,
                           PARAMS(db_integer("before_at", before_at), db_text("before_id", after),
                                  db_integer("most", limit))));
    struct import_list list = {.rows = array.records, .count = array.count};
    if ((int64_t)list.count == limit)
        snprintf(list.next, sizeof list.next, "%s", list.rows[list.count - 1].id);
    array = (struct record_array){.type = &record};
    *ret_list = list;
    return STATUS_OK;
}
