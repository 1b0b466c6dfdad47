/*
 * The CMS around a profile. CMS_BINARY everywhere: without it OpenSSL rewrites line ends and the
 * device reads another text than the one that was signed for.
 */
#include "pki/mobileconfig.h"
#include "pki/ossl_cleanup.h"

#include <limits.h>
#include <openssl/err.h>

enum { SIGN_FLAGS = CMS_BINARY | CMS_NOSMIMECAP };

static enum status add_chain(CMS_ContentInfo *cms, const struct certificate *const chain[],
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (CMS_add1_cert(cms, certificate_x509(chain[i])) != 1)
            return ossl_fail(STATUS_CRYPTO, "a certificate cannot be added to a signature");
    return STATUS_OK;
}

static enum status build(struct span xml, const struct certificate *certificate,
                         const struct private_key *key, CMS_ContentInfo *cms)
{
    BIO *content defer(BIO_free_all) = BIO_new_mem_buf(xml.ptr, (int)xml.len);
    if (content == NULL ||
        CMS_add1_signer(cms, certificate_x509(certificate), private_key_pkey(key),
                        private_key_digest(key), SIGN_FLAGS) == NULL ||
        CMS_final(cms, content, NULL, SIGN_FLAGS) != 1)
        return ossl_fail(STATUS_CRYPTO, "a profile cannot be signed");
    return STATUS_OK;
}

enum status mobileconfig_sign(struct span xml, const struct certificate *certificate,
                              const struct private_key *key,
                              const struct certificate *const chain[], size_t chain_count,
                              struct buf *signed_profile)
{
    if (xml.len == 0 || xml.len > INT_MAX)
        return status_fail(STATUS_INVALID, "there is no profile to sign");
    if (!private_key_matches(key, certificate))
        return status_fail(STATUS_INVALID, "RFC 5652 5.3: the key is not the certificate's");
    CMS_ContentInfo *cms defer(CMS_ContentInfo_free) =
        CMS_sign(NULL, NULL, NULL, NULL, SIGN_FLAGS | CMS_PARTIAL);
    if (cms == NULL)
        return ossl_fail(STATUS_CRYPTO, "a profile cannot be signed");
    TRY(add_chain(cms, chain, chain_count));
    TRY(build(xml, certificate, key, cms));
    uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, "a signed profile cannot be written");
    buf_append(signed_profile, span_of(der, (size_t)len));
    OPENSSL_free(der);
    return signed_profile->failure;
}

static enum status verify(CMS_ContentInfo *cms, const struct certificate *certificate, BIO *content)
{
    STACK_OF(X509) *signers = sk_X509_new_null();
    bool verified = signers != NULL && sk_X509_push(signers, certificate_x509(certificate)) > 0 &&
                    CMS_verify(cms, signers, NULL, NULL, content,
                               CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY) == 1;
    sk_X509_free(signers);
    return verified ? STATUS_OK
                    : ossl_fail(STATUS_INVALID, "RFC 5652 5.6: the signature is not right");
}

enum status mobileconfig_open(struct span signed_profile, const struct certificate *certificate,
                              struct buf *xml)
{
    const uint8_t *at = signed_profile.ptr;
    CMS_ContentInfo *cms defer(CMS_ContentInfo_free) =
        signed_profile.len == 0 || signed_profile.len > INT_MAX
            ? NULL
            : d2i_CMS_ContentInfo(NULL, &at, (long)signed_profile.len);
    if (cms == NULL || at != signed_profile.ptr + signed_profile.len)
        return ossl_fail(STATUS_INVALID, "RFC 5652 3: not a signed profile");
    BIO *content defer(BIO_free_all) = BIO_new(BIO_s_mem());
    if (content == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for a profile");
    TRY(verify(cms, certificate, content));
    char *bytes = NULL;
    long len = BIO_get_mem_data(content, &bytes);
    buf_append(xml, span_of(bytes, (size_t)len));
    return xml->failure;
}
