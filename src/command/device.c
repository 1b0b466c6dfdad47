/* certferry device list, show, unpin, block, unblock: phones as the EAS side saw them. */
#include "base/limits.h"
#include "command/command.h"
#include "command/output.h"
#include "command/pages.h"
#include "command/session.h"
#include "eas/command.h"
#include "service/devices.h"

enum { TEXT_MAX = 256 * 1024, SENTENCE_MAX = 2048, SHOWN_DEFAULT = 20 };

/* The finding in a sentence; NULL when there is none. */
static enum status sentence_of(const struct diagnosis *diagnosis, struct buf *buf,
                               const char **ret_text)
{
    struct span bytes;
    diagnosis_append_sentence(buf, diagnosis);
    TRY(buf_finish(buf, &bytes));
    *ret_text = bytes.len == 0 ? NULL : (const char *)bytes.ptr;
    return STATUS_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static enum status finding_json(const struct diagnosis *diagnosis, json_t **ret_json)
{
    struct buf buf defer(buf_clear) = BUF_INIT(SENTENCE_MAX);
    const char *sentence;
    TRY(sentence_of(diagnosis, &buf, &sentence));
    *ret_json =
        sentence == NULL
            ? json_null()
            : json_pack("{s:s, s:o, s:o, s:I, s:s}", "rule", diagnosis_rule_word(diagnosis->rule),
                        "from", json_time(diagnosis->from), "until", json_time(diagnosis->until),
                        "number", (json_int_t)diagnosis->number, "sentence", sentence);
    return STATUS_OK;
}

/* Members that are added to `object`, whatever fails: output_json() says so in the end. */
static void add_row(json_t *object, const struct device_row *row)
{
    json_object_set_new(object, "id", json_string(row->id));
    json_object_set_new(object, "device_id", json_text(row->device_id));
    json_object_set_new(object, "user", json_text(row->user));
    json_object_set_new(object, "serial", json_text(row->serial));
    json_object_set_new(object, "type", json_text(row->device_type));
    json_object_set_new(object, "model", json_text(row->model));
    json_object_set_new(object, "os", json_text(row->os));
    json_object_set_new(object, "name", json_text(row->friendly_name));
    json_object_set_new(object, "agent", json_text(row->agent));
    json_object_set_new(object, "address", json_text(row->address));
    json_object_set_new(object, "version", json_text(eas_version_text((int)row->version)));
    json_object_set_new(object, "first_seen_at", json_time(row->first_seen_at));
    json_object_set_new(object, "last_seen_at", json_time(row->last_seen_at));
    json_object_set_new(object, "allowed_at", json_time(row->allowed_at));
    json_object_set_new(object, "allowed", json_integer(row->allowed_count));
    json_object_set_new(object, "refused", json_integer(row->refused_count));
    json_object_set_new(object, "reason", json_text(row->reason));
    json_object_set_new(object, "blocked_at", json_time(row->blocked_at));
    json_object_set_new(object, "blocked_by", json_text(row->blocked_by));
    json_object_set_new(object, "standing", json_string(eas_standing_word(devices_standing(row))));
}

static enum status row_json(const struct device_row *row, const struct diagnosis *diagnosis,
                            json_t **ret_json)
{
    json_t *finding = NULL;
    TRY(finding_json(diagnosis, &finding));
    json_t *object = json_object();
    add_row(object, row);
    json_object_set_new(object, "finding", finding);
    *ret_json = object;
    return STATUS_OK;
}

static json_t *sighting_json(const struct sighting_row *row)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:o}", "at",
                     json_time(row->at), "kind", sighting_kind_text(row->kind), "front",
                     sighting_front_text(row->front), "certificate",
                     sighting_certificate_text(row->certificate), "serial", json_text(row->serial),
                     "address", json_text(row->address), "command", json_text(row->command), "user",
                     json_text(row->user), "authorization_user", json_text(row->authorization_user),
                     "connection", row->connection, "reason", json_text(row->reason), "http",
                     (json_int_t)row->http, "status", (json_int_t)row->status, "detail",
                     json_text(row->detail));
}

static enum status print_json(const struct device_record *record, const struct diagnosis *diagnosis,
                              const struct sighting_list *timeline)
{
    json_t *object = NULL;
    json_t *sightings = json_array();
    TRY(row_json(&record->row, diagnosis, &object));
    for (size_t i = 0; i < timeline->count; i++)
        json_array_append_new(sightings, sighting_json(&timeline->rows[i]));
    json_object_set_new(object, "pinned_to", json_text(record->pin.device_id));
    json_object_set_new(object, "pinned_at", json_time(record->pin.pinned_at));
    json_object_set_new(object, "other_device", json_text(record->pin.alarm_device));
    json_object_set_new(object, "other_device_at", json_time(record->pin.alarm_at));
    json_object_set_new(object, "user_blocked_at", json_time(record->user_blocked_at));
    json_object_set_new(object, "sightings", sightings);
    return output_json(object);
}

