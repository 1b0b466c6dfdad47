/*
 * GET /admin/people/{user}: all that one person was given, and the way to take it back. A name with
 * a slash cannot be in a path: /admin/people?user= is the same page.
 */
#include "web/page_person.h"

#include "base/clock.h"
#include "web/admin.h"
#include "web/device_view.h"
#include "web/people_view.h"

enum { SHOWN = 100 };

struct person_page {
    struct certificate_page certificates;
    struct enrolment_list links;
    struct certificate_lines certificate_lines;
    struct link_lines link_lines;
    struct device_list devices;
    struct device_lines device_lines;
};

static void person_page_clear(struct person_page *page)
{
    device_lines_clear(&page->device_lines);
    device_list_clear(&page->devices);
    certificate_lines_clear(&page->certificate_lines);
    link_lines_clear(&page->link_lines);
    certificate_page_clear(&page->certificates);
    enrolment_list_clear(&page->links);
}
CLEANUP_VALUE(struct person_page, person_page_clear)

static enum status read_person(const struct web *web, const char *user, struct person_page *page)
{
    const struct page_request request = {.limit = SHOWN};
    const struct certificates_filter certificates = {.user = user};
    const struct enrol_filter links = {.user = user};
    TRY(certificates_list(web->service, &certificates, &request, &page->certificates));
    TRY(enrol_list(web->service, &links, &request, &page->links));
    if (user[0] == '\0' || page->certificates.count + page->links.count == 0)
        return status_fail(STATUS_NOT_FOUND, "nobody of this name was given a certificate or link");
    TRY(device_lines_of_user(web, user, &page->devices, &page->device_lines));
    TRY(certificate_lines_make(&page->certificates, clock_now(), &page->certificate_lines));
    return link_lines_make(&page->links, &page->link_lines);
}

/* Certificates that revoking all of the user would end: also those that expire soon or are over. */
static int64_t count_live(const struct certificate_page *page)
{
    int64_t live = 0;
    for (size_t i = 0; i < page->count; i++)
        live += page->rows[i].state == CERTIFICATE_ISSUED &&
                strcmp(page->rows[i].issuer, "issuing") == 0;
    return live;
}

enum status page_of_person(const struct web *web, struct request *request,
                           struct response *response, const char *user)
{
    struct person_page page defer(person_page_clear) = {0};
    TRY(read_person(web, user, &page));
    bool known = page.certificates.count > 0;
    char new_href[HREF_SIZE];
    href_format(new_href, "/admin/links/new?user=",
                known ? page.certificates.rows[0].user : page.links.links[0].user);
    char watch_href[HREF_SIZE];
    href_format(watch_href, DEVICE_PAGE "live?user=", user);
    struct view_option reasons[REASON_OPTIONS];
    reason_options(reasons);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_PEOPLE, &shell);
    const struct view_person fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .user = known ? page.certificates.rows[0].user : page.links.links[0].user,
        .name = known ? page.certificates.rows[0].name : page.links.links[0].name,
        .mail = known ? page.certificates.rows[0].mail : page.links.links[0].mail,
        .certificates = page.certificate_lines.lines,
        .certificates_count = page.certificate_lines.count,
        .links = page.link_lines.lines,
        .links_count = page.link_lines.count,
        .devices = page.device_lines.lines,
        .devices_count = page.device_lines.count,
        .watch_href = watch_href,
        .reasons = reasons,
        .reasons_count = REASON_OPTIONS,
        .live = count_live(&page.certificates),
        .new_href = new_href,
        .may_act = admin_may(request, ROLE_HELPDESK),
    };
    view_person(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

enum status page_person(struct request *request, struct response *response, void *application)
{
    struct buf user defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_TARGET);
    buf_append(&user, request_parameter(request, "user"));
    struct span text;
    TRY(buf_finish(&user, &text));
    return page_of_person(application, request, response, (const char *)text.ptr);
}
