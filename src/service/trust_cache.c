/*
 * One place for each hash, as in ocsp_cache.c: whoever makes certificates collide only has them
 * checked again. Places share a few mutexes, held for a copy of some hundred octets.
 */
#include "service/trust_cache.h"

#include <pthread.h>
#include <sodium.h>

enum { PLACES = 4096, MUTEXES = 64 };

struct place {
    struct trust_key key;
    int64_t generation; /* 0: empty */
    struct trust_entry entry;
};

struct trust_cache {
    pthread_mutex_t mutexes[MUTEXES];
    struct place places[PLACES];
};

enum status trust_cache_new(struct trust_cache **ret_cache)
{
    if (sodium_init() < 0)
        return status_fail(STATUS_CRYPTO, "libsodium cannot be used");
    struct trust_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for judged certificates");
    for (size_t i = 0; i < MUTEXES; i++)
        pthread_mutex_init(&cache->mutexes[i], NULL);
    *ret_cache = cache;
    return STATUS_OK;
}

void trust_cache_free(struct trust_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < PLACES; i++)
        trust_entry_clear(&cache->places[i].entry);
    for (size_t i = 0; i < MUTEXES; i++)
        pthread_mutex_destroy(&cache->mutexes[i]);
    free(cache);
}

void trust_entry_clear(struct trust_entry *entry)
{
    certificate_free(entry->certificate);
    *entry = (struct trust_entry){0};
}

/* libsodium's hash takes no memory and no lock, which libcrypto's does for each: several times what
 * a certificate takes to be hashed. Neither of the three calls can fail with these sizes. */
struct trust_key trust_key_of(const struct span *certificates, size_t count)
{
    struct trust_key key;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof key.digest);
    for (size_t i = 0; i < count; i++) {
        const uint64_t len = certificates[i].len;
        crypto_generichash_update(&state, (const uint8_t *)&len, sizeof len);
        crypto_generichash_update(&state, certificates[i].ptr, certificates[i].len);
    }
    crypto_generichash_final(&state, key.digest, sizeof key.digest);
    return key;
}

/* The place of the key, locked. */
static struct place *lock_place(struct trust_cache *cache, const struct trust_key *key,
                                pthread_mutex_t **ret_mutex)
{
    size_t number = (size_t)(key->digest[0] << 8 | key->digest[1]) % PLACES;
    *ret_mutex = &cache->mutexes[number % MUTEXES];
    pthread_mutex_lock(*ret_mutex);
    return &cache->places[number];
}

static bool is_of(const struct place *place, const struct trust_key *key, int64_t generation)
{
    return place->generation == generation &&
           memcmp(place->key.digest, key->digest, sizeof key->digest) == 0;
}

bool trust_cache_find(struct trust_cache *cache, const struct trust_key *key, int64_t generation,
                      int64_t at, struct trust_entry *ret_entry)
{
    pthread_mutex_t *mutex;
    const struct place *place = lock_place(cache, key, &mutex);
    const struct path_result *path = &place->entry.path;
    bool found = is_of(place, key, generation) && path->same_from <= at && at <= path->same_until;
    if (found) {
        *ret_entry = place->entry;
        certificate_share(ret_entry->certificate);
    }
    pthread_mutex_unlock(mutex);
    return found;
}

void trust_cache_put(struct trust_cache *cache, const struct trust_key *key, int64_t generation,
                     const struct trust_entry *entry)
{
    if (entry->path.fault != PATH_SOUND)
        return;
    pthread_mutex_t *mutex;
    struct place *place = lock_place(cache, key, &mutex);
    struct trust_entry old = place->entry;
    *place = (struct place){.key = *key, .generation = generation, .entry = *entry};
    certificate_share(place->entry.certificate);
    pthread_mutex_unlock(mutex);
    trust_entry_clear(&old);
}

void trust_cache_note(struct trust_cache *cache, const struct trust_key *key, int64_t generation,
                      const struct trust_record *record)
{
    pthread_mutex_t *mutex;
    struct place *place = lock_place(cache, key, &mutex);
    bool newer = is_of(place, key, generation) &&
                 (!place->entry.record.known || place->entry.record.change <= record->change);
    if (newer)
        place->entry.record = *record;
    pthread_mutex_unlock(mutex);
}
