/* Chains: written for devices, and checked as a path before anything is issued under them. */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "pki/cert.h"

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
 * RFC 5280 6.1: `root` is self-issued, a CA and signed by itself; `issuing` is a CA that root
 * signed, within its path length; `leaf` (NULL: no leaf) was signed by issuing; all valid at `at`.
 * Nothing else is trusted and no file is read. INVALID says which certificate and why.
 */
enum status chain_check(const struct certificate *leaf, const struct certificate *issuing,
                        const struct certificate *root, int64_t at);
