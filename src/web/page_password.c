/* GET and POST /admin/password: a new password of one's own; after the first log-in nothing else.
 */
#include "base/limits.h"
#include "web/admin.h"
#include "web/admit.h"
#include "web/visitor.h"

enum mistake { NO_MISTAKE, WRONG_OLD, NOT_REPEATED, BAD_NEW };

static void render(const struct web *web, struct request *request, struct response *response,
                   enum mistake mistake, const char *detail)
{
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_NO_SECTION, &shell);
    const struct view_password fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .first = request_caller(request)->role == ROLE_SELF,
        .least = LIMIT_PASSWORD_MIN,
        .wrong_old = mistake == WRONG_OLD,
        .not_repeated = mistake == NOT_REPEATED,
        .bad_new = mistake == BAD_NEW,
        .detail = detail,
    };
    view_password(response_body(response), page_texts(request), &fields);
    if (mistake != NO_MISTAKE)
        response_set_status(response, 422);
}

enum status page_password(struct request *request, struct response *response, void *application)
{
    render(application, request, response, NO_MISTAKE, "");
    return STATUS_OK;
}

enum status page_password_change(struct request *request, struct response *response,
                                 void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct login_change change = {
        .old = form_value(form, "old"),
        .new = form_value(form, "new"),
        .address = request_peer_text(request),
        .agent = visitor_of(request).device,
    };
    if (!span_equal(change.new, form_value(form, "again"))) {
        render(web, request, response, NOT_REPEATED, "");
        return STATUS_OK;
    }
    struct login_begun begun defer(login_begun_clear) = {0};
    enum status status =
        login_change_password(web->service, request_caller(request)->name, &change, &begun);
    if (status == STATUS_FORBIDDEN || status == STATUS_INVALID) {
        render(web, request, response, status == STATUS_INVALID ? BAD_NEW : WRONG_OLD,
               status_detail());
        return STATUS_OK;
    }
    TRY(status);
    admit_set_cookie(response, begun.token);
    admin_redirect(response, "/admin", ADMIN_SAID_PASSWORD);
    return STATUS_OK;
}
