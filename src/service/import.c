/* Taking a file in, and what becomes of the import; the links are made in import_work.c. */
#include "service/import.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "service/background.h"
#include "service/credential.h"
#include "service/import_check.h"
#include "service/import_seal.h"
#include "service/window.h"
#include "store/import_store.h"

#include <stdio.h>

#define COPY_TEXT(target, source) snprintf((target), sizeof(target), "%s", (source))

const char *import_state_text(enum import_state state)
{
    static const char *const texts[] = {
#define IMPORT_STATE_TEXT(name, text) text,
        IMPORT_STATE_TABLE(IMPORT_STATE_TEXT)
#undef IMPORT_STATE_TEXT
    };
    return texts[state];
}

static enum import_state state_of(const struct import_row *row)
{
    if (row->erased_at != 0)
        return IMPORT_ERASED;
    if (row->faults > 0)
        return IMPORT_REFUSED;
    if (row->finished_at != 0)
        return IMPORT_FINISHED;
    return row->stopped_at != 0 ? IMPORT_STOPPED : IMPORT_RUNNING;
}

static void from_row(const struct import_row *row, struct import *ret_import)
{
    *ret_import = (struct import){
        .state = state_of(row),
        .created_at = row->created_at,
        .total = row->total,
        .faults = row->faults,
        .made = row->made,
        .finished_at = row->finished_at,
        .fetched_at = row->fetched_at,
        .erase_at = row->erase_at,
    };
    COPY_TEXT(ret_import->id, row->id);
    COPY_TEXT(ret_import->created_by, row->created_by);
    COPY_TEXT(ret_import->file_name, row->file_name);
    COPY_TEXT(ret_import->why, row->stopped_why);
}

/* ---- taking it in ---------------------------------------------------------------------------- */

/* The last part of a path, without what no name has; cut at a character. */
static void clean_name(const char *name, char ret_name[static IMPORT_FILE_NAME_SIZE])
{
    const char *last = name == NULL ? "" : name;
    for (const char *c = last; *c != '\0'; c++)
        if (*c == '/' || *c == '\\')
            last = c + 1;
    struct span text = span_of_text(last);
    if (!text_is_utf8(text) || text_has_control(text))
        text.len = 0;
    while (text.len >= IMPORT_FILE_NAME_SIZE ||
           !text_is_utf8(text)) /* not in the middle of a character */
        text.len--;
    snprintf(ret_name, IMPORT_FILE_NAME_SIZE, "%.*s", (int)text.len, last);
}

static enum status audit_submitted(struct db_tx *tx, const struct actor *actor,
                                   const struct import_row *row)
{
    bool refused = row->faults > 0;
    const struct audit_value values[] = {
        AUDIT_TEXT("file", row->file_name),
        AUDIT_NUMBER("users", row->total),
        AUDIT_NUMBER("faults", row->faults),
    };
    return audit_write(tx, actor, refused ? "import.refuse" : "import.create", row->id, values, 3);
}

static enum status store(const struct service *service, const struct actor *actor,
                         const struct import_row *row, struct span file, struct span report)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(import_store_create(tx, row, file, report));
    TRY(audit_submitted(tx, actor, row));
    return db_commit(tx);
}

enum status import_submit(const struct service *service, const struct actor *actor,
                          struct span file, const char *name, struct import *ret_import)
{
    if (file.len > LIMIT_IMPORT_FILE)
        return status_fail(STATUS_TOO_LARGE, "a file of users has at most %d bytes",
                           LIMIT_IMPORT_FILE);
    struct buf report defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_REPORT);
    struct import_verdict verdict;
    TRY(import_check_file(service, file, &report, &verdict));

    char id[CREDENTIAL_ID_LETTERS + 1];
    char who[ACTOR_TEXT_MAX];
    char file_name[IMPORT_FILE_NAME_SIZE];
    TRY(credential_new_id(id));
    actor_format(actor, who);
    clean_name(name, file_name);
    int64_t now = clock_now();
    const struct import_row row = {
        .id = id,
        .created_at = now,
        .created_by = who,
        .address = actor->address,
        .file_name = file_name,
        .total = verdict.total,
        .faults = verdict.faults,
        .position = verdict.position,
        .line = verdict.line,
        .erase_at = verdict.faults > 0 ? now + IMPORT_KEPT : 0,
    };
    TRY(store(service, actor, &row, verdict.faults > 0 ? SPAN_EMPTY : file,
              span_of(report.ptr, report.len)));
    background_wake(service, BACKGROUND_IMPORT);
    return import_show(service, id, ret_import);
}

enum status import_check(const struct service *service, struct span file, struct buf *report,
                         int64_t *ret_total)
{
    struct import_verdict verdict;
    TRY(import_check_file(service, file, report, &verdict));
    *ret_total = verdict.total;
    return STATUS_OK;
}

/* ---- looking at it --------------------------------------------------------------------------- */

enum status import_show(const struct service *service, const char *id, struct import *ret_import)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct import_row row defer(import_row_clear) = {0};
    TRY(import_store_get(tx, id, &row));
    from_row(&row, ret_import);
    return STATUS_OK;
}

