/* What a state, a result, a reason and a policy are called. */
#include "web/probe_view.h"

#include "eas/command.h"

#include <string.h>

/* ---- states ---------------------------------------------------------------------------------- */

#define GOOD(text)                                                                                 \
    {                                                                                              \
        .label = (text), .is_good = true                                                           \
    }
#define NOTE(text)                                                                                 \
    {                                                                                              \
        .label = (text), .is_note = true                                                           \
    }
#define BAD(text)                                                                                  \
    {                                                                                              \
        .label = (text), .is_bad = true                                                            \
    }
#define PLAIN(text)                                                                                \
    {                                                                                              \
        .label = (text)                                                                            \
    }

static const struct desk_state outcome_states[] = {
    [EAS_PROBE_RUNNING] = PLAIN(TEXT_PROBESTATE_RUNNING),
    [EAS_PROBE_COMPLETE] = GOOD(TEXT_PROBESTATE_COMPLETE),
    [EAS_PROBE_STOPPED] = NOTE(TEXT_PROBESTATE_STOPPED),
    [EAS_PROBE_BASELINE_REFUSED] = BAD(TEXT_PROBESTATE_BASELINE_REFUSED),
    [EAS_PROBE_MANAGED] = NOTE(TEXT_PROBESTATE_MANAGED),
    [EAS_PROBE_SILENT] = NOTE(TEXT_PROBESTATE_SILENT),
    [EAS_PROBE_UNSTEADY] = BAD(TEXT_PROBESTATE_UNSTEADY),
};

static const enum text_key endings[] = {
    [EAS_PROBE_RUNNING] = TEXT_PROBE_END_EXPORTED,
    [EAS_PROBE_COMPLETE] = TEXT_PROBE_END_COMPLETE,
    [EAS_PROBE_STOPPED] = TEXT_PROBE_END_STOPPED,
    [EAS_PROBE_BASELINE_REFUSED] = TEXT_PROBE_END_BASELINE_REFUSED,
    [EAS_PROBE_MANAGED] = TEXT_PROBE_END_MANAGED,
    [EAS_PROBE_SILENT] = TEXT_PROBE_END_SILENT,
    [EAS_PROBE_UNSTEADY] = TEXT_PROBE_END_UNSTEADY,
};

enum { OUTCOMES = sizeof endings / sizeof endings[0] };

/* A word that is none counts as stopped: the store holds no such. */
static enum eas_probe_outcome outcome_of(const struct probe_row *row)
{
    for (int i = 0; i < OUTCOMES; i++)
        if (strcmp(eas_probe_outcome_word((enum eas_probe_outcome)i), row->outcome) == 0)
            return (enum eas_probe_outcome)i;
    return EAS_PROBE_STOPPED;
}

static struct desk_state state_of_open(const struct probe_sheet *sheet)
{
    if (sheet->site[0] != '\0')
        return (struct desk_state)PLAIN(TEXT_PROBESTATE_EXPORTED);
    if (outcome_of(&sheet->row) != EAS_PROBE_RUNNING)
        return (struct desk_state)PLAIN(TEXT_PROBESTATE_ENDING);
    if (sheet->out)
        return (struct desk_state)NOTE(TEXT_PROBESTATE_NO_ANSWER);
    return outcome_states[EAS_PROBE_RUNNING];
}

struct desk_state probe_state(const struct probe_sheet *sheet)
{
    if (sheet->unreadable)
        return (struct desk_state)BAD(TEXT_PROBESTATE_UNREADABLE);
    if (sheet->row.ended_at == 0)
        return state_of_open(sheet);
    return outcome_states[outcome_of(&sheet->row)];
}

enum text_key probe_ending(const struct probe_sheet *sheet)
{
    static const struct {
        const char *word;
        enum text_key text;
    } stops[] = {
        {"operator", TEXT_PROBE_END_OPERATOR},
        {"version", TEXT_PROBE_END_VERSION},
        {"unreadable", TEXT_PROBE_END_UNREADABLE},
    };
    if (sheet->row.ended_at == 0)
        return TEXT_PROBE_END_EXPORTED;
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
        if (strcmp(sheet->row.stop_reason, stops[i].word) == 0)
            return stops[i].text;
    return endings[outcome_of(&sheet->row)];
}

