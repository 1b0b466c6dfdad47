/*
 * Short lists as a whole, and foreign ones read. What is issued goes through crl_stream.c; OpenSSL
 * sorts the entries when it looks one up.
 */
#include "pki/crl.h"

#include "pki/crl_stream.h"
#include "pki/ossl_cleanup.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

enum { SERIAL_HEX_MAX = 40, CRL_KEY_BITS_MAX = 8192 };

struct crl {
    X509_CRL *x509_crl;
    struct crl_info info;
};

struct reason_row {
    enum crl_reason reason;
    const char *name;
};

static const struct reason_row reasons[] = {
    {CRL_REASON_UNSPECIFIED, "unspecified"},
    {CRL_REASON_KEY_COMPROMISE, "keyCompromise"},
    {CRL_REASON_CA_COMPROMISE, "cACompromise"},
    {CRL_REASON_AFFILIATION_CHANGED, "affiliationChanged"},
    {CRL_REASON_SUPERSEDED, "superseded"},
    {CRL_REASON_CESSATION_OF_OPERATION, "cessationOfOperation"},
    {CRL_REASON_CERTIFICATE_HOLD, "certificateHold"},
    {CRL_REASON_PRIVILEGE_WITHDRAWN, "privilegeWithdrawn"},
};
enum { REASON_COUNT = sizeof reasons / sizeof reasons[0] };

const char *crl_reason_name(enum crl_reason reason)
{
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (reasons[i].reason == reason)
            return reasons[i].name;
    return reasons[0].name;
}

enum status crl_reason_parse(const char *name, enum crl_reason *ret_reason)
{
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (strcmp(name, reasons[i].name) == 0) {
            *ret_reason = reasons[i].reason;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_INVALID, "RFC 5280 5.3.1: '%.30s' is no reason code", name);
}

static enum status parse_serial(const char *text, ASN1_INTEGER **ret_serial)
{
    size_t len = strlen(text);
    BIGNUM *number defer(BN_free) = NULL;
    if (len == 0 || len > SERIAL_HEX_MAX || strspn(text, "0123456789abcdef") != len ||
        BN_hex2bn(&number, text) != (int)len)
        return status_fail(STATUS_INVALID, "RFC 5280 4.1.2.2: '%.50s' is no serial number", text);
    ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(number, NULL);
    if (serial == NULL)
        return ossl_fail(STATUS_CRYPTO, "a serial cannot be written");
    *ret_serial = serial;
    return STATUS_OK;
}

bool crl_reason_is_known(int64_t reason)
{
    for (size_t i = 0; i < REASON_COUNT; i++)
        if ((int64_t)reasons[i].reason == reason)
            return true;
    return false;
}

static enum status plan(const struct crl_fields *fields, struct crl_plan *ret_plan)
{
    struct crl_plan plan = {
        .number = fields->number,
        .this_update = fields->this_update,
        .next_update = fields->next_update,
        .count = (uint32_t)fields->count,
    };
    if (fields->count > CRL_STREAM_ENTRIES_MAX)
        return status_fail(STATUS_TOO_LARGE, "a CRL of more than %d entries",
                           CRL_STREAM_ENTRIES_MAX);
    for (size_t i = 0; i < fields->count; i++) {
        size_t octets;
        TRY(crl_entry_size(&fields->entries[i], &octets));
        plan.octets += (uint32_t)octets;
    }
    *ret_plan = plan;
    return STATUS_OK;
}

enum status crl_issue(const struct crl_fields *fields, const struct certificate *issuer,
                      const struct private_key *issuer_key, struct buf *der)
{
    struct crl_plan planned;
    TRY(plan(fields, &planned));
    struct crl_stream *stream defer(crl_stream_free) = NULL;
    TRY(crl_stream_begin(&planned, issuer, issuer_key, &stream, der));
    TRY(crl_stream_add(stream, fields->entries, fields->count, der));
    return crl_stream_end(stream, der);
}

