/*
 * Every address of certferry, once. Who may do what is a column here, never an `if` in a handler.
 *
 * CA files are rows of their own, so that an unknown name is 404 and a wrong method 405 without a
 * handler. The forms of a phone need no check against other sites: whoever can send them knows the
 * token and the PIN, and has no session that could be abused.
 */
#include "base/limits.h"
#include "web/application.h"

enum {
    PUBLIC = LISTENER_HTTP | LISTENER_HTTPS,
    SECURE = LISTENER_HTTPS,
};

#define OPEN(method, pattern, listeners, handler)                                                  \
    {                                                                                              \
        METHOD_##method, pattern, listeners, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,    \
            handler                                                                                \
    }
#define FORM(pattern, rate, handler)                                                               \
    {                                                                                              \
        METHOD_POST, pattern, SECURE, CREDENTIAL_NONE, ROLE_ANYONE, false, LIMIT_BODY_FORM, rate,  \
            handler                                                                                \
    }
/* Operators' pages, for the role and those above it; what changes something comes from a page. */
#define OPERATOR_PAGE(pattern, role, handler)                                                      \
    {                                                                                              \
        METHOD_GET, pattern, SECURE, CREDENTIAL_SESSION, ROLE_##role, false, 0, RATE_FREE, handler \
    }
#define OPERATOR_ACT(pattern, role, handler)                                                       \
    {                                                                                              \
        METHOD_POST, pattern, SECURE, CREDENTIAL_SESSION, ROLE_##role, true, LIMIT_BODY_FORM,      \
            RATE_FREE, handler                                                                     \
    }

const struct route web_routes[] = {
    OPEN(GET, "/", PUBLIC, page_ca),
    OPEN(GET, "/guide/{platform}", PUBLIC, page_guide),

    OPEN(GET, "/ca/root.cer", PUBLIC, file_ca),
    OPEN(GET, "/ca/root.crt", PUBLIC, file_ca),
    OPEN(GET, "/ca/root.pem", PUBLIC, file_ca),
    OPEN(GET, "/ca/root.mobileconfig", PUBLIC, file_ca),
    OPEN(GET, "/ca/root.crl", PUBLIC, file_ca),
    OPEN(GET, "/ca/issuing.cer", PUBLIC, file_ca),
    OPEN(GET, "/ca/issuing.crt", PUBLIC, file_ca),
    OPEN(GET, "/ca/issuing.pem", PUBLIC, file_ca),
    OPEN(GET, "/ca/issuing.crl", PUBLIC, file_ca),
    OPEN(GET, "/ca/chain.pem", PUBLIC, file_ca),
    OPEN(GET, "/ca/chain.p7b", PUBLIC, file_ca),

    OPEN(GET, "/ocsp/{base64...}", PUBLIC, ocsp_get),
    {METHOD_POST, "/ocsp", PUBLIC, CREDENTIAL_NONE, ROLE_ANYONE, false, LIMIT_BODY_OCSP, RATE_FREE,
     ocsp_post},

    OPEN(GET, "/static/{file}", PUBLIC, static_file),
    OPEN(GET, SITE_LOGO, PUBLIC, static_logo),

    OPEN(GET, "/l/{token}", SECURE, page_link),
    FORM("/l/{token}", RATE_PIN, page_link_claim),
    OPEN(GET, "/d/{ticket}/{file}", SECURE, file_bundle),
    FORM("/d/{ticket}/repack", RATE_PIN, page_repack),

    OPEN(GET, "/admin/login", SECURE, page_login),
    {METHOD_POST, "/admin/login", SECURE, CREDENTIAL_NONE, ROLE_ANYONE, true, LIMIT_BODY_FORM,
     RATE_LOGIN, page_login_try},
    OPERATOR_ACT("/admin/logout", SELF, page_logout),
    OPERATOR_PAGE("/admin/password", SELF, page_password),
    OPERATOR_ACT("/admin/password", SELF, page_password_change),
    OPERATOR_PAGE("/admin", AUDITOR, page_home),
};
const size_t web_route_count = sizeof web_routes / sizeof web_routes[0];