/* ---- results --------------------------------------------------------------------------------- */

static const struct desk_state results[] = {
    [EAS_RESULT_PENDING] = PLAIN(TEXT_RESULT_PENDING),
    [EAS_RESULT_WAITING] = NOTE(TEXT_RESULT_WAITING),
    [EAS_RESULT_APPLIED] = GOOD(TEXT_RESULT_APPLIED),
    [EAS_RESULT_PARTIAL] = NOTE(TEXT_RESULT_PARTIAL),
    [EAS_RESULT_REFUSED] = BAD(TEXT_RESULT_REFUSED),
    [EAS_RESULT_MANAGED] = NOTE(TEXT_RESULT_MANAGED),
    [EAS_RESULT_NO_ANSWER] = NOTE(TEXT_RESULT_NO_ANSWER),
    [EAS_RESULT_NOT_OFFERED] = PLAIN(TEXT_RESULT_NOT_OFFERED),
    [EAS_RESULT_BLIND] = NOTE(TEXT_RESULT_BLIND),
    [EAS_RESULT_CANNOT_TELL] = NOTE(TEXT_RESULT_CANNOT_TELL),
};

static const enum text_key reasons[] = {
    [EAS_REASON_NONE] = TEXT_REASON_BLIND,
    [EAS_REASON_VERSION] = TEXT_REASON_VERSION,
    [EAS_REASON_RISK] = TEXT_REASON_RISK,
    [EAS_REASON_UNNAMED] = TEXT_REASON_UNNAMED,
    [EAS_REASON_PIN] = TEXT_REASON_PIN,
    [EAS_REASON_LETTERS] = TEXT_REASON_LETTERS,
    [EAS_REASON_BASELINE] = TEXT_REASON_BASELINE,
    [EAS_REASON_CONTROL] = TEXT_REASON_CONTROL,
    [EAS_REASON_SILENCE] = TEXT_REASON_SILENCE,
    [EAS_REASON_NONCONFORMING] = TEXT_REASON_NONCONFORMING,
    [EAS_REASON_NO_CANARY] = TEXT_REASON_NO_CANARY,
    [EAS_REASON_STOPPED] = TEXT_REASON_STOPPED,
};

/* Blindness explains itself; other results without a reason need none. */
struct view_probe_result probe_result(struct eas_probe_entry entry)
{
    const struct desk_state state = results[entry.result];
    return (struct view_probe_result){
        .label = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .has_reason = entry.reason != EAS_REASON_NONE || entry.result == EAS_RESULT_BLIND,
        .reason = reasons[entry.reason],
    };
}

