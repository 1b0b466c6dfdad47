/*
 * First the certificate, then what was settled about the device. Only a request that is let in
 * makes rows before its answer: who is refused can be anybody, and his row waits for the task that
 * writes sightings.
 */
#include "service/verify_device.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "service/audit.h"
#include "service/device_cache.h"
#include "service/device_key.h"
#include "service/sightings.h"
#include "service/trust.h"
#include "service/trust_verdict.h"
#include "service/window.h"
#include "store/access_store.h"
#include "store/certificate_store.h"
#include "store/link_store.h"

#include <stdio.h>

/* Another device on a pinned certificate is told again after this time, in seconds. */
enum { ALARM_AGAIN = CLOCK_HOUR };

/* Times that a verdict is made anew because something was settled meanwhile. */
enum { JUDGED_MOST = 4 };

static const struct actor verifier = {.kind = ACTOR_SYSTEM};

/* ---- what was settled ------------------------------------------------------------------------ */

/* Somebody whose certificate is good, so far. */
struct admission {
    const struct service *service;
    bool pins; /* eas.pin */
    int64_t now;
    const char *device_id;
    /* The rest is set by ask_local(). */
    char owner[DEVICE_OWNER_SIZE];
    char identity[LIMIT_USER + 1];
    char serial[DEVICE_SERIAL_SIZE];
    bool own;
    struct device_view view;
};

static struct device_key key_of(const struct admission *admission)
{
    return (struct device_key){admission->owner, admission->device_id, admission->identity,
                               admission->serial};
}

void verify_device_read(const struct device_row *row, struct eas_provision_state *ret_provisioning)
{
    *ret_provisioning = (struct eas_provision_state){0};
    if (row->provisioning[0] != '\0' &&
        eas_provision_state_parse(span_of_text(row->provisioning), ret_provisioning) != STATUS_OK)
        log_warning("devices", "the policy keys of the device %s cannot be read", row->id);
}

static enum status read_provisioning(struct db_tx *tx, const struct device_row *row,
                                     struct eas_provision_state *provisioning,
                                     struct probe_run *run)
{
    verify_device_read(row, provisioning);
    return probe_run_find(tx, row->id, run);
}

/* A device that never said its DeviceId becomes the first that does, with its block. */
static enum status read_nameless(struct db_tx *tx, const struct admission *admission,
                                 struct device_view *view)
{
    struct device_row row defer(device_row_clear) = {0};
    enum status status = device_store_find(tx, admission->owner, "", &row);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    view->blocked = view->blocked || row.blocked_at != 0;
    return STATUS_OK;
}

static enum status read_device(struct db_tx *tx, const struct admission *admission,
                               struct device_view *view)
{
    struct device_row row defer(device_row_clear) = {0};
    const struct device_key key = key_of(admission);
    enum status status = device_key_find(tx, &key, &row);
    if (status == STATUS_NOT_FOUND)
        return read_nameless(tx, admission, view);
    TRY(status);
    snprintf(view->id, sizeof view->id, "%s", row.id);
    view->blocked = view->blocked || row.blocked_at != 0;
    return read_provisioning(tx, &row, &view->provisioning, &view->run);
}

static enum status read_pin(struct db_tx *tx, const struct admission *admission,
                            struct device_view *view)
{
    struct pin_row pin defer(pin_row_clear) = {0};
    if (!admission->pins)
        return STATUS_OK;
    enum status status = access_store_get_pin(tx, admission->owner, &pin);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    snprintf(view->pinned, sizeof view->pinned, "%s", pin.device_id);
    view->alarm_at = pin.alarm_at;
    return STATUS_OK;
}

static enum status read_link(struct db_tx *tx, const struct admission *admission,
                             struct device_view *view)
{
    struct certificate_row certificate defer(certificate_row_clear) = {0};
    struct link_row link defer(link_row_clear) = {0};
    if (!admission->own)
        return STATUS_OK;
    TRY(certificate_store_get(tx, admission->serial, &certificate));
    if (certificate.link_id[0] == '\0')
        return STATUS_OK;
    TRY(link_store_get(tx, certificate.link_id, &link));
    view->in_use_due = link.in_use_at == 0;
    return STATUS_OK;
}

static enum status read_view(struct db_tx *tx, const struct admission *admission,
                             struct device_view *ret_view)
{
    struct device_view view = {0};
    int64_t user_blocked_at;
    TRY(access_store_user_blocked(tx, admission->identity, &user_blocked_at));
    view.blocked = user_blocked_at != 0;
    TRY(read_device(tx, admission, &view));
    TRY(policy_rules_find(tx, admission->identity, &view.policy));
    TRY(read_pin(tx, admission, &view));
    TRY(read_link(tx, admission, &view));
    *ret_view = view;
    return STATUS_OK;
}