/* ---- list ------------------------------------------------------------------------------------ */

static enum status print_line(const struct invocation *invocation, const struct device_row *row)
{
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    const struct diagnosis finding = devices_finding(row);
    if (invocation_has(invocation, "json")) {
        json_t *object = NULL;
        TRY(row_json(row, &finding, &object));
        return output_json(object);
    }
    buf_printf(&text, "%-10s  ", row->id);
    append_time_cell(&text, row->last_seen_at);
    buf_printf(&text, "  %-18s  %-30s  %-32s  %s\n", row->reason, row->user, row->device_id,
               devices_name(row));
    return output_text(&text);
}

static enum status list(const struct invocation *invocation)
{
    const struct device_filter filter = {
        .user = invocation_text(invocation, "user"),
        .search = invocation_text(invocation, "search"),
        .refused = invocation_has(invocation, "refused"),
    };
    struct session session defer(session_clear) = {0};
    struct pages pages = pages_of(invocation_number(invocation, "limit", INT64_MAX), NULL);
    if (filter.user != NULL && filter.search != NULL)
        return status_fail(STATUS_USAGE, "give either --user or --search");
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    for (struct page_request request; pages_next(&pages, &request);) {
        struct device_list page defer(device_list_clear) = {0};
        TRY(devices_list(session.service, &filter, &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_line(invocation, &page.rows[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

/* ---- show ------------------------------------------------------------------------------------ */

static void append_device(struct buf *text, const struct device_row *row)
{
    append_row(text, "id", row->id);
    append_row(text, "device id", row->device_id);
    append_row(text, "user", row->user);
    append_row(text, "certificate", row->serial);
    append_row(text, "type", row->device_type);
    append_row(text, "model", row->model);
    append_row(text, "system", row->os);
    append_row(text, "name", row->friendly_name);
    append_row(text, "agent", row->agent);
    append_row(text, "address", row->address);
    append_row(text, "protocol", eas_version_text((int)row->version));
    append_time_row(text, "first seen", row->first_seen_at);
    append_time_row(text, "last seen", row->last_seen_at);
    append_time_row(text, "last let in", row->allowed_at);
    append_row(text, "last verdict", row->reason);
    append_row(text, "standing", eas_standing_word(devices_standing(row)));
}

static void append_settled(struct buf *text, const struct device_record *record)
{
    append_time_row(text, "blocked", record->row.blocked_at);
    append_row(text, "blocked by", record->row.blocked_by);
    append_time_row(text, "user blocked", record->user_blocked_at);
    append_row(text, "policy", record->policy);
    append_row(text, "pinned to", record->pin.device_id);
    append_time_row(text, "pinned", record->pin.pinned_at);
    append_row(text, "other device", record->pin.alarm_device);
    append_time_row(text, "it came", record->pin.alarm_at);
}

static void append_sighting(struct buf *text, const struct sighting_row *row)
{
    bool failed = row->kind == SIGHTING_FAILED_HANDSHAKE;
    append_time_cell(text, row->at);
    buf_printf(text, "  %-9s  %-14s  %3d  %s%s%s\n", sighting_certificate_text(row->certificate),
               failed ? "TLS handshake" : row->command, (int)row->http, row->reason,
               row->detail[0] == '\0' || failed ? "" : ": ", row->detail);
}

static enum status print_text(const struct device_record *record, const struct diagnosis *diagnosis,
                              const struct sighting_list *timeline)
{
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    struct buf buf defer(buf_clear) = BUF_INIT(SENTENCE_MAX);
    const char *sentence;
    TRY(sentence_of(diagnosis, &buf, &sentence));
    append_device(&text, &record->row);
    append_settled(&text, record);
    if (sentence != NULL)
        buf_printf(&text, "\n%s\n", sentence);
    if (timeline->count > 0)
        buf_append_byte(&text, '\n');
    for (size_t i = 0; i < timeline->count; i++)
        append_sighting(&text, &timeline->rows[i]);
    return output_text(&text);
}

static enum status show(const struct invocation *invocation)
{
    const char *id = invocation_text(invocation, "ID");
    const struct page_request newest = {
        .limit = invocation_number(invocation, "sightings", SHOWN_DEFAULT)};
    struct session session defer(session_clear) = {0};
    struct device_record record defer(device_record_clear) = {0};
    struct sighting_list timeline defer(sighting_list_clear) = {0};
    struct diagnosis diagnosis;
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(devices_show(session.service, id, &record));
    TRY(devices_timeline(session.service, id, &newest, &timeline));
    TRY(devices_diagnose(session.service, id, &diagnosis));
    return invocation_has(invocation, "json") ? print_json(&record, &diagnosis, &timeline)
                                              : print_text(&record, &diagnosis, &timeline);
}

/* ---- what operators do ----------------------------------------------------------------------- */

static enum status print_done(const struct invocation *invocation, const char *member,
                              const char *value, const char *done, bool yes, const char *sentence)
{
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:b}", member, value, done, yes));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    buf_printf(&text, sentence[0] == '\0' ? "%s\n" : "%s %s\n", value, sentence);
    return output_text(&text);
}

static enum status unpin(const struct invocation *invocation)
{
    const char *id = invocation_text(invocation, "ID");
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    TRY(devices_unpin(session.service, &actor, id));
    return print_done(invocation, "id", id, "pinned", false,
                      "- its certificate may come with another DeviceId now.");
}

static enum status change_block(const struct invocation *invocation, bool block)
{
    const char *id = invocation_text(invocation, "ID");
    const char *user = invocation_text(invocation, "user");
    struct session session defer(session_clear) = {0};
    if ((id == NULL) == (user == NULL))
        return status_fail(STATUS_USAGE, "name either an ID or a --user");
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct service *service = session.service;
    struct actor actor = session_actor(&session);
    if (id != NULL)
        TRY(block ? devices_block(service, &actor, id) : devices_unblock(service, &actor, id));
    else
        TRY(block ? devices_block_user(service, &actor, user)
                  : devices_unblock_user(service, &actor, user));
    return print_done(invocation, id != NULL ? "id" : "user", id != NULL ? id : user, "blocked",
                      block,
                      block ? "is blocked from the next request on." : "is not blocked any more.");
}

static enum status block(const struct invocation *invocation)
{
    return change_block(invocation, true);
}

static enum status unblock(const struct invocation *invocation)
{
    return change_block(invocation, false);
}

/* clang-format off */
static const struct argument list_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "user", .value = "USER", .help = "Only those of this user"},
    {.kind = ARGUMENT_TEXT, .name = "search", .value = "TEXT",
     .help = "Only those with a user, DeviceId, model, name or serial that starts so"},
    {.kind = ARGUMENT_FLAG, .name = "refused", .help = "Only those that were not let in the last time"},
    {.kind = ARGUMENT_NUMBER, .name = "limit", .value = "N", .help = "Only the N that were seen last",
     .least = 1, .most = 1000000000},
    ARGUMENT_JSON,
};

static const struct argument show_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "ID", .help = "Id of the device, as device list shows it"},
    {.kind = ARGUMENT_NUMBER, .name = "sightings", .value = "N",
     .help = "The newest N sightings, 20 unless given", .least = 1, .most = PAGE_LIMIT_MOST},
    ARGUMENT_JSON,
};

static const struct argument unpin_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "ID", .help = "Id of the device, as device list shows it"},
    ARGUMENT_JSON,
};

