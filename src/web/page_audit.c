/* GET /admin/audit: who did what, newest first; of one object when its kind and id are given. */
#include "service/audit_list.h"
#include "web/admin.h"
#include "web/people_view.h"

#include <stdio.h>

enum { KINDS = 5 };

static const struct {
    const char *value;
    enum text_key label;
} kinds[KINDS] = {
    {"", TEXT_AUDIT_KIND_ALL},
    {"link", TEXT_AUDIT_KIND_LINK},
    {"certificate", TEXT_AUDIT_KIND_CERTIFICATE},
    {"operator", TEXT_AUDIT_KIND_OPERATOR},
    {"setting", TEXT_AUDIT_KIND_SETTING},
};

static size_t find_kind(struct span value)
{
    for (size_t i = 0; i < KINDS; i++)
        if (span_equal_text(value, kinds[i].value))
            return i;
    return 0;
}

static void render(const struct web *web, struct request *request, struct response *response,
                   const struct form *query, const struct act_lines *lines, const char *next)
{
    size_t chosen = find_kind(form_value(query, "kind"));
    struct view_option options[KINDS];
    for (size_t i = 0; i < KINDS; i++)
        options[i] = (struct view_option){kinds[i].value, kinds[i].label, i == chosen};
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_AUDIT, &shell);
    const struct view_audit fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .kinds = options,
        .kinds_count = KINDS,
        .object = form_text(query, "object"),
        .bad = next == NULL,
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
    const struct audit_filter filter = {
        .object_kind = kinds[find_kind(form_value(query, "kind"))].value,
        .object_id = form_text(query, "object"),
    };
    const struct page_request page = {.after = form_text(query, "after")};
    struct audit_list list defer(audit_list_clear) = {0};
    struct act_lines lines defer(act_lines_clear) = {0};
    enum status status = audit_list(web->service, &filter, &page, &list);
    if (status == STATUS_INVALID) {
        render(web, request, response, query, &lines, NULL);
        return STATUS_OK;
    }
    TRY(status);
    TRY(act_lines_make(&list, &lines));
    char next[HREF_SIZE] = "";
    char before[HREF_SIZE];
    snprintf(before, sizeof before, "/admin/audit?kind=%s&after=%s&object=", filter.object_kind,
             list.next);
    if (list.next[0] != '\0')
        href_format(next, before, filter.object_id);
    render(web, request, response, query, &lines, next);
    return STATUS_OK;
}
