/*
 * /Microsoft-Server-ActiveSync for phones, MS-ASHTTP: who may in is judged first, with every
 * request; then the mailbox answers. Whatever is answered, the sighting of the request says it.
 *
 * A refusal has the HTTP status of its reason (eas/verdict.h), the reason as a header for programs
 * and a sentence for whoever looks. Policy keys are durable before a phone is told them.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "eas/mailbox.h"
#include "web/application.h"
#include "web/eas_seen.h"

#include <stdio.h>

enum { HTTP_UNAUTHORIZED = 401 };
/* Times that an answer is made anew because another request changed what it stands on. */
enum { ANSWERED_MOST = 8 };

/* ---- refusing -------------------------------------------------------------------------------- */

static void write_refusal(struct response *response, int http, const char *reason,
                          const char *sentence)
{
    response_set_status(response, http);
    response_set_class(response, RESPONSE_SECRET);
    response_add_header(response, "X-Certferry-Reason", reason);
    buf_printf(response_body(response), "%s\n", sentence);
}

static void refuse(struct response *response, enum verdict_reason reason)
{
    write_refusal(response, verdict_http(reason), verdict_reason_text(reason),
                  verdict_sentence(reason));
}

/* The request itself is wrong: what exactly, the last failure says. */
static void refuse_request(struct response *response, enum status status)
{
    char sentence[STATUS_DETAIL_MAX + 1];
    snprintf(sentence, sizeof sentence, "%s", status_detail());
    response_reset(response);
    write_refusal(response, status_http(status), "invalid_request", sentence);
}

/* The certificate is good, and here a password belongs to it. */
static void ask_password(struct response *response)
{
    response_add_header(response, "WWW-Authenticate",
                        "Basic realm=\"certferry\", charset=\"UTF-8\"");
    write_refusal(response, HTTP_UNAUTHORIZED, "password_required",
                  "The certificate is good; a password is needed besides it.");
}

static bool lacks_password(const struct web *web, const struct eas_seen *seen)
{
    return web_config(web)->eas_require_password && seen->authorization.user[0] == '\0';
}

/* ---- answering ------------------------------------------------------------------------------- */

static enum status write_options(struct response *response)
{
    struct buf versions defer(buf_clear) = BUF_INIT(256);
    struct buf commands defer(buf_clear) = BUF_INIT(1024);
    eas_append_versions(&versions);
    eas_append_commands(&commands);
    TRY(versions.failure);
    TRY(commands.failure);
    response_add_header(response, "MS-Server-ActiveSync", "14.1");
    response_add_header(response, "MS-ASProtocolVersions", (const char *)versions.ptr);
    response_add_header(response, "MS-ASProtocolCommands", (const char *)commands.ptr);
    return STATUS_OK;
}

/* Both names are valid (MS-ASHTTP 2.2.1.1.2.1), without a body none is needed, and a mail is of
 * neither. */
static enum status check_type(const struct request *request, const struct eas_seen *seen)
{
    if (seen->body.len == 0 || !eas_command_is_served(seen->query.command) ||
        request_check_type(request, "application/vnd.ms-sync.wbxml") == STATUS_OK)
        return STATUS_OK;
    return request_check_type(request, "application/vnd.ms-sync");
}

static enum status check_request(const struct eas_seen *seen)
{
    if (seen->query.command == EAS_COMMAND_NONE)
        return status_fail(STATUS_INVALID, "MS-ASHTTP 2.2.1.1.1: the query names no command");
    if (seen->query.device_id[0] == '\0')
        return status_fail(STATUS_INVALID, "MS-ASHTTP 2.2.1.1.1: the query names no DeviceId");
    if (seen->device.version == EAS_VERSION_NONE)
        return status_fail(STATUS_INVALID, "MS-ASHTTP 2.2.1.1.2.2: MS-ASProtocolVersion is missing "
                                           "or none that is spoken here");
    return STATUS_OK;
}

static enum status fresh_key(uint32_t *ret_key)
{
    TRY(random_below(EAS_KEY_MAX, ret_key));
    *ret_key += 1;
    return STATUS_OK;
}

/* What has to be remembered, before it is answered. CONFLICT: another request of the device was
 * faster. */
static enum status remember(const struct web *web, const struct device_verdict *verdict,
                            const struct eas_call *call, const struct eas_reply *reply)
{
    const struct device_description said = {
        .model = reply->model, .os = reply->os, .friendly_name = reply->friendly_name};
    const struct device_description *description = reply->information ? &said : NULL;
    if (probe_run_is_open(&verdict->run))
        return probe_run_remember(web->service, verdict->device, &verdict->run, call, reply,
                                  description);
    if (!reply->provisioning_changed && !reply->information)
        return STATUS_OK;
    const struct device_step step = {call->provisioning, reply->provisioning};
    return verify_device_provisioned(web->service, verdict->device,
                                     reply->provisioning_changed ? &step : NULL, description);
}

