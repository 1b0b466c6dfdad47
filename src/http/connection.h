/*
 * The connections that are open now: who they belong to, what each is doing, and who must go when
 * there are too many. Private to http/seam.c and http/connection.c.
 *
 * Only the worker thread that serves a connection touches it, but for `phase`, `since` and
 * `evicted`: with these another thread chooses which one makes room, and shuts its socket down.
 */
#pragma once

#include "http/seam.h"
#include "http/tls.h"

#include <stdatomic.h>

enum phase {
    PHASE_HANDSHAKE,
    PHASE_HEAD,
    PHASE_IDLE,
    PHASE_BODY,
    PHASE_HANDLER, /* ours: never evicted */
    PHASE_REPLY,
    PHASE_CLOSING,
};

enum { CONNECTION_ID_SIZE = 33 };

struct connection {
    int fd;
    const struct seam_limits *limits;
    const struct seam_listener *listener;
    struct ssl_st *ssl; /* owned by CivetWeb; NULL: plain, or its handshake is not over */
    struct address peer;
    uint64_t client; /* address_client_key(peer) */
    size_t slot;     /* in the list of open connections */

    _Atomic int phase;
    _Atomic int64_t since; /* of the phase, clock_monotonic_ms() */
    _Atomic bool evicted;
    int64_t deadline; /* of the phase */
    struct tls_handshake handshake;
    int64_t opened;   /* when it could carry a request: accepted, or its handshake was over */
    int64_t requests; /* that were begun */
    char id[CONNECTION_ID_SIZE]; /* random hexadecimal digits, from the first request on */

    bool ended;      /* no further request is read */
    bool unread;     /* the client may still be sending: wait for its end before closing */
    bool in_request; /* `head` is that of a request being served */
    uint8_t *raw;    /* LIMIT_REQUEST_HEAD bytes as they came, or NULL */
    size_t raw_len;
    struct head head; /* points into raw */
};

struct connections;

enum { CONNECTION_FD_MAX = 16384, CONNECTION_LISTENERS_MAX = 8 };

enum status connections_new(const struct seam_limits *limits, struct connections **ret_all);
void connections_free(struct connections *all);
CLEANUP_POINTER(struct connections, connections_free)

const struct seam_limits *connections_limits(const struct connections *all);
/* NULL when the descriptor is none of them. */
struct connection *connections_find(struct connections *all, int fd);

/*
 * A new connection, or NULL: too many of this client, too many altogether, or draining. One that
 * waits for its client too long may be shut down to make room.
 */
struct connection *connections_admit(struct connections *all, int fd, const struct address *peer);
/* Frees it; the descriptor is still open and the caller's. */
void connections_remove(struct connections *all, struct connection *connection);

void connection_enter(struct connection *connection, enum phase phase);

/* From now on nobody is let in, and whoever waits is shut down. */
void connections_drain(struct connections *all);
bool connections_draining(const struct connections *all);
/* How many are open. */
size_t connections_count(struct connections *all);
/* How many are in the middle of a request. */
size_t connections_busy(struct connections *all);
/* Shuts down all that are left. */
void connections_shut_down(struct connections *all);
