/*
 * GET /admin/probes/overview: what each device does with each policy by its newest probe, rows
 * policies and columns devices, a few of them on a page.
 */
#include "web/probe_view.h"

enum { COLUMNS = 6 };

struct overview {
    struct probe_sheet_list list;
    struct probe_lines columns;
    struct view_overview_row rows[EAS_POLICIES];
    struct view_probe_result cells[EAS_POLICIES][COLUMNS];
    char next[DESK_HREF_SIZE];
};

static void overview_free(struct overview *overview)
{
    if (overview == NULL)
        return;
    probe_lines_clear(&overview->columns);
    probe_sheet_list_clear(&overview->list);
    free(overview);
}
CLEANUP_POINTER(struct overview, overview_free)

static void fill_rows(struct overview *overview)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        for (size_t j = 0; j < overview->list.count; j++)
            overview->cells[i][j] = probe_result(overview->list.sheets[j].entries[i]);
        overview->rows[i] = (struct view_overview_row){
            .element = eas_policy_row((enum eas_policy)i)->element,
            .meaning = probe_policy_text((enum eas_policy)i),
            .cells = overview->cells[i],
            .cells_count = overview->list.count,
        };
    }
}

static void render(const struct web *web, struct request *request, struct response *response,
                   const struct overview *overview, bool bad_page)
{
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_PROBES, &shell);
    const struct view_probe_overview fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .bad_page = bad_page,
        .columns = overview->columns.lines,
        .columns_count = overview->columns.count,
        .policies = overview->rows,
        .policies_count = EAS_POLICIES,
        .next = overview->next,
    };
    view_probe_overview(response_body(response), page_texts(request), &fields);
    if (bad_page)
        response_set_status(response, 422);
}

enum status page_probe_overview(struct request *request, struct response *response,
                                void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    struct overview *overview defer(overview_free) = calloc(1, sizeof *overview);
    if (overview == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a page");
    const struct probe_filter newest = {.newest = true};
    const struct page_request page = {.limit = COLUMNS, .after = form_text(query, "after")};
    enum status status = probe_sheet_list(web->service, &newest, &page, &overview->list);
    if (status != STATUS_OK && status != STATUS_INVALID)
        return status;
    TRY(probe_lines_make(&overview->list, &overview->columns));
    fill_rows(overview);
    if (overview->list.next[0] != '\0')
        desk_href(overview->next, "/admin/probes/overview?after=", overview->list.next, "");
    render(web, request, response, overview, status == STATUS_INVALID);
    return STATUS_OK;
}