/* From memory, or from the database. */
static enum status look(struct admission *admission)
{
    const struct service *service = admission->service;
    const struct device_cache_key key = {admission->owner, admission->device_id,
                                         admission->identity};
    struct db_tx *tx defer(db_end) = NULL;
    int64_t mark;
    bool marked = db_mark(service->db, &mark) == STATUS_OK;
    if (marked && device_cache_find(service->device_cache, &key, mark, &admission->view))
        return STATUS_OK;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(read_view(tx, admission, &admission->view));
    if (marked)
        device_cache_put(service->device_cache, &key, mark, &admission->view);
    return STATUS_OK;
}

static enum status ask_local(void *context, const struct trust_identified *identified,
                             struct trust_local *ret_local)
{
    struct admission *admission = context;
    const char *identity = identified->identity == NULL ? "" : identified->identity;
    TRY(device_key_of_certificate(identified->info->sha256, admission->owner));
    snprintf(admission->identity, sizeof admission->identity, "%s", identity);
    snprintf(admission->serial, sizeof admission->serial, "%s", identified->info->serial);
    admission->own = identified->own;
    TRY(look(admission));
    *ret_local = (struct trust_local){.blocked = admission->view.blocked};
    snprintf(ret_local->pinned_device, sizeof ret_local->pinned_device, "%s",
             admission->view.pinned);
    return STATUS_OK;
}

static bool pin_is_due(const struct admission *admission)
{
    return admission->pins && admission->view.pinned[0] == '\0' && admission->device_id[0] != '\0';
}

static enum status pin(struct db_tx *tx, const struct admission *admission, const char *id)
{
    bool pinned;
    TRY(access_store_pin(tx, admission->owner, admission->device_id, admission->now, &pinned));
    const struct audit_value values[] = {AUDIT_TEXT("device_id", admission->device_id),
                                         AUDIT_TEXT("serial", admission->serial),
                                         AUDIT_TEXT("user", admission->identity)};
    return audit_write(tx, &verifier, "device.pin", id, values, sizeof values / sizeof values[0]);
}

/* Makes what is missing. *ret_again: an operator or another request settled something meanwhile, so
 * that the verdict may be another one. */
static enum status admit(struct admission *admission, bool *ret_again)
{
    const struct device_view judged = admission->view;
    const struct device_key key = key_of(admission);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(admission->service->db, DB_WRITE, &tx));
    TRY(read_view(tx, admission, &admission->view));
    *ret_again = admission->view.blocked != judged.blocked ||
                 strcmp(admission->view.pinned, judged.pinned) != 0;
    if (*ret_again)
        return STATUS_OK;
    TRY(device_key_settle(tx, &key, admission->now, admission->view.id));
    if (pin_is_due(admission))
        TRY(pin(tx, admission, admission->view.id));
    return db_commit(tx);
}

/* The pinned device's row, for the audit; the certificate's serial when it is gone. */
static enum status object_of(struct db_tx *tx, const struct admission *admission,
                             char ret_id[static DEVICE_SERIAL_SIZE])
{
    struct device_row row defer(device_row_clear) = {0};
    enum status status = device_store_find(tx, admission->owner, admission->view.pinned, &row);
    bool found = status == STATUS_OK;
    if (!found && status != STATUS_NOT_FOUND)
        return status;
    snprintf(ret_id, DEVICE_SERIAL_SIZE, "%s", found ? row.id : admission->serial);
    return STATUS_OK;
}

static enum status raise_alarm(const struct admission *admission)
{
    struct db_tx *tx defer(db_end) = NULL;
    char object[DEVICE_SERIAL_SIZE];
    bool due;
    int64_t told_before = admission->now - ALARM_AGAIN;
    if (admission->view.alarm_at > told_before && admission->view.alarm_at <= admission->now)
        return STATUS_OK;
    TRY(db_begin(admission->service->db, DB_WRITE, &tx));
    TRY(access_store_alarm(tx, admission->owner, admission->device_id, told_before, admission->now,
                           &due));
    if (!due)
        return STATUS_OK;
    TRY(object_of(tx, admission, object));
    const struct audit_value values[] = {
        AUDIT_TEXT("device_id", admission->device_id), AUDIT_TEXT("pinned", admission->view.pinned),
        AUDIT_TEXT("serial", admission->serial), AUDIT_TEXT("user", admission->identity)};
    TRY(audit_write(tx, &verifier, "device.alarm", object, values,
                    sizeof values / sizeof values[0]));
    return db_commit(tx);
}

/* Nothing of the verdict hangs on it. */
static void end_unreadable_probe(const struct admission *admission)
{
    if (!admission->view.run.unreadable)
        return;
    enum status status = probe_run_end_unreadable(admission->service, admission->view.id);
    if (status != STATUS_OK)
        log_status("probes", status, "a probe that cannot be read is not yet ended");
}

