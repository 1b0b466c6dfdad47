/*
 * The revocation list of another CA: whether it is one to go by. It comes from a file or a network
 * that nobody has to trust, so its signature, its scope and its age decide.
 */
#pragma once

#include "pki/cert.h"
#include "pki/crl.h"

/* Two generations of every list may be in memory at a time, some fifteen times as large as here. */
enum { TRUST_CRL_MAX = 16 * 1024 * 1024 };

/* Who may sign lists below an anchor: the anchor itself, or one of its helpers. */
struct trust_issuers {
    const struct certificate *anchor;
    const struct certificate_list *helpers;
};

/* INVALID: signed by none of them. */
enum status trust_crl_check_issuers(const struct crl *crl, const struct trust_issuers *issuers);

/*
 * DER or PEM as it came, at the moment `now`; `held` is the list in use, NULL when there is none.
 * INVALID says what is wrong: the signature, a partial, indirect or delta list, one
 * without nextUpdate, out of date, or older than `held`. TOO_LARGE.
 */
enum status trust_crl_accept(struct span bytes, const struct trust_issuers *issuers,
                             const struct crl_info *held, int64_t now, struct crl **ret_crl);
