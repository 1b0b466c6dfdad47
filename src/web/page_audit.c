/* GET /admin/audit: who did what, newest first, of what fits all that is asked for. Days are in
 * UTC, and the last one counts as a whole. */
#include "base/clock.h"
#include "base/limits.h"
#include "http/target.h"
#include "service/audit_list.h"
#include "web/admin.h"
#include "web/people_view.h"

enum { KINDS = 7 };

static const struct {
    const char *value;
    enum text_key label;
} kinds[KINDS] = {
    {"", TEXT_AUDIT_KIND_ALL},
    {"link", TEXT_AUDIT_KIND_LINK},
    {"certificate", TEXT_AUDIT_KIND_CERTIFICATE},
    {"operator", TEXT_AUDIT_KIND_OPERATOR},
    {"mail", TEXT_AUDIT_KIND_MAIL},
    {"import", TEXT_AUDIT_KIND_IMPORT},
    {"setting", TEXT_AUDIT_KIND_SETTING},
};

static size_t find_kind(struct span value)
{
    for (size_t i = 0; i < KINDS; i++)
        if (span_equal_text(value, kinds[i].value))
            return i;
    return 0;
}

struct asked {
    size_t kind;
    const char *object;
    const char *actor;
    const char *action;
    const char *from;
    const char *to;
    const char *after;
};

static struct asked read_query(const struct form *query)
{
    return (struct asked){
        .kind = find_kind(form_value(query, "kind")),
        .object = form_text(query, "object"),
        .actor = form_text(query, "actor"),
        .action = form_text(query, "action"),
        .from = form_text(query, "from"),
        .to = form_text(query, "to"),
        .after = form_text(query, "after"),
    };
}

static enum status read_day(const char *day, int64_t *ret_time)
{
    if (day[0] == '\0')
        return STATUS_OK;
    int64_t time;
    TRY(clock_parse_day_or_time(day, &time));
    if (time % CLOCK_DAY != 0)
        return status_fail(STATUS_INVALID, "a day is written 2026-01-31, not '%.40s'", day);
    *ret_time = time;
    return STATUS_OK;
}

static enum status find(const struct web *web, const struct asked *asked, struct audit_list *list)
{
    struct audit_filter filter = {
        .actor = asked->actor,
        .action = asked->action,
        .object_kind = kinds[asked->kind].value,
        .object_id = asked->object,
    };
    TRY(read_day(asked->from, &filter.from));
    TRY(read_day(asked->to, &filter.to));
    if (asked->to[0] != '\0')
        filter.to += CLOCK_DAY;
    return audit_list(web->service, &filter, &(struct page_request){.after = asked->after}, list);
}

/* Empty when this is the last page. */
static enum status make_next(const struct asked *asked, const char *next, struct buf *href)
{
    if (next[0] == '\0')
        return STATUS_OK;
    const struct {
        const char *name;
        const char *value;
    } fields[] = {
        {"&object=", asked->object}, {"&actor=", asked->actor}, {"&action=", asked->action},
        {"&from=", asked->from},     {"&to=", asked->to},
    };
    buf_printf(href, "/admin/audit?kind=%s&after=%s", kinds[asked->kind].value, next);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        buf_append_text(href, fields[i].name);
        target_append_component(href, span_of_text(fields[i].value));
    }
    return href->failure;
}

static void render(const struct web *web, struct request *request, struct response *response,
                   const struct asked *asked, const struct act_lines *lines, const char *next)
{
    struct view_option options[KINDS];
    for (size_t i = 0; i < KINDS; i++)
        options[i] = (struct view_option){kinds[i].value, kinds[i].label, i == asked->kind};
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_AUDIT, &shell);
    const struct view_audit fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .kinds = options,
        .kinds_count = KINDS,
        .object = asked->object,
        .actor = asked->actor,
        .action = asked->action,
        .from = asked->from,
        .to = asked->to,
        .bad = next == NULL ? status_detail() : "",
        .acts = lines->lines,
        .acts_count = lines->count,
        .next = next,
    };
    view_audit(response_body(response), page_texts(request), &fields);
    if (next == NULL)
        response_set_status(response, 422);
}

enum status page_audit(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    const struct asked asked = read_query(query);
    struct audit_list list defer(audit_list_clear) = {0};
    struct act_lines lines defer(act_lines_clear) = {0};
    enum status status = find(web, &asked, &list);
    if (status == STATUS_INVALID) {
        render(web, request, response, &asked, &lines, NULL);
        return STATUS_OK;
    }
    TRY(status);
    TRY(act_lines_make(&list, &lines));
    struct buf next defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_TARGET);
    TRY(make_next(&asked, list.next, &next));
    render(web, request, response, &asked, &lines, next.len == 0 ? "" : (const char *)next.ptr);
    return STATUS_OK;
}
