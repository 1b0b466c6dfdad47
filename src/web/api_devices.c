/* /api/v1/devices: what `certferry device` shows, with the same names. */
#include "base/text.h"
#include "eas/command.h"
#include "service/devices.h"
#include "web/api.h"

enum { SENTENCE_MAX = 2048 };

static enum status add_finding(struct buf *out, const struct diagnosis *diagnosis)
{
    struct buf sentence defer(buf_clear) = BUF_INIT(SENTENCE_MAX);
    if (diagnosis->rule == DIAGNOSIS_NONE) {
        json_add_null(out, "finding");
        return STATUS_OK;
    }
    diagnosis_append_sentence(&sentence, diagnosis);
    TRY(sentence.failure);
    json_begin_member(out, "finding");
    json_add_text(out, "rule", diagnosis_rule_word(diagnosis->rule));
    json_add_known_time(out, "from", diagnosis->from);
    json_add_known_time(out, "until", diagnosis->until);
    json_add_number(out, "number", diagnosis->number);
    json_add_text(out, "sentence", (const char *)sentence.ptr);
    json_end(out);
    return STATUS_OK;
}

static void add_phone(struct buf *out, const struct device_row *row)
{
    json_add_text(out, "id", row->id);
    json_add_known_text(out, "device_id", row->device_id);
    json_add_known_text(out, "user", row->user);
    json_add_known_text(out, "serial", row->serial);
    json_add_known_text(out, "type", row->device_type);
    json_add_known_text(out, "model", row->model);
    json_add_known_text(out, "os", row->os);
    json_add_known_text(out, "name", row->friendly_name);
    json_add_known_text(out, "agent", row->agent);
    json_add_known_text(out, "address", row->address);
    json_add_known_text(out, "version", eas_version_text((int)row->version));
}

static enum status add_device(struct buf *out, const struct device_row *row,
                              const struct diagnosis *diagnosis)
{
    json_begin(out);
    add_phone(out, row);
    json_add_time(out, "first_seen_at", row->first_seen_at);
    json_add_time(out, "last_seen_at", row->last_seen_at);
    json_add_known_time(out, "allowed_at", row->allowed_at);
    json_add_number(out, "allowed", row->allowed_count);
    json_add_number(out, "refused", row->refused_count);
    json_add_known_text(out, "reason", row->reason);
    json_add_known_time(out, "blocked_at", row->blocked_at);
    json_add_known_text(out, "blocked_by", row->blocked_by);
    json_add_text(out, "standing", eas_standing_word(devices_standing(row)));
    return add_finding(out, diagnosis);
}

static enum status read_refused(const struct form *query, bool *ret_refused)
{
    const char *text = form_text(query, "refused");
    *ret_refused = strcmp(text, "true") == 0;
    if (*ret_refused || text[0] == '\0' || strcmp(text, "false") == 0)
        return STATUS_OK;
    return status_fail(STATUS_INVALID, "refused: is neither true nor false");
}

enum status api_devices_list(struct request *request, struct response *response, void *application)
{
    static const char *const names[] = {"limit", "cursor", "user", "q", "refused"};
    const struct web *web = application;
    const struct form *query;
    struct page_request page;
    TRY(api_query(request, names, sizeof names / sizeof *names, &query, &page));
    struct device_filter filter = {.user = form_text(query, "user"),
                                   .search = form_text(query, "q")};
    struct device_list list defer(device_list_clear) = {0};
    TRY(read_refused(query, &filter.refused));
    TRY(devices_list(web->service, &filter, &page, &list));

    struct buf *out = api_begin(response, 200);
    json_begin(out);
    json_begin_list(out, "items");
    for (size_t i = 0; i < list.count; i++) {
        const struct diagnosis finding = devices_finding(&list.rows[i]);
        TRY(add_device(out, &list.rows[i], &finding));
        json_end(out);
    }
    api_end_list(out, list.next);
    return STATUS_OK;
}

static void add_settled(struct buf *out, const struct device_record *record)
{
    json_add_known_text(out, "policy", record->policy);
    json_add_known_text(out, "pinned_to", record->pin.device_id);
    json_add_known_time(out, "pinned_at", record->pin.pinned_at);
    json_add_known_text(out, "other_device", record->pin.alarm_device);
    json_add_known_time(out, "other_device_at", record->pin.alarm_at);
    json_add_known_time(out, "user_blocked_at", record->user_blocked_at);
}

