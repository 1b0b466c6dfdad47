/*
 * Making the links, and the task that does it. Everything that a batch changes is in one
 * transaction, which first looks where the import stands: the file in memory is the same for good,
 * only the place in it moves.
 */
#include "service/import.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "service/background.h"
#include "service/handout.h"
#include "service/import_read.h"
#include "service/import_seal.h"
#include "service/window.h"
#include "store/import_store.h"

#include <stdio.h>

enum { ROW_MOST = 4096 };

static const struct actor server = {.kind = ACTOR_SYSTEM};

static bool is_running(const struct import_row *row)
{
    return row->faults == 0 && row->finished_at == 0 && row->stopped_at == 0;
}

static enum status actor_of(const struct import_row *row, struct actor *ret_actor)
{
    TRY(actor_parse(row->created_by, ret_actor));
    ret_actor->address = row->address;
    return STATUS_OK;
}

static enum status make_link(const struct service *service, struct db_tx *tx,
                             const struct actor *actor, const struct enrol_request *request,
                             struct buf *rows)
{
    struct enrol_created created defer(enrol_created_clear) = {0};
    TRY(enrol_create_in(service, tx, actor, request, &created));
    import_append_link(service, &created, rows);
    return rows->failure;
}

static enum status make_links(const struct service *service, struct db_tx *tx,
                              const struct import_row *row, struct import_reader *reader,
                              struct import_batch *batch, struct buf *rows)
{
    struct actor actor;
    TRY(actor_of(row, &actor));
    while (batch->count < IMPORT_BATCH && batch->before + batch->count < row->total) {
        bool any;
        struct enrol_request request;
        TRY(import_reader_next(reader, &any, &request));
        if (!any)
            return status_fail(STATUS_INTERNAL, "the file of the import %s has changed", row->id);
        TRY(make_link(service, tx, &actor, &request, rows));
        batch->count++;
    }
    batch->position = (int64_t)reader->csv.at;
    batch->line = (int64_t)reader->csv.next_line;
    return STATUS_OK;
}

static enum status finish(struct db_tx *tx, const struct import_row *row)
{
    int64_t now = clock_now();
    struct actor actor;
    TRY(actor_of(row, &actor));
    TRY(import_store_finish(tx, row->id, now, now + IMPORT_KEPT));
    const struct audit_value values[] = {AUDIT_NUMBER("made", row->total)};
    return audit_write(tx, &actor, "import.finish", row->id, values, 1);
}

/* Links, result and progress of one batch, and the end after the last. */
static enum status make_batch(const struct service *service, struct db_tx *tx,
                              const struct import_row *row, struct span file)
{
    struct import_reader reader defer(import_reader_clear);
    TRY(import_reader_begin(&reader, file));
    csv_go_on_at(&reader.csv, (size_t)row->position, (size_t)row->line);

    struct buf rows defer(buf_clear) = BUF_INIT((size_t)IMPORT_BATCH * ROW_MOST);
    struct buf sealed defer(buf_clear) = BUF_INIT((size_t)2 * IMPORT_BATCH * ROW_MOST);
    struct import_batch batch = {.before = row->made};
    TRY(make_links(service, tx, row, &reader, &batch, &rows));
    TRY(import_seal(service, row->id, row->made, span_of(rows.ptr, rows.len), &sealed));
    batch.sealed = span_of(sealed.ptr, sealed.len);
    TRY(import_store_advance(tx, row->id, &batch));
    return batch.before + batch.count == row->total ? finish(tx, row) : STATUS_OK;
}

static enum status step(const struct service *service, const char *id, struct span file,
                        bool *ret_more)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    struct import_row row defer(import_row_clear) = {0};
    TRY(import_store_get(tx, id, &row));
    *ret_more = is_running(&row);
    if (!*ret_more)
        return STATUS_OK;
    TRY(make_batch(service, tx, &row, file));
    return db_commit(tx);
}

/* What a repetition would not mend. */
static enum status stop(const struct service *service, const char *id, const char *why)
{
    int64_t now = clock_now();
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(import_store_stop(tx, id, why, now, now + IMPORT_KEPT));
    const struct audit_value values[] = {AUDIT_TEXT("why", why)};
    TRY(audit_write(tx, &server, "import.stop", id, values, 1));
    return db_commit(tx);
}

static enum status load(const struct service *service, const char *id, struct buf *file)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct import_row row defer(import_row_clear) = {0};
    TRY(import_store_get(tx, id, &row));
    return is_running(&row) ? import_store_get_file(tx, id, file, NULL) : STATUS_OK;
}

enum status import_work(const struct service *service, const char *id)
{
    struct buf file defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_FILE);
    TRY(load(service, id, &file));
    bool more = true;
    while (more && !background_stopping(service)) {
        enum status status = step(service, id, span_of(file.ptr, file.len), &more);
        if (status_kind(status) == STATUS_KIND_REFUSAL) {
            char why[IMPORT_WHY_SIZE];
            snprintf(why, sizeof why, "%s", status_detail());
            log_status("import", status, "an import was stopped");
            return stop(service, id, why);
        }
        TRY(status);
    }
    return STATUS_OK;
}

/* ---- the task -------------------------------------------------------------------------------- */

static enum status erase_one(const struct service *service, int64_t now, bool *ret_any)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    char id[IMPORT_STORE_ID_SIZE];
    TRY(import_store_due(tx, now, ret_any, id));
    if (!*ret_any)
        return STATUS_OK;
    TRY(import_store_erase(tx, id, now));
    TRY(window_leave_traces(tx, now));
    TRY(audit_write(tx, &server, "import.erase", id, NULL, 0));
    return db_commit(tx);
}

static enum status erase_due(const struct service *service, int64_t now)
{
    for (bool any = true; any;)
        TRY(erase_one(service, now, &any));
    TRY(handout_sweep(service, now));
    return window_erase_traces(service, now);
}

static enum status find_running(const struct service *service, char id[static IMPORT_ID_SIZE])
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct import_row row defer(import_row_clear) = {0};
    TRY(import_store_first_running(tx, &row));
    snprintf(id, IMPORT_ID_SIZE, "%s", row.id);
    return STATUS_OK;
}

enum status background_import(const struct service *service, int64_t now, int64_t *ret_wait)
{
    *ret_wait = BACKGROUND_LONGEST;
    TRY(erase_due(service, now));
    while (!background_stopping(service)) {
        char id[IMPORT_ID_SIZE];
        enum status status = find_running(service, id);
        if (status == STATUS_NOT_FOUND)
            return STATUS_OK;
        TRY(status);
        TRY(import_work(service, id));
    }
    return STATUS_OK;
}
