/* Check, issue, pack: the password is drawn or given before anything is signed. */
#include "service/mint.h"

#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "service/bundle.h"
#include "service/issue.h"
#include "service/password.h"

#include <stdio.h>

void mint_result_clear(struct mint_result *result)
{
    secret_free(result->password);
    buf_clear(&result->file);
    *result = (struct mint_result){0};
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static enum status choose_password(const struct mint_request *request, struct secret **ret_password)
{
    if (request->password == NULL)
        return password_generate(ret_password);
    TRY(password_check(request->password));
    return secret_copy(secret_span(request->password), ret_password);
}

static void fill_result(const struct issuance *issuance, enum packing packing,
                        const struct certificate *leaf, struct mint_result *result)
{
    snprintf(result->serial, sizeof result->serial, "%s", issuance->serial);
    snprintf(result->packing, sizeof result->packing, "%s", packing_name(packing));
    result->not_after = certificate_info(leaf)->not_after;
}

/* A certificate whose bundle cannot be made has no use any more. */
static enum status pack(const struct service *service, const struct actor *actor,
                        const struct issuance *issuance, enum packing packing,
                        const struct bundle_contents *contents, struct buf *file)
{
    enum status packed = bundle_pack(service, packing, contents, file);
    if (packed == STATUS_OK)
        return STATUS_OK;
    log_status("mint", packed, "a bundle was not made");
    if (issue_withdraw(service, actor, issuance->serial) != STATUS_OK)
        log_error("mint", "the certificate %s was not revoked", issuance->serial);
    return packed;
}

static struct person person_of(const struct mint_request *request)
{
    return (struct person){or_empty(request->user), or_empty(request->name),
                           or_empty(request->mail), or_empty(request->sid),
                           or_empty(request->device)};
}

enum status mint_check(const struct service *service, const struct mint_request *request)
{
    const struct person person = person_of(request);
    enum packing packing;
    TRY(bundle_packing(service, request->packing, &packing));
    TRY(person_check(service, &person));
    return request->password == NULL ? STATUS_OK : password_check(request->password);
}

enum status mint_bundle(const struct service *service, const struct actor *actor,
                        const struct mint_request *request, struct mint_result *ret_result)
{
    const struct person person = person_of(request);
    enum packing packing;
    TRY(bundle_packing(service, request->packing, &packing));
    TRY(person_check(service, &person));
    struct mint_result result defer(mint_result_clear) = {.file = BUF_INIT(LIMIT_BUNDLE)};
    TRY(choose_password(request, &result.password));

    struct private_key *key defer(private_key_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(bundle_key(service, &key, &spki));
    struct issuance issuance = {
        .profile = PROFILE_USER,
        .person = &person,
        .lifetime = request->lifetime > 0 ? request->lifetime : service->config->bundle_lifetime,
        .lease = service->config->link_lease,
        .fields.spki = span_of(spki.ptr, spki.len),
    };
    person_set_fields(service, &person, &issuance.fields);
    struct certificate *leaf defer(certificate_free) = NULL;
    TRY(issue_certificate(service, actor, &issuance, &leaf));

    const struct bundle_contents contents = {key, leaf, result.password,
                                             person_shown_name(&person)};
    TRY(pack(service, actor, &issuance, packing, &contents, &result.file));
    fill_result(&issuance, packing, leaf, &result);
    *ret_result = result;
    result = (struct mint_result){0};
    return STATUS_OK;
}
