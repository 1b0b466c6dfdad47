/* /api/v1/probes: what `certferry probe` does, with the same names. */
#include "eas/command.h"
#include "service/probes.h"
#include "web/api.h"

#include <stdio.h>

struct start_request {
    const char *device;
    const char *user; /* who has one device; not with device */
    int64_t risk;
    struct json_texts policies;
    bool one_by_one;
    const char *consent;
    const char *confirm;
};

static const struct json_member start_members[] = {
    {"device", JSON_MEMBER_TEXT, offsetof(struct start_request, device), 0, 0},
    {"user", JSON_MEMBER_TEXT, offsetof(struct start_request, user), 0, 0},
    {"risk", JSON_MEMBER_NUMBER, offsetof(struct start_request, risk), EAS_RISK_NONE,
     EAS_RISK_DESTRUCTIVE},
    {"policies", JSON_MEMBER_TEXTS, offsetof(struct start_request, policies), 0, EAS_POLICIES},
    {"one_by_one", JSON_MEMBER_BOOLEAN, offsetof(struct start_request, one_by_one), 0, 0},
    {"consent", JSON_MEMBER_TEXT, offsetof(struct start_request, consent), 0, 0},
    {"confirm", JSON_MEMBER_TEXT, offsetof(struct start_request, confirm), 0, 0},
};

static enum status give_probe(const struct service *service, const char *id, int http,
                              struct response *response)
{
    struct probe_record record defer(probe_record_clear) = {0};
    TRY(probes_show(service, id, &record));
    return probes_append_json(&record, api_begin(response, http));
}

static enum status find_device(const struct service *service, const struct start_request *wanted,
                               char ret_device[static PROBES_DEVICE_SIZE])
{
    if ((wanted->device == NULL) == (wanted->user == NULL))
        return status_fail(STATUS_INVALID, "device: name it, or its user, and not both");
    return probes_find_device(service, wanted->device == NULL ? wanted->user : wanted->device,
                              ret_device);
}

enum status api_probes_start(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = api_actor(request);
    struct start_request wanted = {.risk = EAS_RISK_DISRUPTIVE};
    struct json_input *input defer(json_input_free) = NULL;
    char device[PROBES_DEVICE_SIZE];
    char id[PROBE_KEY_SIZE];
    TRY(api_body(request, start_members, sizeof start_members / sizeof *start_members, &wanted,
                 &input));
    TRY(find_device(web->service, &wanted, device));
    const struct probe_request probe = {
        .device = device,
        .risk = wanted.risk,
        .named = wanted.policies.items,
        .named_count = wanted.policies.count,
        .one_by_one = wanted.one_by_one,
        .consent = wanted.consent,
        .confirmation = wanted.confirm,
    };
    TRY(probes_start(web->service, &actor, &probe, id));
    return give_probe(web->service, id, 201, response);
}

enum status api_probes_stop(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = api_actor(request);
    char id[API_ID_SIZE];
    TRY(api_id(request, "id", id));
    TRY(probes_stop(web->service, &actor, id));
    return give_probe(web->service, id, 200, response);
}

enum status api_probes_show(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[API_ID_SIZE];
    TRY(api_id(request, "id", id));
    return give_probe(web->service, id, 200, response);
}

enum status api_probes_csv(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[API_ID_SIZE];
    char name[API_ID_SIZE + sizeof "probe-.csv"];
    struct probe_record record defer(probe_record_clear) = {0};
    struct eas_probe_entry entries[EAS_POLICIES];
    TRY(api_id(request, "id", id));
    TRY(probes_show(web->service, id, &record));
    probes_entries(&record, entries);
    TRY(probes_append_csv(&record.row, entries, api_begin(response, 200)));
    snprintf(name, sizeof name, "probe-%s.csv", record.row.id);
    response_set_type(response, "text/csv; charset=utf-8; header=present");
    response_set_download(response, name, true);
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void add_probe(struct buf *out, const struct probe_row *row)
{
    json_begin(out);
    json_add_text(out, "id", row->id);
    json_add_text(out, "device", row->device);
    json_add_known_text(out, "user", row->user);
    json_add_known_text(out, "type", row->device_type);
    json_add_known_text(out, "model", row->model);
    json_add_known_text(out, "os", row->os);
    json_add_known_text(out, "agent", row->agent);
    json_add_known_text(out, "version", eas_version_text((int)row->version));
    json_add_number(out, "risk", row->risk);
    json_add_time(out, "started_at", row->started_at);
    json_add_text(out, "started_by", row->started_by);
    json_add_known_time(out, "ended_at", row->ended_at);
    json_add_text(out, "outcome", row->outcome);
    json_add_known_text(out, "stop_reason", row->stop_reason);
    json_end(out);
}

enum status api_probes_list(struct request *request, struct response *response, void *application)
{
    static const char *const names[] = {"limit", "cursor", "device", "user"};
    const struct web *web = application;
    const struct form *query;
    struct page_request page;
    TRY(api_query(request, names, sizeof names / sizeof *names, &query, &page));
    const struct probe_filter filter = {.device = form_text(query, "device"),
                                        .user = form_text(query, "user")};
    struct probe_list list defer(probe_list_clear) = {0};
    if (filter.device[0] != '\0' && filter.user[0] != '\0')
        return status_fail(STATUS_INVALID, "device: not together with user");
    TRY(probes_list(web->service, &filter, &page, &list));

    struct buf *out = api_begin(response, 200);
    json_begin(out);
    json_begin_list(out, "items");
    for (size_t i = 0; i < list.count; i++)
        add_probe(out, &list.rows[i]);
    api_end_list(out, list.next);
    return STATUS_OK;
}
