/* Inside this layer: how something in a PKCS#12 is encrypted, read from its AlgorithmIdentifier. */
#pragma once

#include "pki/ossl_cleanup.h"

struct pfx_protection {
    int scheme; /* NID of the PBE: PBES1 by its own, PBES2 as NID_pbes2 */
    int cipher; /* PBES2: NID of the cipher, otherwise NID_undef */
    int prf;    /* PBES2: NID of the PBKDF2 PRF, otherwise NID_undef */
    int64_t iterations;
    int salt_len;
};

/* PKCS#12 appendix C and PBES2 with PBKDF2 (RFC 8018); INVALID for any other. */
enum status pfx_protection_read(const X509_ALGOR *algorithm, struct pfx_protection *ret_protection);
