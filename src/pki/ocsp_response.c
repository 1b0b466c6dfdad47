/*
 * Built from fields and the issuer's certificate: the hashes of a CertID are made here, never taken
 * from a question.
 */
#include "pki/ocsp_response.h"

#include "pki/ossl_cleanup.h"

#include <time.h>

static enum status unbuilt(const char *what)
{
    return ossl_fail(STATUS_CRYPTO, what);
}

static enum status make_serial(const char *text, ASN1_INTEGER **ret_serial)
{
    size_t len = strlen(text);
    BIGNUM *number defer(BN_free) = NULL;
    if (len == 0 || len >= OCSP_SERIAL_TEXT_SIZE || strspn(text, "0123456789abcdef") != len ||
        BN_hex2bn(&number, text) != (int)len)
        return status_fail(STATUS_INVALID, "RFC 5280 4.1.2.2: '%.50s' is no serial number", text);
    ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(number, NULL);
    if (serial == NULL)
        return unbuilt("a serial cannot be written");
    *ret_serial = serial;
    return STATUS_OK;
}

static enum status make_id(const struct ocsp_single *single, const struct certificate *issuer,
                           OCSP_CERTID **ret_id)
{
    X509 *x509 = certificate_x509(issuer);
    ASN1_INTEGER *serial defer(ASN1_INTEGER_free) = NULL;
    TRY(make_serial(single->serial, &serial));
    OCSP_CERTID *id =
        OCSP_cert_id_new(single->hash == OCSP_HASH_SHA1 ? EVP_sha1() : EVP_sha256(),
                         X509_get_subject_name(x509), X509_get0_pubkey_bitstr(x509), serial);
    if (id == NULL)
        return unbuilt("a CertID cannot be made");
    *ret_id = id;
    return STATUS_OK;
}

/* The reason as OpenSSL takes it: -1 for none. */
static int written_reason(const struct ocsp_single *single)
{
    return single->reason == CRL_REASON_UNSPECIFIED ? OCSP_REVOKED_STATUS_NOSTATUS
                                                    : (int)single->reason;
}

static enum status add_single(OCSP_BASICRESP *basic, const struct ocsp_fields *fields,
                              const struct ocsp_single *single, const struct certificate *issuer)
{
    OCSP_CERTID *id defer(OCSP_CERTID_free) = NULL;
    TRY(make_id(single, issuer, &id));
    ASN1_TIME *this_update defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, fields->this_update);
    ASN1_TIME *next_update defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, fields->next_update);
    ASN1_TIME *revoked defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, single->revoked_at);
    if (this_update == NULL || next_update == NULL || revoked == NULL ||
        OCSP_basic_add1_status(basic, id, (int)single->state, written_reason(single), revoked,
                               this_update, next_update) == NULL)
        return unbuilt("an OCSP answer cannot be made");
    return STATUS_OK;
}

static enum status add_nonce(OCSP_BASICRESP *basic, const struct ocsp_fields *fields)
{
    uint8_t nonce[OCSP_NONCE_MAX];
    if (fields->nonce_len == 0)
        return STATUS_OK;
    memcpy(nonce, fields->nonce, sizeof nonce);
    if (OCSP_basic_add1_nonce(basic, nonce, (int)fields->nonce_len) != 1)
        return unbuilt("a nonce cannot be written");
    return STATUS_OK;
}

static enum status check_fields(const struct ocsp_fields *fields)
{
    if (fields->count < 1 || fields->count > OCSP_SINGLES_MAX)
        return status_fail(STATUS_INVALID,
                           "RFC 6960 4.2.1: an answer is about 1 to %d certificates",
                           OCSP_SINGLES_MAX);
    if (fields->nonce_len > OCSP_NONCE_MAX)
        return status_fail(STATUS_INVALID, "RFC 8954 2.1: a nonce has 1 to 32 octets");
    if (fields->next_update <= fields->this_update)
        return status_fail(STATUS_INVALID, "RFC 6960 4.2.2.1: nextUpdate is not after thisUpdate");
    for (size_t i = 0; i < fields->count; i++)
        if (fields->singles[i].state == OCSP_STATE_REVOKED &&
            fields->singles[i].revoked_at > fields->this_update)
            return status_fail(STATUS_INVALID,
                               "RFC 6960 4.2.1: a certificate was revoked after thisUpdate");
    return STATUS_OK;
}

static enum status sign(OCSP_BASICRESP *basic, const struct certificate *responder,
                        const struct private_key *key)
{
    if (!private_key_matches(key, responder))
        return status_fail(STATUS_INVALID, "RFC 6960 4.2.2.2: the key is not the responder's");
    if (OCSP_basic_sign(basic, certificate_x509(responder), private_key_pkey(key),
                        private_key_digest(key), NULL, OCSP_RESPID_KEY) != 1)
        return unbuilt("an OCSP answer cannot be signed");
    return STATUS_OK;
}

static enum status write_response(OCSP_BASICRESP *basic, struct buf *der)
{
    OCSP_RESPONSE *response defer(OCSP_RESPONSE_free) =
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    uint8_t *bytes = NULL;
    int len = response == NULL ? -1 : i2d_OCSP_RESPONSE(response, &bytes);
    if (len <= 0)
        return unbuilt("an OCSP answer cannot be written");
    buf_append(der, span_of(bytes, (size_t)len));
    OPENSSL_free(bytes);
    return der->failure;
}

