/* Tables, so that a new reason or rule does not compile before it has its words. */
#include "web/device_view.h"

static const struct device_words reasons[] = {
#define REASON_WORDS(name, text, http, iis, source, sentence)                                      \
    [VERDICT_##name] = {TEXT_VERDICT_##name, TEXT_VERDICT_##name##_NEXT},
    VERDICT_TABLE(REASON_WORDS)
#undef REASON_WORDS
};

static const struct device_words rules[DIAGNOSIS_RULES] = {
    [DIAGNOSIS_STOPPED_PRESENTING] = {TEXT_FINDING_STOPPED_PRESENTING,
                                      TEXT_FINDING_STOPPED_PRESENTING_NEXT},
    [DIAGNOSIS_FELL_BACK_TO_PASSWORD] = {TEXT_FINDING_FELL_BACK_TO_PASSWORD,
                                         TEXT_FINDING_FELL_BACK_TO_PASSWORD_NEXT},
    [DIAGNOSIS_SESSION_ONLY] = {TEXT_FINDING_SESSION_ONLY, TEXT_FINDING_SESSION_ONLY_NEXT},
    [DIAGNOSIS_EXPIRED_SINCE] = {TEXT_FINDING_EXPIRED_SINCE, TEXT_VERDICT_EXPIRED_NEXT},
    [DIAGNOSIS_REVOKED_SINCE] = {TEXT_FINDING_REVOKED_SINCE, TEXT_VERDICT_REVOKED_NEXT},
    [DIAGNOSIS_UNCERTAIN_SINCE] = {TEXT_FINDING_UNCERTAIN_SINCE,
                                   TEXT_VERDICT_REVOCATION_UNKNOWN_NEXT},
    [DIAGNOSIS_CANNOT_SELECT] = {TEXT_FINDING_CANNOT_SELECT, TEXT_FINDING_CANNOT_SELECT_NEXT},
    [DIAGNOSIS_WRONG_USER] = {TEXT_FINDING_WRONG_USER, TEXT_VERDICT_USER_MISMATCH_NEXT},
    [DIAGNOSIS_UNKNOWN_DOMAIN] = {TEXT_FINDING_UNKNOWN_DOMAIN, TEXT_FINDING_UNKNOWN_DOMAIN_NEXT},
    [DIAGNOSIS_LARGE_POSTS_FAIL] = {TEXT_FINDING_LARGE_POSTS_FAIL,
                                    TEXT_FINDING_LARGE_POSTS_FAIL_NEXT},
};

struct device_words device_words_of_reason(const char *reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(verdict_reason_text((enum verdict_reason)i), reason) == 0)
            return reasons[i];
    return (struct device_words){TEXT_PHONESTEP_HANDSHAKE_FAILED, TEXT_PHONESTEP_HANDSHAKE_NEXT};
}

static bool has_reason(const struct device_row *row, enum verdict_reason reason)
{
    return strcmp(row->reason, verdict_reason_text(reason)) == 0;
}

struct desk_state device_state(const struct device_row *row)
{
    if (row->blocked_at != 0 || has_reason(row, VERDICT_BLOCKED))
        return (struct desk_state){.label = TEXT_DEVICESTATE_BLOCKED, .is_bad = true};
    if (has_reason(row, VERDICT_DEVICE_MISMATCH))
        return (struct desk_state){.label = TEXT_DEVICESTATE_ALARM, .is_bad = true};
    if (devices_is_refused(row))
        return (struct desk_state){.label = TEXT_DEVICESTATE_REFUSED, .is_bad = true};
    if (has_reason(row, VERDICT_ALLOWED))
        return (struct desk_state){.label = TEXT_DEVICESTATE_ALLOWED, .is_good = true};
    return (struct desk_state){.label = TEXT_DEVICESTATE_SEEN};
}

struct device_words device_words(const struct device_row *row, const struct diagnosis *finding)
{
    if (row->blocked_at != 0)
        return reasons[VERDICT_BLOCKED];
    const struct device_words verdict = device_words_of_reason(row->reason);
    switch (finding->rule) {
    case DIAGNOSIS_NONE:
    case DIAGNOSIS_RULES:
    case DIAGNOSIS_REFUSED_SINCE: /* the reason says more */
        return verdict;
    case DIAGNOSIS_STOPPED_PRESENTING:
    case DIAGNOSIS_FELL_BACK_TO_PASSWORD:
    case DIAGNOSIS_SESSION_ONLY:
    case DIAGNOSIS_EXPIRED_SINCE:
    case DIAGNOSIS_REVOKED_SINCE:
    case DIAGNOSIS_UNCERTAIN_SINCE:
    case DIAGNOSIS_CANNOT_SELECT:
    case DIAGNOSIS_WRONG_USER:
    case DIAGNOSIS_UNKNOWN_DOMAIN:
    case DIAGNOSIS_LARGE_POSTS_FAIL:
        break;
    }
    return rules[finding->rule];
}

