/*
 * Chains: written for devices, and checked as a path before anything is issued under them.
 *
 * `between` is everywhere the CA certificates between the issuing CA and the root, the one that
 * signed the issuing CA first. NULL or an empty list: the root signed it itself. It holds fewer
 * than LIMIT_CHAIN_LENGTH.
 */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/status.h"
#include "pki/cert.h"

/*
 * The certificates of the CAs in their order: issuing, between, root (NULL: left out). Returns
 * their number.
 */
enum { CHAIN_AUTHORITIES_MAX = LIMIT_CHAIN_LENGTH + 1 };
size_t chain_authorities(const struct certificate *issuing, const struct certificate_list *between,
                         const struct certificate *root,
                         const struct certificate *ret_chain[static CHAIN_AUTHORITIES_MAX]);

/*
 * Finds the way from `issuing` up to a root among the certificates of `pool`, which may stand in
 * any order and be more than are needed. Where several fit, one that is valid at `at` is taken
 * before one that is not, and a root before another. Only names and signatures count here:
 * chain_check() says whether it is a path. INVALID names what is missing, or that there are too
 * many. Both results are the caller's.
 */
enum status chain_order(const struct certificate *issuing, const struct certificate_list *pool,
                        int64_t at, struct certificate_list *ret_between,
                        struct certificate **ret_root);

/* PEM, in the given order. */
void chain_append_pem(struct buf *buf, const struct certificate *const certificates[],
                      size_t count);
/*
 * PKCS#7 certs-only SignedData in DER (RFC 2315 9.1, RFC 8551 3.8), in the given order: root first,
 * since NSS and old Firefox take only the first certificate.
 */
enum status chain_append_p7b(struct buf *buf, const struct certificate *const certificates[],
                             size_t count);

/*
 * RFC 5280 6.1: `root` is self-issued, a CA and signed by itself; all of `between` and `issuing`
 * are CAs, each signed by the one above; every path length leaves room for a leaf below issuing;
 * `leaf` (NULL: no leaf) was signed by issuing; all valid at `at`. Nothing else is trusted and no
 * file is read. INVALID says which certificate and why.
 */
enum status chain_check(const struct certificate *leaf, const struct certificate *issuing,
                        const struct certificate_list *between, const struct certificate *root,
                        int64_t at);
