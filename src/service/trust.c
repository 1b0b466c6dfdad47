/*
 * Two mutexes: one is held for the moment in which the pointer is read or replaced, the other by
 * whoever makes a new set, so that the last one made is from the newest configuration and lists.
 */
#include "service/trust.h"

#include "config/config.h"
#include "pki/cert.h"
#include "service/trust_cache.h"
#include "service/trust_records.h"
#include "store/trust_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct trust {
    pthread_mutex_t pointer;
    pthread_mutex_t making;
    struct trust_set *set;
    int64_t generation; /* of the last set; of the mutex `making` */
    atomic_bool owed;   /* the set is older than what it is made from */
    struct trust_cache *cache;
    struct trust_records *records;
};

void trust_free(struct trust *trust)
{
    if (trust == NULL)
        return;
    trust_cache_free(trust->cache);
    trust_records_free(trust->records);
    trust_set_release(trust->set);
    pthread_mutex_destroy(&trust->pointer);
    pthread_mutex_destroy(&trust->making);
    free(trust);
}

static enum status make_set(const struct service *service, struct trust *trust)
{
    struct trust_set *set = NULL;
    TRY(trust_set_new(service->config, service->authority, service->db, trust->generation + 1,
                      &set));
    trust->generation++;
    pthread_mutex_lock(&trust->pointer);
    struct trust_set *old = trust->set;
    trust->set = set;
    pthread_mutex_unlock(&trust->pointer);
    trust_set_release(old);
    return STATUS_OK;
}

enum status trust_new(const struct service *service, struct trust **ret_trust)
{
    struct trust *trust defer(trust_free) = calloc(1, sizeof *trust);
    if (trust == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for trust anchors");
    pthread_mutex_init(&trust->pointer, NULL);
    pthread_mutex_init(&trust->making, NULL);
    TRY(trust_cache_new(&trust->cache));
    TRY(trust_records_new(&trust->records));
    TRY(make_set(service, trust));
    *ret_trust = take(trust);
    return STATUS_OK;
}

struct trust_set *trust_hold(const struct service *service)
{
    struct trust *trust = service->trust;
    if (trust == NULL)
        return NULL;
    pthread_mutex_lock(&trust->pointer);
    struct trust_set *set = trust->set;
    trust_set_share(set);
    pthread_mutex_unlock(&trust->pointer);
    return set;
}

/* In the mutex `making`. What is owed from now on is not in this set for sure. */
static enum status reload(const struct service *service)
{
    struct trust *trust = service->trust;
    atomic_store(&trust->owed, false);
    enum status status = make_set(service, trust);
    if (status != STATUS_OK)
        atomic_store(&trust->owed, true);
    return status;
}

enum status trust_reload(const struct service *service)
{
    pthread_mutex_lock(&service->trust->making);
    enum status status = reload(service);
    pthread_mutex_unlock(&service->trust->making);
    return status;
}

void trust_owe_reload(const struct service *service)
{
    atomic_store(&service->trust->owed, true);
}

enum status trust_reload_owed(const struct service *service)
{
    pthread_mutex_lock(&service->trust->making);
    enum status status = atomic_load(&service->trust->owed) ? reload(service) : STATUS_OK;
    pthread_mutex_unlock(&service->trust->making);
    return status;
}

struct trust_cache *trust_cache_of(const struct service *service)
{
    return service->trust->cache;
}

struct trust_records *trust_records_of(const struct service *service)
{
    return service->trust->records;
}

/* ---- what is known of the lists -------------------------------------------------------------- */

static enum trust_freshness freshness_of(const struct trust_source_row *row, int64_t now)
{
    if (row->next_update == 0)
        return TRUST_MISSING;
    if (row->next_update <= now)
        return TRUST_EXPIRED;
    return row->failures > 0 ? TRUST_LATE : TRUST_CURRENT;
}

static enum status read_source(struct db_tx *tx, int64_t now, struct trust_source *source)
{
    struct trust_source_row row defer(trust_source_row_clear) = {0};
    source->freshness = TRUST_MISSING;
    enum status status = trust_store_get(tx, source->anchor, source->source, &row);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    source->freshness = freshness_of(&row, now);
    source->number = row.number;
    source->this_update = row.this_update;
    source->next_update = row.next_update;
    source->entries = row.entries;
    source->octets = row.octets;
    source->fetched_at = row.fetched_at;
    source->tried_at = row.tried_at;
    source->try_at = row.try_at;
    source->failures = row.failures;
    snprintf(source->error, sizeof source->error, "%s", row.error);
    return STATUS_OK;
}

enum status trust_list(const struct config *config, struct db *db, int64_t now,
                       struct trust_sources *ret_sources)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    ret_sources->count = 0;
    for (size_t i = 0; i < config->anchor_count; i++) {
        const struct config_anchor *anchor = &config->anchors[i];
        for (size_t j = 0; j < anchor->crl.count && ret_sources->count < TRUST_SOURCES_MAX; j++) {
            struct trust_source *source = &ret_sources->items[ret_sources->count++];
            *source = (struct trust_source){.anchor = anchor->name,
                                            .source = anchor->crl.items[j],
                                            .hard = strcmp(anchor->revocation, "hard") == 0};
            TRY(read_source(tx, now, source));
        }
    }
    return STATUS_OK;
}
