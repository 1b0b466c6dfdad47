/* Each act of an operator is one transaction with its audit. */
#include "service/probes.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/credential.h"
#include "service/policy_rules.h"
#include "service/probe_run.h"
#include "store/device_store.h"

#include <stdio.h>
#include <string.h>

/* Devices of a user that are looked at, and the ids that a refusal names. */
enum { DEVICES_OF_ONE = 20, NAMED_MAX = 4096 };

/* ---- what is asked for ----------------------------------------------------------------------- */

static enum status read_named(const struct probe_request *request, eas_policy_set *ret_named)
{
    eas_policy_set named = 0;
    for (size_t i = 0; i < request->named_count; i++) {
        enum eas_policy policy = EAS_POLICIES;
        if (eas_policy_find(request->named[i], &policy) != STATUS_OK)
            return status_fail(STATUS_INVALID, "policies: there is no policy '%.60s'",
                               request->named[i]);
        const struct eas_policy_row *row = eas_policy_row(policy);
        if (row->risk != EAS_RISK_DESTRUCTIVE || request->risk < EAS_RISK_DESTRUCTIVE)
            return status_fail(STATUS_INVALID,
                               "policies: %s is of risk %d; only policies of risk 3 are named, and "
                               "only with that risk",
                               row->element, (int)row->risk);
        named |= EAS_POLICY_BIT(policy);
    }
    *ret_named = named;
    return STATUS_OK;
}

static enum status check_consent(const char *consent)
{
    struct span text = span_of_text(consent == NULL ? "" : consent);
    if (text.len == 0 || text.len > PROBE_CONSENT_MAX || !text_is_utf8(text) ||
        text_has_control(text))
        return status_fail(STATUS_INVALID,
                           "consent: say in 1 to %d bytes of UTF-8 who agreed, and how",
                           PROBE_CONSENT_MAX);
    return STATUS_OK;
}

static enum status check_device(const struct device_row *device)
{
    if (device->allowed_at == 0)
        return status_fail(STATUS_CONFLICT, "the device %s was never let in", device->id);
    if (device->blocked_at != 0)
        return status_fail(STATUS_CONFLICT, "the device %s is blocked", device->id);
    if (device->version == 0)
        return status_fail(STATUS_CONFLICT,
                           "the device %s has not said which protocol version it speaks",
                           device->id);
    return STATUS_OK;
}

static enum status check_risk(const struct probe_request *request, const struct device_row *device)
{
    const char *typed = request->confirmation == NULL ? "" : request->confirmation;
    if (request->risk < EAS_RISK_NONE || request->risk > EAS_RISK_DESTRUCTIVE)
        return status_fail(STATUS_INVALID, "risk: is not 0, 1, 2 or 3");
    if (request->risk < EAS_RISK_STICKY || strcmp(typed, device->user) == 0)
        return STATUS_OK;
    return status_fail(
        STATUS_INVALID, "confirm: type the user's name, %.200s, to confirm risk %d: %s",
        device->user, (int)request->risk,
        request->risk == EAS_RISK_STICKY
            ? "the user must set a PIN and may lose accounts or applications on the device"
            : "the device may encrypt or erase itself, or be cut off from its network");
}

