/*
 * Somebody else's PKCS#12. PKCS12_parse() derives keys with as many iterations as the file asks
 * for, so the counts are read first. What it gives is one key, the certificate that matches it, and
 * the rest.
 */
#include "base/limits.h"
#include "pki/ossl_cleanup.h"
#include "pki/pfx.h"
#include "pki/pfx_protection.h"

#include <openssl/err.h>

static enum status add_iterations(int64_t iterations, int64_t *total)
{
    if (iterations < 1 || iterations > PFX_FOREIGN_ITERATIONS_MAX - *total)
        return status_fail(STATUS_INVALID, "the bundle asks for more than %d iterations",
                           PFX_FOREIGN_ITERATIONS_MAX);
    *total += iterations;
    return STATUS_OK;
}

/* OpenSSL would only call these "unsupported": it keeps them in a provider that is not loaded. */
static enum status check_age(const struct pfx_protection *protection)
{
    static const struct {
        int nid;
        const char *name;
    } old[] = {
        {NID_pbe_WithSHA1And40BitRC2_CBC, "RC2"},
        {NID_pbe_WithSHA1And128BitRC2_CBC, "RC2"},
        {NID_pbeWithSHA1AndRC2_CBC, "RC2"},
        {NID_pbeWithMD5AndRC2_CBC, "RC2"},
        {NID_rc2_cbc, "RC2"},
        {NID_pbe_WithSHA1And40BitRC4, "RC4"},
        {NID_pbe_WithSHA1And128BitRC4, "RC4"},
        {NID_pbeWithSHA1AndDES_CBC, "single DES"},
        {NID_pbeWithMD5AndDES_CBC, "single DES"},
        {NID_des_cbc, "single DES"},
    };
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        if (protection->scheme == old[i].nid || protection->cipher == old[i].nid)
            return status_fail(
                STATUS_INVALID,
                "the bundle is encrypted with %s, which is too weak to be read here: "
                "export it again with AES-256 or triple DES",
                old[i].name);
    return STATUS_OK;
}

static enum status add_algorithm(const X509_ALGOR *algorithm, int64_t *total)
{
    struct pfx_protection protection;
    TRY(pfx_protection_read(algorithm, &protection));
    TRY(check_age(&protection));
    return add_iterations(protection.iterations, total);
}

static enum status add_mac(const PKCS12 *pfx, int64_t *total)
{
    const ASN1_INTEGER *number = NULL;
    int64_t iterations = 1; /* RFC 7292 4: the default */
    PKCS12_get0_mac(NULL, NULL, NULL, &number, pfx);
    if (number != NULL && ASN1_INTEGER_get_int64(&iterations, number) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 7292 4: the MAC of the bundle cannot be read");
    return add_iterations(iterations, total);
}

static enum status add_open_safe(PKCS7 *safe, int64_t *total)
{
    safebag_stack *bags defer(safebag_stack_free) = PKCS12_unpack_p7data(safe);
    if (bags == NULL)
        return ossl_fail(STATUS_INVALID, "RFC 7292 4.2: a part of the bundle cannot be read");
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        const X509_ALGOR *algorithm = NULL;
        if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
            continue;
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
        TRY(add_algorithm(algorithm, total));
    }
    return STATUS_OK;
}

static enum status add_safe(PKCS7 *safe, int64_t *total)
{
    if (PKCS7_type_is_encrypted(safe))
        return add_algorithm(safe->d.encrypted->enc_data->algorithm, total);
    if (PKCS7_type_is_data(safe))
        return add_open_safe(safe, total);
    return status_fail(STATUS_INVALID, "RFC 7292 4.1: a part of the bundle is of an unknown type");
}

static enum status check_cost(PKCS12 *pfx)
{
    enum { PARTS_MAX = 16 };
    int64_t total = 0;
    if (PKCS12_mac_present(pfx) == 1)
        TRY(add_mac(pfx, &total));
    pkcs7_stack *safes defer(pkcs7_stack_free) = PKCS12_unpack_authsafes(pfx);
    if (safes == NULL || sk_PKCS7_num(safes) > PARTS_MAX)
        return ossl_fail(STATUS_INVALID, "RFC 7292 4: the parts of the bundle cannot be read");
    for (int i = 0; i < sk_PKCS7_num(safes); i++)
        TRY(add_safe(sk_PKCS7_value(safes, i), &total));
    return STATUS_OK;
}

static enum status add_x509(struct certificate_list *list, X509 *x509)
{
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, "a certificate cannot be written");
    struct certificate *certificate = NULL;
    enum status status = certificate_parse_der(span_of(der, (size_t)len), &certificate);
    OPENSSL_free(der);
    return status == STATUS_OK ? certificate_list_add(list, certificate) : status;
}

struct pfx_parts {
    EVP_PKEY *pkey;
    X509 *leaf;
    x509_stack *others;
};

static void pfx_parts_clear(struct pfx_parts *parts)
{
    EVP_PKEY_free(parts->pkey);
    X509_free(parts->leaf);
    x509_stack_free(parts->others);
}
CLEANUP_VALUE(struct pfx_parts, pfx_parts_clear)

static enum status parse(PKCS12 *pfx, const struct secret *password, struct pfx_parts *parts)
{
    if (PKCS12_parse(pfx, secret_text(password), &parts->pkey, &parts->leaf, &parts->others) != 1) {
        bool wrong = ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE;
        return wrong ? ossl_fail(STATUS_FORBIDDEN, "the password does not open the bundle")
                     : ossl_fail(STATUS_INVALID, "the bundle cannot be opened");
    }
    if (parts->pkey == NULL || parts->leaf == NULL)
        return ossl_fail(STATUS_INVALID, "the bundle holds no key with its certificate");
    return STATUS_OK;
}

enum status pfx_open(struct span bytes, const struct secret *password, struct private_key **ret_key,
                     struct certificate_list *ret_certificates)
{
    if (bytes.len > LIMIT_CHAIN_FILE)
        return status_fail(STATUS_TOO_LARGE, "a bundle is larger than %d bytes", LIMIT_CHAIN_FILE);
    const uint8_t *at = bytes.ptr;
    PKCS12 *pfx defer(PKCS12_free) = bytes.len == 0 ? NULL : d2i_PKCS12(NULL, &at, (long)bytes.len);
    if (pfx == NULL)
        return ossl_fail(STATUS_INVALID, "RFC 7292 4: not a PKCS#12 bundle");
    TRY(check_cost(pfx));
    struct pfx_parts parts defer(pfx_parts_clear) = {0};
    TRY(parse(pfx, password, &parts));
    struct certificate_list list defer(certificate_list_clear) = {0};
    TRY(add_x509(&list, parts.leaf));
    for (int i = 0; i < sk_X509_num(parts.others); i++)
        TRY(add_x509(&list, sk_X509_value(parts.others, i)));
    TRY(private_key_wrap(take(parts.pkey), ret_key));
    *ret_certificates = list;
    list = (struct certificate_list){0};
    return STATUS_OK;
}
