/* Is the list that was signed the one that was asked for? The client's side of signer_match.h. */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/crl_stream.h"

/*
 * A CRL as it comes in pieces, so that it is never held as a whole. `beginning` is everything
 * before the entries: a CRL of `issuer` with these times and lengths, whose hash is begun. The
 * entries' pieces carry the same entries in the same order. `end` has the number and a signature
 * that verifies. CRYPTO says what differs.
 */
struct crl_match;
enum status crl_match_begin(struct span beginning, const struct crl_plan *plan,
                            const struct certificate *issuer, struct crl_match **ret_match);
enum status crl_match_entries(struct crl_match *match, struct span der,
                              const struct crl_entry *entries, size_t count);
enum status crl_match_end(struct crl_match *match, struct span end);
void crl_match_free(struct crl_match *match);
CLEANUP_POINTER(struct crl_match, crl_match_free)
