/*
 * The entries are written here by hand, 40 octets each without a single allocation: a million
 * X509_REVOKED would take more time and ten times the memory of their bytes. Everything else comes
 * from OpenSSL's encoders.
 *
 * The outer length holds the signature's too. An RSA signature is as long as its key; an ECDSA
 * signature varies by an octet or two, so it is made again until it has the most frequent length
 * (every second one has): the bits of r and s that decide are public in any signature.
 */
#include "pki/crl_stream.h"

#include "pki/ossl_cleanup.h"
#include "pki/profile_build.h"

#include <stdio.h>
#include <time.h>

enum {
    PART_MAX = 16 * 1024, /* of what OpenSSL encodes: a name, an algorithm, the extensions */
    SIGNATURE_MAX = 1024,
    SIGNATURE_TRIES = 256,
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_UTC_TIME = 0x17,
    TAG_GENERALIZED_TIME = 0x18,
    TAG_SEQUENCE = 0x30,
    TAG_EXTENSIONS = 0xa0, /* [0] */
    TIME_OCTETS = 2 + 15,
};

struct crl_stream {
    const struct certificate *issuer;
    const struct private_key *key;
    EVP_MD_CTX *hash;
    struct buf algorithm;  /* AlgorithmIdentifier */
    struct buf extensions; /* [0] */
    size_t signature_len;
    uint32_t entries_left;
    uint32_t octets_left;
};

void crl_stream_free(struct crl_stream *stream)
{
    if (stream == NULL)
        return;
    EVP_MD_CTX_free(stream->hash);
    buf_clear(&stream->algorithm);
    buf_clear(&stream->extensions);
    free(stream);
}

/* ---- DER ------------------------------------------------------------------------------------- */

static size_t header_size(size_t len)
{
    size_t size = 2;
    for (size_t left = len; len >= 0x80 && left > 0; left >>= 8)
        size++;
    return size;
}

static void append_header(struct buf *der, uint8_t tag, size_t len)
{
    buf_append_byte(der, tag);
    size_t octets = header_size(len) - 2;
    buf_append_byte(der, octets == 0 ? (uint8_t)len : (uint8_t)(0x80 | octets));
    for (size_t i = octets; i > 0; i--)
        buf_append_byte(der, (uint8_t)(len >> (8 * (i - 1))));
}

/* The octets that an encoder of OpenSSL made, which are freed. */
static enum status append_encoded(struct buf *der, uint8_t *encoded, int len, const char *what)
{
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, what);
    buf_append(der, span_of(encoded, (size_t)len));
    OPENSSL_free(encoded);
    return der->failure;
}

static uint8_t *put_two_digits(uint8_t *at, int number)
{
    *at++ = (uint8_t)('0' + number / 10 % 10);
    *at++ = (uint8_t)('0' + number % 10);
    return at;
}

/* RFC 5280 5.1.2.4: UTCTime until 2049, GeneralizedTime from 2050 on. NULL for a time beyond. */
static uint8_t *put_time(uint8_t *at, int64_t seconds)
{
    enum { UTC_YEARS_FROM = 1950, UTC_YEARS_TO = 2049, YEAR_MAX = 9999, YEAR_ZERO = 1900 };
    struct tm parts;
    const time_t time = seconds;
    if (seconds < 0 || gmtime_r(&time, &parts) == NULL || parts.tm_year > YEAR_MAX - YEAR_ZERO)
        return NULL;
    int year = parts.tm_year + YEAR_ZERO;
    bool utc = year >= UTC_YEARS_FROM && year <= UTC_YEARS_TO;
    *at++ = utc ? TAG_UTC_TIME : TAG_GENERALIZED_TIME;
    *at++ = utc ? 13 : 15;
    if (!utc)
        at = put_two_digits(at, year / 100);
    at = put_two_digits(at, year);
    at = put_two_digits(at, parts.tm_mon + 1);
    at = put_two_digits(at, parts.tm_mday);
    at = put_two_digits(at, parts.tm_hour);
    at = put_two_digits(at, parts.tm_min);
    at = put_two_digits(at, parts.tm_sec);
    *at++ = 'Z';
    return at;
}

