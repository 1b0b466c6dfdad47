/*
 * PKCS#12 bundles (RFC 7292): one identity, its chain, one password.
 *
 * | packing | key and certificates              | MAC          | iterations | salts |
 * | compat  | pbeWithSHAAnd3-KeyTripleDES-CBC   | HMAC-SHA-1   | 10,000     | 8     |
 * | modern  | PBES2, AES-256-CBC,               |              |            |       |
 * |         | PBKDF2 with HMAC-SHA-256          | HMAC-SHA-256 | 100,000    | 8     |
 *
 * Nothing else is ever written. Every number is given to OpenSSL explicitly, since its defaults
 * change between versions, and pfx_check() reads all of them back from the bytes.
 *
 * Key and leaf carry the same localKeyID (SHA-1 of the leaf) and friendlyName; CA certificates
 * carry neither: Apple files bags under these attributes and lets equal names overwrite one
 * another.
 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/key.h"

enum packing { PACKING_COMPAT, PACKING_MODERN };
enum { PACKING_COUNT = PACKING_MODERN + 1 };

/* "compat", "modern". */
const char *packing_name(enum packing packing);
enum status packing_parse(const char *name, enum packing *ret_packing);

struct pfx_contents {
    const struct private_key *key; /* pfx_check() does not need it */
    const struct certificate *leaf;
    const struct certificate *issuing;
    const struct certificate_list *between; /* pki/chain.h */
    const struct certificate *root;         /* NULL leaves it out */
    const char *friendly_name; /* UTF-8, what the device shows; '?' for what is above U+FFFF */
};

/* Appends the bundle. The password is 1 to LIMIT_PASSWORD_MAX printable ASCII characters. INVALID
 * when key and leaf do not match. */
enum status pfx_make(enum packing packing, const struct secret *password,
                     const struct pfx_contents *contents, struct buf *bytes);

/*
 * Opens `bytes` again as a device would, and reads from the DER what OpenSSL does not tell. Refuses
 * with FORBIDDEN a wrong password, with INVALID anything that is not exactly `packing` and
 * `contents`: algorithms, iterations, salts, order, attributes, one key that matches the leaf.
 */
enum status pfx_check(struct span bytes, const struct secret *password, enum packing packing,
                      const struct pfx_contents *contents);

/*
 * Opens somebody else's PKCS#12 of any packing that OpenSSL's default provider reads; at most
 * LIMIT_CHAIN_FILE bytes and PFX_FOREIGN_ITERATIONS_MAX iterations in all. The certificate of the
 * key comes first in the list. FORBIDDEN for a wrong password, INVALID when there is not exactly
 * one key with its certificate, or when it is encrypted with RC2, RC4 or single DES, as exports of
 * old Windows and old OpenSSL are.
 */
enum { PFX_FOREIGN_ITERATIONS_MAX = 5 * 1000 * 1000 };
enum status pfx_open(struct span bytes, const struct secret *password, struct private_key **ret_key,
                     struct certificate_list *ret_certificates);
