/* One place for each hash: whoever makes devices collide has them read again. */
#include "service/device_cache.h"

#include <pthread.h>
#include <stdio.h>

enum {
    PLACES = 2048,
    KEY_SIZE = DEVICE_OWNER_SIZE + EAS_DEVICE_ID_MAX + LIMIT_USER + 4,
};

struct place {
    char key[KEY_SIZE]; /* "": empty */
    int64_t mark;
    struct device_view view;
};

struct device_cache {
    pthread_mutex_t mutex;
    struct place places[PLACES];
};

enum status device_cache_new(struct device_cache **ret_cache)
{
    struct device_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for devices");
    pthread_mutex_init(&cache->mutex, NULL);
    *ret_cache = cache;
    return STATUS_OK;
}

void device_cache_free(struct device_cache *cache)
{
    if (cache == NULL)
        return;
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

/* False when it is too long for the cache. */
static bool make_key(const struct device_cache_key *key, char ret_text[static KEY_SIZE])
{
    int len = snprintf(ret_text, KEY_SIZE, "%s\n%s\n%s", key->owner, key->device_id, key->identity);
    return len < KEY_SIZE;
}

/* FNV-1a. */
static struct place *place_of(struct device_cache *cache, const char *key)
{
    uint32_t hash = 2166136261U;
    for (const char *c = key; *c != '\0'; c++)
        hash = (uint32_t)((hash ^ (uint8_t)*c) * UINT64_C(16777619));
    return &cache->places[hash % PLACES];
}

bool device_cache_find(struct device_cache *cache, const struct device_cache_key *key, int64_t mark,
                       struct device_view *ret_view)
{
    char text[KEY_SIZE];
    if (!make_key(key, text))
        return false;
    const struct place *place = place_of(cache, text);
    pthread_mutex_lock(&cache->mutex);
    bool found = place->mark == mark && strcmp(place->key, text) == 0;
    if (found)
        *ret_view = place->view;
    pthread_mutex_unlock(&cache->mutex);
    return found;
}

void device_cache_put(struct device_cache *cache, const struct device_cache_key *key, int64_t mark,
                      const struct device_view *view)
{
    char text[KEY_SIZE];
    if (!make_key(key, text))
        return;
    struct place *place = place_of(cache, text);
    pthread_mutex_lock(&cache->mutex);
    memcpy(place->key, text, sizeof text);
    place->mark = mark;
    place->view = *view;
    pthread_mutex_unlock(&cache->mutex);
}
