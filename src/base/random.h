/* Randomness from OpenSSL's DRBG, which is seeded by the kernel. A failure is a fault, never a weak
 * value. */
#pragma once

#include "base/secret.h"
#include "base/status.h"

enum status random_bytes(uint8_t *bytes, size_t len);
/* A number below `bound`, every one as likely as the other. `bound` is not zero. */
enum status random_below(uint32_t bound, uint32_t *ret_number);
/* `len` characters, each drawn evenly from `alphabet`. */
enum status random_text(const char *alphabet, size_t len, struct secret **ret_text);
