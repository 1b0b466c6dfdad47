/* certferry probe start, stop, show, list, export: what a phone really does with policies. */
#include "command/command.h"
#include "command/output.h"
#include "command/pages.h"
#include "command/session.h"
#include "eas/command.h"
#include "service/policies.h"
#include "service/probe_sheet.h"
#include "service/probes.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 256 * 1024 };

/* ---- start and stop -------------------------------------------------------------------------- */

/* A probe is in the place of the organisation's own policy: that is said to whoever starts one. */
static enum status print_started(const struct invocation *invocation, const struct service *service,
                                 const char *id, const char *device)
{
    struct policy_record suspended defer(policy_record_clear) = {.users = 0};
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    enum status status = policies_find_of_device(service, device, &suspended);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s, s:o}", "id", id, "device", device, "suspends",
                                     json_text(suspended.row.name)));
    buf_printf(&text, "%s is begun; its first round waits for the next command of the device %s.\n",
               id, device);
    if (status == STATUS_OK)
        buf_printf(
            &text,
            "The policy %s is not in force on this device until the probe has ended: between "
            "its rounds nothing is asked of it. It gets %s again with its first command "
            "after that.\n",
            suspended.row.name, suspended.row.name);
    return output_text(&text);
}

static enum status start(const struct invocation *invocation)
{
    char device[PROBES_DEVICE_SIZE];
    char id[PROBE_KEY_SIZE];
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(probes_find_device(session.service, invocation_text(invocation, "DEVICE-or-USER"), device));
    const struct probe_request request = {
        .device = device,
        .risk = invocation_number(invocation, "risk", EAS_RISK_DISRUPTIVE),
        .named = invocation->list,
        .named_count = invocation->list_count,
        .one_by_one = invocation_has(invocation, "one-by-one"),
        .consent = invocation_text(invocation, "consent"),
        .confirmation = invocation_text(invocation, "confirm"),
    };
    const struct actor actor = session_actor(&session);
    TRY(probes_start(session.service, &actor, &request, id));
    return print_started(invocation, session.service, id, device);
}

static enum status stop(const struct invocation *invocation)
{
    const char *id = invocation_text(invocation, "ID");
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct actor actor = session_actor(&session);
    TRY(probes_stop(session.service, &actor, id));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:b}", "id", id, "stopped", true));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    buf_printf(&text, "%s asks nothing more; the device gets the baseline back when it comes.\n",
               id);
    return output_text(&text);
}

/* ---- show ------------------------------------------------------------------------------------ */

static void append_probe(struct buf *text, const struct probe_sheet *sheet)
{
    const struct probe_row *row = &sheet->row;
    append_row(text, "id", row->id);
    append_row(text, "imported from", sheet->site);
    append_row(text, "device", row->device);
    append_row(text, "user", row->user);
    append_row(text, "type", row->device_type);
    append_row(text, "model", row->model);
    append_row(text, "system", row->os);
    append_row(text, "agent", row->agent);
    append_row(text, "protocol", eas_version_text((int)row->version));
    append_row(text, "consent", row->consent);
    append_time_row(text, "started", row->started_at);
    append_row(text, "by", row->started_by);
    append_time_row(text, "ended", row->ended_at);
    append_row(text, "outcome", row->outcome);
    append_row(text, "stopped by", row->stop_reason);
    buf_printf(text, "  %-16s %d\n  %-16s %d\n", "risk", (int)row->risk, "rounds",
               (int)sheet->asked);
    append_row(text, "baseline", sheet->returned ? "given back" : "");
    append_row(text, "unreadable", sheet->unreadable ? "nobody can say what it found out" : "");
}

static void append_matrix(struct buf *text, const struct probe_sheet *sheet)
{
    buf_append_byte(text, '\n');
    for (int i = 0; i < EAS_POLICIES; i++)
        buf_printf(text, "  %-42s %-12s %s\n", eas_policy_row((enum eas_policy)i)->element,
                   eas_probe_result_word(sheet->entries[i].result),
                   eas_probe_reason_word(sheet->entries[i].reason));
}

static void append_round(struct buf *text, const struct probe_round_row *row)
{
    buf_printf(text, "  %3d  ", (int)row->number);
    append_time_cell(text, row->offered_at);
    buf_printf(text, "  %-9s  %-13s ", row->kind, probes_acknowledgment_word(row->acknowledgment));
    probes_append_policies(text, row->policies, " ");
    buf_append_byte(text, '\n');
}

static void append_rounds(struct buf *text, const struct probe_sheet *sheet)
{
    buf_append_byte(text, '\n');
    for (size_t i = 0; i < sheet->round_count; i++)
        append_round(text, &sheet->rounds[i]);
}

static enum status print_as_json(const struct service *service, const struct probe_sheet *sheet)
{
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    TRY(probe_sheet_append_json(service, sheet, &text));
    buf_append_byte(&text, '\n');
    return output_text(&text);
}

static enum status show(const struct invocation *invocation)
{
    const char *id = invocation_text(invocation, "ID");
    struct session session defer(session_clear) = {0};
    struct probe_sheet sheet defer(probe_sheet_clear) = {0};
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(probe_sheet_get(session.service, id, &sheet));
    if (invocation_has(invocation, "json"))
        return print_as_json(session.service, &sheet);
    append_probe(&text, &sheet);
    append_matrix(&text, &sheet);
    append_rounds(&text, &sheet);
    return output_text(&text);
}

/* ---- list ------------------------------------------------------------------------------------ */