static enum status read_time(const ASN1_TIME *time, int64_t *ret_seconds)
{
    struct tm parts = {0};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 5.1.2: a time of the CRL cannot be read");
    *ret_seconds = timegm(&parts);
    return STATUS_OK;
}

static int64_t read_number(const X509_CRL *crl)
{
    ASN1_INTEGER *number defer(ASN1_INTEGER_free) =
        X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    int64_t value = -1;
    if (number == NULL || ASN1_INTEGER_get_int64(&value, number) != 1 || value < 0)
        value = -1;
    ERR_clear_error();
    return value;
}

static enum status read_info(X509_CRL *crl, struct crl_info *ret_info)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    struct crl_info info = {.number = read_number(crl)};
    TRY(read_time(X509_CRL_get0_lastUpdate(crl), &info.this_update));
    if (X509_CRL_get0_nextUpdate(crl) != NULL)
        TRY(read_time(X509_CRL_get0_nextUpdate(crl), &info.next_update));
    info.count = entries == NULL ? 0 : (size_t)sk_X509_REVOKED_num(entries);
    *ret_info = info;
    return STATUS_OK;
}

enum status crl_parse(struct span der, struct crl **ret_crl)
{
    if (der.len > CRL_SIZE_MAX)
        return status_fail(STATUS_TOO_LARGE, "a CRL is larger than %d bytes", CRL_SIZE_MAX);
    struct crl *crl defer(crl_free) = calloc(1, sizeof *crl);
    if (crl == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    const uint8_t *at = der.ptr;
    crl->x509_crl = der.len == 0 ? NULL : d2i_X509_CRL(NULL, &at, (long)der.len);
    if (crl->x509_crl == NULL || at != der.ptr + der.len)
        return ossl_fail(STATUS_INVALID, "RFC 5280 5.1: not one CRL");
    TRY(read_info(crl->x509_crl, &crl->info));
    *ret_crl = take(crl);
    return STATUS_OK;
}

enum status crl_parse_any(struct span bytes, struct crl **ret_crl)
{
    static const char begin[] = "-----BEGIN X509 CRL-----";
    if (bytes.len == 0 || memmem(bytes.ptr, bytes.len, begin, sizeof begin - 1) == NULL)
        return crl_parse(bytes, ret_crl);
    if (bytes.len > CRL_SIZE_MAX)
        return status_fail(STATUS_TOO_LARGE, "a CRL is larger than %d bytes", CRL_SIZE_MAX);
    BIO *bio defer(BIO_free_all) = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
    uint8_t *der = NULL;
    long len = 0;
    if (bio == NULL ||
        PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509_CRL, bio, NULL, NULL) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 7468 6: not one CRL in PEM");
    enum status status = crl_parse(span_of(der, (size_t)len), ret_crl);
    OPENSSL_free(der);
    return status;
}

void crl_free(struct crl *crl)
{
    if (crl == NULL)
        return;
    X509_CRL_free(crl->x509_crl);
    free(crl);
}

enum status crl_append_der(const struct crl *crl, struct buf *der)
{
    int len = i2d_X509_CRL(crl->x509_crl, NULL);
    uint8_t *room = len < 0 ? NULL : buf_reserve(der, (size_t)len);
    if (len < 0)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be written");
    if (room == NULL)
        return der->failure;
    buf_extend(der, (size_t)i2d_X509_CRL(crl->x509_crl, &room));
    return STATUS_OK;
}

X509_CRL *crl_x509(const struct crl *crl)
{
    return crl->x509_crl;
}

struct crl_info crl_info(const struct crl *crl)
{
    return crl->info;
}

/* A critical extension that we do not know (`known` is one that is looked at elsewhere) may say
 * that the list is not of all certificates. */
static enum status check_extensions(const X509_CRL *crl, int known)
{
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++)
        if (X509_EXTENSION_get_critical(X509_CRL_get_ext(crl, i)) != 0 &&
            OBJ_obj2nid(X509_EXTENSION_get_object(X509_CRL_get_ext(crl, i))) != known)
            return status_fail(STATUS_INVALID,
                               "RFC 5280 5.2: the CRL has a critical extension that is unknown");
    return STATUS_OK;
}

