/*
 * The life of a parsed certificate, and the containers that certificates come in. A certificate is
 * shared by counting its owners; nothing in it changes after the parse, and OpenSSL's own caches
 * are filled there too.
 */
#include "pki/cert.h"

#include "base/file.h"
#include "base/key_decoders.h"
#include "base/limits.h"
#include "base/text.h"
#include "pki/cert_decode.h"
#include "pki/ossl_cleanup.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>

enum { PEM_LINE = 64 }; /* RFC 7468 2 */

struct certificate {
    atomic_uint owners;
    X509 *x509;
    struct cert_decoded decoded;
};

void certificate_free(struct certificate *certificate)
{
    if (certificate == NULL || atomic_fetch_sub(&certificate->owners, 1) > 1)
        return;
    X509_free(certificate->x509);
    cert_decoded_clear(&certificate->decoded);
    free(certificate);
}

struct certificate *certificate_share(struct certificate *certificate)
{
    atomic_fetch_add(&certificate->owners, 1);
    return certificate;
}

X509 *certificate_x509(const struct certificate *certificate)
{
    return certificate->x509;
}

const struct certificate_info *certificate_info(const struct certificate *certificate)
{
    return &certificate->decoded.info;
}

bool certificate_equal(const struct certificate *a, const struct certificate *b)
{
    return span_equal(a->decoded.info.der, b->decoded.info.der);
}

/* OpenSSL reads BER; what is not DER would have a second form with another fingerprint. */
static enum status check_canonical(const struct certificate *certificate, struct span der)
{
    if (!span_equal(certificate->decoded.info.der, der))
        return status_fail(STATUS_INVALID, "RFC 5280 4.1: the certificate is not in DER");
    return STATUS_OK;
}

