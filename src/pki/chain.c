/*
 * Chains. The path is checked by OpenSSL's verifier with the root as its only anchor, and what that
 * verifier leaves to its caller (is the last certificate a CA, are the keys within our limits)
 * here.
 */
#include "pki/chain.h"

#include "base/limits.h"
#include "pki/ossl_cleanup.h"

#include <openssl/err.h>

/* 112 bits of security: no SHA-1 signature below the anchor, no key under RSA-2048. */
enum { SECURITY_LEVEL = 2 };

void chain_append_pem(struct buf *buf, const struct certificate *const certificates[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        certificate_append_pem(buf, certificates[i]);
}

static enum status build_p7b(PKCS7 *p7b, const struct certificate *const certificates[],
                             size_t count)
{
    if (PKCS7_set_type(p7b, NID_pkcs7_signed) != 1)
        return ossl_fail(STATUS_CRYPTO, "a chain cannot be made");
    p7b->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
    for (size_t i = 0; i < count; i++)
        if (PKCS7_add_certificate(p7b, certificate_x509(certificates[i])) != 1)
            return ossl_fail(STATUS_CRYPTO, "a certificate cannot be added to a chain");
    return STATUS_OK;
}

enum status chain_append_p7b(struct buf *buf, const struct certificate *const certificates[],
                             size_t count)
{
    PKCS7 *p7b defer(PKCS7_free) = PKCS7_new();
    if (p7b == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for a chain");
    TRY(build_p7b(p7b, certificates, count));
    uint8_t *der = NULL;
    int len = i2d_PKCS7(p7b, &der);
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, "a chain cannot be written");
    buf_append(buf, span_of(der, (size_t)len));
    OPENSSL_free(der);
    return buf->failure;
}

static enum status check_ca(const struct certificate *certificate, const char *what)
{
    X509 *x509 = certificate_x509(certificate);
    if (!certificate_info(certificate)->is_ca)
        return status_fail(STATUS_INVALID, "RFC 5280 4.2.1.9: the %s certificate is not a CA's",
                           what);
    if ((X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) == 0)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 4.2.1.3: the %s certificate may not sign certificates", what);
    return pkey_check_limits(X509_get0_pubkey(x509));
}

/* Both ends inclusive (RFC 5280 4.1.2.5); OpenSSL would end one second early. */
static enum status check_time(const struct certificate *certificate, int64_t at)
{
    const struct certificate_info *info = certificate_info(certificate);
    if (at < info->not_before)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 4.1.2.5: the certificate of %s is not yet valid",
                           info->subject);
    if (at > info->not_after)
        return status_fail(STATUS_INVALID, "RFC 5280 4.1.2.5: the certificate of %s has expired",
                           info->subject);
    return STATUS_OK;
}

static enum status explain(X509_STORE_CTX *context, const struct certificate *target)
{
    const X509 *at = X509_STORE_CTX_get_current_cert(context);
    const char *reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
    char name[128] = "";
    if (at != NULL)
        X509_NAME_oneline(X509_get_subject_name(at), name, sizeof name);
    ERR_clear_error();
    return status_fail(STATUS_INVALID, "RFC 5280 6.1: the path of %s fails at %s: %s",
                       certificate_info(target)->subject, name, reason);
}

static enum status make_store(const struct certificate *root, X509_STORE **ret_store)
{
    X509_STORE *store defer(X509_STORE_free) = X509_STORE_new();
    if (store == NULL || X509_STORE_add_cert(store, certificate_x509(root)) != 1)
        return ossl_fail(STATUS_CRYPTO, "an anchor cannot be set");
    X509_VERIFY_PARAM *parameters = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_depth(parameters, LIMIT_CHAIN_LENGTH);
    X509_VERIFY_PARAM_set_auth_level(parameters, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_flags(parameters,
                                X509_V_FLAG_CHECK_SS_SIGNATURE | X509_V_FLAG_NO_CHECK_TIME);
    *ret_store = take(store);
    return STATUS_OK;
}

static enum status verify_path(const struct certificate *target, const struct certificate *issuing,
                               const struct certificate *root)
{
    X509_STORE *store defer(X509_STORE_free) = NULL;
    TRY(make_store(root, &store));
    X509_STORE_CTX *context defer(X509_STORE_CTX_free) = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    enum status status = STATUS_OK;
    if (context == NULL || untrusted == NULL ||
        sk_X509_push(untrusted, certificate_x509(issuing)) <= 0 ||
        X509_STORE_CTX_init(context, store, certificate_x509(target), untrusted) != 1)
        status = ossl_fail(STATUS_CRYPTO, "a path cannot be checked");
    else if (X509_verify_cert(context) != 1)
        status = explain(context, target);
    sk_X509_free(untrusted);
    return status;
}

enum status chain_check(const struct certificate *leaf, const struct certificate *issuing,
                        const struct certificate *root, int64_t at)
{
    if (!certificate_info(root)->is_self_issued)
        return status_fail(STATUS_INVALID, "RFC 5280 6.1: the root certificate is not self-issued");
    TRY(check_ca(root, "root"));
    TRY(check_ca(issuing, "issuing"));
    TRY(check_time(root, at));
    TRY(check_time(issuing, at));
    TRY(verify_path(issuing, issuing, root));
    if (leaf == NULL)
        return STATUS_OK;
    TRY(pkey_check_limits(X509_get0_pubkey(certificate_x509(leaf))));
    if (X509_verify(certificate_x509(leaf), X509_get0_pubkey(certificate_x509(issuing))) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 6.1.3: the issuing CA did not sign this");
    TRY(check_time(leaf, at));
    return verify_path(leaf, issuing, root);
}