static const struct argument block_arguments[] = {
    {.kind = ARGUMENT_OPTIONAL, .name = "ID", .help = "Id of the device, as device list shows it"},
    {.kind = ARGUMENT_TEXT, .name = "user", .value = "USER",
     .help = "Instead of a device: whoever the certificate names so, with any device"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command device_list_command = {
    .group = "device",
    .name = "list",
    .summary = "Lists the phones that came, the one that was seen last first",
    .arguments = list_arguments,
    .argument_count = sizeof list_arguments / sizeof list_arguments[0],
    .run = list,
};

const struct command device_show_command = {
    .group = "device",
    .name = "show",
    .summary = "Shows a phone, why it is not let in, and what was seen of it",
    .arguments = show_arguments,
    .argument_count = sizeof show_arguments / sizeof show_arguments[0],
    .run = show,
};

const struct command device_unpin_command = {
    .group = "device",
    .name = "unpin",
    .summary = "Lets the certificate of a phone come with another DeviceId",
    .arguments = unpin_arguments,
    .argument_count = sizeof unpin_arguments / sizeof unpin_arguments[0],
    .run = unpin,
};

const struct command device_block_command = {
    .group = "device",
    .name = "block",
    .summary = "Lets a phone, or a user with any phone, in no more",
    .arguments = block_arguments,
    .argument_count = sizeof block_arguments / sizeof block_arguments[0],
    .run = block,
};

const struct command device_unblock_command = {
    .group = "device",
    .name = "unblock",
    .summary = "Lets them in again",
    .arguments = block_arguments,
    .argument_count = sizeof block_arguments / sizeof block_arguments[0],
    .run = unblock,
};
