/* One place for each hash. Whoever makes questions collide pushes out answers, which are read
 * again: a better hash or chains would protect nothing. */
#include "service/ocsp_cache.h"

#include <pthread.h>

enum { PLACES = 1024, QUESTION_MAX = 192, ANSWER_MAX = 3072 };

struct place {
    uint8_t question[QUESTION_MAX];
    uint8_t answer[ANSWER_MAX];
    size_t question_len; /* 0: empty */
    size_t answer_len;
    int64_t mark;
    struct ocsp_validity validity;
};

struct ocsp_cache {
    pthread_mutex_t mutex;
    struct place places[PLACES];
};

enum status ocsp_cache_new(struct ocsp_cache **ret_cache)
{
    struct ocsp_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for OCSP answers");
    pthread_mutex_init(&cache->mutex, NULL);
    *ret_cache = cache;
    return STATUS_OK;
}

void ocsp_cache_free(struct ocsp_cache *cache)
{
    if (cache == NULL)
        return;
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

/* FNV-1a. */
static struct place *place_of(struct ocsp_cache *cache, struct span question)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < question.len; i++)
        hash = (uint32_t)((hash ^ question.ptr[i]) * UINT64_C(16777619));
    return &cache->places[hash % PLACES];
}

static bool is_good(const struct place *place, struct span question, int64_t mark, int64_t now)
{
    return place->mark == mark && place->validity.this_update <= now &&
           now < place->validity.renew_at &&
           span_equal(span_of(place->question, place->question_len), question);
}

bool ocsp_cache_find(struct ocsp_cache *cache, struct span question, int64_t mark, int64_t now,
                     struct buf *answer, struct ocsp_validity *ret_validity)
{
    if (question.len == 0)
        return false;
    const struct place *place = place_of(cache, question);
    pthread_mutex_lock(&cache->mutex);
    bool found = is_good(place, question, mark, now);
    if (found) {
        buf_append(answer, span_of(place->answer, place->answer_len));
        *ret_validity = place->validity;
    }
    pthread_mutex_unlock(&cache->mutex);
    return found;
}

void ocsp_cache_put(struct ocsp_cache *cache, struct span question, int64_t mark,
                    struct span answer, const struct ocsp_validity *validity)
{
    if (question.len == 0 || question.len > QUESTION_MAX || answer.len > ANSWER_MAX)
        return;
    struct place *place = place_of(cache, question);
    pthread_mutex_lock(&cache->mutex);
    memcpy(place->question, question.ptr, question.len);
    memcpy(place->answer, answer.ptr, answer.len);
    place->question_len = question.len;
    place->answer_len = answer.len;
    place->mark = mark;
    place->validity = *validity;
    pthread_mutex_unlock(&cache->mutex);
}
