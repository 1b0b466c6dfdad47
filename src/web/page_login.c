/*
 * GET and POST /admin/login, POST /admin/logout.
 *
 * Where somebody wanted to go is kept in ?next=, which leads to operators' pages of ours or
 * nowhere.
 */
#include "web/page_login.h"

#include "http/target.h"
#include "web/admin.h"
#include "web/admit.h"
#include "web/visitor.h"

#define OPERATOR_PAGES "/admin"
#define LOGIN_PAGE     "/admin/login"
#define PASSWORD_PAGE  "/admin/password"

/* A path of an operator's page, with or without a query. */
static bool is_operator_page(struct span path)
{
    static const size_t len = sizeof OPERATOR_PAGES - 1;
    if (path.len < len || memcmp(path.ptr, OPERATOR_PAGES, len) != 0)
        return false;
    return path.len == len || path.ptr[len] == '/' || path.ptr[len] == '?';
}

static void render(const struct web *web, const struct request *request, struct response *response,
                   const char *next, const char *name)
{
    const struct view_login fields = {
        .site = site_view(web_content(web)->site),
        .next = next,
        .name = name,
        .wrong = name[0] != '\0',
    };
    page_begin(web, request, response, RESPONSE_SECRET);
    response_set_policy(response, site_operator_policy(web_content(web)->site));
    view_login(response_body(response), page_texts(request), &fields);
}

enum status page_login(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    render(application, request, response, form_text(query, "next"), "");
    return STATUS_OK;
}

static void go_on(struct response *response, const struct login_begun *begun, const char *next)
{
    bool known = is_operator_page(span_of_text(next));
    admit_set_cookie(response, begun->token);
    response_set_class(response, RESPONSE_SECRET);
    if (begun->login.must_change)
        next = PASSWORD_PAGE;
    else if (!known)
        next = OPERATOR_PAGES;
    response_redirect(response, 303, next);
}

enum status page_login_try(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct login_request attempt = {
        .name = form_value(form, "name"),
        .password = form_value(form, "password"),
        .previous = request_cookie(request, ADMIT_COOKIE),
        .address = request_peer_text(request),
        .agent = visitor_of(request).device,
    };
    struct login_begun begun defer(login_begun_clear) = {0};
    enum status status = login_begin(web->service, &attempt, &begun);
    if (status == STATUS_UNAUTHENTICATED) {
        const char *name = form_text(form, "name");
        render(web, request, response, form_text(form, "next"), name[0] == '\0' ? "?" : name);
        response_set_status(response, 403);
        return STATUS_OK;
    }
    TRY(status);
    go_on(response, &begun, form_text(form, "next"));
    return STATUS_OK;
}

enum status page_logout(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = admin_actor(request);
    TRY(login_end(web->service, &actor, request_cookie(request, ADMIT_COOKIE)));
    admit_drop_cookie(response);
    response_set_class(response, RESPONSE_SECRET);
    response_redirect(response, 303, LOGIN_PAGE);
    return STATUS_OK;
}

bool page_login_instead(const struct request *request, struct response *response,
                        enum status status)
{
    bool asks = request_method(request) == METHOD_GET && is_operator_page(request_path(request));
    bool first = status == STATUS_FORBIDDEN && request_caller(request)->role == ROLE_SELF;
    if (!asks || (status != STATUS_UNAUTHENTICATED && !first))
        return false;
    struct buf location defer(buf_clear) = BUF_INIT(4 * LIMIT_REQUEST_TARGET);
    buf_append_text(&location, first ? PASSWORD_PAGE : LOGIN_PAGE "?next=");
    if (!first)
        target_append_component(&location, request_target(request));
    struct span text;
    if (buf_finish(&location, &text) != STATUS_OK)
        return false;
    response_set_class(response, RESPONSE_SECRET);
    response_redirect(response, 303, (const char *)text.ptr);
    return true;
}
