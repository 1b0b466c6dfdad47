/*
 * GET and POST /admin/certificate, on the listener that asks for client certificates.
 *
 * Cookies do not know ports: the session that begins here is that of the https pages on the same
 * host. Nothing is handed over, in no address and no form. The GET changes nothing, so no other
 * site can log a browser in; and the page after the POST leads on by itself, since a redirect of a
 * form to another port would be one to another origin, which the page's policy forbids.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "service/login_certificate.h"
#include "web/admit.h"
#include "web/page.h"
#include "web/visitor.h"

static void render(const struct web *web, const struct request *request, struct response *response,
                   const struct view_certificate *said)
{
    struct view_certificate fields = *said;
    fields.site = site_view(web_content(web)->site);
    page_begin(web, request, response, RESPONSE_SECRET);
    response_set_policy(response, site_operator_policy(web_content(web)->site));
    view_certificate(response_body(response), page_texts(request), &fields);
}

static enum status read_der(const struct request *request, struct buf *der)
{
    enum status status = request_client_certificate(request, 0, der);
    if (status == STATUS_NOT_FOUND)
        return status_fail(STATUS_UNAUTHENTICATED, "the browser sent no certificate");
    return status;
}

static enum status read_certificate(const struct web *web, const struct request *request,
                                    struct buf *der, struct login_certificate *ret_certificate)
{
    TRY(read_der(request, der));
    return login_certificate_read(web->service, span_of(der->ptr, der->len), clock_now(),
                                  ret_certificate);
}

static enum status show(const struct web *web, const struct request *request,
                        struct response *response, bool wrong)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct login_certificate certificate = {0};
    enum status status = read_certificate(web, request, &der, &certificate);
    bool refused = status == STATUS_UNAUTHENTICATED;
    if (!refused)
        TRY(status);
    const struct view_certificate fields = {
        .name = certificate.name,
        .asks_code = certificate.asks_code,
        .wrong = wrong,
        .why = refused ? status_detail() : "",
    };
    render(web, request, response, &fields);
    if (refused || wrong)
        response_set_status(response, 403);
    return STATUS_OK;
}

enum status page_certificate(struct request *request, struct response *response, void *application)
{
    return show(application, request, response, false);
}

enum status page_certificate_log_in(struct request *request, struct response *response,
                                    void *application)
{
    const struct web *web = application;
    const struct form *form;
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(request_form(request, &form));
    const struct login_request attempt = {
        .code = form_value(form, "code"),
        .device = request_cookie(request, ADMIT_DEVICE_COOKIE),
        .previous = request_cookie(request, ADMIT_COOKIE),
        .address = request_peer_text(request),
        .agent = visitor_of(request).device,
    };
    struct login_begun begun defer(login_begun_clear) = {0};
    enum status status = read_der(request, &der);
    if (status == STATUS_OK)
        status = login_certificate_begin(web->service, span_of(der.ptr, der.len), &attempt, &begun);
    if (status == STATUS_UNAUTHENTICATED)
        return show(web, request, response, true);
    TRY(status);
    render(web, request, response, &(struct view_certificate){.done = true});
    admit_set_cookies(response, &begun);
    response_add_header(response, "Refresh", "0; url=/admin");
    return STATUS_OK;
}