void imports_clear(struct imports *imports)
{
    free(imports->imports);
    *imports = (struct imports){0};
}

enum status import_list(const struct service *service, const struct page_request *page,
                        struct imports *ret_imports)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct import_list list defer(import_list_clear) = {0};
    TRY(import_store_list(tx, page, &list));
    struct imports imports = {.count = list.count};
    imports.imports = calloc(list.count == 0 ? 1 : list.count, sizeof *imports.imports);
    if (imports.imports == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of imports");
    for (size_t i = 0; i < list.count; i++)
        from_row(&list.rows[i], &imports.imports[i]);
    memcpy(imports.next, list.next, sizeof imports.next);
    *ret_imports = imports;
    return STATUS_OK;
}

enum status import_report(const struct service *service, const char *id, struct buf *report)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct import_row row defer(import_row_clear) = {0};
    TRY(import_store_get(tx, id, &row));
    return import_store_get_file(tx, id, NULL, report);
}

/* ---- stop and resume ------------------------------------------------------------------------- */

static enum status audit_made(struct db_tx *tx, const struct actor *actor, const char *action,
                              const struct import_row *row)
{
    const struct audit_value values[] = {AUDIT_NUMBER("made", row->made)};
    return audit_write(tx, actor, action, row->id, values, 1);
}

enum status import_stop(const struct service *service, const struct actor *actor, const char *id)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    struct import_row row defer(import_row_clear) = {0};
    TRY(import_store_get(tx, id, &row));
    int64_t now = clock_now();
    TRY(import_store_stop(tx, id, "", now, now + IMPORT_KEPT));
    TRY(audit_made(tx, actor, "import.stop", &row));
    return db_commit(tx);
}

enum status import_resume(const struct service *service, const struct actor *actor, const char *id)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    struct import_row row defer(import_row_clear) = {0};
    TRY(import_store_get(tx, id, &row));
    TRY(import_store_resume(tx, id));
    TRY(audit_made(tx, actor, "import.resume", &row));
    TRY(db_commit(tx));
    background_wake(service, BACKGROUND_IMPORT);
    return STATUS_OK;
}

/* ---- the result ------------------------------------------------------------------------------ */

static enum status check_owner(const struct import_row *row, const struct actor *actor)
{
    char who[ACTOR_TEXT_MAX];
    actor_format(actor, who);
    if (strcmp(who, row->created_by) != 0)
        return status_fail(STATUS_FORBIDDEN, "the import %s belongs to %s", row->id,
                           row->created_by);
    return STATUS_OK;
}

/* What was made before a stop stands, so its addresses and PINs are to be had. */
static enum status check_ended(const struct import_row *row)
{
    switch (state_of(row)) {
    case IMPORT_FINISHED:
    case IMPORT_STOPPED:
        return STATUS_OK;
    case IMPORT_ERASED:
        return status_fail(STATUS_GONE, "the result of the import %s was erased", row->id);
    case IMPORT_REFUSED:
    case IMPORT_RUNNING:
        break;
    }
    return status_fail(STATUS_CONFLICT, "the import %s is %s", row->id,
                       import_state_text(state_of(row)));
}

static enum status append_rows(const struct service *service, struct db_tx *tx, const char *id,
                               struct buf *result)
{
    import_append_head(result);
    int64_t row = -1;
    for (bool any = true; any;) {
        struct buf sealed defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
        TRY(import_store_next_result(tx, id, row, &any, &row, &sealed));
        if (any)
            TRY(import_unseal(service, id, row, span_of(sealed.ptr, sealed.len), result));
    }
    return result->failure;
}

static enum status read_result(const struct service *service, const struct actor *actor,
                               const char *id, struct import_row *row, struct buf *result)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(import_store_get(tx, id, row));
    TRY(check_owner(row, actor));
    TRY(check_ended(row));
    return append_rows(service, tx, id, result);
}

enum status import_result(const struct service *service, const struct actor *actor, const char *id,
                          struct buf *result)
{
    struct import_row row defer(import_row_clear) = {0};
    TRY(read_result(service, actor, id, &row, result));
    int64_t now = clock_now();
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(import_store_note_fetched(tx, id, now, now + IMPORT_FETCHED_KEPT));
    TRY(audit_made(tx, actor, "import.fetch", &row));
    return db_commit(tx);
}

enum status import_erase(const struct service *service, const struct actor *actor, const char *id)
{
    int64_t now = clock_now();
    {
        struct db_tx *tx defer(db_end) = NULL;
        TRY(db_begin(service->db, DB_WRITE, &tx));
        struct import_row row defer(import_row_clear) = {0};
        TRY(import_store_get(tx, id, &row));
        TRY(check_owner(&row, actor));
        TRY(import_store_erase(tx, id, now));
        TRY(window_leave_traces(tx, now));
        TRY(audit_made(tx, actor, "import.erase", &row));
        TRY(db_commit(tx));
    }
    enum status erased = window_erase_traces(service, now);
    if (erased != STATUS_OK)
        log_status("import", erased, "the database's log is truncated at the next sweep");
    return STATUS_OK;
}
