/*
 * A log-in whose password must be changed counts for nothing but changing it (ROLE_SELF):
 * page_error leads there. The cookie lives as long as the browser; how long a session lives, the
 * database says.
 */
#include "web/admit.h"

#include "web/application.h"

enum { FOR_THE_BROWSER_SESSION = -1 };

static enum role role_of(const struct login *login)
{
    static const enum role roles[] = {
        [OPERATOR_ADMIN] = ROLE_ADMIN,
        [OPERATOR_HELPDESK] = ROLE_HELPDESK,
        [OPERATOR_AUDITOR] = ROLE_AUDITOR,
    };
    return login->must_change ? ROLE_SELF : roles[login->role];
}

enum status admit(struct request *request, const struct route *route, void *application)
{
    const struct web *web = application;
    struct login login;
    bool used = request_header(request, ADMIT_LIVE).len == 0;
    TRY(login_find(web->service, request_cookie(request, ADMIT_COOKIE), used, &login));
    struct caller caller = {.role = role_of(&login)};
    memcpy(caller.name, login.name, sizeof caller.name);
    memcpy(caller.proof, login.proof, sizeof caller.proof);
    request_set_caller(request, &caller);
    if (caller.role >= route->role)
        return STATUS_OK;
    return status_fail(STATUS_FORBIDDEN, login.must_change ? "the first password must be changed"
                                                           : "the role does not allow this");
}

void admit_set_cookie(struct response *response, const struct secret *token)
{
    response_set_cookie(response, ADMIT_COOKIE, secret_span(token), FOR_THE_BROWSER_SESSION);
}

void admit_drop_cookie(struct response *response)
{
    response_set_cookie(response, ADMIT_COOKIE, SPAN_EMPTY, 0);
}
