/*
 * Keys made ahead, so that somebody at a link page does not wait for RSA (50 to 200 ms a key, and
 * more on a busy machine).
 *
 * One background thread of the lowest priority keeps the pool at its size: it never competes with a
 * request, and its first key comes after the start of the server. A key waits as PKCS#8 in a
 * `struct secret` (locked memory) and is given out once. An empty pool is no failure: the caller
 * makes its key itself.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "pki/key.h"

#include <stddef.h>

struct key_pool;

enum { KEY_POOL_MAX = 256 };

/* Starts the thread. `count` is 0 to KEY_POOL_MAX keys; the signer must have been forked before. */
enum status key_pool_start(enum key_type type, size_t count, struct key_pool **ret_pool);

/* Stops the thread, also in the middle of a key, and wipes what is left. */
void key_pool_stop(struct key_pool *pool);
CLEANUP_POINTER(struct key_pool, key_pool_stop)

/*
 * A fresh key of `type`: from the pool if it holds one of that type, else made now in the calling
 * thread. `pool` NULL is an empty pool. Safe from any thread.
 */
enum status key_pool_take(struct key_pool *pool, enum key_type type, struct private_key **ret_key);

/* Keys that are ready now: for metrics and tests. */
size_t key_pool_ready(struct key_pool *pool);
