/*
 * What the signer signs: everything that stands between a request and the key. No process, no
 * socket: bytes in, bytes out, so that tests can throw a million requests at it.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "signer/signer_client.h"

/* The issuing key and certificate, and what this signer has signed so far. */
struct signer_authority;

enum {
    SIGNER_CLOCK_SLACK = 24 * 60 * 60,       /* seconds a request's "now" may be off ours */
    SIGNER_CRL_LONGEST = 366 * 24 * 60 * 60, /* seconds between this_update and next_update */
};

/*
 * Reads and checks certificate, key and passphrase, as signer_start() says. The texts of `options`
 * must outlive the authority.
 */
enum status signer_authority_load(const struct signer_options *options,
                                  struct signer_authority **ret_authority);
void signer_authority_free(struct signer_authority *authority);
CLEANUP_POINTER(struct signer_authority, signer_authority_free)

const struct certificate *signer_authority_certificate(const struct signer_authority *authority);

/*
 * Appends the reply to one request of any bytes: a refusal (INVALID, FORBIDDEN) with its clause, or
 * the DER of a certificate, CRL or OCSP answer that has been checked against the request, or the
 * public half of a responder's new key.
 */
void signer_answer(struct signer_authority *authority, struct span request, struct buf *reply);

/* Signs and forgets one certificate, one CRL and one OCSP answer: what is initialised lazily is
 * initialised now. */
enum status signer_authority_warm_up(struct signer_authority *authority);
