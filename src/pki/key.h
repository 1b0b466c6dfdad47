/*
 * Key pairs: made, stored and read again. A private key never leaves this layer but as PKCS#8
 * (RFC 5208) in a `struct secret` or as PEM (RFC 7468), encrypted when a passphrase is given:
 * PBES2 with scrypt (N 16384, r 8, p 5) and AES-256-CBC.
 *
 * Only RSA with 2048 to 4096 bits and an odd exponent from 3 to 2^32, and EC on P-256 and P-384 are
 * keys here; every function that reads one refuses the rest with STATUS_INVALID.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/status.h"

#include <stdatomic.h>

enum key_type { KEY_RSA_2048, KEY_RSA_3072, KEY_RSA_4096, KEY_EC_P256, KEY_EC_P384 };
enum { KEY_TYPE_COUNT = KEY_EC_P384 + 1 };

struct certificate;
struct private_key;

/* "rsa-3072", "ec-p256": as options and configuration write them. */
const char *key_type_name(enum key_type type);
/* INVALID lists the names. */
enum status key_type_parse(const char *name, enum key_type *ret_type);

enum status private_key_generate(enum key_type type, struct private_key **ret_key);
/* The same, but GONE soon after another thread sets *stop: an RSA key can take a second. */
enum status private_key_generate_until(enum key_type type, const atomic_bool *stop,
                                       struct private_key **ret_key);
void private_key_free(struct private_key *key);
CLEANUP_POINTER(struct private_key, private_key_free)

/* PKCS#8 PrivateKeyInfo in DER, unencrypted: for sealing and for the key pool. */
enum status private_key_to_pkcs8(const struct private_key *key, struct secret **ret_der);
enum status private_key_from_pkcs8(struct span der, struct private_key **ret_key);

/* `passphrase` NULL writes "PRIVATE KEY", otherwise "ENCRYPTED PRIVATE KEY". */
enum status private_key_to_pem(const struct private_key *key, const struct secret *passphrase,
                               struct secret **ret_pem);
/*
 * Reads both of these and the older "RSA PRIVATE KEY" and "EC PRIVATE KEY". FORBIDDEN when it is
 * encrypted and the passphrase is missing or wrong; a passphrase that is not needed is ignored.
 */
enum status private_key_from_pem(struct span pem, const struct secret *passphrase,
                                 struct private_key **ret_key);

/* Written atomically with mode 0600. */
enum status private_key_save(const struct private_key *key, const char *path,
                             const struct secret *passphrase);
/* NOT_FOUND, FORBIDDEN when group or others may read it; every failure names the path. */
enum status private_key_load(const char *path, const struct secret *passphrase,
                             struct private_key **ret_key);

/* The DER of SubjectPublicKeyInfo, RFC 5280 4.1.2.7: what certificate_fields.spki takes. */
enum status private_key_spki(const struct private_key *key, struct buf *spki);
bool private_key_matches(const struct private_key *key, const struct certificate *certificate);

/* Is this SubjectPublicKeyInfo within the limits? INVALID says what is not. */
enum status public_key_check(struct span spki);