static void write_reply(struct response *response, const struct eas_reply *reply)
{
    char seconds[16];
    response_set_status(response, reply->http);
    response_set_class(response, RESPONSE_DATA);
    response_set_type(response, "application/vnd.ms-sync.wbxml");
    if (reply->retry_after == 0)
        return;
    snprintf(seconds, sizeof seconds, "%d", reply->retry_after);
    response_add_header(response, "Retry-After", seconds);
}

static enum status rules_for(const struct web *web, const struct device_verdict *verdict,
                             struct eas_provision_rules *rules)
{
    const struct config *config = web_config(web);
    rules->without_policy = !config->eas_policy;
    rules->information_required = config->eas_require_device_information;
    if (!rules->without_policy && !probe_run_is_open(&verdict->run))
        TRY(policy_rules_apply(&verdict->policy, rules));
    return probe_run_is_open(&verdict->run) ? probe_run_rules(&verdict->run, rules) : STATUS_OK;
}

static enum status answer_once(const struct web *web, const struct eas_seen *seen,
                               const struct device_verdict *verdict, struct response *response,
                               int *ret_eas_status)
{
    struct eas_reply reply;
    struct eas_call call = {
        .query = &seen->query,
        .version = seen->device.version,
        .body = seen->body,
        .has_policy_key = seen->device.has_policy_key,
        .policy_key = seen->device.policy_key,
        .user = verdict->identity,
        .provisioning = verdict->provisioning,
        .rules = eas_provision_neutral(),
        .now = clock_now(),
    };
    TRY(rules_for(web, verdict, &call.rules));
    TRY(fresh_key(&call.fresh_key));
    TRY(eas_mailbox_answer(&call, response_body(response), &reply));
    TRY(remember(web, verdict, &call, &reply));
    write_reply(response, &reply);
    *ret_eas_status = reply.status;
    return STATUS_OK;
}

/* A phone may send several requests at once; each is answered by what holds after the one before
 * it. */
static enum status answer_command(const struct web *web, const struct eas_seen *seen,
                                  struct device_verdict *verdict, struct response *response,
                                  int *ret_eas_status)
{
    enum status status = STATUS_CONFLICT;
    for (int tries = 0; status == STATUS_CONFLICT && tries < ANSWERED_MOST; tries++) {
        if (tries > 0) {
            response_reset(response);
            TRY(verify_device_reload(web->service, verdict));
        }
        TRY(probe_run_speaks(web->service, verdict->device, seen->device.version, &verdict->run));
        status = answer_once(web, seen, verdict, response, ret_eas_status);
    }
    return status;
}

/* What is wrong with the request is said to whoever may in only: others learn who may. */
static enum status answer_post(const struct web *web, struct request *request,
                               const struct eas_seen *seen, struct device_verdict *verdict,
                               struct response *response, int *ret_eas_status)
{
    TRY(check_request(seen));
    TRY(check_type(request, seen));
    return answer_command(web, seen, verdict, response, ret_eas_status);
}

void web_handshake_failed(const struct handshake_failure *failure, void *context)
{
    const struct web *web = context;
    char address[ADDRESS_TEXT_SIZE];
    address_format(&failure->peer, address);
    const struct device_handshake handshake = {
        .address = address,
        .tls_version = failure->version,
        .certificate_asked = failure->certificate_asked,
        .certificate_seen = failure->certificate_seen,
        .distrusted = failure->distrusted,
        .reason = failure->reason,
    };
    verify_device_handshake_failed(web->service, &handshake);
}

/* ---- both methods ---------------------------------------------------------------------------- */

/* A fault is passed up, and stands in the sighting as every other answer does. */
enum status eas_phone(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct eas_seen seen defer(eas_seen_clear) = {.agent = ""};
    struct device_verdict verdict defer(device_verdict_clear) = {.identity = ""};
    int eas_status = 0;
    enum status status = eas_seen_read(request, &seen);
    seen.device.compare_login = web_config(web)->eas_require_password;
    TRY(verify_device(web->service, &seen.device, &verdict));
    if (verdict.verdict.reason != VERDICT_ALLOWED)
        refuse(response, verdict.verdict.reason);
    else if (lacks_password(web, &seen))
        ask_password(response);
    else if (status != STATUS_OK)
        write_refusal(response, status_http(status), "invalid_request", seen.why);
    else if (request_method(request) == METHOD_OPTIONS)
        status = write_options(response);
    else
        status = answer_post(web, request, &seen, &verdict, response, &eas_status);
    bool fault = status_kind(status) == STATUS_KIND_FAULT;
    if (!fault && status != STATUS_OK && response_status(response) == 200)
        refuse_request(response, status);
    verify_device_answered(web->service, &verdict,
                           fault ? status_http(status) : response_status(response), eas_status);
    return fault ? status : STATUS_OK;
}
