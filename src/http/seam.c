/*
 * CivetWeb's calls, turned into bounded waits.
 *
 * A worker thread meets them in this order: seam_ssl_set_fd, seam_ssl_accept (https), then for each
 * request seam_poll and seam_recv or seam_ssl_read, the begin_request callback (listener.c, which
 * uses seam_current(), seam_read_body(), seam_send(), seam_finish_request()), and at last
 * seam_close. One call of seam_recv reads a whole head, checks it, and gives CivetWeb the same
 * constant request each time: its parser, URI clean-up, keep-alive and body logic never see a byte
 * from outside. When a connection is over, seam_recv reports the end of the stream.
 *
 * Deadlines need no timekeeper: every wait is one poll() of what is left of the
 * phase's time (wire.h), and CivetWeb itself never waits for a client.
 *
 * There is one seam in a process, because CivetWeb's calls carry no argument of ours; it is set
 * before the first worker starts and cleared after the last has ended. The connection that a worker
 * serves is thread-local for the same reason.
 */
#include "http/seam.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "http/connection.h"
#include "http/reason.h"
#include "http/request.h"
#include "http/seam_calls.h"
#include "http/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

enum {
    TLS_HANDSHAKE_BYTE = 0x16, /* RFC 8446 5.1, the first of a ClientHello's record */
    ACCEPT_PAUSE_MS = 5,
    DRAIN_STEP_MS = 10,
};

struct seam {
    struct connections *connections;
    size_t listener_count;
    struct seam_listener listeners[CONNECTION_LISTENERS_MAX];
    _Atomic bool open;
};

/* The one seam, as the head of this file says; NULL while nothing is served. */
static struct seam *seam;
/* What this worker thread serves. */
static _Thread_local struct connection *current;

/* CivetWeb parses this instead of what came; its answer is written by us. */
static const char constant_request[] = "GET / HTTP/1.1\r\n\r\n";

enum status seam_start(const struct seam_limits *limits)
{
    struct seam *new defer(free) = calloc(1, sizeof *new);
    if (new == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the listeners");
    TRY(connections_new(limits, &new->connections));
    seam = take(new);
    return STATUS_OK;
}

void seam_add_listener(const struct seam_listener *listener)
{
    seam->listeners[seam->listener_count++] = *listener;
}

void seam_open(void)
{
    atomic_store(&seam->open, true);
}

static void pause_for(int milliseconds)
{
    poll(NULL, 0, milliseconds);
}

void seam_drain(int milliseconds)
{
    int64_t deadline = clock_monotonic_ms() + milliseconds;
    connections_drain(seam->connections);
    while (connections_busy(seam->connections) > 0 && clock_monotonic_ms() < deadline)
        pause_for(DRAIN_STEP_MS);
    connections_shut_down(seam->connections);
}

void seam_stop(void)
{
    connections_free(seam->connections);
    free(seam);
    seam = NULL;
}

/* ---- accept and close ----------------------------------------------------------------------- */

static const struct seam_listener *listener_of(int fd)
{
    struct sockaddr_storage local = {0};
    socklen_t len = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &len) != 0)
        return NULL;
    in_port_t port = local.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&local)->sin6_port
                                                 : ((struct sockaddr_in *)&local)->sin_port;
    for (size_t i = 0; i < seam->listener_count; i++)
        if (seam->listeners[i].port == ntohs(port))
            return &seam->listeners[i];
    return NULL;
}

static bool admit(int fd, const struct sockaddr *address)
{
    const struct seam_listener *listener = listener_of(fd);
    struct address peer = address_of(address);
    struct connection *connection =
        listener == NULL ? NULL : connections_admit(seam->connections, fd, &peer);
    if (connection == NULL)
        return false;
    const struct seam_limits *limits = connections_limits(seam->connections);
    connection->listener = listener;
    connection->opened = clock_monotonic_ms();
    if (listener->tls == NULL)
        wire_enter(connection, PHASE_HEAD, limits->head_ms);
    else
        wire_enter(connection, PHASE_HANDSHAKE, limits->handshake_ms);
    return true;
}

