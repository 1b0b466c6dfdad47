/*
 * Whom the verifier of phones' certificates trusts at this moment: a set (trust_set.h) that is
 * replaced as a whole, when the configuration is read again and when a revocation list arrives.
 * Whoever judges holds the one that was in use when he began.
 *
 * The own issuing CA always belongs to it. Its certificates are looked up in the database
 * (trust_records.h); for the other CAs, sections `anchor "NAME"` of the configuration, the task
 * `trust` of serve fetches revocation lists (trust_refresh.h).
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "service/service.h"
#include "service/trust_set.h"

struct trust;
struct trust_cache;
struct trust_records;

/* For service_open(). CONFIG: see trust_set_new(). */
enum status trust_new(const struct service *service, struct trust **ret_trust);
void trust_free(struct trust *trust);
CLEANUP_POINTER(struct trust, trust_free)

/* The set in use, to be released; from any thread. NULL: the service has no SERVICE_TRUST. */
struct trust_set *trust_hold(const struct service *service);
/* Makes another set from service->config and the lists that are kept, and puts it in place. After a
 * failure the old one stays, and another one is owed. CONFIG. */
enum status trust_reload(const struct service *service);
/* The lists that are kept may be others than those of the set in use. From any thread. */
void trust_owe_reload(const struct service *service);
/* The same as trust_reload() when one is owed; else nothing. */
enum status trust_reload_owed(const struct service *service);

/* For trust_verdict.c. */
struct trust_cache *trust_cache_of(const struct service *service);
struct trust_records *trust_records_of(const struct service *service);

/* What is known of one place of a revocation list. */
enum trust_freshness {
    TRUST_CURRENT, /* a list is in use and current */
    TRUST_LATE,    /* the same, but the last tries to get a newer one failed */
    TRUST_EXPIRED, /* the list in use is out of date */
    TRUST_MISSING, /* there never was one */
};
struct trust_source {
    const char *anchor; /* these two are the configuration's */
    const char *source;
    bool hard; /* without a current list its certificates are refused */
    enum trust_freshness freshness;
    int64_t number;
    int64_t this_update; /* 0: no list */
    int64_t next_update;
    int64_t entries;
    int64_t octets;
    int64_t fetched_at; /* when it came or was last found to be the newest */
    int64_t tried_at;
    int64_t try_at;
    int64_t failures;
    char error[256]; /* of the last try; "" when it went well */
};
enum { TRUST_SOURCES_MAX = 64 };
struct trust_sources {
    struct trust_source items[TRUST_SOURCES_MAX];
    size_t count;
};
/* Every place of the configuration, in its order, for pages, metrics and `certferry check`. */
enum status trust_list(const struct config *config, struct db *db, int64_t now,
                       struct trust_sources *ret_sources);