/* Rules that tell since when something is so, and until when it was not. */
static bool tells_last_allowed(enum diagnosis_rule rule)
{
    return rule == DIAGNOSIS_EXPIRED_SINCE || rule == DIAGNOSIS_REVOKED_SINCE ||
           rule == DIAGNOSIS_UNCERTAIN_SINCE || rule == DIAGNOSIS_REFUSED_SINCE;
}

struct view_device_finding device_finding(const struct diagnosis *finding)
{
    enum diagnosis_rule rule = finding->rule;
    bool of_user = rule == DIAGNOSIS_WRONG_USER || rule == DIAGNOSIS_UNKNOWN_DOMAIN;
    bool named = finding->identity[0] != '\0' && finding->user[0] != '\0';
    return (struct view_device_finding){
        .stopped_presenting = rule == DIAGNOSIS_STOPPED_PRESENTING,
        .fell_back_to_password = rule == DIAGNOSIS_FELL_BACK_TO_PASSWORD,
        .session_only = rule == DIAGNOSIS_SESSION_ONLY,
        .expired_since = rule == DIAGNOSIS_EXPIRED_SINCE,
        .revoked_since = rule == DIAGNOSIS_REVOKED_SINCE,
        .uncertain_since = rule == DIAGNOSIS_UNCERTAIN_SINCE,
        .refused_since = rule == DIAGNOSIS_REFUSED_SINCE,
        .cannot_select = rule == DIAGNOSIS_CANNOT_SELECT,
        .wrong_user = of_user && named,
        .large_posts_fail = rule == DIAGNOSIS_LARGE_POSTS_FAIL,
        .from = finding->from,
        .until = finding->until,
        .last = finding->number,
        .count = finding->number,
        .last_allowed = tells_last_allowed(rule) ? finding->until : 0,
        .identity = finding->identity,
        .user = finding->user,
    };
}

void device_lines_clear(struct device_lines *lines)
{
    free(lines->lines);
    free(lines->hrefs);
    *lines = (struct device_lines){0};
}

static struct view_device_line line_of(const struct device_row *row,
                                       char href[static DESK_HREF_SIZE])
{
    const struct desk_state state = device_state(row);
    const struct diagnosis finding = devices_finding(row);
    desk_href(href, DEVICE_PAGE, row->id, "");
    return (struct view_device_line){
        .href = href,
        .user = row->user[0] == '\0' ? "?" : row->user,
        .name = devices_name(row),
        .device_id = row->device_id,
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .sentence = device_words(row, &finding).sentence,
        .last_seen_at = row->last_seen_at,
    };
}

enum status device_lines_make(const struct device_list *list, struct device_lines *ret_lines)
{
    struct device_lines lines defer(device_lines_clear) = {.count = list->count};
    lines.lines = calloc(list->count + 1, sizeof *lines.lines);
    lines.hrefs = calloc(list->count + 1, sizeof *lines.hrefs);
    if (lines.lines == NULL || lines.hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of devices");
    for (size_t i = 0; i < list->count; i++)
        lines.lines[i] = line_of(&list->rows[i], lines.hrefs[i]);
    *ret_lines = lines;
    lines = (struct device_lines){0};
    return STATUS_OK;
}

static enum status make_of(const struct web *web, const struct device_filter *filter,
                           struct device_list *ret_list, struct device_lines *ret_lines)
{
    const struct page_request page = {.limit = DEVICES_SHOWN};
    TRY(devices_list(web->service, filter, &page, ret_list));
    return device_lines_make(ret_list, ret_lines);
}

enum status device_lines_of_user(const struct web *web, const char *user,
                                 struct device_list *ret_list, struct device_lines *ret_lines)
{
    return make_of(web, &(struct device_filter){.user = user}, ret_list, ret_lines);
}

/* A serial is one of the words by which a device is found. */
enum status device_lines_of_serial(const struct web *web, const char *serial,
                                   struct device_list *ret_list, struct device_lines *ret_lines)
{
    return make_of(web, &(struct device_filter){.search = serial}, ret_list, ret_lines);
}
