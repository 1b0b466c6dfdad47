/* Reading devices, and what operators do to them: each act in one transaction with its audit. */
#include "service/devices.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/verify_device.h"

#include <stdio.h>

enum status devices_list(const struct service *service, const struct device_filter *filter,
                         const struct page_request *page, struct device_list *ret_list)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return device_store_list(tx, filter, page, ret_list);
}

void device_record_clear(struct device_record *record)
{
    device_row_clear(&record->row);
    pin_row_clear(&record->pin);
    *record = (struct device_record){0};
}

static enum status read_record(struct db_tx *tx, const char *id, struct device_record *record)
{
    TRY(device_store_get(tx, id, &record->row));
    struct policy_rules policy;
    TRY(access_store_user_blocked(tx, record->row.user, &record->user_blocked_at));
    TRY(policy_rules_find(tx, record->row.user, &policy));
    snprintf(record->policy, sizeof record->policy, "%s", policy.name);
    enum status status = access_store_get_pin(tx, record->row.owner, &record->pin);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status devices_show(const struct service *service, const char *id,
                         struct device_record *ret_record)
{
    struct device_record record defer(device_record_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(read_record(tx, id, &record));
    *ret_record = record;
    record = (struct device_record){0};
    return STATUS_OK;
}

enum status devices_timeline(const struct service *service, const char *id,
                             const struct page_request *page, struct sighting_list *ret_list)
{
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(device_store_get(tx, id, &row));
    return sighting_store_list(tx, id, page, ret_list);
}

enum eas_standing devices_standing(const struct device_row *row)
{
    struct eas_provision_state state;
    verify_device_read(row, &state);
    return eas_provision_standing(&state);
}

const char *devices_name(const struct device_row *row)
{
    if (row->friendly_name[0] != '\0')
        return row->friendly_name;
    return row->model[0] != '\0' ? row->model : row->device_type;
}

bool devices_is_refused(const struct device_row *row)
{
    return row->reason[0] != '\0' && strcmp(row->reason, verdict_reason_text(VERDICT_ALLOWED)) != 0;
}

/* ---- what operators do ----------------------------------------------------------------------- */

static enum status record_act(struct db_tx *tx, const struct actor *actor, const char *action,
                              const struct device_row *row)
{
    const struct audit_value values[] = {AUDIT_TEXT("user", row->user),
                                         AUDIT_TEXT("device_id", row->device_id),
                                         AUDIT_TEXT("serial", row->serial)};
    return audit_write(tx, actor, action, row->id, values, sizeof values / sizeof values[0]);
}

enum status devices_unpin(const struct service *service, const struct actor *actor, const char *id)
{
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(device_store_get(tx, id, &row));
    TRY(access_store_unpin(tx, row.owner));
    TRY(record_act(tx, actor, "device.unpin", &row));
    return db_commit(tx);
}

enum status devices_block(const struct service *service, const struct actor *actor, const char *id)
{
    char by[ACTOR_TEXT_MAX];
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    actor_format(actor, by);
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(device_store_get(tx, id, &row));
    TRY(device_store_block(tx, id, by, clock_now()));
    TRY(record_act(tx, actor, "device.block", &row));
    return db_commit(tx);
}

enum status devices_unblock(const struct service *service, const struct actor *actor,
                            const char *id)
{
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(device_store_get(tx, id, &row));
    TRY(device_store_unblock(tx, id));
    TRY(record_act(tx, actor, "device.unblock", &row));
    return db_commit(tx);
}

static enum status check_user(const char *user)
{
    struct span text = span_of_text(user);
    if (text.len == 0 || text.len > LIMIT_USER || !text_is_utf8(text) || text_has_control(text))
        return status_fail(STATUS_INVALID, "user: must be a name of 1 to %d bytes of UTF-8",
                           LIMIT_USER);
    return STATUS_OK;
}

enum status devices_block_user(const struct service *service, const struct actor *actor,
                               const char *user)
{
    char by[ACTOR_TEXT_MAX];
    struct db_tx *tx defer(db_end) = NULL;
    actor_format(actor, by);
    TRY(check_user(user));
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(access_store_block_user(tx, user, by, clock_now()));
    TRY(audit_write(tx, actor, "user.block", user, NULL, 0));
    return db_commit(tx);
}

enum status devices_unblock_user(const struct service *service, const struct actor *actor,
                                 const char *user)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(check_user(user));
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(access_store_unblock_user(tx, user));
    TRY(audit_write(tx, actor, "user.unblock", user, NULL, 0));
    return db_commit(tx);
}
