/* Inside cert.c only: what certificate_info holds, read out of an X509. */
#pragma once

#include "pki/cert.h"
#include "pki/ossl_cleanup.h"

/* Every text and byte string of one certificate_info has one owner. */
enum { CERT_DECODED_TEXTS = 12 };
struct cert_decoded {
    struct certificate_info info;
    char *texts[CERT_DECODED_TEXTS];
    size_t text_count;
    uint8_t *der;
    uint8_t *spki;
};

void cert_decoded_clear(struct cert_decoded *decoded);

/* Fills `decoded`, which is zero before. INVALID names the clause; it is to be cleared in any case.
 */
enum status cert_decode(X509 *x509, struct cert_decoded *decoded);