enum status ocsp_response_issue(const struct ocsp_fields *fields, const struct certificate *issuer,
                                const struct certificate *responder, const struct private_key *key,
                                struct buf *der)
{
    TRY(check_fields(fields));
    OCSP_BASICRESP *basic defer(OCSP_BASICRESP_free) = OCSP_BASICRESP_new();
    if (basic == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for an OCSP answer");
    for (size_t i = 0; i < fields->count; i++)
        TRY(add_single(basic, fields, &fields->singles[i], issuer));
    TRY(add_nonce(basic, fields));
    TRY(sign(basic, responder, key));
    return write_response(basic, der);
}

/* ---- the other way --------------------------------------------------------------------------- */

static enum status differs(const char *what)
{
    return ossl_fail(STATUS_INVALID, what);
}

static bool is_time(const ASN1_GENERALIZEDTIME *time, int64_t wanted)
{
    struct tm parts = {0};
    return time != NULL && ASN1_TIME_to_tm(time, &parts) == 1 && timegm(&parts) == wanted;
}

static enum status check_state(const struct ocsp_single *single, int state, int reason,
                               const ASN1_GENERALIZEDTIME *revoked)
{
    if (state != (int)single->state)
        return differs("another status of a certificate");
    if (single->state == OCSP_STATE_REVOKED &&
        (reason != written_reason(single) || !is_time(revoked, single->revoked_at)))
        return differs("another time or reason of a revocation");
    return STATUS_OK;
}

static enum status check_single(OCSP_SINGLERESP *from, const struct ocsp_fields *fields,
                                const struct ocsp_single *single, const struct certificate *issuer)
{
    OCSP_CERTID *id defer(OCSP_CERTID_free) = NULL;
    TRY(make_id(single, issuer, &id));
    if (OCSP_id_cmp(OCSP_SINGLERESP_get0_id(from), id) != 0)
        return differs("an answer about another certificate");
    int reason = OCSP_REVOKED_STATUS_NOSTATUS;
    ASN1_GENERALIZEDTIME *revoked = NULL;
    ASN1_GENERALIZEDTIME *this_update = NULL;
    ASN1_GENERALIZEDTIME *next_update = NULL;
    int state = OCSP_single_get0_status(from, &reason, &revoked, &this_update, &next_update);
    if (!is_time(this_update, fields->this_update) || !is_time(next_update, fields->next_update))
        return differs("other times of an OCSP answer");
    return check_state(single, state, reason, revoked);
}

/* OpenSSL's own reader of nonces gives the OCTET STRING with its head. */
static enum status check_nonce(OCSP_BASICRESP *basic, const struct ocsp_fields *fields)
{
    uint8_t wanted[2 + OCSP_NONCE_MAX] = {V_ASN1_OCTET_STRING, (uint8_t)fields->nonce_len};
    size_t len = fields->nonce_len == 0 ? 0 : 2 + fields->nonce_len;
    memcpy(wanted + 2, fields->nonce, sizeof fields->nonce);
    int at = OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1);
    struct span got = SPAN_EMPTY;
    if (at >= 0) {
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(basic, at));
        got = span_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
    }
    return span_equal(got, span_of(wanted, len)) ? STATUS_OK
                                                 : differs("another nonce in an OCSP answer");
}

/* Only the given certificate counts as the responder's; whether it may be one is decided where it
 * is issued. */
static enum status check_signature(OCSP_BASICRESP *basic, const struct certificate *responder)
{
    STACK_OF(X509) *known = sk_X509_new_null();
    int verified = known != NULL && sk_X509_push(known, certificate_x509(responder)) > 0
                       ? OCSP_basic_verify(basic, known, NULL, OCSP_NOVERIFY | OCSP_NOINTERN)
                       : -1;
    sk_X509_free(known);
    return verified == 1 ? STATUS_OK : differs("the signature of an OCSP answer is not right");
}

static enum status parse_basic(struct span der, OCSP_BASICRESP **ret_basic)
{
    const uint8_t *at = der.ptr;
    OCSP_RESPONSE *response defer(OCSP_RESPONSE_free) =
        der.len == 0 || der.len > OCSP_RESPONSE_SIZE_MAX
            ? NULL
            : d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
    if (response == NULL || at != der.ptr + der.len ||
        OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return differs("not one OCSP answer");
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    if (basic == NULL)
        return differs("not a basic OCSP answer");
    *ret_basic = basic;
    return STATUS_OK;
}

enum status ocsp_response_check(struct span der, const struct ocsp_fields *fields,
                                const struct certificate *issuer,
                                const struct certificate *responder)
{
    OCSP_BASICRESP *basic defer(OCSP_BASICRESP_free) = NULL;
    TRY(parse_basic(der, &basic));
    if (OCSP_resp_count(basic) != (int)fields->count)
        return differs("an OCSP answer about more or fewer certificates");
    for (size_t i = 0; i < fields->count; i++)
        TRY(check_single(OCSP_resp_get0(basic, (int)i), fields, &fields->singles[i], issuer));
    TRY(check_nonce(basic, fields));
    return check_signature(basic, responder);
}

void ocsp_append_refusal(struct buf *der, enum ocsp_refusal refusal)
{
    /* SEQUENCE { ENUMERATED } */
    const uint8_t bytes[] = {0x30, 0x03, 0x0a, 0x01, (uint8_t)refusal};
    buf_append(der, span_of(bytes, sizeof bytes));
}
