/* Inside this layer: the unsigned certificate, built from fields that have been checked. */
#pragma once

#include "pki/ossl_cleanup.h"
#include "pki/profile.h"

/* One row of the table that profile.h shows. */
struct profile_row {
    const char *name;
    int64_t longest; /* seconds */
    int path_length; /* -1: none is written */
    bool is_ca;
    bool rsa_enciphers; /* keyEncipherment when the key is RSA */
    bool ocsp_no_check;
    bool takes_user; /* UPN and rfc822Name */
    bool takes_sid;
    bool takes_hosts;
    int extended_usage; /* NID, NID_undef for none */
    unsigned usage;     /* KU_ bits of <openssl/x509v3.h> */
};

/* Everything but the signature. `issuer` NULL: self-issued. */
enum status profile_build(const struct profile_row *row, const struct certificate_fields *fields,
                          const struct certificate *issuer, X509 **ret_unsigned);

/*
 * The key identifier by which an issuer is named below it: its subjectKeyIdentifier, or for an old
 * CA without one what would have been written there. The caller frees it.
 */
enum status issuer_key_id(const struct certificate *issuer, ASN1_OCTET_STRING **ret_id);