enum status api_devices_show(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[API_ID_SIZE];
    struct device_record record defer(device_record_clear) = {0};
    struct diagnosis diagnosis;
    TRY(api_id(request, "id", id));
    TRY(devices_show(web->service, id, &record));
    TRY(devices_diagnose(web->service, id, &diagnosis));
    struct buf *out = api_begin(response, 200);
    TRY(add_device(out, &record.row, &diagnosis));
    add_settled(out, &record);
    json_end(out);
    return STATUS_OK;
}

/* ---- sightings ------------------------------------------------------------------------------- */

static void add_connection(struct buf *out, const struct sighting_row *row)
{
    json_add_time(out, "at", row->at);
    json_add_text(out, "kind", sighting_kind_text(row->kind));
    json_add_text(out, "front", sighting_front_text(row->front));
    json_add_known_text(out, "connection", row->connection);
    json_add_number(out, "request_number", row->request_number);
    json_add_number(out, "handshake_age", row->handshake_age);
    json_add_number(out, "session_age", row->session_age);
    json_add_known_text(out, "address", row->address);
    json_add_known_text(out, "tls_version", row->tls_version);
    json_add_known_text(out, "cipher", row->cipher);
}

static enum status add_certificate(struct buf *out, const struct sighting_row *row)
{
    struct buf hex defer(buf_clear) = BUF_INIT((size_t)2 * 32);
    text_append_hex(&hex, row->fingerprint);
    TRY(hex.failure);
    json_add_text(out, "certificate", sighting_certificate_text(row->certificate));
    json_add_known_text(out, "sha256", (const char *)hex.ptr);
    json_add_known_text(out, "serial", row->serial);
    json_add_known_text(out, "issuer", row->issuer);
    json_add_known_time(out, "not_after", row->not_after);
    json_add_known_text(out, "identity", row->identity);
    return STATUS_OK;
}

static void add_request(struct buf *out, const struct sighting_row *row)
{
    json_add_known_text(out, "method", row->method);
    json_add_known_text(out, "command", row->command);
    json_add_known_text(out, "user", row->user);
    json_add_known_text(out, "device_id", row->device_id);
    json_add_known_text(out, "type", row->device_type);
    json_add_known_text(out, "agent", row->agent);
    json_add_known_text(out, "version", eas_version_text((int)row->version));
    json_add_known_text(out, "query", sighting_query_text(row->query));
    if (row->policy_key < 0)
        json_add_null(out, "policy_key");
    else
        json_add_number(out, "policy_key", row->policy_key);
    json_add_known_text(out, "authorization_scheme", row->authorization_scheme);
    json_add_known_text(out, "authorization_user", row->authorization_user);
    json_add_number(out, "body", row->body);
}

static void add_answer(struct buf *out, const struct sighting_row *row)
{
    json_add_known_text(out, "reason", row->reason);
    json_add_known_text(out, "detail", row->detail);
    json_add_number(out, "http", row->http);
    json_add_number(out, "status", row->status);
}

enum status api_devices_sightings(struct request *request, struct response *response,
                                  void *application)
{
    static const char *const names[] = {"limit", "cursor"};
    const struct web *web = application;
    const struct form *query;
    struct page_request page;
    char id[API_ID_SIZE];
    struct sighting_list list defer(sighting_list_clear) = {0};
    TRY(api_query(request, names, sizeof names / sizeof *names, &query, &page));
    TRY(api_id(request, "id", id));
    TRY(devices_timeline(web->service, id, &page, &list));

    struct buf *out = api_begin(response, 200);
    json_begin(out);
    json_begin_list(out, "items");
    for (size_t i = 0; i < list.count; i++) {
        json_begin(out);
        add_connection(out, &list.rows[i]);
        TRY(add_certificate(out, &list.rows[i]));
        add_request(out, &list.rows[i]);
        add_answer(out, &list.rows[i]);
        json_end(out);
    }
    api_end_list(out, list.next);
    return STATUS_OK;
}