enum status certificate_parse_der(struct span der, struct certificate **ret_certificate)
{
    if (der.len > LIMIT_CERTIFICATE)
        return status_fail(STATUS_TOO_LARGE, "a certificate is larger than %d bytes",
                           LIMIT_CERTIFICATE);
    struct certificate *certificate defer(certificate_free) = calloc(1, sizeof *certificate);
    if (certificate == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a certificate");
    certificate->owners = 1;
    const uint8_t *at = der.ptr;
    certificate->x509 = X509_new_ex(key_decoders_context(), NULL);
    if (certificate->x509 == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a certificate");
    if (der.len == 0 || d2i_X509(&certificate->x509, &at, (long)der.len) == NULL ||
        at != der.ptr + der.len)
        return ossl_fail(STATUS_INVALID, "RFC 5280 4.1: not one certificate");
    TRY(cert_decode(certificate->x509, &certificate->decoded));
    TRY(check_canonical(certificate, der));
    *ret_certificate = take(certificate);
    return STATUS_OK;
}

/* DER of a certificate starts with a SEQUENCE whose length takes more than one octet. */
static bool looks_like_der(struct span bytes)
{
    return bytes.len > 1 && bytes.ptr[0] == 0x30 && bytes.ptr[1] > 0x80;
}

void certificate_list_clear(struct certificate_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        certificate_free(list->items[i]);
    free(list->items);
    *list = (struct certificate_list){0};
}

enum status certificate_list_add(struct certificate_list *list, struct certificate *certificate)
{
    struct certificate *added defer(certificate_free) = certificate;
    if (list->count == CERTIFICATE_LIST_MAX)
        return status_fail(STATUS_TOO_LARGE, "more than %d certificates", CERTIFICATE_LIST_MAX);
    struct certificate **larger =
        reallocarray(list->items, list->count + 1, sizeof(struct certificate *));
    if (larger == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of certificates");
    list->items = larger;
    list->items[list->count++] = take(added);
    return STATUS_OK;
}

/* All of it is in the secure heap when there is one (PEM_FLAG_SECURE). */
struct pem_object {
    char *name;
    char *header;
    uint8_t *data;
    long len;
};

static void pem_object_clear(struct pem_object *object)
{
    OPENSSL_secure_free(object->name);
    OPENSSL_secure_free(object->header);
    OPENSSL_secure_clear_free(object->data, (size_t)object->len);
}
CLEANUP_VALUE(struct pem_object, pem_object_clear)

/* Adds the next object if it is a certificate; *ret_more tells whether there was an object at all.
 */
static enum status read_pem_object(BIO *bio, struct certificate_list *list, bool *ret_more)
{
    struct pem_object object defer(pem_object_clear) = {0};
    *ret_more = PEM_read_bio_ex(bio, &object.name, &object.header, &object.data, &object.len,
                                PEM_FLAG_SECURE) == 1;
    if (!*ret_more) {
        bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        if (!at_end)
            return ossl_fail(STATUS_INVALID, "RFC 7468: a PEM object is broken");
        ERR_clear_error();
        return STATUS_OK;
    }
    if (strcmp(object.name, PEM_STRING_X509) != 0 && strcmp(object.name, PEM_STRING_X509_OLD) != 0)
        return STATUS_OK;
    struct certificate *certificate = NULL;
    TRY(certificate_parse_der(span_of(object.data, (size_t)object.len), &certificate));
    return certificate_list_add(list, certificate);
}

static enum status parse_pem(struct span pem, size_t most, struct certificate_list *list)
{
    BIO *bio defer(BIO_free_all) = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    if (bio == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for certificates");
    for (bool more = true; more && list->count < most;)
        TRY(read_pem_object(bio, list, &more));
    if (list->count == 0)
        return status_fail(STATUS_INVALID, "RFC 7468: there is no certificate");
    return STATUS_OK;
}

static enum status parse_some(struct span bytes, size_t most, struct certificate_list *ret_list)
{
    if (bytes.len > LIMIT_CHAIN_FILE)
        return status_fail(STATUS_TOO_LARGE, "certificates are larger than %d bytes",
                           LIMIT_CHAIN_FILE);
    struct certificate_list list defer(certificate_list_clear) = {0};
    if (looks_like_der(bytes)) {
        struct certificate *certificate = NULL;
        TRY(certificate_parse_der(bytes, &certificate));
        TRY(certificate_list_add(&list, certificate));
    } else {
        TRY(parse_pem(bytes, most, &list));
    }
    *ret_list = list;
    list = (struct certificate_list){0};
    return STATUS_OK;
}

enum status certificate_list_parse(struct span bytes, struct certificate_list *ret_list)
{
    return parse_some(bytes, SIZE_MAX, ret_list);
}

enum status certificate_parse(struct span bytes, struct certificate **ret_certificate)
{
    struct certificate_list list defer(certificate_list_clear) = {0};
    TRY(parse_some(bytes, 1, &list));
    *ret_certificate = take(list.items[0]);
    return STATUS_OK;
}

static enum status load_some(const char *path, size_t most, struct certificate_list *ret_list)
{
    struct buf contents defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    TRY(file_read(path, &contents));
    struct span bytes;
    TRY(buf_finish(&contents, &bytes));
    enum status status = parse_some(bytes, most, ret_list);
    if (status == STATUS_OK)
        return STATUS_OK;
    char reason[STATUS_DETAIL_MAX];
    snprintf(reason, sizeof reason, "%s", status_detail());
    return status_fail(status, "%s: %s", path, reason);
}

enum status certificate_list_load(const char *path, struct certificate_list *ret_list)
{
    return load_some(path, SIZE_MAX, ret_list);
}

enum status certificate_load(const char *path, struct certificate **ret_certificate)
{
    struct certificate_list list defer(certificate_list_clear) = {0};
    TRY(load_some(path, 1, &list));
    *ret_certificate = take(list.items[0]);
    return STATUS_OK;
}

void certificate_append_pem(struct buf *buf, const struct certificate *certificate)
{
    struct buf base64 defer(buf_clear) = BUF_INIT(2 * LIMIT_CERTIFICATE);
    text_append_base64(&base64, certificate->decoded.info.der);
    buf_append_text(buf, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < base64.len; at += PEM_LINE) {
        size_t len = base64.len - at < PEM_LINE ? base64.len - at : PEM_LINE;
        buf_append(buf, span_of(base64.ptr + at, len));
        buf_append_byte(buf, '\n');
    }
    buf_append_text(buf, "-----END CERTIFICATE-----\n");
    if (base64.failure != STATUS_OK)
        buf_fail(buf, base64.failure);
}
