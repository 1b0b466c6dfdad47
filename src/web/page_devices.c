/*
 * GET /admin/devices: phones as the verifier sees them, seen last first. What is typed is searched
 * for as it is typed (static/search.js), and by the form's button without a script.
 */
#include "web/admin.h"
#include "web/device_view.h"
#include "web/people_view.h"

#include <stdio.h>

enum { SHOWS = 2 };

struct asked {
    const char *search;
    const char *after;
    bool refused;
};

static struct asked read_query(const struct form *query)
{
    return (struct asked){
        .search = form_text(query, "search"),
        .after = form_text(query, "after"),
        .refused = span_equal_text(form_value(query, "show"), "refused"),
    };
}

static void append_next(const struct asked *asked, const char *next,
                        char ret_href[static HREF_SIZE])
{
    char before[HREF_SIZE];
    snprintf(before, sizeof before,
             "/admin/devices?show=%s&after=%s&search=", asked->refused ? "refused" : "", next);
    href_format(ret_href, before, asked->search);
}

/* `next` is NULL when there is no such search or page. */
static void render(const struct web *web, struct request *request, struct response *response,
                   const struct asked *asked, const struct device_lines *lines, const char *next)
{
    const struct view_option shows[SHOWS] = {
        {"", TEXT_DEVICES_SHOW_ALL, !asked->refused},
        {"refused", TEXT_DEVICES_SHOW_REFUSED, asked->refused},
    };
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_DEVICES, &shell);
    const struct view_devices fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .search = asked->search,
        .shows = shows,
        .shows_count = SHOWS,
        .bad_search = next == NULL,
        .filtered = asked->search[0] != '\0' || asked->after[0] != '\0',
        .refused = asked->refused,
        .devices = lines->lines,
        .devices_count = lines->count,
        .next = next,
    };
    view_devices(response_body(response), page_texts(request), &fields);
    if (next == NULL)
        response_set_status(response, 422);
}

enum status page_devices(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    const struct asked asked = read_query(query);
    const struct device_filter filter = {.search = asked.search, .refused = asked.refused};
    const struct page_request page = {.after = asked.after};
    struct device_list list defer(device_list_clear) = {0};
    struct device_lines lines defer(device_lines_clear) = {0};
    enum status status = devices_list(web->service, &filter, &page, &list);
    if (status == STATUS_INVALID) {
        render(web, request, response, &asked, &lines, NULL);
        return STATUS_OK;
    }
    TRY(status);
    TRY(device_lines_make(&list, &lines));
    char next[HREF_SIZE] = "";
    if (list.next[0] != '\0')
        append_next(&asked, list.next, next);
    render(web, request, response, &asked, &lines, next);
    return STATUS_OK;
}