int seam_accept(int listening, struct sockaddr *address, socklen_t *len)
{
    if (!atomic_load(&seam->open)) {
        pause_for(ACCEPT_PAUSE_MS);
        return -1;
    }
    int fd = accept4(listening, address, len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        /* Out of descriptors or memory: the queue stays readable, and CivetWeb would ask without a
         * pause. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_for(ACCEPT_PAUSE_MS);
        return -1;
    }
    if (admit(fd, address))
        return fd;
    close(fd);
    return -1;
}

int seam_close(int fd)
{
    struct connection *connection = seam == NULL ? NULL : connections_find(seam->connections, fd);
    if (connection != NULL) {
        if (connection->unread)
            wire_linger(connection);
        if (current == connection)
            current = NULL;
        connections_remove(seam->connections, connection);
    }
    return close(fd);
}

/* ---- the head ------------------------------------------------------------------------------- */

static void end(struct connection *connection)
{
    connection->ended = true;
    connection->in_request = false;
}

/* The seam's own answer: one sentence, and the connection is over. */
static void refuse(struct connection *connection, const struct head_refusal *refusal)
{
    char text[512];
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %d %s\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\n"
                       "Content-Length: %zu\r\n"
                       "Cache-Control: no-store\r\n"
                       "X-Content-Type-Options: nosniff\r\n"
                       "Connection: close\r\n\r\n"
                       "%s\n",
                       refusal->http, reason_phrase(refusal->http), strlen(refusal->sentence) + 1,
                       refusal->sentence);
    wire_enter(connection, PHASE_REPLY, WIRE_LINGER_MS);
    wire_write(connection, span_of(text, (size_t)len), connection->deadline);
    connection->unread = true;
    end(connection);
    log_debug("http", "%d: %s", refusal->http, refusal->sentence);
}

/* More raw bytes; when none come, the client is gone (nothing is said) or too slow (408). */
static bool read_more_head(struct connection *connection)
{
    static const struct head_refusal too_slow = {
        408, "The request head came too slowly (RFC 9110 15.5.9)."};
    size_t got = wire_read(connection, connection->raw + connection->raw_len,
                           LIMIT_REQUEST_HEAD - connection->raw_len, connection->deadline);
    connection->raw_len += got;
    if (got > 0)
        return true;
    if (connection->raw_len > 0 && clock_monotonic_ms() >= connection->deadline)
        refuse(connection, &too_slow);
    end(connection);
    return false;
}

static void read_head(struct connection *connection)
{
    const struct seam_limits *limits = connections_limits(seam->connections);
    if (atomic_load(&connection->phase) == PHASE_IDLE)
        wire_enter(connection, PHASE_HEAD, limits->head_ms);
    if (connection->raw == NULL)
        connection->raw = malloc(LIMIT_REQUEST_HEAD);
    if (connection->raw == NULL) {
        end(connection);
        return;
    }
    struct head_refusal refusal;
    enum head_verdict verdict = HEAD_MORE;
    for (;;) {
        verdict =
            head_check(span_of(connection->raw, connection->raw_len), &connection->head, &refusal);
        if (verdict != HEAD_MORE || !read_more_head(connection))
            break;
    }
    if (verdict == HEAD_REFUSED)
        refuse(connection, &refusal);
    connection->in_request = verdict == HEAD_OK;
}

/* The first one names the connection. */
static bool count_request(struct connection *connection)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[(CONNECTION_ID_SIZE - 1) / 2];
    if (connection->requests++ > 0)
        return true;
    if (random_bytes(random, sizeof random) != STATUS_OK) {
        end(connection);
        return false;
    }
    for (size_t i = 0; i < sizeof random; i++) {
        connection->id[2 * i] = digits[random[i] >> 4];
        connection->id[2 * i + 1] = digits[random[i] & 15];
    }
    return true;
}

/* What CivetWeb reads: the constant request when a good head is there, else the end. */
static int next_request(struct connection *connection, void *bytes, size_t len)
{
    current = connection;
    if (!connection->ended)
        read_head(connection);
    if (!connection->in_request || len < sizeof constant_request || !count_request(connection))
        return 0;
    connection_enter(connection, PHASE_HANDLER);
    memcpy(bytes, constant_request, sizeof constant_request - 1);
    return (int)sizeof constant_request - 1;
}

ssize_t seam_recv(int fd, void *bytes, size_t len, int flags)
{
    struct connection *connection = connections_find(seam->connections, fd);
    if (connection == NULL)
        return recv(fd, bytes, len, flags);
    return next_request(connection, bytes, len);
}

int seam_ssl_read(struct ssl_st *ssl, void *bytes, int len)
{
    struct connection *connection = connections_find(seam->connections, tls_connection_fd(ssl));
    return connection == NULL || len < 0 ? 0 : next_request(connection, bytes, (size_t)len);
}

static bool has_bytes(const struct connection *connection)
{
    return connection->ended || connection->raw_len > 0 ||
           (connection->ssl != NULL && tls_connection_pending(connection->ssl));
}

int seam_poll(struct pollfd *fds, nfds_t count, int milliseconds)
{
    struct connection *connection =
        count == 1 && seam != NULL ? connections_find(seam->connections, fds->fd) : NULL;
    if (connection == NULL)
        return poll(fds, count, milliseconds);
    if (!has_bytes(connection) && !wire_wait(connection, POLLIN, connection->deadline))
        end(connection);
    fds->revents = POLLIN;
    return 1;
}

/* ---- TLS ------------------------------------------------------------------------------------ */

int seam_ssl_set_fd(struct ssl_st **ssl, int fd)
{
    struct connection *connection = connections_find(seam->connections, fd);
    struct ssl_st *ours = NULL;
    if (connection == NULL || connection->listener->tls == NULL ||
        tls_connection_new(connection->listener->tls, fd, &connection->handshake, &ours) !=
            STATUS_OK)
        return 0;
    tls_connection_replace(ssl, ours);
    return 1;
}

