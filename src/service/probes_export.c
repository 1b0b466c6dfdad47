/* What a probe found out, for other programs. */
#include "base/clock.h"
#include "base/csv.h"
#include "eas/command.h"
#include "service/probes.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char format[] = "certferry probe 1";

void probes_append_policies(struct buf *out, int64_t policies, const char *separator)
{
    const char *before = "";
    for (int i = 0; i < EAS_POLICIES; i++) {
        if (((eas_policy_set)policies & EAS_POLICY_BIT(i)) == 0)
            continue;
        buf_printf(out, "%s%s", before, eas_policy_row((enum eas_policy)i)->element);
        before = separator;
    }
}

const char *probes_acknowledgment_word(int64_t acknowledgment)
{
    switch (acknowledgment) {
    case PROBE_SILENCE:
        return "no_answer";
    case EAS_ACK_APPLIED:
        return "applied";
    case EAS_ACK_PARTIAL:
        return "partial";
    case EAS_ACK_REFUSED:
        return "refused";
    case EAS_ACK_MANAGED:
        return "managed";
    case EAS_ACK_OTHER:
        return "nonconforming";
    default:
        return "";
    }
}

/* ---- CSV ------------------------------------------------------------------------------------- */

void probes_entries(const struct probe_record *record,
                    struct eas_probe_entry ret_entries[static EAS_POLICIES])
{
    for (int i = 0; i < EAS_POLICIES; i++)
        ret_entries[i] = record->unreadable
                             ? (struct eas_probe_entry){EAS_RESULT_CANNOT_TELL, EAS_REASON_NONE}
                             : eas_probe_entry(&record->probe, (enum eas_policy)i);
}

static void append_line(const struct probe_row *row, enum eas_policy policy,
                        struct eas_probe_entry entry, struct buf *out)
{
    const struct eas_policy_row *about = eas_policy_row(policy);
    char risk[4];
    snprintf(risk, sizeof risk, "%d", (int)about->risk);
    const char *const cells[] = {
        row->id,
        row->user,
        row->device,
        row->device_type,
        row->model,
        row->os,
        row->agent,
        eas_version_text((int)row->version),
        about->element,
        risk,
        eas_probe_result_word(entry.result),
        eas_probe_reason_word(entry.reason),
    };
    csv_append_record(out, cells, sizeof cells / sizeof cells[0]);
}

enum status probes_append_csv(const struct probe_row *row,
                              const struct eas_probe_entry entries[static EAS_POLICIES],
                              struct buf *out)
{
    static const char *const names[] = {"probe", "user",    "device", "type", "model",  "os",
                                        "agent", "version", "policy", "risk", "result", "reason"};
    csv_append_record(out, names, sizeof names / sizeof names[0]);
    for (int i = 0; i < EAS_POLICIES; i++)
        append_line(row, (enum eas_policy)i, entries[i], out);
    return out->failure;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* What cannot be added makes the whole fail in the end: json_dumps() of less is not given out. */
static int add_text(json_t *object, const char *name, const char *text)
{
    return json_object_set_new(object, name, text[0] == '\0' ? json_null() : json_string(text));
}

static int add_number(json_t *object, const char *name, int64_t number)
{
    return json_object_set_new(object, name, json_integer(number));
}

static int add_time(json_t *object, const char *name, int64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];
    if (seconds == 0)
        return json_object_set_new(object, name, json_null());
    clock_format(seconds, text);
    return json_object_set_new(object, name, json_string(text));
}

static int add_device(json_t *object, const struct probe_row *row)
{
    return add_text(object, "format", format) | add_text(object, "id", row->id) |
           add_text(object, "device", row->device) | add_text(object, "user", row->user) |
           add_text(object, "type", row->device_type) | add_text(object, "model", row->model) |
           add_text(object, "os", row->os) | add_text(object, "agent", row->agent) |
           add_text(object, "version", eas_version_text((int)row->version));
}

static int add_course(json_t *object, const struct probe_record *record)
{
    const struct probe_row *row = &record->row;
    return add_number(object, "risk", row->risk) |
           json_object_set_new(object, "one_by_one", json_boolean(row->one_by_one)) |
           add_text(object, "consent", row->consent) |
           add_time(object, "started_at", row->started_at) |
           add_text(object, "started_by", row->started_by) |
           add_time(object, "ended_at", row->ended_at) | add_text(object, "outcome", row->outcome) |
           add_text(object, "stop_reason", row->stop_reason) |
           json_object_set_new(object, "baseline_given_back",
                               json_boolean(record->probe.returned)) |
           add_number(object, "refusals", eas_probe_refusals(&record->probe));
}

static int add_policy(json_t *list, enum eas_policy policy, struct eas_probe_entry entry)
{
    json_t *object = json_object();
    return add_text(object, "policy", eas_policy_row(policy)->element) |
           add_number(object, "risk", eas_policy_row(policy)->risk) |
           add_text(object, "result", eas_probe_result_word(entry.result)) |
           add_text(object, "reason", eas_probe_reason_word(entry.reason)) |
           json_array_append_new(list, object);
}

static int add_policies(json_t *object, const struct probe_record *record)
{
    struct eas_probe_entry entries[EAS_POLICIES];
    json_t *list = json_array();
    int failed = json_object_set_new(object, "policies", list);
    probes_entries(record, entries);
    for (int i = 0; i < EAS_POLICIES && failed == 0; i++)
        failed = add_policy(list, (enum eas_policy)i, entries[i]);
    return failed;
}

static int add_elements(json_t *object, int64_t policies)
{
    json_t *list = json_array();
    int failed = json_object_set_new(object, "policies", list);
    for (int i = 0; i < EAS_POLICIES; i++)
        if (((eas_policy_set)policies & EAS_POLICY_BIT(i)) != 0)
            failed |= json_array_append_new(
                list, json_string(eas_policy_row((enum eas_policy)i)->element));
    return failed;
}

static int add_round(json_t *list, const struct probe_round_row *row)
{
    json_t *object = json_object();
    return add_number(object, "number", row->number) | add_text(object, "kind", row->kind) |
           add_elements(object, row->policies) | add_time(object, "offered_at", row->offered_at) |
           add_time(object, "answered_at", row->answered_at) |
           add_text(object, "acknowledgment", probes_acknowledgment_word(row->acknowledgment)) |
           json_array_append_new(list, object);
}

static int add_rounds(json_t *object, const struct probe_round_list *rounds)
{
    json_t *list = json_array();
    int failed = json_object_set_new(object, "rounds", list);
    for (size_t i = 0; i < rounds->count && failed == 0; i++)
        failed = add_round(list, &rounds->rows[i]);
    return failed;
}

enum status probes_append_json(const struct probe_record *record, struct buf *out)
{
    json_t *object = json_object();
    bool whole = add_device(object, &record->row) == 0 && add_course(object, record) == 0 &&
                 add_policies(object, record) == 0 && add_rounds(object, &record->rounds) == 0;
    char *text defer(free) = whole ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a probe");
    buf_append_text(out, text);
    return out->failure;
}
