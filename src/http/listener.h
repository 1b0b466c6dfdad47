/*
 * The sockets: every listener of the process, the worker threads, start and graceful stop.
 *
 * One CivetWeb context holds all listeners and one pool of threads; each connection belongs to the
 * listener whose port it came in on. All waiting is bounded by http/seam.h. Once a process. Each
 * connection takes a file descriptor: the caller sees to it that there are enough.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "http/request.h"
#include "http/router.h"
#include "http/seam.h"
#include "http/tls.h"

struct listener_options {
    enum listener_kind kind;
    const char *address;    /* IP address, "" for every address, IPv4 and IPv6 */
    int port;               /* 0: a free one */
    struct tls_server *tls; /* NULL: plain */
};

struct listeners_options {
    const struct listener_options *listeners; /* each kind at most once; read at start only */
    size_t count;
    int threads; /* connections served at the same time */
    struct seam_limits limits;
    struct router *router; /* outlives the listeners, as does every tls_server */

    /* Called when a TLS handshake of the eas listener fails (http/seam.h), but for a client that
     * fails without end: after 30 at once, one every two seconds. NULL: nobody wants to know. */
    handshake_failed *handshake_failed;
    void *handshake_context;
};

struct listeners;

/* CONFIG names the port that is in use, the address that is not ours, the thread that is too many.
 */
enum status listeners_start(const struct listeners_options *options,
                            struct listeners **ret_listeners);
/* Connections that are open at this moment, of all listeners; while some are started. */
size_t listeners_connections(void);
/* The real port, 0 when there is no such listener. */
int listeners_port(const struct listeners *listeners, enum listener_kind kind);
/* Requests in progress are finished, waiting connections closed; at most 4.5 s. Frees it. */
void listeners_stop(struct listeners *listeners);
CLEANUP_POINTER(struct listeners, listeners_stop)
