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
#include "http/connection.h"
#include "http/reason.h"
#include "http/seam_calls.h"
#include "http/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

enum {
    BODY_CHUNK = 4096,
    TLS_HANDSHAKE_BYTE = 0x16, /* RFC 8446 5.1, the first of a ClientHello's record */
    ACCEPT_PAUSE_MS = 5,
    DRAIN_STEP_MS = 10,
    FILE_PIECE = 64 * 1024,
    TLS_JOIN_MAX = 16 * 1024, /* head and body up to this leave as one TLS record */
};

struct seam_listener {
    int port;
    unsigned number;
    struct tls_server *tls;
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

void seam_add_listener(int port, unsigned number, struct tls_server *tls)
{
    seam->listeners[seam->listener_count++] = (struct seam_listener){port, number, tls};
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
    connection->listener = listener->number;
    connection->tls = listener->tls;
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

/* What CivetWeb reads: the constant request when a good head is there, else the end. */
static int next_request(struct connection *connection, void *bytes, size_t len)
{
    current = connection;
    if (!connection->ended)
        read_head(connection);
    if (!connection->in_request || len < sizeof constant_request)
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
    if (connection == NULL || connection->tls == NULL ||
        tls_connection_new(connection->tls, fd, &ours) != STATUS_OK)
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
        if (!wire_wait(connection, events, connection->deadline))
            return false;
    }
}

int seam_ssl_accept(struct ssl_st *ssl)
{
    struct connection *connection = connections_find(seam->connections, tls_connection_fd(ssl));
    if (connection == NULL || !speaks_tls(connection) || !shake_hands(connection, ssl))
        return -1;
    connection->ssl = ssl;
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
    return connection->listener;
}

struct ssl_st *seam_ssl(const struct connection *connection)
{
    return connection->ssl;
}

/* When the next byte must be here: the whole body in its time, and not slower than the rate. */
static int64_t body_deadline(int64_t start, size_t got)
{
    const struct seam_limits *limits = connections_limits(seam->connections);
    int64_t whole = start + limits->body_ms;
    int64_t at_rate = start + 1000 + (int64_t)got * 1000 / limits->body_rate;
    return at_rate < whole ? at_rate : whole;
}

static enum status read_rest(struct connection *connection, size_t len, struct buf *body)
{
    int64_t start = clock_monotonic_ms();
    while (body->len < len) {
        size_t left = len - body->len;
        size_t chunk = left < BODY_CHUNK ? left : BODY_CHUNK;
        uint8_t *room = buf_reserve(body, chunk);
        if (room == NULL)
            return body->failure;
        int64_t deadline = body_deadline(start, body->len);
        size_t got = wire_read(connection, room, chunk, deadline);
        if (got == 0)
            return status_fail(STATUS_INVALID, clock_monotonic_ms() >= deadline
                                                   ? "the body came too slowly"
                                                   : "the body ended early (RFC 9112 8)");
        buf_extend(body, got);
    }
    return STATUS_OK;
}

enum status seam_read_body(struct connection *connection, size_t limit, struct buf *body)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const struct head *head = &connection->head;
    const struct seam_limits *limits = connections_limits(seam->connections);
    if (head->content_length > limit)
        return status_fail(STATUS_TOO_LARGE, "the body is larger than %zu bytes", limit);
    size_t len = (size_t)head->content_length;
    size_t here = connection->raw_len - head->len;
    buf_append(body, span_of(connection->raw + head->len, here < len ? here : len));

    wire_enter(connection, PHASE_BODY, limits->body_ms);
    if (head->expects_continue && here == 0 && len > 0)
        wire_write(connection, span_of(go_on, sizeof go_on - 1), connection->deadline);
    enum status status = read_rest(connection, len, body);
    connection->unread = status != STATUS_OK || here > len;
    connection->head.content_length = status == STATUS_OK ? 0 : head->content_length;
    connection_enter(connection, PHASE_HANDLER);
    return status;
}

bool seam_will_keep_alive(const struct connection *connection)
{
    return connection->head.keep_alive && !connections_draining(seam->connections);
}

/* Head and body as one piece, so that they are one TLS record and one packet. */
static bool send_joined(struct connection *connection, struct span head, struct span body)
{
    struct buf joined defer(buf_clear) = BUF_INIT(TLS_JOIN_MAX);
    struct span bytes;
    buf_append(&joined, head);
    buf_append(&joined, body);
    return buf_finish(&joined, &bytes) == STATUS_OK &&
           wire_write(connection, bytes, connection->deadline);
}

enum status seam_send(struct connection *connection, struct span head, struct span body)
{
    wire_enter(connection, PHASE_REPLY, connections_limits(seam->connections)->reply_ms);
    bool sent = head.len + body.len <= TLS_JOIN_MAX
                    ? send_joined(connection, head, body)
                    : wire_write(connection, head, connection->deadline) &&
                          wire_write(connection, body, connection->deadline);
    connection_enter(connection, PHASE_HANDLER);
    if (sent)
        return STATUS_OK;
    connection->head.keep_alive = false;
    return status_fail(STATUS_IO, "the client did not take the reply");
}

static enum status send_pieces(struct connection *connection, int fd, uint64_t size)
{
    uint8_t *piece defer(free) = malloc(FILE_PIECE);
    if (piece == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory to send a file");
    for (uint64_t at = 0; at < size;) {
        uint64_t left = size - at;
        ssize_t got = pread(fd, piece, left < FILE_PIECE ? left : FILE_PIECE, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return status_fail(STATUS_IO, "a file became shorter or cannot be read any more");
        if (!wire_write(connection, span_of(piece, (size_t)got), connection->deadline))
            return status_fail(STATUS_IO, "the client did not take the reply");
        at += (uint64_t)got;
    }
    return STATUS_OK;
}

enum status seam_send_file(struct connection *connection, struct span head, int fd, uint64_t size)
{
    int64_t extra = (int64_t)(size * 1000 / SEAM_FILE_RATE);
    wire_enter(connection, PHASE_REPLY, connections_limits(seam->connections)->reply_ms + extra);
    enum status status = wire_write(connection, head, connection->deadline)
                             ? send_pieces(connection, fd, size)
                             : status_fail(STATUS_IO, "the client did not take the reply");
    connection_enter(connection, PHASE_HANDLER);
    if (status != STATUS_OK)
        connection->head.keep_alive = false;
    return status;
}

/* Bytes behind the head of a request without a body are the next request. */
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
