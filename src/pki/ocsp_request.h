/*
 * Questions of the Online Certificate Status Protocol, RFC 6960 4.1, as they come from anybody: at
 * most OCSP_REQUEST_SIZE_MAX bytes, exactly one OCSPRequest in DER, 1 to OCSP_SINGLES_MAX
 * certificates, a nonce of 1 to 32 octets (RFC 8954) or none.
 *
 * A requestor's name and signature are allowed and not looked at: everybody may ask. An extension
 * that is not known is passed over unless it is critical (RFC 6960 4.4).
 */
#pragma once

#include "base/span.h"
#include "base/status.h"
#include "pki/cert.h"

/* What a CertID is hashed with; the numbers stand in signer messages. */
enum ocsp_hash { OCSP_HASH_SHA1 = 1, OCSP_HASH_SHA256 = 2 };

enum {
    OCSP_REQUEST_SIZE_MAX = 4096,
    OCSP_SINGLES_MAX = 8,
    OCSP_NONCE_MAX = 32,
    OCSP_SERIAL_MAX = 20, /* octets, RFC 5280 4.1.2.2 */
    OCSP_SERIAL_TEXT_SIZE = OCSP_SERIAL_MAX * 2 + 1,
};

/* A certificate as RFC 6960 4.1.1 names it. */
struct ocsp_id {
    enum ocsp_hash hash;
    uint8_t name_hash[SHA256_SIZE]; /* of the issuer's name; SHA-1 fills 20 octets, the rest is 0 */
    uint8_t key_hash[SHA256_SIZE];  /* of the issuer's key */
    char serial[OCSP_SERIAL_TEXT_SIZE]; /* as certificate_info.serial; "00" for zero */
};

struct ocsp_request {
    struct ocsp_id ids[OCSP_SINGLES_MAX];
    size_t count; /* 1 and more */
    uint8_t nonce[OCSP_NONCE_MAX];
    size_t nonce_len; /* 0: none */
};

/* INVALID names the clause, TOO_LARGE. */
enum status ocsp_request_parse(struct span der, struct ocsp_request *ret_request);

/* Is it a certificate of this issuer, by the hashes of its name and key? */
bool ocsp_id_is_of(const struct ocsp_id *id, const struct certificate *issuer);
