/*
 * Revocation lists. The list is sorted by serial, as OpenSSL looks it up; unspecified reasons are
 * left out (RFC 5280 5.3.1); times are UTCTime until 2049, as OpenSSL chooses them.
 */
#include "pki/crl.h"

#include "pki/ossl_cleanup.h"

#include "pki/profile_build.h"
#include <openssl/pem.h>

#include <openssl/err.h>
#include <time.h>

enum { SERIAL_HEX_MAX = 40 };

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

static enum status set_reason(X509_REVOKED *entry, enum crl_reason reason)
{
    if (reason == CRL_REASON_UNSPECIFIED)
        return STATUS_OK;
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    int added = code != NULL && ASN1_ENUMERATED_set(code, (long)reason) == 1 &&
                X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, 0) == 1;
    ASN1_ENUMERATED_free(code);
    return added ? STATUS_OK : ossl_fail(STATUS_CRYPTO, "a reason code cannot be written");
}

static enum status add_entry(X509_CRL *crl, const struct crl_entry *fields)
{
    X509_REVOKED *entry defer(X509_REVOKED_free) = X509_REVOKED_new();
    ASN1_INTEGER *serial defer(ASN1_INTEGER_free) = NULL;
    TRY(parse_serial(fields->serial, &serial));
    ASN1_TIME *time defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, fields->revoked_at);
    if (entry == NULL || time == NULL || X509_REVOKED_set_serialNumber(entry, serial) != 1 ||
        X509_REVOKED_set_revocationDate(entry, time) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL entry cannot be made");
    TRY(set_reason(entry, fields->reason));
    if (X509_CRL_add0_revoked(crl, entry) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL entry cannot be added");
    (void)take(entry);
    return STATUS_OK;
}

static enum status set_times(X509_CRL *crl, const struct crl_fields *fields)
{
    ASN1_TIME *this_update defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, fields->this_update);
    ASN1_TIME *next_update defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, fields->next_update);
    if (this_update == NULL || next_update == NULL ||
        X509_CRL_set1_lastUpdate(crl, this_update) != 1 ||
        X509_CRL_set1_nextUpdate(crl, next_update) != 1)
        return ossl_fail(STATUS_CRYPTO, "the times of a CRL cannot be set");
    return STATUS_OK;
}

static enum status add_authority_key(X509_CRL *crl, const struct certificate *issuer)
{
    AUTHORITY_KEYID *authority defer(AUTHORITY_KEYID_free) = AUTHORITY_KEYID_new();
    if (authority == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for a key identifier");
    TRY(issuer_key_id(issuer, &authority->keyid));
    if (X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, authority, 0, 0) != 1)
        return ossl_fail(STATUS_CRYPTO, "the authority key identifier of a CRL cannot be set");
    return STATUS_OK;
}

static enum status add_number(X509_CRL *crl, int64_t value)
{
    ASN1_INTEGER *number defer(ASN1_INTEGER_free) = ASN1_INTEGER_new();
    if (number == NULL || ASN1_INTEGER_set_int64(number, value) != 1 ||
        X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) != 1)
        return ossl_fail(STATUS_CRYPTO, "the number of a CRL cannot be set");
    return STATUS_OK;
}

static enum status check_fields(const struct crl_fields *fields, const struct certificate *issuer,
                                const struct private_key *issuer_key)
{
    if (fields->number < 1)
        return status_fail(STATUS_INVALID, "RFC 5280 5.2.3: a CRL number is 1 or more");
    if (fields->next_update <= fields->this_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.5: nextUpdate is not after thisUpdate");
    if (fields->count > CRL_ENTRIES_MAX)
        return status_fail(STATUS_TOO_LARGE, "a CRL of more than %d entries", CRL_ENTRIES_MAX);
    if (!certificate_info(issuer)->is_ca ||
        (X509_get_key_usage(certificate_x509(issuer)) & KU_CRL_SIGN) == 0)
        return status_fail(STATUS_INVALID, "RFC 5280 4.2.1.3: the issuer may not sign CRLs");
    if (!private_key_matches(issuer_key, issuer))
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.1.3: the key is not the issuer's");
    return STATUS_OK;
}

static enum status build(const struct crl_fields *fields, const struct certificate *issuer,
                         X509_CRL *crl)
{
    if (X509_CRL_set_version(crl, X509_CRL_VERSION_2) != 1 ||
        X509_CRL_set_issuer_name(crl, X509_get_subject_name(certificate_x509(issuer))) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be made");
    TRY(set_times(crl, fields));
    for (size_t i = 0; i < fields->count; i++)
        TRY(add_entry(crl, &fields->entries[i]));
    if (X509_CRL_sort(crl) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be sorted");
    TRY(add_authority_key(crl, issuer));
    return add_number(crl, fields->number);
}

enum status crl_issue(const struct crl_fields *fields, const struct certificate *issuer,
                      const struct private_key *issuer_key, struct buf *der)
{
    TRY(check_fields(fields, issuer, issuer_key));
    X509_CRL *crl defer(X509_CRL_free) = X509_CRL_new();
    if (crl == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    TRY(build(fields, issuer, crl));
    EVP_PKEY *pkey = private_key_pkey(issuer_key);
    if (X509_CRL_sign(crl, pkey, private_key_digest(issuer_key)) <= 0 ||
        X509_CRL_verify(crl, pkey) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be signed");
    uint8_t *bytes = NULL;
    int len = i2d_X509_CRL(crl, &bytes);
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be written");
    buf_append(der, span_of(bytes, (size_t)len));
    OPENSSL_free(bytes);
    return der->failure;
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

X509_CRL *crl_x509(const struct crl *crl)
{
    return crl->x509_crl;
}

struct crl_info crl_info(const struct crl *crl)
{
    return crl->info;
}

/* A critical extension that we do not know may say that the list is not of all certificates. */
static enum status check_extensions(const X509_CRL *crl)
{
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++)
        if (X509_EXTENSION_get_critical(X509_CRL_get_ext(crl, i)) != 0)
            return status_fail(STATUS_INVALID,
                               "RFC 5280 5.2: the CRL has a critical extension that is unknown");
    return STATUS_OK;
}

enum status crl_check(const struct crl *crl, const struct certificate *issuer, int64_t at)
{
    X509 *x509 = certificate_x509(issuer);
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl->x509_crl), X509_get_subject_name(x509)) != 0)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.3: the CRL is of another issuer");
    TRY(check_extensions(crl->x509_crl));
    EVP_PKEY *pkey = X509_get0_pubkey(x509);
    TRY(pkey_check_limits(pkey));
    if (X509_CRL_verify(crl->x509_crl, pkey) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 5.1.1.3: the CRL's signature is not right");
    if (at < crl->info.this_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.4: the CRL is not yet valid");
    if (crl->info.next_update != 0 && at > crl->info.next_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.5: the CRL is out of date");
    return STATUS_OK;
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
