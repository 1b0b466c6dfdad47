/*
 * A bucket is kept as one time: when it would be full again ("theoretical arrival time" of the
 * generic cell rate algorithm). A client may use the eight neighbouring places of its hash.
 */
#include "http/rate.h"

#include <pthread.h>

enum { PLACES = 4096, NEIGHBOURS = 8 };

struct bucket {
    uint64_t key;
    int64_t full_at;
};

struct rate_table {
    pthread_mutex_t lock;
    struct bucket buckets[PLACES];
};

enum status rate_table_new(struct rate_table **ret_table)
{
    struct rate_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for request rates");
    pthread_mutex_init(&table->lock, NULL);
    *ret_table = table;
    return STATUS_OK;
}

void rate_table_free(struct rate_table *table)
{
    if (table == NULL)
        return;
    pthread_mutex_destroy(&table->lock);
    free(table);
}

/* splitmix64: neighbouring addresses go to different places. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* The client's bucket, or the one that is full, or fullest, among its places. */
static struct bucket *find(struct rate_table *table, uint64_t key)
{
    struct bucket *oldest = NULL;
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        struct bucket *bucket = &table->buckets[(key + i) % PLACES];
        if (bucket->key == key)
            return bucket;
        if (oldest == NULL || bucket->full_at < oldest->full_at)
            oldest = bucket;
    }
    *oldest = (struct bucket){.key = key};
    return oldest;
}

bool rate_allows(struct rate_table *table, uint64_t client, unsigned class, const struct rate *rate,
                 int64_t now)
{
    uint64_t key = mix(client + class * 0x9e3779b97f4a7c15);
    pthread_mutex_lock(&table->lock);
    struct bucket *bucket = find(table, key);
    int64_t full_at = bucket->full_at < now ? now : bucket->full_at;
    bool allowed = full_at - now <= (int64_t)(rate->burst - 1) * rate->interval_ms;
    if (allowed)
        bucket->full_at = full_at + rate->interval_ms;
    pthread_mutex_unlock(&table->lock);
    return allowed;
}
