/*
 * A request that is sent again is answered again and not done again: the Idempotency-Key of the
 * API.
 *
 * The caller's key (its text, which the database does not hold) is what everything here is made
 * with: a request is found by an HMAC of its Idempotency-Key, told from another one by an HMAC of
 * address and body, and its answer, which holds a link's address and PIN or a bundle and its
 * password, is sealed under it. So callers do not meet, and a thief of the database learns nothing.
 *
 * The answer is stored in the transaction of what it tells of: neither exists without the other,
 * whatever crashes, and of any number of equal requests at one time one is done. Only what was done
 * is kept; a request that was refused is looked at anew. After a day the answer is erased and the
 * Idempotency-Key means nothing any more.
 */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/seal.h"
#include "service/mint.h"
#include "service/service.h"

#include <stdint.h>

enum { ONCE_KEPT = 86400 };

struct db_tx;

/* One request. `secret` is the caller's key and outlives it. */
struct once {
    struct span secret;
    uint8_t key_mac[MAC_SIZE];
    uint8_t request_mac[MAC_SIZE];
    int64_t lease_until; /* private */
};

/* INVALID: `key` is not 1 to LIMIT_IDEMPOTENCY_KEY printable ASCII characters. `address` is a
 * literal that tells one kind of request from another. */
enum status once_init(struct span secret, struct span key, const char *address, struct span body,
                      struct once *ret_once);

/* Does the thing in the transaction and appends its answer. */
typedef enum status once_make(const struct service *service, struct db_tx *tx, void *context,
                              struct buf *answer);
/*
 * Calls `make` unless it was done before; appends its answer, or that of before, and says which.
 * UNPROCESSABLE: the key was used for another request; CONFLICT: the same is being done at this
 * moment; whatever `make` returns. A NULL `once` is done in any case.
 */
enum status once_do(const struct service *service, struct once *once, once_make *make,
                    void *context, struct buf *answer, bool *ret_again);

/* Appends the answer that tells of a bundle. */
typedef enum status once_tell_bundle(const struct mint_result *result, void *context,
                                     struct buf *answer);
/* The same for a bundle (service/mint.h), whose signing is no part of a transaction: while it is
 * made the request has the lease of the reserved serial. */
enum status once_mint(const struct service *service, const struct actor *actor, struct once *once,
                      const struct mint_request *request, once_tell_bundle *tell, void *context,
                      struct buf *answer, bool *ret_again);

/* Erases what is older than a day; every minute while serving. */
enum status once_sweep(const struct service *service, int64_t now);