/* ---- one entry ------------------------------------------------------------------------------- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t crl_serial_octets(const char *serial, uint8_t ret_octets[static CRL_SERIAL_OCTETS_MAX])
{
    size_t digits = strnlen(serial, 2 * CRL_SERIAL_OCTETS_MAX + 1);
    if (digits == 0 || digits > 2 * CRL_SERIAL_OCTETS_MAX || digits % 2 != 0)
        return 0;
    for (size_t i = 0; i < digits / 2; i++) {
        int high = digit(serial[2 * i]);
        int low = digit(serial[2 * i + 1]);
        if (high < 0 || low < 0)
            return 0;
        ret_octets[i] = (uint8_t)(high << 4 | low);
    }
    return digits / 2;
}

/* A positive INTEGER without surplus zeros; NULL when the text is no serial. */
static uint8_t *put_serial(uint8_t *at, const char *text)
{
    uint8_t octets[CRL_SERIAL_OCTETS_MAX];
    size_t len = crl_serial_octets(text, octets);
    if (len == 0)
        return NULL;
    size_t start = 0;
    while (start + 1 < len && octets[start] == 0)
        start++;
    bool padded = (octets[start] & 0x80) != 0;
    *at++ = TAG_INTEGER;
    *at++ = (uint8_t)(len - start + padded);
    if (padded)
        *at++ = 0;
    memcpy(at, octets + start, len - start);
    return at + (len - start);
}

/* RFC 5280 5.3.1: left out when it is unspecified. */
static uint8_t *put_reason(uint8_t *at, enum crl_reason reason)
{
    /* SEQUENCE { SEQUENCE { OID 2.5.29.21, OCTET STRING { ENUMERATED } } } */
    static const uint8_t extension[] = {0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55,
                                        0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01};
    if (reason == CRL_REASON_UNSPECIFIED)
        return at;
    memcpy(at, extension, sizeof extension);
    at += sizeof extension;
    *at++ = (uint8_t)reason;
    return at;
}

static enum status write_entry(const struct crl_entry *entry,
                               uint8_t der[static CRL_ENTRY_SIZE_MAX], size_t *ret_len)
{
    uint8_t *at = put_serial(der + 2, entry->serial);
    if (at == NULL)
        return status_fail(STATUS_INVALID, "RFC 5280 4.1.2.2: '%.50s' is no serial number",
                           entry->serial);
    at = put_time(at, entry->revoked_at);
    if (at == NULL)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.6: a revocation date beyond all times");
    if (!crl_reason_is_known((int64_t)entry->reason))
        return status_fail(STATUS_INVALID, "RFC 5280 5.3.1: a reason code that is none");
    at = put_reason(at, entry->reason);
    der[0] = TAG_SEQUENCE;
    der[1] = (uint8_t)(at - der - 2);
    *ret_len = (size_t)(at - der);
    return STATUS_OK;
}

enum status crl_entry_size(const struct crl_entry *entry, size_t *ret_octets)
{
    uint8_t der[CRL_ENTRY_SIZE_MAX];
    return write_entry(entry, der, ret_octets);
}

/* ---- before the entries ---------------------------------------------------------------------- */

