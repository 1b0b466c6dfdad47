/*
 * What the verifier needs to know of a device, in memory: a repeated request costs no statement of
 * the database. Every entry carries the mark (store/db.h) at which it was read; after any commit of
 * any process it is read again, so a block, a pin or a revocation counts from the next request on.
 * Bounded: an entry may push out another.
 */
#pragma once

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/status.h"
#include "eas/mailbox.h"
#include "service/policy_rules.h"
#include "service/probe_run.h"
#include "store/device_store.h"

struct device_view {
    char id[DEVICE_KEY_SIZE];           /* "": no such device yet */
    char pinned[EAS_DEVICE_ID_MAX + 1]; /* DeviceId that the certificate is pinned to; "": none */
    int64_t alarm_at;                   /* last alarm of that pin */
    bool blocked;                       /* the device, or its user */
    bool in_use_due;                    /* a link's certificate that was not seen in use yet */
    struct eas_provision_state provisioning;
    struct policy_rules policy; /* of the identity */
    struct probe_run run;
};

struct device_cache;

enum status device_cache_new(struct device_cache **ret_cache);
void device_cache_free(struct device_cache *cache);
CLEANUP_POINTER(struct device_cache, device_cache_free)

/* Whom a view is of: all three must be the same. */
struct device_cache_key {
    const char *owner;
    const char *device_id;
    const char *identity;
};
/* From any thread. */
bool device_cache_find(struct device_cache *cache, const struct device_cache_key *key, int64_t mark,
                       struct device_view *ret_view);
/* `mark` was taken before the view was read. */
void device_cache_put(struct device_cache *cache, const struct device_cache_key *key, int64_t mark,
                      const struct device_view *view);
