/*
 * OCSP answers in memory, by the bytes of the question: what is asked again and again costs no
 * statement of the database. Every answer carries the mark (store/db.h) at which it was read; after
 * any commit of any process it is not given out any more. Bounded: an answer may push out another.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "service/entity_tag.h"

struct ocsp_cache;

enum status ocsp_cache_new(struct ocsp_cache **ret_cache);
void ocsp_cache_free(struct ocsp_cache *cache);
CLEANUP_POINTER(struct ocsp_cache, ocsp_cache_free)

/* When the kept answer was made and is to be made anew, and its tag. */
struct ocsp_validity {
    int64_t this_update;
    int64_t renew_at;
    char etag[ENTITY_TAG_SIZE];
};

/* Appends the answer to this question, if one is there that was read at `mark` and need not be
 * renewed at `now`. From any thread. */
bool ocsp_cache_find(struct ocsp_cache *cache, struct span question, int64_t mark, int64_t now,
                     struct buf *answer, struct ocsp_validity *ret_validity);
/* `mark` was taken before the answer was read. What is too large is not taken. */
void ocsp_cache_put(struct ocsp_cache *cache, struct span question, int64_t mark,
                    struct span answer, const struct ocsp_validity *validity);
