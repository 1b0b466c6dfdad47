/* SIGHUP: the configuration and what its files hold, read again while requests are served. */
#pragma once

#include "command/session.h"
#include "http/tls.h"
#include "web/web.h"

#include <pthread.h>

/* What the service reads through a pointer of its own. */
struct generation {
    struct config *config;
    struct profile_signer *profile_signer;
};

/* The identities of the listeners with TLS; NULL where there is no such listener. */
struct tls_servers {
    struct tls_server *https;
    struct tls_server *operators;
    struct tls_server *eas;
};

/* Every generation that was in use: a thread may still read an older one. */
struct reload {
    pthread_mutex_t mutex; /* of a reload: by a signal, or by an admin on a page */
    struct session *session;
    struct tls_servers servers; /* freed with it */
    struct web *web;
    struct generation *retired;
    size_t retired_count;
};
void reload_clear(struct reload *reload);
CLEANUP_VALUE(struct reload, reload_clear)

/*
 * Reads everything first and changes something only when all of it is good; otherwise the log says
 * what is wrong and the old stays. Options that only a restart changes are named in the log.
 */
void reload_run(struct reload *reload);
/* The same for a caller who says himself what came of it, from any thread. */
enum status reload_now(struct reload *reload);

/* Log level and format as configured. */
void reload_log(const struct config *config);