static enum status print_line(const struct invocation *invocation, const struct probe_sheet *sheet)
{
    const struct probe_row *row = &sheet->row;
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    if (invocation_has(invocation, "json"))
        return output_json(json_pack(
            "{s:s, s:o, s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:s, s:o}", "id", row->id, "site",
            json_text(sheet->site), "device", row->device, "user", json_text(row->user), "model",
            json_text(row->model), "version", json_text(eas_version_text((int)row->version)),
            "risk", (json_int_t)row->risk, "started_at", json_time(row->started_at), "ended_at",
            json_time(row->ended_at), "outcome", row->outcome, "stop_reason",
            json_text(row->stop_reason)));
    buf_printf(&text, "%-10s  ", row->id);
    append_time_cell(&text, row->started_at);
    buf_printf(&text, "  %-16s  %-10s  %-30s  %s", row->outcome, row->device, row->user,
               row->model);
    if (sheet->site[0] != '\0')
        buf_printf(&text, "  (%s)", sheet->site);
    buf_append_byte(&text, '\n');
    return output_text(&text);
}

static enum status list(const struct invocation *invocation)
{
    const struct probe_filter filter = {.device = invocation_text(invocation, "device"),
                                        .user = invocation_text(invocation, "user")};
    struct session session defer(session_clear) = {0};
    struct pages pages = pages_of(invocation_number(invocation, "limit", INT64_MAX), NULL);
    if (filter.device != NULL && filter.user != NULL)
        return status_fail(STATUS_USAGE, "give either --device or --user");
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    for (struct page_request request; pages_next(&pages, &request);) {
        struct probe_sheet_list page defer(probe_sheet_list_clear) = {0};
        if (request.limit > PAGE_LIMIT_DEFAULT) /* each imported one is here with its document */
            request.limit = PAGE_LIMIT_DEFAULT;
        TRY(probe_sheet_list(session.service, &filter, &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_line(invocation, &page.sheets[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

/* ---- export ---------------------------------------------------------------------------------- */

static enum status print_export(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    struct probe_sheet sheet defer(probe_sheet_clear) = {0};
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(probe_sheet_get(session.service, invocation_text(invocation, "ID"), &sheet));
    if (!invocation_has(invocation, "csv"))
        return print_as_json(session.service, &sheet);
    TRY(probes_append_csv(&sheet.row, sheet.entries, &text));
    return output_text(&text);
}

/* clang-format off */
static const struct argument start_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "DEVICE-or-USER",
     .help = "Id of the device, as device list shows it, or a user who has one device"},
    {.kind = ARGUMENT_NUMBER, .name = "risk", .value = "N", .least = 0, .most = 3,
     .help = "The most that a policy may do: 0 nothing, 1 be in the way for a moment (the default), "
             "2 leave something behind, 3 what cannot be undone"},
    {.kind = ARGUMENT_LIST, .name = "policy", .value = "NAME",
     .help = "With --risk 3: this policy of risk 3 may be offered; no other is"},
    {.kind = ARGUMENT_FLAG, .name = "one-by-one", .help = "One policy a round, also where groups would do"},
    {.kind = ARGUMENT_TEXT, .name = "consent", .value = "TEXT", .required = true,
     .help = "Who agreed, and how: a sentence for the audit"},
    {.kind = ARGUMENT_TEXT, .name = "confirm", .value = "USER",
     .help = "With --risk 2 and 3: the name of the device's user, typed"},
    ARGUMENT_JSON,
};

static const struct argument one_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "ID", .help = "Id of the probe, as probe list shows it"},
    ARGUMENT_JSON,
};

static const struct argument list_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "device", .value = "ID", .help = "Only those of this device, which is one of ours: no imported ones"},
    {.kind = ARGUMENT_TEXT, .name = "user", .value = "USER", .help = "Only those of this user's devices"},
    {.kind = ARGUMENT_NUMBER, .name = "limit", .value = "N", .help = "Only the N newest",
     .least = 1, .most = 1000000000},
    ARGUMENT_JSON,
};

static const struct argument export_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "ID", .help = "Id of the probe, as probe list shows it"},
    {.kind = ARGUMENT_FLAG, .name = "csv", .help = "As CSV, a line for each policy; else as JSON"},
};
/* clang-format on */

const struct command probe_start_command = {
    .group = "probe",
    .name = "start",
    .summary = "Begins to find out what a phone really does with policies",
    .arguments = start_arguments,
    .argument_count = sizeof start_arguments / sizeof start_arguments[0],
    .run = start,
};

const struct command probe_stop_command = {
    .group = "probe",
    .name = "stop",
    .summary = "Ends that early; the phone gets back the policy that asks for nothing",
    .arguments = one_arguments,
    .argument_count = sizeof one_arguments / sizeof one_arguments[0],
    .run = stop,
};

const struct command probe_show_command = {
    .group = "probe",
    .name = "show",
    .summary = "Shows what was found out so far, and each round",
    .arguments = one_arguments,
    .argument_count = sizeof one_arguments / sizeof one_arguments[0],
    .run = show,
};

const struct command probe_list_command = {
    .group = "probe",
    .name = "list",
    .summary = "Lists the probes, imported ones with their site, the newest one first",
    .arguments = list_arguments,
    .argument_count = sizeof list_arguments / sizeof list_arguments[0],
    .run = list,
};

const struct command probe_export_command = {
    .group = "probe",
    .name = "export",
    .summary = "Prints what was found out for other programs",
    .arguments = export_arguments,
    .argument_count = sizeof export_arguments / sizeof export_arguments[0],
    .run = print_export,
};
