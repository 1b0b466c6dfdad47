/* What is kept is what was read: the document is written anew from it. */
#include "service/probe_import.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/credential.h"
#include "service/probe_document.h"
#include "store/probe_import_store.h"

#include <stdio.h>

static enum status check_site(const char *site)
{
    struct span text = span_of_text(site == NULL ? "" : site);
    if (text.len == 0 || text.len > PROBE_SITE_MAX || !text_is_utf8(text) || text_has_control(text))
        return status_fail(STATUS_INVALID, "site: name it in 1 to %d bytes of UTF-8",
                           PROBE_SITE_MAX);
    return STATUS_OK;
}

static enum status record_act(struct db_tx *tx, const struct actor *actor, const char *action,
                              const struct probe_import_row *row)
{
    const struct audit_value values[] = {
        AUDIT_TEXT("site", row->site),
        AUDIT_TEXT("probe", row->probe),
        AUDIT_TEXT("device", row->device),
        AUDIT_TEXT("user", row->user),
    };
    return audit_write(tx, actor, action, row->id, values, sizeof values / sizeof values[0]);
}

static enum status keep(const struct service *service, const struct actor *actor,
                        const struct probe_import_row *row)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(probe_import_store_create(tx, row));
    TRY(record_act(tx, actor, "probe.import", row));
    return db_commit(tx);
}

enum status probe_import_add(const struct service *service, const struct actor *actor,
                             const char *site, struct span file, char ret_id[static PROBE_KEY_SIZE])
{
    struct probe_document *document defer(probe_document_free) = NULL;
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    char id[CREDENTIAL_ID_LETTERS + 1];
    char by[ACTOR_TEXT_MAX];
    TRY(check_site(site));
    TRY(probe_document_read(file, &document));
    TRY(probe_document_append(document, &text));
    TRY(credential_new_id(id));
    actor_format(actor, by);
    const struct probe_import_row row = {
        .id = id,
        .site = site,
        .probe = document->row.id,
        .imported_at = clock_now(),
        .imported_by = by,
        .device = document->row.device,
        .user = document->row.user,
        .document = (const char *)text.ptr,
    };
    TRY(keep(service, actor, &row));
    snprintf(ret_id, PROBE_KEY_SIZE, "%s", id);
    return STATUS_OK;
}

enum status probe_import_remove(const struct service *service, const struct actor *actor,
                                const char *id)
{
    struct probe_import_row row defer(probe_import_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(probe_import_store_get(tx, id, &row));
    TRY(probe_import_store_remove(tx, id));
    TRY(record_act(tx, actor, "probe.forget", &row));
    return db_commit(tx);
}
