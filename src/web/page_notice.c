/* The words for programs stand beside those for people. */
#include "web/page_notice.h"

#include "base/limits.h"
#include "web/json.h"

static const char *const reasons[] = {
    [NOTICE_EXPIRED] = "expired", [NOTICE_CANCELLED] = "cancelled", [NOTICE_LOCKED] = "locked",
    [NOTICE_CLOSED] = "closed",   [NOTICE_GONE] = "gone",           [NOTICE_UNKNOWN] = "unknown",
    [NOTICE_RUNNING] = "running", [NOTICE_BUSY] = "busy",
};

void page_begin_problem(const struct request *request, struct response *response, int http,
                        enum text_key title, const char *reason)
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PAGE);
    catalogue_append(&text, page_texts(request), title, CATALOGUE_PLAIN, NULL, 0);
    response_set_status(response, http);
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, "application/problem+json");
    struct buf *out = response_body(response);
    json_begin(out);
    json_add_text(out, "type", "about:blank");
    json_add_text(out, "title", text.ptr == NULL ? "" : (const char *)text.ptr);
    json_add_number(out, "status", http);
    json_add_text(out, "reason", reason);
}

void page_notice(const struct web *web, const struct request *request, struct response *response,
                 enum notice notice, int http, const char *again)
{
    const struct view_site *site = site_view(web_content(web)->site);
    const struct view_notice fields = notice_fields(notice, site, again);
    if (http == 503)
        response_add_header(response, "Retry-After", "5");
    if (request_prefers(request, "application/json")) {
        page_begin_problem(request, response, http, fields.title, reasons[notice]);
        json_end(response_body(response));
        return;
    }
    page_begin(web, request, response, RESPONSE_SECRET);
    response_set_status(response, http);
    view_notice(response_body(response), page_texts(request), &fields);
}
