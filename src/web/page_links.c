/*
 * GET /admin/links: every link with how far it has come. The list is fetched again while somebody
 * looks at it (static/live.js) and while the search is typed (static/search.js).
 */
#include "http/target.h"
#include "web/desk_view.h"

#include <stdio.h>

enum { NEXT_SIZE = 1024, STATES = LINK_STATE_COUNT + 1 };

struct asked {
    const char *search;
    const char *state;
    const char *after;
};

struct lines {
    struct view_desk_line *lines;
    char (*hrefs)[DESK_HREF_SIZE];
};

static void lines_clear(struct lines *lines)
{
    free(lines->lines);
    free(lines->hrefs);
}
CLEANUP_VALUE(struct lines, lines_clear)

static struct view_desk_line line_of(const struct enrolment *link, const char *href)
{
    struct desk_state state = desk_state_of_link(link->state);
    return (struct view_desk_line){
        .href = href,
        .user = link->user,
        .name = link->name,
        .device = link->device,
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .created_at = link->created_at,
        .opened_at = link->opened_at,
        .claimed_at = link->claimed_at,
        .delivered_at = link->delivered_at,
        .in_use_at = link->in_use_at,
    };
}

static enum status make_lines(const struct enrolment_list *list, struct lines *lines)
{
    size_t count = list->count == 0 ? 1 : list->count;
    lines->lines = calloc(count, sizeof *lines->lines);
    lines->hrefs = calloc(count, sizeof *lines->hrefs);
    if (lines->lines == NULL || lines->hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of links");
    for (size_t i = 0; i < list->count; i++) {
        desk_href(lines->hrefs[i], "/admin/links/", list->links[i].id, "");
        lines->lines[i] = line_of(&list->links[i], lines->hrefs[i]);
    }
    return STATUS_OK;
}

/* In the order of a link's life. */
static void fill_states(const char *chosen, struct view_option choices[static STATES])
{
    choices[0] = (struct view_option){"", TEXT_LINKS_ANY, false};
    for (int i = 1; i < STATES; i++) {
        enum link_state state = (enum link_state)(LINK_STATE_COUNT - i);
        const char *value = link_state_text(state);
        choices[i] = (struct view_option){value, desk_state_of_link(state).label,
                                          strcmp(value, chosen) == 0};
    }
}

static void append_search(const struct asked *asked, struct buf *href)
{
    buf_append_text(href, "&state=");
    target_append_component(href, span_of_text(asked->state));
    buf_append_text(href, "&search=");
    target_append_component(href, span_of_text(asked->search));
}

/* "" when this is the last page. */
static enum status make_next(const struct asked *asked, const char *next, struct buf *href)
{
    if (next[0] == '\0')
        return STATUS_OK;
    buf_printf(href, "/admin/links?after=%s", next);
    append_search(asked, href);
    return href->failure;
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct asked *asked, const struct enrolment_list *list, bool bad)
{
    struct lines lines defer(lines_clear) = {0};
    TRY(make_lines(list, &lines));
    struct buf next defer(buf_clear) = BUF_INIT(NEXT_SIZE);
    struct buf first defer(buf_clear) = BUF_INIT(NEXT_SIZE);
    TRY(make_next(asked, list->next, &next));
    if (asked->after[0] != '\0') {
        buf_append_text(&first, "/admin/links?");
        append_search(asked, &first);
    }
    struct view_option states[STATES];
    fill_states(asked->state, states);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_LINKS, &shell);
    const struct view_desk_links fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .search = asked->search,
        .states = states,
        .states_count = STATES,
        .bad_search = bad,
        .filtered = asked->search[0] != '\0' || asked->state[0] != '\0' || asked->after[0] != '\0',
        .may_act = admin_may(request, ROLE_HELPDESK),
        .links = lines.lines,
        .links_count = list->count,
        .next = (const char *)next.ptr,
        .first = (const char *)first.ptr,
    };
    view_desk_links(response_body(response), page_texts(request), &fields);
    if (bad)
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_links(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    const struct asked asked = {form_text(query, "search"), form_text(query, "state"),
                                form_text(query, "after")};
    const struct enrol_filter filter = {.state = asked.state, .search = asked.search};
    struct enrolment_list list defer(enrolment_list_clear) = {0};
    enum status status =
        enrol_list(web->service, &filter, &(struct page_request){.after = asked.after}, &list);
    if (status != STATUS_OK && status != STATUS_INVALID)
        return status;
    return render(web, request, response, &asked, &list, status == STATUS_INVALID);
}