static enum status make_probe(const struct probe_request *request, const struct device_row *device,
                              struct eas_probe *ret_probe)
{
    struct eas_probe_wish wish = {
        .version = (int)device->version,
        .most = (enum eas_policy_risk)request->risk,
        .one_by_one = request->one_by_one,
    };
    TRY(check_consent(request->consent));
    TRY(check_device(device));
    TRY(check_risk(request, device));
    TRY(read_named(request, &wish.named));
    return eas_probe_begin(&wish, ret_probe);
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum status create(struct db_tx *tx, const struct actor *actor,
                          const struct probe_request *request, const struct device_row *device,
                          const struct eas_probe *probe, const char *id)
{
    struct buf state defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    char by[ACTOR_TEXT_MAX];
    actor_format(actor, by);
    eas_probe_append(&state, probe);
    TRY(state.failure);
    const struct probe_row row = {
        .id = id,
        .device = device->id,
        .user = device->user,
        .version = device->version,
        .risk = request->risk,
        .named = (int64_t)probe->wish.named,
        .one_by_one = request->one_by_one,
        .consent = request->consent,
        .started_at = clock_now(),
        .started_by = by,
        .state = (const char *)state.ptr,
        .outcome = eas_probe_outcome_word(probe->outcome),
        .device_type = device->device_type,
        .model = device->model,
        .os = device->os,
        .agent = device->agent,
    };
    return probe_store_create(tx, &row);
}

static enum status record_start(struct db_tx *tx, const struct actor *actor,
                                const struct probe_request *request,
                                const struct device_row *device, const struct eas_probe *probe,
                                const char *id)
{
    struct buf named defer(buf_clear) = BUF_INIT(NAMED_MAX);
    struct policy_rules suspended;
    buf_append_text(&named, "");
    probes_append_policies(&named, (int64_t)probe->wish.named, " ");
    TRY(named.failure);
    TRY(policy_rules_find(tx, device->user, &suspended));
    const struct audit_value values[] = {
        AUDIT_TEXT("device", device->id),
        AUDIT_TEXT("user", device->user),
        AUDIT_TEXT("consent", request->consent),
        AUDIT_NUMBER("risk", request->risk),
        AUDIT_TEXT("policies", named.len == 0 ? "" : (const char *)named.ptr),
        AUDIT_TEXT("version", eas_version_text((int)device->version)),
        AUDIT_TEXT("suspends", suspended.name),
    };
    return audit_write(tx, actor, "probe.start", id, values, sizeof values / sizeof values[0]);
}

static enum status check_none_is_open(struct db_tx *tx, const char *device)
{
    struct probe_row open defer(probe_row_clear) = {0};
    enum status status = probe_store_find_open(tx, device, &open);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    return status_fail(STATUS_CONFLICT, "the probe %s is not over on the device %s", open.id,
                       device);
}

enum status probes_start(const struct service *service, const struct actor *actor,
                         const struct probe_request *request, char ret_id[static PROBE_KEY_SIZE])
{
    struct device_row device defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    struct eas_probe probe;
    char id[CREDENTIAL_ID_LETTERS + 1];
    TRY(credential_new_id(id));
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(device_store_get(tx, request->device, &device));
    TRY(make_probe(request, &device, &probe));
    TRY(check_none_is_open(tx, device.id));
    TRY(create(tx, actor, request, &device, &probe, id));
    TRY(probe_run_forget_challenges(tx, device.id));
    TRY(record_start(tx, actor, request, &device, &probe, id));
    TRY(db_commit(tx));
    snprintf(ret_id, PROBE_KEY_SIZE, "%s", id);
    return STATUS_OK;
}

/* ---- stopping -------------------------------------------------------------------------------- */

static enum status stop_running(struct probe_change *change)
{
    if (change->probe.outcome != EAS_PROBE_RUNNING)
        return status_fail(STATUS_CONFLICT,
                           "the probe %s asks nothing more: it waits for the device to take the "
                           "baseline",
                           change->row.id);
    probe_change_stop(change, "operator");
    return probe_change_keep(change);
}

enum status probes_stop(const struct service *service, const struct actor *actor, const char *id)
{
    struct probe_row row defer(probe_row_clear) = {0};
    struct probe_change change defer(probe_change_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(probe_store_get(tx, id, &row));
    if (row.ended_at != 0)
        return status_fail(STATUS_CONFLICT, "the probe %s has ended", row.id);
    TRY(probe_change_begin(tx, row.device, clock_now(), &change));
    const struct audit_value values[] = {AUDIT_TEXT("device", row.device),
                                         AUDIT_TEXT("user", row.user),
                                         AUDIT_NUMBER("rounds", change.probe.rounds)};
    TRY(audit_write(tx, actor, "probe.stop", row.id, values, sizeof values / sizeof values[0]));
    TRY(stop_running(&change));
    return db_commit(tx);
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status refuse_several(const char *user, const struct device_list *list)
{
    struct buf ids defer(buf_clear) = BUF_INIT(NAMED_MAX);
    for (size_t i = 0; i < list->count; i++)
        buf_printf(&ids, " %s", list->rows[i].id);
    TRY(ids.failure);
    return status_fail(STATUS_INVALID, "device: %.120s has several, name one of them:%s", user,
                       (const char *)ids.ptr);
}

static enum status find_of_user(struct db_tx *tx, const char *user,
                                char ret_device[static PROBES_DEVICE_SIZE])
{
    struct device_list list defer(device_list_clear) = {0};
    const struct device_filter filter = {.user = user};
    const struct page_request some = {.limit = DEVICES_OF_ONE};
    TRY(device_store_list(tx, &filter, &some, &list));
    if (list.count == 0)
        return status_fail(STATUS_NOT_FOUND, "no device with the id, or of the user, '%.120s'",
                           user);
    if (list.count > 1)
        return refuse_several(user, &list);
    snprintf(ret_device, PROBES_DEVICE_SIZE, "%s", list.rows[0].id);
    return STATUS_OK;
}

enum status probes_find_device(const struct service *service, const char *text,
                               char ret_device[static PROBES_DEVICE_SIZE])
{
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    if (text[0] == '\0')
        return status_fail(STATUS_INVALID, "device: name a device by its id, or its user");
    TRY(db_begin(service->db, DB_READ, &tx));
    enum status status = device_store_get(tx, text, &row);
    if (status == STATUS_NOT_FOUND)
        return find_of_user(tx, text, ret_device);
    TRY(status);
    snprintf(ret_device, PROBES_DEVICE_SIZE, "%s", row.id);
    return STATUS_OK;
}

void probe_record_clear(struct probe_record *record)
{
    probe_row_clear(&record->row);
    probe_round_list_clear(&record->rounds);
    *record = (struct probe_record){0};
}

/* No probe comes near the size of a page: eas/probe.h bounds its rounds. */
static enum status read_rounds(struct db_tx *tx, struct probe_record *record)
{
    const struct page_request whole = {.limit = PAGE_LIMIT_MOST};
    return probe_store_list_rounds(tx, record->row.number, &whole, &record->rounds);
}

enum status probes_show(const struct service *service, const char *id,
                        struct probe_record *ret_record)
{
    struct probe_record record defer(probe_record_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(probe_store_get(tx, id, &record.row));
    enum status status = eas_probe_parse(span_of_text(record.row.state), &record.probe);
    record.unreadable = status == STATUS_INVALID;
    TRY(record.unreadable ? STATUS_OK : status);
    TRY(read_rounds(tx, &record));
    *ret_record = record;
    record = (struct probe_record){0};
    return STATUS_OK;
}

enum status probes_list(const struct service *service, const struct probe_filter *filter,
                        const struct page_request *page, struct probe_list *ret_list)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return probe_store_list(tx, filter, page, ret_list);
}
