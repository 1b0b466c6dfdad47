/*
 * Every address of certferry, once. Who may do what is a column here, never an `if` in a handler.
 *
 * CA files are rows of their own, so that an unknown name is 404 and a wrong method 405 without a
 * handler. The forms of a phone need no check against other sites: whoever can send them knows the
 * token and the PIN, and has no session that could be abused.
 */
#include "base/limits.h"
#include "eas/mailbox.h"
#include "web/api_handlers.h"
#include "web/application.h"

enum {
    PUBLIC = LISTENER_HTTP | LISTENER_HTTPS,
    SECURE = LISTENER_HTTPS,
};

#define EAS_PATH "/Microsoft-Server-ActiveSync"

#define OPEN(method, pattern, listeners, handler)                                                  \
    {                                                                                              \
        METHOD_##method, pattern, listeners, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,    \
            handler, 0                                                                             \
    }
#define FORM(pattern, rate, handler)                                                               \
    {                                                                                              \
        METHOD_POST, pattern, SECURE, CREDENTIAL_NONE, ROLE_ANYONE, false, LIMIT_BODY_FORM, rate,  \
            handler, 0                                                                             \
    }
/* Operators' pages, for the role and those above it; what changes something comes from a page. */
#define OPERATOR_PAGE(pattern, role, handler)                                                      \
    {                                                                                              \
        METHOD_GET, pattern, SECURE, CREDENTIAL_SESSION, ROLE_##role, false, 0, RATE_FREE,         \
            handler, 0                                                                             \
    }
#define OPERATOR_ACT(pattern, role, handler)                                                       \
    {                                                                                              \
        METHOD_POST, pattern, SECURE, CREDENTIAL_SESSION, ROLE_##role, true, LIMIT_BODY_FORM,      \
            RATE_FREE, handler, 0                                                                  \
    }
/* The API, for keys of the role and those above it. */
#define API_GET(pattern, role, handler)                                                            \
    {                                                                                              \
        METHOD_GET, "/api/v1" pattern, SECURE, CREDENTIAL_KEY, ROLE_##role, false, 0, RATE_API,    \
            handler, 0                                                                             \
    }
