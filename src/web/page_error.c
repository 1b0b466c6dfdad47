/*
 * Every refusal and fault that a handler or the router passes up: a page for people, problem+json
 * (RFC 9457) or a plain line for programs that ask for one; on the API a problem always. It never
 * carries a file's type or name, and is never cached.
 *
 * A refusal says what exactly was wrong; the detail of a fault stays in the log.
 */
#include "view/catalogue.h"
#include "view/notice.h"
#include "web/admit.h"
#include "web/api.h"
#include "web/page_login.h"

static const char *detail_of(enum status status)
{
    return status_kind(status) == STATUS_KIND_REFUSAL ? status_detail() : "";
}

static void write_problem(struct response *response, enum status status)
{
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, "application/problem+json");
    struct buf *out = response_body(response);
    json_begin(out);
    json_add_text(out, "type", "about:blank");
    json_add_text(out, "title", status_sentence(status));
    json_add_number(out, "status", status_http(status));
    json_add_text(out, "detail", detail_of(status));
    json_end(out);
}

static void write_line(struct response *response, enum status status)
{
    const char *detail = detail_of(status);
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, "text/plain; charset=utf-8");
    buf_append_text(response_body(response), status_sentence(status));
    if (detail[0] != '\0')
        buf_printf(response_body(response), " (%s)", detail);
    buf_append_byte(response_body(response), '\n');
}

static void write_page(const struct web *web, const struct request *request,
                       struct response *response, enum status status)
{
    const struct view_site *site = site_view(web_content(web)->site);
    const struct text_catalogue *texts = page_texts(request);
    const char *detail = texts == catalogue_default() ? detail_of(status) : ""; /* it is English */
    const struct view_notice fields = notice_of_error(status_http(status), detail, site);
    page_begin(web, request, response, RESPONSE_SECRET);
    view_notice(response_body(response), texts, &fields);
}

/* RFC 6750 3. */
static void write_api_problem(const struct request *request, struct response *response,
                              enum status status)
{
    bool tried = admit_bearer(request).len > 0;
    write_problem(response, status);
    if (status == STATUS_UNAUTHENTICATED)
        response_add_header(response, "WWW-Authenticate",
                            tried ? "Bearer realm=\"certferry\", error=\"invalid_token\""
                                  : "Bearer realm=\"certferry\"");
}

static bool wants_problem(const struct request *request)
{
    return request_prefers(request, "application/problem+json") ||
           request_prefers(request, "application/json");
}

void page_error(struct request *request, struct response *response, enum status status,
                void *application)
{
    if (page_login_instead(request, response, status))
        return;
    if (api_is_asked(request))
        write_api_problem(request, response, status);
    else if (wants_problem(request))
        write_problem(response, status);
    else if (request_prefers(request, "text/plain"))
        write_line(response, status);
    else
        write_page(application, request, response, status);
    response_set_status(response, status_http(status));
}