static enum status check_plan(const struct crl_plan *plan, const struct certificate *issuer,
                              const struct private_key *issuer_key)
{
    if (plan->number < 1)
        return status_fail(STATUS_INVALID, "RFC 5280 5.2.3: a CRL number is 1 or more");
    if (plan->next_update <= plan->this_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.5: nextUpdate is not after thisUpdate");
    if (plan->count > CRL_STREAM_ENTRIES_MAX)
        return status_fail(STATUS_TOO_LARGE, "a CRL of more than %d entries",
                           CRL_STREAM_ENTRIES_MAX);
    if ((uint64_t)plan->octets > (uint64_t)plan->count * CRL_ENTRY_SIZE_MAX)
        return status_fail(STATUS_INVALID, "%u entries do not take %u octets", plan->count,
                           plan->octets);
    if (!certificate_info(issuer)->is_ca ||
        (X509_get_key_usage(certificate_x509(issuer)) & KU_CRL_SIGN) == 0)
        return status_fail(STATUS_INVALID, "RFC 5280 4.2.1.3: the issuer may not sign CRLs");
    if (!private_key_matches(issuer_key, issuer))
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.1.3: the key is not the issuer's");
    return STATUS_OK;
}

static bool is_rsa(const EVP_PKEY *pkey)
{
    return EVP_PKEY_is_a(pkey, "RSA") == 1;
}

/* RFC 4055 2.1 and RFC 5758 3.2: NULL parameters for RSA, none for ECDSA. */
static enum status set_algorithm(struct crl_stream *stream)
{
    const EVP_PKEY *pkey = private_key_pkey(stream->key);
    int digest = EVP_MD_get_type(private_key_digest(stream->key));
    int signature = NID_undef;
    X509_ALGOR *algorithm defer(X509_ALGOR_free) = X509_ALGOR_new();
    if (algorithm == NULL ||
        OBJ_find_sigid_by_algs(&signature, digest, EVP_PKEY_get_base_id(pkey)) != 1 ||
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(signature),
                        is_rsa(pkey) ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) != 1)
        return ossl_fail(STATUS_CRYPTO, "the signature algorithm of a CRL cannot be named");
    uint8_t *encoded = NULL;
    int len = i2d_X509_ALGOR(algorithm, &encoded);
    return append_encoded(&stream->algorithm, encoded, len, "an algorithm cannot be written");
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

static enum status set_extensions(struct crl_stream *stream, int64_t number)
{
    X509_CRL *crl defer(X509_CRL_free) = X509_CRL_new();
    if (crl == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    TRY(add_authority_key(crl, stream->issuer));
    TRY(add_number(crl, number));
    uint8_t *encoded = NULL;
    int len = i2d_X509_EXTENSIONS(X509_CRL_get0_extensions(crl), &encoded);
    append_header(&stream->extensions, TAG_EXTENSIONS, len < 0 ? 0 : (size_t)len);
    return append_encoded(&stream->extensions, encoded, len, "extensions cannot be written");
}

static enum status start_hash(struct crl_stream *stream)
{
    stream->hash = EVP_MD_CTX_new();
    if (stream->hash == NULL ||
        EVP_DigestInit_ex(stream->hash, private_key_digest(stream->key), NULL) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be hashed");
    return STATUS_OK;
}

static enum status hash(struct crl_stream *stream, struct span bytes)
{
    if (EVP_DigestUpdate(stream->hash, bytes.ptr, bytes.len) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be hashed");
    return STATUS_OK;
}

/* Version, algorithm, issuer and times: what stands in tbsCertList before the entries. */
static enum status append_fixed_part(const struct crl_stream *stream, const struct crl_plan *plan,
                                     struct buf *der)
{
    static const uint8_t version_2[] = {TAG_INTEGER, 1, 1};
    const X509_NAME *name = X509_get_subject_name(certificate_x509(stream->issuer));
    uint8_t times[2 * TIME_OCTETS];
    uint8_t *end = put_time(times, plan->this_update);
    if (end != NULL)
        end = put_time(end, plan->next_update);
    if (end == NULL)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.4: a date beyond all times");
    buf_append(der, span_of(version_2, sizeof version_2));
    buf_append(der, span_of(stream->algorithm.ptr, stream->algorithm.len));
    uint8_t *encoded = NULL;
    int len = i2d_X509_NAME(name, &encoded);
    TRY(append_encoded(der, encoded, len, "the issuer of a CRL cannot be written"));
    buf_append(der, span_of(times, (size_t)(end - times)));
    if (plan->count > 0)
        append_header(der, TAG_SEQUENCE, plan->octets);
    return der->failure;
}

/* The two headers around, the fixed part, and the header of the entries. */
static enum status append_beginning(struct crl_stream *stream, const struct crl_plan *plan,
                                    struct buf *der)
{
    struct buf fixed defer(buf_clear) = BUF_INIT(PART_MAX);
    TRY(append_fixed_part(stream, plan, &fixed));
    size_t tbs = fixed.len + plan->octets + stream->extensions.len;
    size_t bits = 1 + stream->signature_len;
    size_t all = header_size(tbs) + tbs + stream->algorithm.len + header_size(bits) + bits;
    append_header(der, TAG_SEQUENCE, all);
    size_t start = der->len;
    append_header(der, TAG_SEQUENCE, tbs);
    buf_append(der, span_of(fixed.ptr, fixed.len));
    TRY(der->failure);
    return hash(stream, span_of(der->ptr + start, der->len - start));
}

enum status crl_stream_begin(const struct crl_plan *plan, const struct certificate *issuer,
                             const struct private_key *issuer_key, struct crl_stream **ret_stream,
                             struct buf *der)
{
    TRY(check_plan(plan, issuer, issuer_key));
    struct crl_stream *stream defer(crl_stream_free) = malloc(sizeof *stream);
    if (stream == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    *stream = (struct crl_stream){
        .issuer = issuer,
        .key = issuer_key,
        .algorithm = BUF_INIT(PART_MAX),
        .extensions = BUF_INIT(PART_MAX),
        .entries_left = plan->count,
        .octets_left = plan->octets,
    };
    const EVP_PKEY *pkey = private_key_pkey(issuer_key);
    stream->signature_len = (size_t)EVP_PKEY_get_size(pkey) - !is_rsa(pkey);
    TRY(start_hash(stream));
    TRY(set_algorithm(stream));
    TRY(set_extensions(stream, plan->number));
    TRY(append_beginning(stream, plan, der));
    *ret_stream = take(stream);
    return STATUS_OK;
}

/* ---- the entries, and the end ---------------------------------------------------------------- */

enum status crl_stream_add(struct crl_stream *stream, const struct crl_entry *entries, size_t count,
                           struct buf *der)
{
    size_t start = der->len;
    if (count > stream->entries_left)
        return status_fail(STATUS_INVALID, "more entries than were planned");
    for (size_t i = 0; i < count; i++) {
        uint8_t entry[CRL_ENTRY_SIZE_MAX];
        size_t len;
        TRY(write_entry(&entries[i], entry, &len));
        buf_append(der, span_of(entry, len));
    }
    TRY(der->failure);
    size_t added = der->len - start;
    if (added > stream->octets_left)
        return status_fail(STATUS_INVALID, "longer entries than were planned");
    stream->entries_left -= (uint32_t)count;
    stream->octets_left -= (uint32_t)added;
    return added == 0 ? STATUS_OK : hash(stream, span_of(der->ptr + start, added));
}

static enum status prepare(EVP_PKEY *pkey, const EVP_MD *digest, bool sign, EVP_PKEY_CTX **ret_ctx)
{
    EVP_PKEY_CTX *context defer(EVP_PKEY_CTX_free) = EVP_PKEY_CTX_new(pkey, NULL);
    if (context == NULL ||
        (sign ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context, digest) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be signed");
    *ret_ctx = take(context);
    return STATUS_OK;
}

static enum status sign_hash(const struct crl_stream *stream, struct span hash,
                             uint8_t signature[static SIGNATURE_MAX])
{
    const EVP_MD *digest = private_key_digest(stream->key);
    EVP_PKEY_CTX *context defer(EVP_PKEY_CTX_free) = NULL;
    TRY(prepare(private_key_pkey(stream->key), digest, true, &context));
    size_t len = 0;
    for (int i = 0; i < SIGNATURE_TRIES && len != stream->signature_len; i++) {
        len = SIGNATURE_MAX;
        if (EVP_PKEY_sign(context, signature, &len, hash.ptr, hash.len) != 1)
            return ossl_fail(STATUS_CRYPTO, "a CRL cannot be signed");
    }
    if (len != stream->signature_len)
        return status_fail(STATUS_CRYPTO, "signatures of a CRL have an unexpected length");
    EVP_PKEY_CTX *check defer(EVP_PKEY_CTX_free) = NULL;
    TRY(prepare(X509_get0_pubkey(certificate_x509(stream->issuer)), digest, false, &check));
    if (EVP_PKEY_verify(check, signature, len, hash.ptr, hash.len) != 1)
        return ossl_fail(STATUS_CRYPTO, "the signature of a CRL does not verify");
    return STATUS_OK;
}

enum status crl_stream_end(struct crl_stream *stream, struct buf *der)
{
    if (stream->entries_left > 0 || stream->octets_left > 0)
        return status_fail(STATUS_INVALID, "fewer entries than were planned");
    struct span extensions = span_of(stream->extensions.ptr, stream->extensions.len);
    TRY(hash(stream, extensions));
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned sum_len = 0;
    if (EVP_DigestFinal_ex(stream->hash, sum, &sum_len) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be hashed");
    uint8_t signature[SIGNATURE_MAX];
    TRY(sign_hash(stream, span_of(sum, sum_len), signature));
    buf_append(der, extensions);
    buf_append(der, span_of(stream->algorithm.ptr, stream->algorithm.len));
    append_header(der, TAG_BIT_STRING, 1 + stream->signature_len);
    buf_append_byte(der, 0); /* unused bits */
    buf_append(der, span_of(signature, stream->signature_len));
    return der->failure;
}
