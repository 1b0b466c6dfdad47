/*
 * GET /admin/people: certificates, found by what is known of their owner. What is typed is searched
 * for as it is typed (static/search.js fetches this page again and takes the list out of it), and
 * by the form's button without a script.
 */
#include "base/clock.h"
#include "web/admin.h"
#include "web/page_person.h"
#include "web/people_view.h"

#include <stdio.h>

enum { SHOWS = 4 };

/* What the second field of the form asks for. */
static const struct {
    const char *value;
    enum text_key label;
    const char *state;
    int64_t expires_within;
} shows[SHOWS] = {
    {"", TEXT_PEOPLE_SHOW_ALL, "", 0},
    {"issued", TEXT_PEOPLE_SHOW_ISSUED, "issued", 0},
    {"expiring", TEXT_PEOPLE_SHOW_EXPIRING, "", CERTIFICATES_SOON},
    {"revoked", TEXT_PEOPLE_SHOW_REVOKED, "revoked", 0},
};

struct asked {
    const char *search;
    const char *after;
    size_t show;
};

static struct asked read_query(const struct form *query)
{
    struct asked asked = {form_text(query, "search"), form_text(query, "after"), 0};
    for (size_t i = 0; i < SHOWS; i++)
        if (span_equal_text(form_value(query, "show"), shows[i].value))
            asked.show = i;
    return asked;
}

/* A search goes before what expires soon: that is a list of its own. */
static enum status find(const struct web *web, const struct asked *asked,
                        struct certificate_page *page)
{
    bool searches = asked->search[0] != '\0';
    const struct certificates_filter filter = {
        .state = shows[asked->show].expires_within != 0 && searches ? "issued"
                                                                    : shows[asked->show].state,
        .search = asked->search,
        .expires_within = searches ? 0 : shows[asked->show].expires_within,
    };
    return certificates_list(web->service, &filter, &(struct page_request){.after = asked->after},
                             page);
}

static void append_next(const struct asked *asked, const char *next,
                        char ret_href[static HREF_SIZE])
{
    char before[HREF_SIZE];
    snprintf(before, sizeof before,
             "/admin/people?show=%s&after=%s&search=", shows[asked->show].value, next);
    href_format(ret_href, before, asked->search);
}

static enum text_key order_of(const struct asked *asked)
{
    if (asked->search[0] != '\0')
        return TEXT_PEOPLE_ORDER_FOUND;
    return shows[asked->show].expires_within != 0 ? TEXT_PEOPLE_ORDER_SOONEST
                                                  : TEXT_PEOPLE_ORDER_NEWEST;
}

static void render(const struct web *web, struct request *request, struct response *response,
                   const struct asked *asked, const struct certificate_lines *lines,
                   const char *next)
{
    struct view_option options[SHOWS];
    for (size_t i = 0; i < SHOWS; i++)
        options[i] = (struct view_option){shows[i].value, shows[i].label, i == asked->show};
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_PEOPLE, &shell);
    const struct view_people fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .search = asked->search,
        .shows = options,
        .shows_count = SHOWS,
        .bad_search = next == NULL,
        .filtered = asked->search[0] != '\0' || asked->show != 0 || asked->after[0] != '\0',
        .order = order_of(asked),
        .certificates = lines->lines,
        .certificates_count = lines->count,
        .next = next,
    };
    view_people(response_body(response), page_texts(request), &fields);
    if (next == NULL)
        response_set_status(response, 422);
}

enum status page_people(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    struct span user;
    if (form_find(query, "user", &user))
        return page_of_person(web, request, response, form_text(query, "user"));
    const struct asked asked = read_query(query);
    struct certificate_page page defer(certificate_page_clear) = {0};
    struct certificate_lines lines defer(certificate_lines_clear) = {0};
    enum status status = find(web, &asked, &page);
    if (status == STATUS_INVALID) {
        render(web, request, response, &asked, &lines, NULL);
        return STATUS_OK;
    }
    TRY(status);
    TRY(certificate_lines_make(&page, clock_now(), &lines));
    char next[HREF_SIZE] = "";
    if (page.next[0] != '\0')
        append_next(&asked, page.next, next);
    render(web, request, response, &asked, &lines, next);
    return STATUS_OK;
}
