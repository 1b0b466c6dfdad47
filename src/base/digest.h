/* SHA-256 (FIPS 180-4) for layers that know no other cryptography: hash chains, lookups by hash. */
#pragma once

#include "base/span.h"
#include "base/status.h"

enum { DIGEST_SHA256_SIZE = 32 };

/* CRYPTO when the library fails. */
enum status digest_sha256(struct span bytes, uint8_t ret_digest[static DIGEST_SHA256_SIZE]);