enum status crl_check_issuer(const struct crl *crl, const struct certificate *issuer)
{
    X509 *x509 = certificate_x509(issuer);
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl->x509_crl), X509_get_subject_name(x509)) != 0)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.3: the CRL is of another issuer");
    return check_extensions(crl->x509_crl, NID_undef);
}

enum status crl_info_check_time(const struct crl_info *info, int64_t at)
{
    if (at < info->this_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.4: the CRL is not yet valid");
    if (info->next_update != 0 && at > info->next_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.5: the CRL is out of date");
    return STATUS_OK;
}

static bool names_only_some(const ISSUING_DIST_POINT *point)
{
    return point->onlyuser > 0 || point->onlyCA > 0 || point->onlyattr > 0 ||
           point->onlysomereasons != NULL;
}

enum status crl_check_complete(const struct crl *crl)
{
    if (X509_CRL_get_ext_by_NID(crl->x509_crl, NID_delta_crl, -1) >= 0)
        return status_fail(STATUS_INVALID, "RFC 5280 5.2.4: the CRL is a delta");
    TRY(check_extensions(crl->x509_crl, NID_issuing_distribution_point));
    int critical = 0;
    ISSUING_DIST_POINT *point defer(ISSUING_DIST_POINT_free) =
        X509_CRL_get_ext_d2i(crl->x509_crl, NID_issuing_distribution_point, &critical, NULL);
    if (point == NULL && critical != -1)
        return ossl_fail(STATUS_INVALID,
                         "RFC 5280 5.2.5: the issuingDistributionPoint cannot be read");
    if (point != NULL && point->indirectCRL > 0)
        return status_fail(STATUS_INVALID, "RFC 5280 5.2.5: the CRL is indirect");
    if (point != NULL && names_only_some(point))
        return status_fail(STATUS_INVALID,
                           "RFC 5280 5.2.5: the CRL speaks of some certificates only");
    return STATUS_OK;
}

enum status crl_check_signature(const struct crl *crl, const struct certificate *issuer)
{
    X509 *x509 = certificate_x509(issuer);
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl->x509_crl), X509_get_subject_name(x509)) != 0)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.3: the CRL is of another issuer");
    EVP_PKEY *pkey = X509_get0_pubkey(x509);
    if (pkey == NULL || EVP_PKEY_get_bits(pkey) > CRL_KEY_BITS_MAX ||
        X509_CRL_verify(crl->x509_crl, pkey) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 5.1.1.3: the CRL's signature is not right");
    return STATUS_OK;
}

enum status crl_check(const struct crl *crl, const struct certificate *issuer, int64_t at)
{
    TRY(crl_check_issuer(crl, issuer));
    TRY(pkey_check_limits(X509_get0_pubkey(certificate_x509(issuer))));
    TRY(crl_check_signature(crl, issuer));
    return crl_info_check_time(&crl->info, at);
}

bool crl_find(const struct crl *crl, const char *serial, struct crl_entry *ret_entry)
{
    ASN1_INTEGER *number defer(ASN1_INTEGER_free) = NULL;
    X509_REVOKED *found = NULL;
    if (parse_serial(serial, &number) != STATUS_OK ||
        X509_CRL_get0_by_serial(crl->x509_crl, &found, number) != 1)
        return false;
    struct crl_entry entry = {.serial = serial, .reason = CRL_REASON_UNSPECIFIED};
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(found, NID_crl_reason, NULL, NULL);
    if (reason != NULL)
        entry.reason = (enum crl_reason)ASN1_ENUMERATED_get(reason);
    ASN1_ENUMERATED_free(reason);
    if (read_time(X509_REVOKED_get0_revocationDate(found), &entry.revoked_at) != STATUS_OK)
        entry.revoked_at = 0;
    *ret_entry = entry;
    return true;
}
