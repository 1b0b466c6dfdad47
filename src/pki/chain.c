/*
 * Chains. The path is checked by OpenSSL's verifier with the root as its only anchor, and what that
 * verifier leaves to its caller (is the last certificate a CA, are the keys within our limits)
 * here.
 */
#include "pki/chain.h"

#include "pki/ossl_cleanup.h"

#include <assert.h>
#include <openssl/err.h>

/* 112 bits of security: no SHA-1 signature below the anchor, no key under RSA-2048. */
enum { SECURITY_LEVEL = 2 };

size_t chain_authorities(const struct certificate *issuing, const struct certificate_list *between,
                         const struct certificate *root,
                         const struct certificate *ret_chain[static CHAIN_AUTHORITIES_MAX])
{
    size_t count = 0;
    ret_chain[count++] = issuing;
    assert(between == NULL || between->count < LIMIT_CHAIN_LENGTH);
    for (size_t i = 0; between != NULL && i < between->count; i++)
        ret_chain[count++] = between->items[i];
    if (root != NULL)
        ret_chain[count++] = root;
    return count;
}

static bool has_signed(const struct certificate *issuer, const struct certificate *certificate)
{
    X509 *above = certificate_x509(issuer);
    X509 *below = certificate_x509(certificate);
    if (X509_NAME_cmp(X509_get_subject_name(above), X509_get_issuer_name(below)) != 0)
        return false;
    bool verified = X509_verify(below, X509_get0_pubkey(above)) == 1;
    ERR_clear_error();
    return verified;
}

static int merit(const struct certificate *candidate, int64_t at)
{
    const struct certificate_info *info = certificate_info(candidate);
    bool is_valid = at >= info->not_before && at <= info->not_after;
    return (is_valid ? 2 : 0) + (has_signed(candidate, candidate) ? 1 : 0);
}

static struct certificate *find_issuer(const struct certificate *certificate,
                                       const struct certificate_list *pool, int64_t at)
{
    struct certificate *best = NULL;
    for (size_t i = 0; i < pool->count; i++) {
        struct certificate *candidate = pool->items[i];
        if (has_signed(candidate, certificate) &&
            (best == NULL || merit(candidate, at) > merit(best, at)))
            best = candidate;
    }
    return best;
}

enum status chain_order(const struct certificate *issuing, const struct certificate_list *pool,
                        int64_t at, struct certificate_list *ret_between,
                        struct certificate **ret_root)
{
    struct certificate_list between defer(certificate_list_clear) = {0};
    const struct certificate *below = issuing;
    while (between.count < LIMIT_CHAIN_LENGTH) {
        const struct certificate_info *info = certificate_info(below);
        struct certificate *found = find_issuer(below, pool, at);
        if (found == NULL)
            return status_fail(STATUS_INVALID,
                               "the chain lacks the certificate of %s that signed %s", info->issuer,
                               info->subject);
        if (has_signed(found, found)) {
            *ret_root = certificate_share(found);
            *ret_between = between;
            between = (struct certificate_list){0};
            return STATUS_OK;
        }
        TRY(certificate_list_add(&between, certificate_share(found)));
        below = found;
    }
    return status_fail(STATUS_INVALID, "there are more than %d CA certificates below the root",
                       LIMIT_CHAIN_LENGTH);
}

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

/* Who is on the way of a target, from the issuing CA up. */
struct path {
    const struct certificate *authorities[CHAIN_AUTHORITIES_MAX];
    size_t count; /* at least two, and the last one is the root */
};

static enum status check_way(X509_STORE_CTX *context, const struct certificate *target,
                             const struct path *path)
{
    if (X509_verify_cert(context) != 1)
        return explain(context, target);
    bool is_authority = target == path->authorities[0];
    size_t wanted = is_authority ? path->count : path->count + 1;
    if ((size_t)sk_X509_num(X509_STORE_CTX_get0_chain(context)) != wanted)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 6.1: the path of %s does not need every CA certificate given",
                           certificate_info(target)->subject);
    return STATUS_OK;
}

static enum status verify_path(const struct certificate *target, const struct path *path)
{
    X509_STORE *store defer(X509_STORE_free) = NULL;
    TRY(make_store(path->authorities[path->count - 1], &store));
    X509_STORE_CTX *context defer(X509_STORE_CTX_free) = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    bool ready = context != NULL && untrusted != NULL;
    for (size_t i = 0; ready && i < path->count - 1; i++)
        ready = sk_X509_push(untrusted, certificate_x509(path->authorities[i])) > 0;
    ready = ready && X509_STORE_CTX_init(context, store, certificate_x509(target), untrusted) == 1;
    enum status status = ready ? check_way(context, target, path)
                               : ossl_fail(STATUS_CRYPTO, "a path cannot be checked");
    sk_X509_free(untrusted);
    return status;
}

/* OpenSSL counts what stands below a CA without the target, which here has leaves below itself. */
static enum status check_path_length(const struct path *path)
{
    long below = 0;
    for (size_t i = 0; i < path->count; i++) {
        const struct certificate_info *info = certificate_info(path->authorities[i]);
        long most = X509_get_pathlen(certificate_x509(path->authorities[i]));
        if (most >= 0 && below > most)
            return status_fail(STATUS_INVALID,
                               "RFC 5280 4.2.1.9: the path length of %s allows %ld CAs below it",
                               info->subject, most);
        below += info->is_self_issued ? 0 : 1;
    }
    return STATUS_OK;
}

static enum status check_authorities(const struct path *path, int64_t at)
{
    for (size_t i = path->count; i-- > 0;) {
        const char *below = i == 0 ? "issuing" : "intermediate";
        TRY(check_ca(path->authorities[i], i == path->count - 1 ? "root" : below));
        TRY(check_time(path->authorities[i], at));
    }
    TRY(verify_path(path->authorities[0], path));
    return check_path_length(path);
}

enum status chain_check(const struct certificate *leaf, const struct certificate *issuing,
                        const struct certificate_list *between, const struct certificate *root,
                        int64_t at)
{
    if (!certificate_info(root)->is_self_issued)
        return status_fail(STATUS_INVALID, "RFC 5280 6.1: the root certificate is not self-issued");
    if (between != NULL && between->count >= LIMIT_CHAIN_LENGTH)
        return status_fail(STATUS_INVALID, "there are more than %d CA certificates below the root",
                           LIMIT_CHAIN_LENGTH);
    struct path path;
    path.count = chain_authorities(issuing, between, root, path.authorities);
    TRY(check_authorities(&path, at));
    if (leaf == NULL)
        return STATUS_OK;
    TRY(pkey_check_limits(X509_get0_pubkey(certificate_x509(leaf))));
    if (X509_verify(certificate_x509(leaf), X509_get0_pubkey(certificate_x509(issuing))) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 6.1.3: the issuing CA did not sign this");
    TRY(check_time(leaf, at));
    return verify_path(leaf, &path);
}
