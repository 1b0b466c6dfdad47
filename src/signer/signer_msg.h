/*
 * What the two processes say to each other, as bytes: a fixed set of requests, each answered by one
 * reply. Numbers are big-endian, everything of variable length has its length in front, every field
 * has its bound, and a message ends exactly where its last field ends.
 *
 *   request   operation 1 | fields of that operation
 *     PING    nothing
 *     ISSUE   profile 1 | serial 16 | not_before 8 | not_after 8 | six texts (2 + n: spki, common
 *             name, organisation, UPN, mail, SID) | hosts 1 | so many texts
 *     CRL_BEGIN    number 8 | this_update 8 | next_update 8 | entries 4 | octets of their DER 4
 *     CRL_ENTRIES  entries 2 | so many times: serial 1 + n, revoked_at 8, reason 1
 *     CRL_END      nothing
 *     RESPONDER_KEY   nothing
 *     OCSP    responder's serial 16 | this_update 8 | next_update 8 | nonce 1 + n | singles 1 | so
 *             many times: hash 1, serial 1 + n, state 1, revoked_at 8, reason 1
 *   reply     status 1 | detail 2 + n | payload: the rest (DER of what was signed; of a CRL the
 *             piece that this request adds; of a new key its public half)
 *
 * There is no field for an issuer, an extension, a URL or bytes to be signed: what cannot be said
 * cannot be asked for. The decoders are total: any bytes give STATUS_OK or STATUS_INVALID.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/crl_stream.h"
#include "pki/ocsp_response.h"
#include "pki/profile.h"

enum signer_operation {
    SIGNER_PING = 1,
    SIGNER_ISSUE = 2,
    SIGNER_CRL_BEGIN = 3,
    SIGNER_CRL_ENTRIES = 4,
    SIGNER_CRL_END = 5,
    SIGNER_RESPONDER_KEY = 6,
    SIGNER_OCSP = 7,
};

enum {
    SIGNER_REQUEST_MAX = 64 * 1024, /* SIGNER_CRL_CHUNK entries of a CRL */
    SIGNER_REPLY_MAX = 128 * 1024,  /* their DER */
    SIGNER_SPKI_MAX = 1024,         /* RSA-4096 needs 550 */
};

/* The spans point into the message; `entries` are the request's own. */
struct signer_request {
    enum signer_operation operation;
    enum profile profile;             /* of ISSUE */
    struct certificate_fields fields; /* of ISSUE */
    struct crl_plan plan;             /* of CRL_BEGIN */
    struct crl_entry *entries;        /* of CRL_ENTRIES */
    size_t entry_count;
    char *serials;
    uint8_t responder[SERIAL_SIZE]; /* of OCSP: who is to answer */
    struct ocsp_fields ocsp;        /* of OCSP */
};
void signer_request_clear(struct signer_request *request);
CLEANUP_VALUE(struct signer_request, signer_request_clear)

/* Appends one of the messages; a field beyond its bound makes the buffer fail with INVALID. */
void signer_encode_ping(struct buf *message);
void signer_encode_issue(struct buf *message, enum profile profile,
                         const struct certificate_fields *fields);
void signer_encode_crl_begin(struct buf *message, const struct crl_plan *plan);
/* At most SIGNER_CRL_CHUNK entries. */
void signer_encode_crl_entries(struct buf *message, const struct crl_entry *entries, size_t count);
void signer_encode_crl_end(struct buf *message);
void signer_encode_responder_key(struct buf *message);
void signer_encode_ocsp(struct buf *message, const uint8_t responder[static SERIAL_SIZE],
                        const struct ocsp_fields *fields);

/* INVALID names the field. `ret_request` was empty; the message must outlive it. */
enum status signer_decode_request(struct span message, struct signer_request *ret_request);

struct signer_reply {
    enum status status;
    char detail[STATUS_DETAIL_MAX];
    struct span payload; /* points into the message */
};

void signer_encode_reply(struct buf *message, enum status status, const char *detail,
                         struct span payload);
enum status signer_decode_reply(struct span message, struct signer_reply *ret_reply);
