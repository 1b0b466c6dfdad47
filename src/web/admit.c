/*
 * A log-in whose password must be changed counts for nothing but changing it (ROLE_SELF):
 * page_error leads there. The cookie lives as long as the browser; how long a session lives, the
 * database says.
 */
#include "web/admit.h"

#include "base/clock.h"
#include "service/api_key.h"
#include "service/device_cookie.h"
#include "web/application.h"

#include <strings.h>

enum { FOR_THE_BROWSER_SESSION = -1 };

static const enum role roles[] = {
    [OPERATOR_ADMIN] = ROLE_ADMIN,
    [OPERATOR_HELPDESK] = ROLE_HELPDESK,
    [OPERATOR_AUDITOR] = ROLE_AUDITOR,
};

static enum status find_session(struct request *request, const struct web *web,
                                struct caller *caller)
{
    struct login login;
    bool used = request_header(request, ADMIT_LIVE).len == 0;
    TRY(login_find(web->service, request_cookie(request, ADMIT_COOKIE), used, &login));
    caller->role = login.must_change ? ROLE_SELF : roles[login.role];
    memcpy(caller->name, login.name, sizeof caller->name);
    memcpy(caller->proof, login.proof, sizeof caller->proof);
    return STATUS_OK;
}

struct span admit_bearer(const struct request *request)
{
    static const char scheme[] = "Bearer ";
    static const size_t len = sizeof scheme - 1;
    struct span value = request_header(request, "Authorization");
    if (value.len <= len || strncasecmp((const char *)value.ptr, scheme, len) != 0)
        return SPAN_EMPTY;
    return span_of(value.ptr + len, value.len - len);
}

static enum status find_key(const struct request *request, const struct web *web,
                            struct caller *caller)
{
    struct api_key key;
    struct span bearer = admit_bearer(request);
    if (bearer.len == 0)
        return status_fail(STATUS_UNAUTHENTICATED,
                           "Authorization: must be Bearer and an API key (RFC 6750 2.1)");
    TRY(api_key_find(web->service, bearer, clock_now(), &key));
    caller->role = roles[key.role];
    memcpy(caller->name, key.name, sizeof caller->name);
    memcpy(caller->proof, key.hash, sizeof caller->proof);
    return STATUS_OK;
}

enum status admit(struct request *request, const struct route *route, void *application)
{
    struct caller caller = {0};
    TRY(route->credential == CREDENTIAL_KEY ? find_key(request, application, &caller)
                                            : find_session(request, application, &caller));
    request_set_caller(request, &caller);
    if (caller.role >= route->role)
        return STATUS_OK;
    return status_fail(STATUS_FORBIDDEN, caller.role == ROLE_SELF
                                             ? "the first password must be changed"
                                             : "the role does not allow this");
}

void admit_set_cookies(struct response *response, const struct login_begun *begun)
{
    response_set_cookie(response, ADMIT_COOKIE, secret_span(begun->token), FOR_THE_BROWSER_SESSION);
    response_set_cookie(response, ADMIT_DEVICE_COOKIE, secret_span(begun->device),
                        DEVICE_COOKIE_SECONDS);
}

void admit_drop_cookie(struct response *response)
{
    response_set_cookie(response, ADMIT_COOKIE, SPAN_EMPTY, 0);
}
