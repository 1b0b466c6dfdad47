/*
 * Answers of the Online Certificate Status Protocol, RFC 6960 4.2, in the profile of RFC 5019:
 * BasicOCSPResponse, the responder named by its key and its certificate inside, nextUpdate always
 * there, one time for all its certificates, no extension but the nonce.
 */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/key.h"
#include "pki/ocsp_request.h"

enum ocsp_state { OCSP_STATE_GOOD = 0, OCSP_STATE_REVOKED = 1, OCSP_STATE_UNKNOWN = 2 };

/* What is said about one certificate. */
struct ocsp_single {
    enum ocsp_hash hash; /* of its CertID */
    char serial[OCSP_SERIAL_TEXT_SIZE];
    enum ocsp_state state;
    int64_t revoked_at;     /* of a revoked one */
    enum crl_reason reason; /* the same; unspecified is left out, RFC 5280 5.3.1 */
};

struct ocsp_fields {
    int64_t this_update;
    int64_t next_update;
    struct ocsp_single singles[OCSP_SINGLES_MAX];
    size_t count; /* 1 and more */
    uint8_t nonce[OCSP_NONCE_MAX];
    size_t nonce_len; /* 0: none */
};

enum { OCSP_RESPONSE_SIZE_MAX = 16 * 1024 };

/*
 * Appends the DER of a signed answer about certificates of `issuer`. `responder` is a certificate
 * of `issuer` with the key `key` (RFC 6960 4.2.2.2), or the issuer itself. INVALID names the
 * clause.
 */
enum status ocsp_response_issue(const struct ocsp_fields *fields, const struct certificate *issuer,
                                const struct certificate *responder, const struct private_key *key,
                                struct buf *der);

/* `der` is an answer that says exactly `fields` about certificates of `issuer` and is signed by the
 * key of `responder`. INVALID says what differs. */
enum status ocsp_response_check(struct span der, const struct ocsp_fields *fields,
                                const struct certificate *issuer,
                                const struct certificate *responder);

/* OCSPResponseStatus without an answer, RFC 6960 4.2.1; not signed. */
enum ocsp_refusal {
    OCSP_REFUSAL_MALFORMED = 1,
    OCSP_REFUSAL_INTERNAL = 2,
    OCSP_REFUSAL_TRY_LATER = 3,
    OCSP_REFUSAL_UNAUTHORIZED = 6,
};
void ocsp_append_refusal(struct buf *der, enum ocsp_refusal refusal);
