/*
 * Bytes that must not leak: keys, passwords, PINs, tokens.
 *
 * A secret lives in OpenSSL's secure heap: locked in RAM, kept out of core dumps, wiped when freed.
 * There is deliberately no print function; the few places that must show a secret (the claim page,
 * mint) take its span.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

struct secret;

/*
 * Makes the secure heap of `bytes` (a power of two) and forbids core dumps; once a process, before
 * the first secret and before any thread. A kernel that locks no memory is reported in *ret_locked,
 * not refused.
 */
enum status secret_heap_init(size_t bytes, bool *ret_locked);

/*
 * In a forked child: locks the inherited secure heap in RAM again, since memory locks are not
 * inherited over fork(2). False when the kernel locks no memory or there is no heap.
 */
bool secret_heap_lock_again(void);

/* `len` zero bytes to be filled through secret_bytes(). */
enum status secret_new(size_t len, struct secret **ret_secret);
enum status secret_copy(struct span bytes, struct secret **ret_secret);
void secret_free(struct secret *secret);
CLEANUP_POINTER(struct secret, secret_free)

uint8_t *secret_bytes(struct secret *secret);
struct span secret_span(const struct secret *secret);
/* The bytes as a string; they are always followed by a NUL that is not counted. */
const char *secret_text(const struct secret *secret);

/* A file of at most `max` bytes, without one line end at its end when `text` is set. IO, TOO_LARGE.
 */
enum status secret_read_file(const char *path, size_t max, bool text, struct secret **ret_secret);
