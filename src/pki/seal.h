/*
 * Sealing of what the database may hold but its thief may not read, and the keyed hashes.
 *
 * A sealed blob is  version 1 | salt 16 | nonce 12 | AES-256-GCM ciphertext | tag 16,  its key
 * HKDF-SHA256 (RFC 5869) of the caller's key under that random salt, with `context` as info and,
 * with the version octet before it, as additional data: a blob of one purpose or row never opens as
 * another's. The context names both, e.g. "bundle page <link id>".
 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/status.h"

enum { SEAL_OVERHEAD = 1 + 16 + 12 + 16, SEAL_KEY_SIZE = 32, MAC_SIZE = 32 };

/* One key of several secrets (token and PIN); no two lists of parts give the same key. */
enum status seal_combine(const struct span parts[], size_t count, struct secret **ret_key);

/* Appends the sealed blob. `key` is secret and of 10 octets at least (INVALID). */
enum status seal_close(struct span key, const char *context, struct span plain, struct buf *sealed);
/* FORBIDDEN when anything at all is not as it was sealed: key, context, one bit. */
enum status seal_open(struct span key, const char *context, struct span sealed,
                      struct secret **ret_plain);

/* HMAC-SHA256 (RFC 2104) of `message` under a key derived for `context` from `key`. */
enum status seal_mac(struct span key, const char *context, struct span message,
                     uint8_t ret_mac[static MAC_SIZE]);
