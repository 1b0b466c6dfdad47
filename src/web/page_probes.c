/*
 * GET /admin/probes: all probes, ours and those of other sites; POST /admin/probes/import brings
 * one of those; POST /admin/probes/{id}/delete takes it away.
 */
#include "base/limits.h"
#include "base/text.h"
#include "http/multipart.h"
#include "service/probe_import.h"
#include "web/people_view.h"
#include "web/probe_view.h"

#include <stdio.h>
#include <string.h>

struct asked {
    struct probe_filter filter;
    const char *after;
    const char *detail; /* why an upload was refused; "" without one */
    const char *site;   /* that was typed with it */
};

static void append_next(const struct asked *asked, const char *next,
                        char ret_href[static HREF_SIZE])
{
    char before[HREF_SIZE];
    bool of_device = asked->filter.device[0] != '\0';
    snprintf(before, sizeof before, "/admin/probes?after=%s&%s=", next,
             of_device ? "device" : "user");
    href_format(ret_href, before, of_device ? asked->filter.device : asked->filter.user);
}

static bool is_about_site(const char *detail)
{
    return strncmp(detail, "site:", 5) == 0;
}

/* `next` is NULL when there is no such page. */
static void render(const struct web *web, struct request *request, struct response *response,
                   const struct asked *asked, const struct probe_lines *lines, const char *next)
{
    bool bad_site = is_about_site(asked->detail);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_PROBES, &shell);
    const struct view_probes fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .user = asked->filter.user,
        .device = asked->filter.device,
        .filtered = asked->filter.user[0] != '\0' || asked->filter.device[0] != '\0' ||
                    asked->after[0] != '\0',
        .bad_page = next == NULL,
        .may_act = admin_may(request, ROLE_HELPDESK),
        .bad_import = asked->detail[0] != '\0',
        .bad_site = bad_site,
        .detail = bad_site ? "" : asked->detail,
        .typed_site = asked->site,
        .kilobytes = LIMIT_PROBE_FILE / 1024,
        .probes = lines->lines,
        .probes_count = lines->count,
        .next = next,
    };
    view_probes(response_body(response), page_texts(request), &fields);
    if (next == NULL || asked->detail[0] != '\0')
        response_set_status(response, 422);
}

static enum status render_list(const struct web *web, struct request *request,
                               struct response *response, const struct asked *asked)
{
    struct probe_sheet_list list defer(probe_sheet_list_clear) = {0};
    struct probe_lines lines defer(probe_lines_clear) = {0};
    const struct page_request page = {.after = asked->after};
    enum status status = probe_sheet_list(web->service, &asked->filter, &page, &list);
    if (status == STATUS_INVALID) {
        render(web, request, response, asked, &lines, NULL);
        return STATUS_OK;
    }
    TRY(status);
    TRY(probe_lines_make(&list, &lines));
    char next[HREF_SIZE] = "";
    if (list.next[0] != '\0')
        append_next(asked, list.next, next);
    render(web, request, response, asked, &lines, next);
    return STATUS_OK;
}

enum status page_probes(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    const struct asked asked = {
        .filter = {.user = form_text(query, "user"), .device = form_text(query, "device")},
        .after = form_text(query, "after"),
        .detail = "",
        .site = "",
    };
    return render_list(application, request, response, &asked);
}

/* ---- imports --------------------------------------------------------------------------------- */

enum { SITE_SIZE = PROBE_SITE_MAX + 1 };

/* What no site is called is left empty, which the service refuses. */
static void read_site(const struct multipart *form, char ret_site[static SITE_SIZE])
{
    const struct multipart_part *part = multipart_find(form, "site");
    ret_site[0] = '\0';
    if (part == NULL || part->value.len >= SITE_SIZE || !text_is_utf8(part->value) ||
        text_has_control(part->value))
        return;
    snprintf(ret_site, SITE_SIZE, "%.*s", (int)part->value.len, (const char *)part->value.ptr);
}

static enum status import(const struct web *web, struct request *request,
                          char ret_site[static SITE_SIZE], char ret_id[static PROBE_KEY_SIZE])
{
    struct multipart form;
    TRY(desk_read_upload(request, &form));
    read_site(&form, ret_site);
    const struct multipart_part *file = multipart_find(&form, "file");
    const struct span none = {0};
    const struct actor actor = admin_actor(request);
    return probe_import_add(web->service, &actor, ret_site, file == NULL ? none : file->value,
                            ret_id);
}

static bool can_be_mended(enum status status)
{
    return status == STATUS_INVALID || status == STATUS_TOO_LARGE || status == STATUS_CONFLICT;
}

enum status page_probes_import(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    char site[SITE_SIZE] = "";
    char id[PROBE_KEY_SIZE];
    enum status status = import(web, request, site, id);
    if (can_be_mended(status)) {
        char detail[STATUS_DETAIL_MAX];
        snprintf(detail, sizeof detail, "%s", status_detail());
        const struct asked asked = {
            .filter = {.user = "", .device = ""}, .after = "", .detail = detail, .site = site};
        return render_list(web, request, response, &asked);
    }
    TRY(status);
    char href[DESK_HREF_SIZE];
    desk_href(href, PROBE_PAGE, id, "");
    admin_redirect(response, href, ADMIN_SAID_PROBE_IMPORTED);
    return STATUS_OK;
}

enum status page_probe_delete(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    const struct actor actor = admin_actor(request);
    TRY(probe_import_remove(web->service, &actor, id));
    admin_redirect(response, "/admin/probes", ADMIN_SAID_PROBE_DELETED);
    return STATUS_OK;
}
