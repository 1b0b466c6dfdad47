/*
 * What every use case stands on, opened once by a command and closed at its end.
 *
 * Order matters and is service_open()'s business: the signer is forked before anything that starts
 * a thread (the key pool, the store's checkpointer), and the database is opened before the first
 * rule runs. A service never sees HTTP: it takes values and gives values. Handlers may call every
 * use case from any thread.
 */
#pragma once

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"

struct authority;
struct background;
struct config;
struct db;
struct device_cache;
struct key_pool;
struct ocsp_responder;
struct profile_signer;
struct sightings;
struct signer;
struct trust;

/* What a command needs; the database, the authority's certificates and the master key always. */
enum service_parts {
    SERVICE_DATABASE = 0,
    SERVICE_SIGNER = 1,   /* issues: forks the signer; refuses to run after a thread was started */
    SERVICE_KEY_POOL = 2, /* keys made ahead by threads of its own: serve only */
    SERVICE_BACKGROUND = 4,  /* the tasks of service/background.h: serve only */
    SERVICE_ROOT_SIGNER = 8, /* of the root's lists, when its key is here: crl publish only */
    SERVICE_OCSP = 16,       /* answers OCSP; with SERVICE_SIGNER: serve only */
    SERVICE_TRUST = 32,      /* judges certificates of phones, service/trust.h: serve only */
    SERVICE_STATEMENTS = 64, /* db_options.serves: serve and check */
};

/* Read-only for users; the handles are safe to use from many threads. */
struct service {
    /* The caller's; it may put a newer one in its place (SIGHUP), and keeps every one of them until
     * the service is freed, so that a thread may go on reading what it has. */
    const struct config *_Atomic config;
    struct db *db;
    struct authority *authority;
    /* Replaced on SIGHUP like the configuration. The one that stands here is freed with the
     * service, earlier ones by who replaced them, after the service. */
    struct profile_signer *_Atomic profile_signer;
    struct secret *master_key;   /* for the MAC of PINs; never in the database */
    struct signer *signer;       /* NULL without SERVICE_SIGNER */
    struct signer *root_signer;  /* NULL without SERVICE_ROOT_SIGNER, or without the key */
    struct key_pool *keys;       /* NULL without SERVICE_KEY_POOL: keys are made when needed */
    struct ocsp_responder *ocsp; /* NULL without SERVICE_OCSP */
    struct device_cache *device_cache; /* of service/verify_device.h, as the next */
    struct sightings *sightings;
    struct trust *trust;           /* NULL without SERVICE_TRUST */
    struct background *background; /* NULL without SERVICE_BACKGROUND */
};

/*
 * Refuses key files open to others (FORBIDDEN, with the chmod to run), a missing or foreign file
 * (CONFIG) and a database of a newer version (CONFIG). Puts what an admin set on a page into
 * `config` (service/settings.h), before the first thread that could read it. `parts` are enum
 * service_parts joined by |.
 */
enum status service_open(struct config *config, unsigned parts, struct service **ret_service);
void service_free(struct service *service);
CLEANUP_POINTER(struct service, service_free)
