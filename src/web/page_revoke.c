/* Revoking one certificate or all of a person, and publishing the list: acts behind the pages of
 * people and of the CA. */
#include "base/limits.h"
#include "service/crl_publish.h"
#include "service/revoke.h"
#include "web/admin.h"
#include "web/people_view.h"

static enum status read_reason(struct request *request, const struct form **ret_form,
                               enum crl_reason *ret_reason)
{
    TRY(request_form(request, ret_form));
    return revoke_reason_parse(form_text(*ret_form, "reason"), ret_reason);
}

enum status page_revoke(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    enum crl_reason reason;
    TRY(read_reason(request, &form, &reason));
    struct buf typed defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_TARGET);
    struct buf serial defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_TARGET);
    struct span text;
    buf_append(&typed, request_parameter(request, "serial"));
    TRY(buf_finish(&typed, &text));
    certificates_append_serial(&serial, (const char *)text.ptr);
    TRY(buf_finish(&serial, &text));
    const struct actor actor = admin_actor(request);
    struct revocation revocation;
    TRY(revoke_certificate(web->service, &actor, admin_revoke_reach(request),
                           (const char *)text.ptr, reason, &revocation));
    char href[HREF_SIZE];
    href_format(href, "/admin/certificates/", revocation.serial);
    admin_redirect(response, href, ADMIN_SAID_REVOKED);
    return STATUS_OK;
}

enum status page_revoke_person(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    const struct form *form;
    enum crl_reason reason;
    TRY(read_reason(request, &form, &reason));
    const struct actor actor = admin_actor(request);
    int64_t count;
    TRY(revoke_user(web->service, &actor, admin_revoke_reach(request), form_text(form, "user"),
                    reason, &count));
    char href[HREF_SIZE];
    href_of_person(href, form_text(form, "user"));
    admin_redirect(response, href, ADMIN_SAID_ALL_REVOKED);
    return STATUS_OK;
}

enum status page_publish(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = admin_actor(request);
    struct crl_published published;
    TRY(crl_publish(web->service, &actor, CRL_OF_ISSUING, CRL_ALWAYS, &published));
    admin_redirect(response, "/admin/ca", ADMIN_SAID_PUBLISHED);
    return STATUS_OK;
}
