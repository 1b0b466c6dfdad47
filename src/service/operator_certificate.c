/* The row of the certificate has the operator's name as it is stored: that is whom it lets in. */
#include "service/operator_certificate.h"

#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "service/bundle.h"
#include "service/issue.h"
#include "service/password.h"
#include "store/operator_store.h"

#include <stdio.h>

void operator_certificate_clear(struct operator_certificate *certificate)
{
    secret_free(certificate->password);
    buf_clear(&certificate->file);
    *certificate = (struct operator_certificate){0};
}

static enum status read_operator(const struct service *service, const char *name,
                                 struct operator_row *ret_row)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return operator_store_get(tx, name, ret_row);
}

static enum status choose_password(const struct secret *own, struct secret **ret_password)
{
    if (own == NULL)
        return password_generate(ret_password);
    TRY(password_check(own));
    return secret_copy(secret_span(own), ret_password);
}

static enum status issue(const struct service *service, const struct actor *actor,
                         const struct person *person, int64_t lifetime,
                         struct operator_certificate *made)
{
    struct private_key *key defer(private_key_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate *leaf defer(certificate_free) = NULL;
    TRY(bundle_key(service, &key, &spki));
    struct issuance issuance = {
        .profile = PROFILE_OPERATOR,
        .person = person,
        .lifetime = lifetime > 0 ? lifetime : service->config->bundle_lifetime,
        .lease = service->config->link_lease,
        .fields.spki = span_of(spki.ptr, spki.len),
    };
    person_set_fields(service, person, &issuance.fields);
    TRY(issue_certificate(service, actor, &issuance, &leaf));
    const struct bundle_contents contents = {key, leaf, made->password, person_shown_name(person)};
    enum status packed = bundle_pack(service, PACKING_MODERN, &contents, &made->file);
    if (packed != STATUS_OK && issue_withdraw(service, actor, issuance.serial) != STATUS_OK)
        log_error("operator", "the certificate %s was not revoked", issuance.serial);
    TRY(packed);
    snprintf(made->serial, sizeof made->serial, "%s", issuance.serial);
    made->not_after = certificate_info(leaf)->not_after;
    return STATUS_OK;
}

enum status operator_certificate_make(const struct service *service, const struct actor *actor,
                                      const char *name, int64_t lifetime, const struct secret *own,
                                      struct operator_certificate *ret_certificate)
{
    struct operator_row row defer(operator_row_clear) = {0};
    TRY(read_operator(service, name, &row));
    const struct person person = {
        .user = row.name, .name = "", .mail = "", .sid = "", .device = ""};
    struct operator_certificate made defer(operator_certificate_clear) = {
        .file = BUF_INIT(LIMIT_BUNDLE)};
    TRY(choose_password(own, &made.password));
    TRY(issue(service, actor, &person, lifetime, &made));
    *ret_certificate = made;
    made = (struct operator_certificate){0};
    return STATUS_OK;
}