/* What has to be durable before the answer. */
static enum status settle(struct admission *admission, const struct verdict *verdict,
                          bool *ret_again)
{
    *ret_again = false;
    if (verdict->reason == VERDICT_DEVICE_MISMATCH)
        return raise_alarm(admission);
    if (verdict->reason != VERDICT_ALLOWED)
        return STATUS_OK;
    if (admission->view.id[0] == '\0' || pin_is_due(admission))
        TRY(admit(admission, ret_again));
    end_unreadable_probe(admission);
    if (!*ret_again && admission->view.in_use_due)
        TRY(window_in_use(admission->service, admission->serial, admission->now));
    return STATUS_OK;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static const char *device_id_of(const struct device_request *request)
{
    return request->query == NULL ? "" : request->query->device_id;
}

/* As the phone says: the query, else who logs in. */
static const char *user_of(const struct device_request *request)
{
    if (request->query != NULL && request->query->user[0] != '\0')
        return request->query->user;
    return request->authorization_user == NULL ? "" : request->authorization_user;
}

static enum status judge(const struct device_request *request, struct admission *admission,
                         struct trust_answer *ret_answer)
{
    const struct trust_question question = {
        .certificates = request->certificates,
        .count = request->certificate_count,
        .unreadable = request->unreadable,
        .at = admission->now,
        .user = span_of_text(user_of(request)),
        .login = span_of_text(request->compare_login ? request->authorization_user : ""),
        .login_unknown = request->login_unknown,
        .device = span_of_text(device_id_of(request)),
        .ask_local = ask_local,
        .context = admission,
    };
    bool again = true;
    for (int tries = 0; again && tries < JUDGED_MOST; tries++) {
        TRY(trust_verdict(admission->service, &question, ret_answer));
        TRY(settle(admission, &ret_answer->verdict, &again));
    }
    if (again)
        return status_fail(STATUS_CONFLICT, "the device is being changed at this moment");
    return STATUS_OK;
}

/* ---- the sighting ---------------------------------------------------------------------------- */

static void note_answer(const struct trust_answer *answer, struct sighting *sighting)
{
    SIGHTING_SET(sighting, reason, verdict_reason_text(answer->verdict.reason));
    SIGHTING_SET(sighting, detail, answer->verdict.detail);
    if (!answer->has_certificate)
        return;
    sighting->has_fingerprint = true;
    memcpy(sighting->fingerprint, answer->sha256, sizeof sighting->fingerprint);
    sighting->row.not_after = answer->not_after;
    SIGHTING_SET(sighting, serial, answer->serial);
    SIGHTING_SET(sighting, issuer, answer->issuer);
    SIGHTING_SET(sighting, identity, answer->identity);
}

static void note_query(const struct device_request *request, struct sighting *sighting)
{
    const struct eas_query *query = request->query;
    if (query == NULL)
        return;
    sighting->row.query = query->base64 ? SIGHTING_QUERY_BASE64 : SIGHTING_QUERY_PLAIN;
    SIGHTING_SET(sighting, command, eas_command_name(query->command));
    SIGHTING_SET(sighting, user, query->user);
    SIGHTING_SET(sighting, device_id, query->device_id);
    SIGHTING_SET(sighting, device_type, query->device_type);
}

static void note_request(const struct device_request *request, struct sighting *sighting)
{
    struct sighting_row *row = &sighting->row;
    row->front = request->front;
    row->at = clock_now();
    row->certificate = request->source;
    row->request_number = request->request_number;
    row->handshake_age = request->handshake_age;
    row->session_age = request->session_age;
    row->version = request->version;
    row->body = request->body;
    row->cut_off = request->cut_off;
    row->policy_key = request->has_policy_key ? (int64_t)request->policy_key : -1;
    SIGHTING_SET(sighting, connection, request->connection);
    SIGHTING_SET(sighting, tls_version, request->tls_version);
    SIGHTING_SET(sighting, cipher, request->cipher);
    SIGHTING_SET(sighting, method, request->method);
    SIGHTING_SET(sighting, agent, request->agent);
    SIGHTING_SET(sighting, authorization_scheme, request->authorization_scheme);
    SIGHTING_SET(sighting, authorization_user, request->authorization_user);
    network_normalise(request->address, sighting->address);
}

static enum status make_sighting(const struct device_request *request,
                                 const struct trust_answer *answer, const char *device,
                                 struct sighting **ret_sighting)
{
    struct sighting *sighting = calloc(1, sizeof *sighting);
    if (sighting == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a sighting");
    note_request(request, sighting);
    note_query(request, sighting);
    note_answer(answer, sighting);
    SIGHTING_SET(sighting, device, device);
    *ret_sighting = sighting;
    return STATUS_OK;
}

/* ---- all together ---------------------------------------------------------------------------- */

void device_verdict_clear(struct device_verdict *verdict)
{
    free(verdict->sighting);
    *verdict = (struct device_verdict){0};
}

enum status verify_device(const struct service *service, const struct device_request *request,
                          struct device_verdict *ret_verdict)
{
    struct admission admission = {
        .service = service,
        .pins = service->config->eas_pin,
        .now = clock_now(),
        .device_id = device_id_of(request),
    };
    struct trust_answer answer;
    struct device_verdict verdict = {0};
    TRY(judge(request, &admission, &answer));
    TRY(make_sighting(request, &answer, admission.view.id, &verdict.sighting));
    verdict.verdict = answer.verdict;
    verdict.verdict.identity = NULL;
    verdict.provisioning = admission.view.provisioning;
    verdict.policy = admission.view.policy;
    verdict.run = admission.view.run;
    snprintf(verdict.identity, sizeof verdict.identity, "%s", answer.identity);
    snprintf(verdict.serial, sizeof verdict.serial, "%s", answer.serial);
    snprintf(verdict.device, sizeof verdict.device, "%s", admission.view.id);
    *ret_verdict = verdict;
    return STATUS_OK;
}

void verify_device_answered(const struct service *service, struct device_verdict *verdict, int http,
                            int eas_status)
{
    struct sighting *sighting = take(verdict->sighting);
    if (sighting == NULL)
        return;
    sighting->row.http = http;
    sighting->row.status = eas_status;
    sightings_put(service, sighting);
}

enum status verify_device_reload(const struct service *service, struct device_verdict *verdict)
{
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    struct eas_provision_state provisioning = {0};
    struct policy_rules policy;
    struct probe_run run;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(device_store_get(tx, verdict->device, &row));
    TRY(policy_rules_find(tx, verdict->identity, &policy));
    TRY(read_provisioning(tx, &row, &provisioning, &run));
    verdict->provisioning = provisioning;
    verdict->policy = policy;
    verdict->run = run;
    return STATUS_OK;
}

enum status verify_device_write(struct db_tx *tx, const char *device,
                                const struct eas_provision_state *provisioning,
                                const struct device_description *description)
{
    struct buf state defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    if (provisioning != NULL) {
        eas_provision_state_append(&state, provisioning);
        TRY(state.failure);
        TRY(device_store_provision(tx, device, (const char *)state.ptr));
    }
    if (description == NULL)
        return STATUS_OK;
    return device_store_describe(tx, device, description->model, description->os,
                                 description->friendly_name);
}

enum status verify_device_unchanged(struct db_tx *tx, const char *device,
                                    const struct eas_provision_state *before)
{
    struct device_row row defer(device_row_clear) = {0};
    struct buf was defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct buf is defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct eas_provision_state now;
    TRY(device_store_get(tx, device, &row));
    verify_device_read(&row, &now);
    eas_provision_state_append(&was, before);
    eas_provision_state_append(&is, &now);
    TRY(was.failure);
    TRY(is.failure);
    return strcmp((const char *)was.ptr, (const char *)is.ptr) == 0
               ? STATUS_OK
               : status_fail(STATUS_CONFLICT, "another request of the device was faster");
}

/* The description is one of the things that are written with the keys, or not at all. */
enum status verify_device_provisioned(const struct service *service, const char *device,
                                      const struct device_step *step,
                                      const struct device_description *description)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    if (step != NULL)
        TRY(verify_device_unchanged(tx, device, &step->before));
    TRY(verify_device_write(tx, device, step == NULL ? NULL : &step->after, description));
    return db_commit(tx);
}

void verify_device_handshake_failed(const struct service *service,
                                    const struct device_handshake *handshake)
{
    struct sighting *sighting = calloc(1, sizeof *sighting);
    char detail[SIGHTING_DETAIL_SIZE];
    if (sighting == NULL)
        return;
    sighting->row =
        (struct sighting_row){.kind = SIGHTING_FAILED_HANDSHAKE,
                              .front = SIGHTING_EAS,
                              .at = clock_now(),
                              .asked = handshake->certificate_asked &&
                                       !handshake->certificate_seen && !handshake->distrusted,
                              .policy_key = -1};
    if (handshake->certificate_seen)
        sighting->row.certificate = SIGHTING_CERTIFICATE_HANDSHAKE;
    snprintf(detail, sizeof detail, "%s: %s",
             handshake->certificate_seen    ? "after the certificate came"
             : handshake->certificate_asked ? "after a certificate was asked for"
                                            : "before a certificate was asked for",
             handshake->reason == NULL ? "" : handshake->reason);
    SIGHTING_SET(sighting, tls_version, handshake->tls_version);
    SIGHTING_SET(sighting, detail, detail);
    network_normalise(handshake->address, sighting->address);
    sightings_put(service, sighting);
}
