/*
 * The seam under CivetWeb: every byte of every connection passes here, and all waiting is ours.
 *
 * CivetWeb gives a thread to a connection and bounds no total time; alone it starves under 1,000
 * slow clients. seam_hooks.h maps its accept, poll, recv, SSL_accept, SSL_read, ... to the
 * functions below, so that
 *   - connections are counted per client address, and when all threads are taken one of the
 *     client with the most, the one that has waited longest, makes room;
 *   - handshake, head, body, reply and idle each have a total deadline (the body a least rate
 *     too), since every wait is a poll() of what is left of it;
 *   - the head is checked on its raw bytes (head_check.h) and refused here; CivetWeb itself only
 *     ever parses a head of ten words that we wrote;
 *   - the body and the reply bypass CivetWeb.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"
#include "http/address.h"
#include "http/head_check.h"

#include <stdbool.h>
#include <stdint.h>

/* Times are milliseconds for a whole phase. */
struct seam_limits {
    int connections;             /* at the same time; the number of threads */
    int connections_per_address; /* one client: IPv4 address or IPv6 /64; a /48 may have 4 times */
    int handshake_ms;
    int head_ms;
    int body_ms;
    int body_rate; /* least bytes a second after the first second */
    int reply_ms;
    int idle_ms;
};

struct tls_server;

/* A TLS handshake that failed after the client's first message. Everything is valid during the call
 * only. */
struct handshake_failure {
    struct address peer;
    const char *version; /* "TLSv1.2" */
    bool certificate_asked;
    bool certificate_seen; /* the client sent one, readable or not */
    bool distrusted;       /* the client refused the certificate of the server */
    const char *reason;    /* what ended it: "alert of the client: unknown CA" */
};
/* Called on the thread of the connection, from many at a time; it must not wait. */
typedef void handshake_failed(const struct handshake_failure *failure, void *context);

/* Which connections belong to a listener, and what is said of them. */
struct seam_listener {
    int port;
    unsigned number;
    struct tls_server *tls;   /* NULL: plain */
    bool keeps_after_body;    /* stays open after a request with a body, if all of it was read */
    handshake_failed *failed; /* NULL: nobody wants to know */
    void *context;
};

/* Once a process, before CivetWeb; connections are let in from seam_open() on. */
enum status seam_start(const struct seam_limits *limits);
void seam_add_listener(const struct seam_listener *listener);
void seam_open(void);
/* Lets nobody in any more, ends what waits, and waits for requests in progress, at most so long. */
void seam_drain(int milliseconds);
/* After CivetWeb has stopped. */
void seam_stop(void);

struct connection;

/* The connection that the calling worker thread serves; NULL outside of a request. */
struct connection *seam_current(void);
const struct head *seam_head(const struct connection *connection);
const struct address *seam_peer(const struct connection *connection);
/* Which listener: the number given to seam_add_listener(). */
unsigned seam_listener(const struct connection *connection);
struct ssl_st *seam_ssl(const struct connection *connection);
/* Of the request that is being served. */
struct request_connection;
void seam_describe(const struct connection *connection, struct request_connection *ret_description);
/* Open at this moment, of all listeners. */
size_t seam_connections(void);

/*
 * Reads the whole declared body into `body`, after a 100 Continue if the client waits for one.
 * INVALID: it ended early or came too slowly; TOO_LARGE: more than `limit` is declared.
 */
enum status seam_read_body(struct connection *connection, size_t limit, struct buf *body);
/* Whether the connection stays open after this response; read when its head is written. */
bool seam_will_keep_alive(const struct connection *connection);
/* Head and body in as few packets as possible. IO: the client is gone or too slow. */
enum status seam_send(struct connection *connection, struct span head, struct span body);
/* Head, and then the first `size` bytes of the file in pieces. Beyond the time for a reply the
 * client has what it needs at SEAM_FILE_RATE bytes a second. IO as above, or the file is shorter.
 */
enum { SEAM_FILE_RATE = 64 * 1024 };
enum status seam_send_file(struct connection *connection, struct span head, int fd, uint64_t size);
/* The request is over: wipes it. One that got no answer ends the connection, or the client would
 * take the next answer for its own. */
void seam_finish_request(struct connection *connection, bool answered);
