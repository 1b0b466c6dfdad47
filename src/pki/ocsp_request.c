/*
 * OpenSSL's reader takes BER; what was read is written again and compared with what came, so that
 * one question has one form of bytes (and a cache of answers by question cannot be flooded with
 * spellings of the same one).
 */
#include "pki/ocsp_request.h"

#include "pki/ossl_cleanup.h"

#include <openssl/err.h>
#include <stdio.h>

enum { SHA1_SIZE = 20 };

static enum status refuse(const char *clause, const char *sentence)
{
    ERR_clear_error();
    return status_fail(STATUS_INVALID, "RFC %s: %s", clause, sentence);
}

static enum status read_hash(const ASN1_OBJECT *algorithm, enum ocsp_hash *ret_hash,
                             size_t *ret_size)
{
    switch (OBJ_obj2nid(algorithm)) {
    case NID_sha1:
        *ret_hash = OCSP_HASH_SHA1;
        *ret_size = SHA1_SIZE;
        return STATUS_OK;
    case NID_sha256:
        *ret_hash = OCSP_HASH_SHA256;
        *ret_size = SHA256_SIZE;
        return STATUS_OK;
    default:
        return refuse("6960 4.1.1", "a CertID is hashed with neither SHA-1 nor SHA-256");
    }
}

static enum status read_serial(const ASN1_INTEGER *number,
                               char ret_text[static OCSP_SERIAL_TEXT_SIZE])
{
    const uint8_t *octets = ASN1_STRING_get0_data(number);
    int len = ASN1_STRING_length(number);
    if (ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER || len < 1 || len > OCSP_SERIAL_MAX)
        return refuse("5280 4.1.2.2", "a serial is negative or has more than 20 octets");
    for (int i = 0; i < len; i++)
        snprintf(ret_text + (size_t)2 * (size_t)i, 3, "%02x", octets[i]);
    return STATUS_OK;
}

static enum status read_id(OCSP_CERTID *from, struct ocsp_id *id)
{
    ASN1_OCTET_STRING *name = NULL;
    ASN1_OCTET_STRING *key = NULL;
    ASN1_OBJECT *algorithm = NULL;
    ASN1_INTEGER *serial = NULL;
    size_t size = 0;
    if (OCSP_id_get0_info(&name, &algorithm, &key, &serial, from) != 1)
        return refuse("6960 4.1.1", "a CertID cannot be read");
    TRY(read_hash(algorithm, &id->hash, &size));
    if (ASN1_STRING_length(name) != (int)size || ASN1_STRING_length(key) != (int)size)
        return refuse("6960 4.1.1", "a hash of a CertID has the wrong length");
    memcpy(id->name_hash, ASN1_STRING_get0_data(name), size);
    memcpy(id->key_hash, ASN1_STRING_get0_data(key), size);
    return read_serial(serial, id->serial);
}

static enum status read_ids(OCSP_REQUEST *from, struct ocsp_request *request)
{
    int count = OCSP_request_onereq_count(from);
    if (count < 1 || count > OCSP_SINGLES_MAX)
        return refuse("6960 4.1.1", "the request names no certificate or too many");
    for (int i = 0; i < count; i++) {
        OCSP_ONEREQ *single = OCSP_request_onereq_get0(from, i);
        if (OCSP_ONEREQ_get_ext_by_critical(single, 1, -1) >= 0)
            return refuse("6960 4.4", "a critical extension is not known");
        TRY(read_id(OCSP_onereq_get0_id(single), &request->ids[i]));
    }
    request->count = (size_t)count;
    return STATUS_OK;
}

/* The extension's value is itself an OCTET STRING, RFC 8954 2.1. */
static enum status read_nonce(X509_EXTENSION *extension, struct ocsp_request *request)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    const uint8_t *at = ASN1_STRING_get0_data(value);
    const uint8_t *end = at + ASN1_STRING_length(value);
    ASN1_OCTET_STRING *nonce defer(ASN1_OCTET_STRING_free) =
        d2i_ASN1_OCTET_STRING(NULL, &at, ASN1_STRING_length(value));
    if (nonce == NULL || at != end)
        return refuse("8954 2.1", "the nonce is no OCTET STRING");
    int len = ASN1_STRING_length(nonce);
    if (len < 1 || len > OCSP_NONCE_MAX)
        return refuse("8954 2.1", "a nonce has 1 to 32 octets");
    if (request->nonce_len > 0)
        return refuse("5280 4.2", "there are two nonces");
    memcpy(request->nonce, ASN1_STRING_get0_data(nonce), (size_t)len);
    request->nonce_len = (size_t)len;
    return STATUS_OK;
}

static enum status read_extensions(OCSP_REQUEST *from, struct ocsp_request *request)
{
    int count = OCSP_REQUEST_get_ext_count(from);
    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = OCSP_REQUEST_get_ext(from, i);
        if (OBJ_obj2nid(X509_EXTENSION_get_object(extension)) == NID_id_pkix_OCSP_Nonce)
            TRY(read_nonce(extension, request));
        else if (X509_EXTENSION_get_critical(extension) != 0)
            return refuse("6960 4.4", "a critical extension is not known");
    }
    return STATUS_OK;
}

static enum status check_is_der(OCSP_REQUEST *from, struct span der)
{
    uint8_t *again = NULL;
    int len = i2d_OCSP_REQUEST(from, &again);
    bool same = len > 0 && span_equal(span_of(again, (size_t)len), der);
    OPENSSL_free(again);
    return same ? STATUS_OK : refuse("6960 4.1", "the request is not in DER");
}

enum status ocsp_request_parse(struct span der, struct ocsp_request *ret_request)
{
    if (der.len > OCSP_REQUEST_SIZE_MAX)
        return status_fail(STATUS_TOO_LARGE, "an OCSP request of more than %d bytes",
                           OCSP_REQUEST_SIZE_MAX);
    const uint8_t *at = der.ptr;
    OCSP_REQUEST *from defer(OCSP_REQUEST_free) =
        der.len == 0 ? NULL : d2i_OCSP_REQUEST(NULL, &at, (long)der.len);
    if (from == NULL || at != der.ptr + der.len)
        return refuse("6960 4.1", "not one OCSP request");
    TRY(check_is_der(from, der));
    struct ocsp_request request = {0};
    TRY(read_ids(from, &request));
    TRY(read_extensions(from, &request));
    *ret_request = request;
    return STATUS_OK;
}

bool ocsp_id_is_of(const struct ocsp_id *id, const struct certificate *issuer)
{
    X509 *x509 = certificate_x509(issuer);
    const EVP_MD *digest = id->hash == OCSP_HASH_SHA1 ? EVP_sha1() : EVP_sha256();
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(x509);
    uint8_t name_hash[EVP_MAX_MD_SIZE];
    uint8_t key_hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_NAME_digest(X509_get_subject_name(x509), digest, name_hash, &size) != 1 ||
        EVP_Digest(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key), key_hash, &size,
                   digest, NULL) != 1)
        return false;
    return memcmp(id->name_hash, name_hash, size) == 0 && memcmp(id->key_hash, key_hash, size) == 0;
}