enum text_key probe_policy_text(enum eas_policy policy)
{
    static const enum text_key texts[] = {
#define POLICY_TEXT(name, element, tag, type, least, most, since, neutral, probe, pin, risk)       \
    [EAS_POLICY_##name] = TEXT_POLICY_##name,
        EAS_POLICY_TABLE(POLICY_TEXT)
#undef POLICY_TEXT
    };
    return texts[policy];
}

enum text_key probe_risk_text(int64_t risk)
{
    static const enum text_key texts[] = {
        [EAS_RISK_NONE] = TEXT_STARTPROBE_RISK_0,
        [EAS_RISK_DISRUPTIVE] = TEXT_STARTPROBE_RISK_1,
        [EAS_RISK_STICKY] = TEXT_STARTPROBE_RISK_2,
        [EAS_RISK_DESTRUCTIVE] = TEXT_STARTPROBE_RISK_3,
    };
    return texts[risk];
}

/* ---- rounds ---------------------------------------------------------------------------------- */

enum text_key probe_round_text(const char *kind)
{
    static const enum text_key texts[] = {
        [EAS_ROUND_BASELINE] = TEXT_ROUND_BASELINE, [EAS_ROUND_CANARY] = TEXT_ROUND_CANARY,
        [EAS_ROUND_GROUP] = TEXT_ROUND_GROUP,       [EAS_ROUND_SINGLE] = TEXT_ROUND_SINGLE,
        [EAS_ROUND_CONTROL] = TEXT_ROUND_CONTROL,   [EAS_ROUND_RETURN] = TEXT_ROUND_RETURN,
    };
    for (int i = 0; i < EAS_ROUND_RETURN; i++)
        if (strcmp(eas_probe_kind_word((enum eas_probe_kind)i), kind) == 0)
            return texts[i];
    return texts[EAS_ROUND_RETURN];
}

struct desk_state probe_answer(int64_t acknowledgment)
{
    switch (acknowledgment) {
    case PROBE_UNANSWERED:
        return (struct desk_state)PLAIN(TEXT_ANSWER_NONE);
    case PROBE_SILENCE:
        return (struct desk_state)NOTE(TEXT_ANSWER_SILENCE);
    case EAS_ACK_APPLIED:
        return (struct desk_state)GOOD(TEXT_ANSWER_APPLIED);
    case EAS_ACK_PARTIAL:
        return (struct desk_state)NOTE(TEXT_ANSWER_PARTIAL);
    case EAS_ACK_REFUSED:
        return (struct desk_state)BAD(TEXT_ANSWER_REFUSED);
    case EAS_ACK_MANAGED:
        return (struct desk_state)NOTE(TEXT_ANSWER_MANAGED);
    default:
        return (struct desk_state)BAD(TEXT_ANSWER_OTHER);
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

const char *probe_name(const struct probe_row *row)
{
    if (row->model[0] != '\0')
        return row->model;
    if (row->device_type[0] != '\0')
        return row->device_type;
    return row->device[0] != '\0' ? row->device : "?";
}

const char *probe_user(const struct probe_row *row)
{
    return row->user[0] != '\0' ? row->user : "?";
}

struct view_probe_facts probe_facts(const struct probe_sheet *sheet, const char *href)
{
    const struct probe_row *row = &sheet->row;
    return (struct view_probe_facts){
        .href = href,
        .user = probe_user(row),
        .name = probe_name(row),
        .device = row->device,
        .device_type = row->device_type,
        .model = row->model,
        .os = row->os,
        .agent = row->agent,
        .version = eas_version_text((int)row->version),
        .risk = row->risk,
        .consent = row->consent,
        .started_at = row->started_at,
        .started_by = desk_actor(row->started_by),
        .ended_at = row->ended_at,
        .site = sheet->site,
        .imported_at = sheet->imported_at,
        .imported_by = desk_actor(sheet->imported_by),
        .asked = sheet->asked,
        .returned = sheet->returned,
    };
}

void probe_lines_clear(struct probe_lines *lines)
{
    free(lines->lines);
    free(lines->hrefs);
    *lines = (struct probe_lines){0};
}

static struct view_probe_line line_of(const struct probe_sheet *sheet,
                                      char href[static DESK_HREF_SIZE])
{
    const struct desk_state state = probe_state(sheet);
    desk_href(href, PROBE_PAGE, sheet->row.id, "");
    return (struct view_probe_line){
        .href = href,
        .user = probe_user(&sheet->row),
        .device = probe_name(&sheet->row),
        .os = sheet->row.os,
        .agent = sheet->row.agent,
        .version = eas_version_text((int)sheet->row.version),
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .started_at = sheet->row.started_at,
        .site = sheet->site,
    };
}

enum status probe_lines_make(const struct probe_sheet_list *list, struct probe_lines *ret_lines)
{
    struct probe_lines lines defer(probe_lines_clear) = {.count = list->count};
    lines.lines = calloc(list->count + 1, sizeof *lines.lines);
    lines.hrefs = calloc(list->count + 1, sizeof *lines.hrefs);
    if (lines.lines == NULL || lines.hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of probes");
    for (size_t i = 0; i < list->count; i++)
        lines.lines[i] = line_of(&list->sheets[i], lines.hrefs[i]);
    *ret_lines = lines;
    lines = (struct probe_lines){0};
    return STATUS_OK;
}