/* Somebody typed http:// before this port: say so in the clear, since no TLS will come. */
static bool speaks_tls(struct connection *connection)
{
    static const struct head_refusal plain = {
        400, "This port speaks https only: start the address with https://."};
    uint8_t first;
    if (!wire_wait(connection, POLLIN, connection->deadline) ||
        recv(connection->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
        return false;
    if (first != TLS_HANDSHAKE_BYTE)
        refuse(connection, &plain);
    return first == TLS_HANDSHAKE_BYTE;
}

static bool shake_hands(struct connection *connection, struct ssl_st *ssl)
{
    for (;;) {
        enum tls_progress progress = tls_connection_accept(ssl);
        if (progress == TLS_DONE || progress == TLS_CLOSED)
            return progress == TLS_DONE;
        short events = progress == TLS_WANTS_WRITE ? POLLOUT : POLLIN;
        if (!wire_wait(connection, events, connection->deadline)) {
            tls_handshake_timed_out(ssl);
            return false;
        }
    }
}

/* What comes before the client's first message is whole is no phone's doing. */
static void tell_failure(const struct connection *connection)
{
    const struct tls_handshake *handshake = &connection->handshake;
    const struct seam_listener *listener = connection->listener;
    log_debug("http", "a TLS handshake failed: %s", handshake->reason);
    if (listener->failed == NULL || !handshake->hello_seen)
        return;
    const struct handshake_failure failure = {
        .peer = connection->peer,
        .version = handshake->version,
        .certificate_asked = handshake->certificate_asked,
        .certificate_seen = handshake->certificate_seen,
        .distrusted = handshake->distrusted,
        .reason = handshake->reason,
    };
    listener->failed(&failure, listener->context);
}

/* A client that waits for this before it sends its request would wait 40 ms, where no session
 * ticket goes out that carries it. */
static void acknowledge_now(int fd)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

int seam_ssl_accept(struct ssl_st *ssl)
{
    struct connection *connection = connections_find(seam->connections, tls_connection_fd(ssl));
    if (connection == NULL)
        return -1;
    bool tls = speaks_tls(connection);
    bool done = tls && shake_hands(connection, ssl);
    tls_handshake_end(ssl);
    if (!done) {
        if (tls)
            tell_failure(connection);
        return -1;
    }
    acknowledge_now(connection->fd);
    connection->ssl = ssl;
    connection->opened = clock_monotonic_ms();
    wire_enter(connection, PHASE_HEAD, connections_limits(seam->connections)->head_ms);
    return 1;
}

/* ---- the request, for listener.c ------------------------------------------------------------ */

struct connection *seam_current(void)
{
    return current != NULL && current->in_request ? current : NULL;
}

const struct head *seam_head(const struct connection *connection)
{
    return &connection->head;
}

const struct address *seam_peer(const struct connection *connection)
{
    return &connection->peer;
}

unsigned seam_listener(const struct connection *connection)
{
    return connection->listener->number;
}

struct ssl_st *seam_ssl(const struct connection *connection)
{
    return connection->ssl;
}

void seam_describe(const struct connection *connection, struct request_connection *ret_description)
{
    *ret_description = (struct request_connection){
        .number = connection->requests,
        .handshake_age = (clock_monotonic_ms() - connection->opened) / 1000,
    };
    memcpy(ret_description->id, connection->id, sizeof connection->id);
}

size_t seam_connections(void)
{
    return connections_count(seam->connections);
}

/* Where a body may come before the next request, only one that was read to its end, and with
 * nothing of another request behind it. */
bool seam_will_keep_alive(const struct connection *connection)
{
    const struct head *head = &connection->head;
    bool after_body = connection->listener->keeps_after_body && head->persistent &&
                      head->content_length == 0 && !connection->unread;
    return (head->keep_alive || after_body) && !connections_draining(seam->connections);
}

/* Bytes behind a request are the next one. */
static void keep_rest(struct connection *connection)
{
    size_t used = connection->head.len;
    size_t rest = connection->raw_len - used;
    memmove(connection->raw, connection->raw + used, rest);
    explicit_bzero(connection->raw + rest, LIMIT_REQUEST_HEAD - rest);
    connection->raw_len = rest;
    if (rest == 0) {
        free(connection->raw);
        connection->raw = NULL;
    }
}

void seam_finish_request(struct connection *connection, bool answered)
{
    bool stays = answered && seam_will_keep_alive(connection);
    connection->in_request = false;
    if (stays) {
        keep_rest(connection);
        wire_enter(connection, PHASE_IDLE, connections_limits(seam->connections)->idle_ms);
        return;
    }
    connection->unread = connection->unread || connection->head.content_length > 0;
    explicit_bzero(connection->raw, LIMIT_REQUEST_HEAD);
    connection->raw_len = 0;
    connection->ended = true;
}