#define API_POST(pattern, role, body_limit, handler)                                               \
    {                                                                                              \
        METHOD_POST, "/api/v1" pattern, SECURE, CREDENTIAL_KEY, ROLE_##role, false, body_limit,    \
            RATE_API, handler, 0                                                                   \
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
     ocsp_post, 0},

    /* as the subrequest of nginx, and with the phone's own method */
    OPEN(GET, AUTH_EAS, LISTENER_INTERNAL, auth_eas),
    OPEN(POST, AUTH_EAS, LISTENER_INTERNAL, auth_eas),
    OPEN(OPTIONS, AUTH_EAS, LISTENER_INTERNAL, auth_eas),
    OPEN(GET, AUTH_EAS "/{original...}", LISTENER_INTERNAL, auth_eas),
    OPEN(POST, AUTH_EAS "/{original...}", LISTENER_INTERNAL, auth_eas),
    OPEN(OPTIONS, AUTH_EAS "/{original...}", LISTENER_INTERNAL, auth_eas),

    OPEN(GET, "/static/{file}", PUBLIC | LISTENER_OPERATOR, static_file),
    OPEN(GET, SITE_LOGO, PUBLIC | LISTENER_OPERATOR, static_logo),

    OPEN(GET, "/l/{token}", SECURE, page_link),
    FORM("/l/{token}", RATE_PIN, page_link_claim),
    OPEN(GET, "/d/{ticket}/{file}", SECURE, file_bundle),
    FORM("/d/{ticket}/repack", RATE_PIN, page_repack),

    OPEN(GET, "/admin/login", SECURE, page_login),
    {METHOD_POST, "/admin/login", SECURE, CREDENTIAL_NONE, ROLE_ANYONE, true, LIMIT_BODY_FORM,
     RATE_LOGIN, page_login_try, 0},
    {METHOD_GET, "/admin/certificate", LISTENER_OPERATOR, CREDENTIAL_NONE, ROLE_ANYONE, false, 0,
     RATE_FREE, page_certificate_login, 0},
    {METHOD_POST, "/admin/certificate", LISTENER_OPERATOR, CREDENTIAL_NONE, ROLE_ANYONE, true,
     LIMIT_BODY_FORM, RATE_LOGIN, page_certificate_login_try, 0},
    OPERATOR_ACT("/admin/logout", SELF, page_logout),
    OPERATOR_PAGE("/admin/password", SELF, page_password),
    OPERATOR_ACT("/admin/password", SELF, page_password_change),
    OPERATOR_PAGE("/admin", AUDITOR, page_home),

    OPEN(GET, "/api/v1/openapi.json", SECURE, static_openapi),
    API_POST("/links", HELPDESK, LIMIT_BODY_JSON, api_links_create),
    API_GET("/links", AUDITOR, api_links_list),
    API_GET("/links/{id}", AUDITOR, api_links_show),
    API_POST("/links/{id}/cancel", HELPDESK, 0, api_links_cancel),
    API_POST("/links/{id}/rearm", HELPDESK, 0, api_links_rearm),
    API_POST("/bundles", ADMIN, LIMIT_BODY_JSON, api_bundles_mint),
    API_GET("/certificates", AUDITOR, api_certificates_list),
    API_GET("/certificates/{serial}", AUDITOR, api_certificates_show),
    API_POST("/certificates/{serial}/revoke", HELPDESK, LIMIT_BODY_JSON, api_certificates_revoke),
    API_GET("/devices", AUDITOR, api_devices_list),
    API_GET("/devices/{id}", AUDITOR, api_devices_show),
    API_GET("/devices/{id}/sightings", AUDITOR, api_devices_sightings),
    API_POST("/probes", HELPDESK, LIMIT_BODY_JSON, api_probes_start),
    API_GET("/probes", AUDITOR, api_probes_list),
    API_GET("/probes/{id}.csv", AUDITOR, api_probes_csv),
    API_GET("/probes/{id}", AUDITOR, api_probes_show),
    API_POST("/probes/{id}/stop", HELPDESK, 0, api_probes_stop),
    API_GET("/audit", AUDITOR, api_audit_list),

    OPERATOR_PAGE("/admin/account", AUDITOR, page_account),
    OPERATOR_ACT("/admin/account/end", AUDITOR, page_account_end),
    OPERATOR_ACT("/admin/account/end-others", AUDITOR, page_account_end_others),
    OPERATOR_PAGE("/admin/account/codes", AUDITOR, page_codes),
    OPERATOR_ACT("/admin/account/codes", AUDITOR, page_codes_begin),
    OPERATOR_ACT("/admin/account/codes/confirm", AUDITOR, page_codes_confirm),
    OPERATOR_ACT("/admin/account/codes/off", AUDITOR, page_codes_off),

    OPERATOR_PAGE("/admin/operators", ADMIN, page_operators),
    OPERATOR_ACT("/admin/operators", ADMIN, page_operators_add),
    OPERATOR_ACT("/admin/operators/password", ADMIN, page_operators_password),
    OPERATOR_ACT("/admin/operators/role", ADMIN, page_operators_role),
    OPERATOR_ACT("/admin/operators/disable", ADMIN, page_operators_disable),
    OPERATOR_ACT("/admin/operators/enable", ADMIN, page_operators_enable),
    OPERATOR_ACT("/admin/operators/totp", ADMIN, page_operators_totp),
    OPERATOR_PAGE("/admin/keys", ADMIN, page_keys),
    OPERATOR_ACT("/admin/keys", ADMIN, page_keys_add),
    OPERATOR_ACT("/admin/keys/revoke", ADMIN, page_keys_revoke),
    /* "new", "live" and the like before any id, which has other letters and another length anyway
     */
    OPERATOR_PAGE("/admin/links", AUDITOR, page_links),
    OPERATOR_PAGE("/admin/links/new", HELPDESK, page_new_link),
    OPERATOR_ACT("/admin/links/new", HELPDESK, page_new_link_make),
    OPERATOR_PAGE("/admin/links/{id}", AUDITOR, page_one_link),
    OPERATOR_ACT("/admin/links/{id}/cancel", HELPDESK, page_link_cancel),
    OPERATOR_ACT("/admin/links/{id}/rearm", HELPDESK, page_link_rearm),
    OPERATOR_PAGE("/admin/mint", ADMIN, page_mint),
    {METHOD_POST, "/admin/mint", SECURE, CREDENTIAL_SESSION, ROLE_ADMIN, true, LIMIT_BODY_JSON,
     RATE_FREE, page_mint_make, 0},
    OPERATOR_PAGE("/admin/mint/{id}", ADMIN, page_minted),
    OPERATOR_PAGE("/admin/mint/{id}/file", ADMIN, page_minted_file),
    OPERATOR_PAGE("/admin/import", AUDITOR, page_import),
    {METHOD_POST, "/admin/import", SECURE, CREDENTIAL_SESSION, ROLE_HELPDESK, true,
     LIMIT_BODY_IMPORT, RATE_FREE, page_import_upload, 0},
    OPERATOR_PAGE("/admin/import/{id}", AUDITOR, page_one_import),
    OPERATOR_PAGE("/admin/import/{id}/report.csv", AUDITOR, page_import_report),
    OPERATOR_ACT("/admin/import/{id}/stop", HELPDESK, page_import_stop),
    OPERATOR_ACT("/admin/import/{id}/resume", HELPDESK, page_import_resume),
    OPERATOR_ACT("/admin/import/{id}/result.csv", HELPDESK, page_import_result),
    OPERATOR_ACT("/admin/import/{id}/erase", HELPDESK, page_import_erase),
    OPERATOR_PAGE("/admin/people", AUDITOR, page_people),
    OPERATOR_PAGE("/admin/people/{user}", AUDITOR, page_person),
    OPERATOR_PAGE("/admin/certificates/{serial}", AUDITOR, page_certificate),
    OPERATOR_ACT("/admin/certificates/{serial}/revoke", HELPDESK, page_revoke),
    OPERATOR_ACT("/admin/people/revoke", HELPDESK, page_revoke_person),
    OPERATOR_PAGE("/admin/devices", AUDITOR, page_devices),
    OPERATOR_PAGE("/admin/devices/live", AUDITOR, page_watch),
    OPERATOR_PAGE("/admin/devices/{id}", AUDITOR, page_device),
    OPERATOR_ACT("/admin/devices/{id}/block", HELPDESK, page_device_block),
    OPERATOR_ACT("/admin/devices/{id}/unblock", HELPDESK, page_device_unblock),
    OPERATOR_ACT("/admin/devices/{id}/unpin", HELPDESK, page_device_unpin),
    OPERATOR_PAGE("/admin/policies", AUDITOR, page_policies),
    OPERATOR_ACT("/admin/policies", ADMIN, page_policies_make),
    OPERATOR_PAGE("/admin/policies/{id}", AUDITOR, page_policy),
    OPERATOR_ACT("/admin/policies/{id}", ADMIN, page_policy_change),
    OPERATOR_ACT("/admin/policies/{id}/assign", ADMIN, page_policy_assign),
    OPERATOR_ACT("/admin/policies/{id}/unassign", ADMIN, page_policy_unassign),
    OPERATOR_ACT("/admin/policies/{id}/default", ADMIN, page_policy_default),
    OPERATOR_ACT("/admin/policies/{id}/no-default", ADMIN, page_policy_no_default),
    OPERATOR_ACT("/admin/policies/{id}/remove", ADMIN, page_policy_remove),
    OPERATOR_PAGE("/admin/devices/{id}/probe", HELPDESK, page_probe_start),
    OPERATOR_ACT("/admin/devices/{id}/probe", HELPDESK, page_probe_start_make),
    OPERATOR_PAGE("/admin/probes", AUDITOR, page_probes),
    OPERATOR_PAGE("/admin/probes/compare", AUDITOR, page_probe_compare),
    OPERATOR_PAGE("/admin/probes/overview", AUDITOR, page_probe_overview),
    {METHOD_POST, "/admin/probes/import", SECURE, CREDENTIAL_SESSION, ROLE_HELPDESK, true,
     LIMIT_BODY_PROBE, RATE_FREE, page_probes_import, 0},
    OPERATOR_PAGE("/admin/probes/{id}", AUDITOR, page_probe),
    OPERATOR_PAGE("/admin/probes/{id}/probe.csv", AUDITOR, page_probe_csv),
    OPERATOR_PAGE("/admin/probes/{id}/probe.json", AUDITOR, page_probe_json),
    OPERATOR_ACT("/admin/probes/{id}/stop", HELPDESK, page_probe_stop),
    OPERATOR_ACT("/admin/probes/{id}/delete", HELPDESK, page_probe_delete),
    OPERATOR_PAGE("/admin/mail", AUDITOR, page_mails),
    OPERATOR_ACT("/admin/mail/test", ADMIN, page_mails_test),
    OPERATOR_PAGE("/admin/mail/{id}", AUDITOR, page_one_mail),
    OPERATOR_ACT("/admin/mail/{id}/retry", HELPDESK, page_mail_retry),
    OPERATOR_ACT("/admin/mail/{id}/cancel", HELPDESK, page_mail_cancel),
    OPERATOR_PAGE("/admin/ca", AUDITOR, page_authority),
    OPERATOR_ACT("/admin/ca/publish", ADMIN, page_publish),
    OPERATOR_PAGE("/admin/audit", AUDITOR, page_audit),
    OPERATOR_PAGE("/admin/settings", ADMIN, page_settings),
    OPERATOR_ACT("/admin/settings", ADMIN, page_settings_change),

    {METHOD_OPTIONS, EAS_PATH, LISTENER_EAS, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,
     eas_phone, ROUTE_ANY_CASE},
    {METHOD_POST, EAS_PATH, LISTENER_EAS, CREDENTIAL_NONE, ROLE_ANYONE, false, EAS_BODY_MAX,
     RATE_FREE, eas_phone, ROUTE_ANY_CASE | ROUTE_BODY_OPTIONAL},
    {METHOD_GET, EAS_PATH, LISTENER_EAS, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,
     page_eas, ROUTE_ANY_CASE},

    OPEN(GET, "/healthz", LISTENER_INTERNAL, health_healthz),
    OPEN(GET, "/readyz", LISTENER_INTERNAL, health_readyz),
    OPEN(GET, "/metrics", LISTENER_INTERNAL, health_metrics),
};
const size_t web_route_count = sizeof web_routes / sizeof web_routes[0];
