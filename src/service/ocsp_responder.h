/*
 * The answers of the OCSP responder, RFC 6960 and RFC 5019: about certificates that the issuing CA
 * signed, from the same table that everything else goes by.
 *
 * | certificate in the database        | answer                                                  |
 * | issued                             | good                                                    |
 * | revoked                            | revoked, with time and reason                           |
 * | none with this serial              | unknown; so is, in an imported authority, what was      |
 * |                                    | issued before the import                                |
 * | reserved: its signature is not in  | unknown: nobody has it, and it may yet become abandoned |
 * |   the database yet                 |                                                         |
 * | abandoned: certainly never signed  | unknown: there is no such certificate                   |
 *
 * A reservation that may have been signed and is given up is revoked, so it is answered as such.
 *
 * Certificates of another issuer are `unauthorized`, and so is the issuing CA's own: the root signs
 * no responder (its key may be offline), its CRL speaks for it, and the issuing certificate names
 * no responder. One foreign certificate in a request makes the whole request `unauthorized`.
 *
 * An answer about one certificate without a nonce is signed once and kept in the database until
 * half of its time is over, or until the certificate's state changes: a trigger drops it in that
 * very transaction, and what was being signed meanwhile is not stored any more but made anew
 * (store/ocsp_store.h). In front of the database stands a small cache in memory that knows of every
 * commit (ocsp_cache.h). An answer to a nonce, about several certificates, or that says `unknown`
 * is signed each time. When nothing can be signed, a kept answer serves to its end, then
 * `tryLater`.
 *
 * The responder's certificate is made by itself, at the start of serve and RESPONDER_RENEWAL before
 * its end, like every certificate: reserved, signed, completed. Its key is the signer's, so each
 * start needs a new one; of old ones no key exists any more. At most RESPONDERS_A_DAY are made, so
 * that a service that is restarted for ever fills no database. When an operator revokes it, another
 * one takes its place before the next signature; what it said before is true and is given out on,
 * since nobody asks for the state of a responder (ocsp-nocheck).
 *
 * An answer is dated like everything that is signed (service/clock_guard.h): when the clock was set
 * back, none is signed.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "service/ocsp_cache.h"
#include "service/service.h"

enum {
    RESPONDER_LIFETIME = 30 * 24 * 60 * 60, /* seconds */
    RESPONDER_RENEWAL = 10 * 24 * 60 * 60,  /* longer than any answer is good */
    RESPONDERS_A_DAY = 200,
};

struct ocsp_responder;

/* For serve; signs nothing yet. */
enum status ocsp_responder_new(struct ocsp_responder **ret_responder);
void ocsp_responder_free(struct ocsp_responder *responder);
CLEANUP_POINTER(struct ocsp_responder, ocsp_responder_free)

struct ocsp_answer {
    bool cacheable; /* the same for everybody who asks this; only then the rest is set */
    struct ocsp_validity validity;
    int64_t max_age; /* seconds from now for which caches may keep it */
};

/*
 * Answers one OCSPRequest of any bytes with an OCSPResponse in `der`, which was empty; whatever
 * goes wrong becomes an answer of the protocol (malformedRequest, unauthorized, tryLater,
 * internalError). The service has SERVICE_OCSP. Fails only with what `der` fails with.
 */
enum status ocsp_responder_answer(const struct service *service, struct span request,
                                  struct buf *der, struct ocsp_answer *ret_answer);
