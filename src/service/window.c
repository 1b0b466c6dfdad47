/*
 * Erasing is two things: the rows, in a transaction with its audit, and the copies in the
 * write-ahead log. A setting remembers between them that the second is still to be done, so that
 * neither a reader that was in the way nor a crash leaves a copy for good.
 */
#include "service/window.h"

#include "base/clock.h"
#include "base/log.h"
#include "service/audit.h"
#include "service/background.h"
#include "store/bundle_store.h"
#include "store/certificate_store.h"
#include "store/link_store.h"
#include "store/setting_store.h"

#define TRACES "window.traces"

enum { WINDOW_BATCH = 100 };

static const struct actor server = {.kind = ACTOR_SYSTEM};

enum status window_leave_traces(struct db_tx *tx, int64_t now)
{
    return setting_store_set(tx, TRACES, "yes", now);
}

enum status window_erase(struct db_tx *tx, const char *link_id, int64_t now)
{
    TRY(bundle_store_erase(tx, link_id, now));
    return window_leave_traces(tx, now);
}

static enum status close_link(struct db_tx *tx, const char *id, const char *why, int64_t now)
{
    TRY(window_erase(tx, id, now));
    TRY(link_store_close(tx, id, now));
    const struct audit_value values[] = {AUDIT_TEXT("why", why)};
    return audit_write(tx, &server, "link.close", id, values, 1);
}

static enum status read_traces(struct db *db, bool *ret_there)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    char *value defer(free) = NULL;
    enum status status = setting_store_get(tx, TRACES, &value);
    if (status == STATUS_NOT_FOUND) {
        *ret_there = false;
        return STATUS_OK;
    }
    TRY(status);
    *ret_there = strcmp(value, "yes") == 0;
    return STATUS_OK;
}

enum status window_erase_traces(const struct service *service, int64_t now)
{
    struct db *db = service->db;
    bool there = false;
    TRY(read_traces(db, &there));
    if (!there)
        return STATUS_OK;
    enum status erased = db_erase_traces(db);
    if (erased == STATUS_CONFLICT) {
        log_status("window", erased, "the database's log is truncated at the next sweep");
        return STATUS_OK;
    }
    TRY(erased);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    TRY(setting_store_set(tx, TRACES, "no", now));
    return db_commit(tx);
}

/* One batch; *ret_closed is 0 when nothing was due. */
static enum status close_due(struct db *db, int64_t now, int *ret_closed)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    struct link_list due defer(link_list_clear) = {0};
    TRY(link_store_due_for_erase(tx, now, WINDOW_BATCH, &due));
    for (size_t i = 0; i < due.count; i++)
        TRY(close_link(tx, due.rows[i].id, "the window is over", now));
    TRY(db_commit(tx));
    *ret_closed = (int)due.count;
    return STATUS_OK;
}

static enum status record_abandoned(void *context, const char *serial)
{
    const struct audit_value values[] = {AUDIT_TEXT("why", "the lease is over")};
    return audit_write(context, &server, "certificate.abandon", serial, values, 1);
}

static enum status record_expired(void *context, const char *id)
{
    return audit_write(context, &server, "link.expire", id, NULL, 0);
}

/* One batch of each; both counts are 0 when nothing was due. */
static enum status give_up_due(struct db *db, int64_t now, int64_t *ret_abandoned,
                               int64_t *ret_expired)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    TRY(certificate_store_abandon_overdue(tx, now, WINDOW_BATCH, record_abandoned, tx,
                                          ret_abandoned));
    TRY(link_store_expire(tx, now, WINDOW_BATCH, record_expired, tx, ret_expired));
    return *ret_abandoned + *ret_expired > 0 ? db_commit(tx) : STATUS_OK;
}

static enum status give_up_overdue(struct db *db, int64_t now, struct window_sweep *sweep)
{
    int64_t abandoned;
    int64_t expired;
    do {
        TRY(give_up_due(db, now, &abandoned, &expired));
        sweep->abandoned += (int)abandoned;
        sweep->expired += (int)expired;
    } while (abandoned + expired > 0);
    return STATUS_OK;
}

enum status window_sweep(const struct service *service, int64_t now, struct window_sweep *ret_sweep)
{
    struct window_sweep sweep = {0};
    TRY(give_up_overdue(service->db, now, &sweep));
    int closed = 0;
    do {
        TRY(close_due(service->db, now, &closed));
        sweep.closed += closed;
    } while (closed > 0);
    TRY(window_erase_traces(service, now));
    *ret_sweep = sweep;
    return STATUS_OK;
}

static enum status note_in_use(struct db *db, const char *serial, int64_t now)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    struct certificate_row certificate defer(certificate_row_clear) = {0};
    TRY(certificate_store_get(tx, serial, &certificate));
    if (certificate.link_id[0] == '\0')
        return STATUS_OK;
    struct link_row link defer(link_row_clear) = {0};
    TRY(link_store_get(tx, certificate.link_id, &link));
    if (link.in_use_at != 0)
        return STATUS_OK;
    TRY(link_store_note_in_use(tx, serial, now));
    const struct audit_value values[] = {AUDIT_TEXT("serial", serial)};
    TRY(audit_write(tx, &server, "link.in_use", link.id, values, 1));
    if (link.closed_at == 0)
        TRY(close_link(tx, link.id, "the certificate is in use", now));
    return db_commit(tx);
}

enum status window_in_use(const struct service *service, const char *serial, int64_t now)
{
    TRY(note_in_use(service->db, serial, now));
    background_wake(service, BACKGROUND_SWEEP);
    return STATUS_OK;
}
