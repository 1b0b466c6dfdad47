/*
 * The OCSP responder inside the signer: its key pair is born here and dies with the process, and it
 * signs nothing but answers that are built here from fields. No process, no socket.
 *
 *   signer_responder_make_key()   a new pair, waiting; its public half goes out
 *   signer_responder_adopt()      the certificate on the waiting pair was signed: now it answers
 *   signer_responder_sign()       an answer by that certificate
 *
 * One waits and one answers; a new one of either kind takes the place of the old one.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/key.h"
#include "pki/ocsp_response.h"
#include "pki/profile.h"

enum {
    SIGNER_RESPONDER_LONGEST = 31 * 24 * 60 * 60, /* seconds a responder's certificate is good */
    SIGNER_OCSP_LONGEST = 8 * 24 * 60 * 60,       /* seconds an answer is good */
};

struct signer_responder;
enum status signer_responder_new(struct signer_responder **ret_responder);
void signer_responder_free(struct signer_responder *responder);
CLEANUP_POINTER(struct signer_responder, signer_responder_free)

/* RSA-2048 under an RSA authority, else the authority's own curve, as RFC 6960 4.4.7 would choose;
 * appends the SPKI. */
enum status signer_responder_make_key(struct signer_responder *responder,
                                      const struct certificate *authority, struct buf *spki);
/* Before the signature: is this a certificate on the waiting key, short-lived? FORBIDDEN. */
enum status signer_responder_check(const struct signer_responder *responder,
                                   const struct certificate_fields *fields);
/* After it. `certificate` passed signer_responder_check(). */
enum status signer_responder_adopt(struct signer_responder *responder, struct span certificate);

/*
 * Appends the answer. CONFLICT: the responder with this serial is not the one that answers here.
 * INVALID: this_update before that of an earlier answer, or not near the signer's clock; an answer
 * that is good for longer than SIGNER_OCSP_LONGEST or than the responder's certificate.
 */
enum status signer_responder_sign(struct signer_responder *responder,
                                  const struct certificate *authority,
                                  const uint8_t serial[static SERIAL_SIZE],
                                  const struct ocsp_fields *fields, struct buf *der);
