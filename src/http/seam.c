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
 * Deadlines need no timekeeper: every wait in this file is one poll() of what is left of the
 * phase's time, and CivetWeb itself never waits for a client.
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

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

enum {
    LINGER_MS = 2000,
    BODY_CHUNK = 4096,
    TLS_HANDSHAKE_BYTE = 0x16, /* RFC 8446 5.1, the first of a ClientHello's record */
    ACCEPT_PAUSE_MS = 5,
    DRAIN_STEP_MS = 10,
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

/* The one of this process, see above. */
static struct seam *seam;
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

/* ---- waiting, reading, writing -------------------------------------------------------------- */

static void enter(struct connection *connection, enum phase phase, int64_t milliseconds)
{
    connection_enter(connection, phase);
    connection->deadline = clock_monotonic_ms() + milliseconds;
}

/* False when the time is over first. */
static bool wait_until(const struct connection *connection, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - clock_monotonic_ms();
        struct pollfd fd = {.fd = connection->fd, .events = events};
        int ready = left <= 0 ? 0 : poll(&fd, 1, (int)left);
        if (ready == 0 || (ready < 0 && errno != EINTR))
            return false;
        if (ready > 0)
            return true;
    }
}

static enum tls_progress progress_of_socket(ssize_t result, enum tls_progress wanted,
                                            size_t *ret_len)
{
    if (result > 0) {
        *ret_len = (size_t)result;
        return TLS_DONE;
    }
    bool again = result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return again ? wanted : TLS_CLOSED;
}

static enum tls_progress try_read(struct connection *connection, void *bytes, size_t len,
                                  size_t *ret_len)
{
    if (connection->ssl != NULL)
        return tls_connection_read(connection->ssl, bytes, len, ret_len);
    return progress_of_socket(recv(connection->fd, bytes, len, MSG_DONTWAIT), TLS_WANTS_READ,
                              ret_len);
}

static enum tls_progress try_write(struct connection *connection, struct span bytes,
                                   size_t *ret_len)
{
    if (connection->ssl != NULL)
        return tls_connection_write(connection->ssl, bytes, ret_len);
    return progress_of_socket(
        send(connection->fd, bytes.ptr, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL), TLS_WANTS_WRITE,
        ret_len);
}

/* Bytes read before the deadline, 0 when the stream or the time is over. */
static size_t read_some(struct connection *connection, void *bytes, size_t len, int64_t deadline)
{
    for (;;) {
        size_t got = 0;
        enum tls_progress progress = try_read(connection, bytes, len, &got);
        if (progress == TLS_DONE)
            return got;
        short events = progress == TLS_WANTS_WRITE ? POLLOUT : POLLIN;
        if (progress == TLS_CLOSED || !wait_until(connection, events, deadline))
            return 0;
    }
}

static bool write_all(struct connection *connection, struct span bytes, int64_t deadline)
{
    while (bytes.len > 0) {
        size_t put = 0;
        enum tls_progress progress = try_write(connection, bytes, &put);
        short events = progress == TLS_WANTS_READ ? POLLIN : POLLOUT;
        if (progress == TLS_CLOSED)
            return false;
        if (progress != TLS_DONE && !wait_until(connection, events, deadline))
            return false;
        bytes = span_of(bytes.ptr + put, bytes.len - put);
    }
    return true;
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
        enter(connection, PHASE_HEAD, limits->head_ms);
    else
        enter(connection, PHASE_HANDSHAKE, limits->handshake_ms);
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
        /* Out of descriptors: the queue stays readable, and CivetWeb would ask without a pause. */
        if (errno == EMFILE || errno == ENFILE)
            pause_for(ACCEPT_PAUSE_MS);
        return -1;
    }
    if (admit(fd, address))
        return fd;
    close(fd);
    return -1;
}

/* A socket closed with unread bytes resets the connection, and the client may never see our last
 * answer: so what it still sends is thrown away for a moment. */
static void linger(struct connection *connection)
{
    char waste[BODY_CHUNK];
    enter(connection, PHASE_CLOSING, LINGER_MS);
    for (;;) {
        ssize_t got = recv(connection->fd, waste, sizeof waste, MSG_DONTWAIT);
        bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (got == 0 || (got < 0 && !later))
            return;
        if (clock_monotonic_ms() >= connection->deadline)
            return;
        if (later && !wait_until(connection, POLLIN, connection->deadline))
            return;
    }
}

int seam_close(int fd)
{
    struct connection *connection = seam == NULL ? NULL : connections_find(seam->connections, fd);
    if (connection != NULL) {
        if (connection->unread)
            linger(connection);
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
    enter(connection, PHASE_REPLY, LINGER_MS);
    write_all(connection, span_of(text, (size_t)len), connection->deadline);
    connection->unread = true;
    end(connection);
    log_debug("http", "%d: %s", refusal->http, refusal->sentence);
}

/* More raw bytes; when none come, the client is gone (nothing is said) or too slow (408). */
static bool read_more_head(struct connection *connection)
{
    static const struct head_refusal too_slow = {
        408, "The request head came too slowly (RFC 9110 15.5.9)."};
    size_t got = read_some(connection, connection->raw + connection->raw_len,
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
        enter(connection, PHASE_HEAD, limits->head_ms);
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
    if (!has_bytes(connection) && !wait_until(connection, POLLIN, connection->deadline))
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
    if (!wait_until(connection, POLLIN, connection->deadline) ||
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
        if (!wait_until(connection, events, connection->deadline))
            return false;
    }
}

int seam_ssl_accept(struct ssl_st *ssl)
{
    struct connection *connection = connections_find(seam->connections, tls_connection_fd(ssl));
    if (connection == NULL || !speaks_tls(connection) || !shake_hands(connection, ssl))
        return -1;
    connection->ssl = ssl;
    enter(connection, PHASE_HEAD, connections_limits(seam->connections)->head_ms);
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
        size_t got = read_some(connection, room, chunk, deadline);
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

    enter(connection, PHASE_BODY, limits->body_ms);
    if (head->expects_continue && here == 0 && len > 0)
        write_all(connection, span_of(go_on, sizeof go_on - 1), connection->deadline);
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
           write_all(connection, bytes, connection->deadline);
}

enum status seam_send(struct connection *connection, struct span head, struct span body)
{
    enter(connection, PHASE_REPLY, connections_limits(seam->connections)->reply_ms);
    bool sent = head.len + body.len <= TLS_JOIN_MAX
                    ? send_joined(connection, head, body)
                    : write_all(connection, head, connection->deadline) &&
                          write_all(connection, body, connection->deadline);
    connection_enter(connection, PHASE_HANDLER);
    if (sent)
        return STATUS_OK;
    connection->head.keep_alive = false;
    return status_fail(STATUS_IO, "the client did not take the reply");
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

void seam_finish_request(struct connection *connection)
{
    bool stays = seam_will_keep_alive(connection);
    connection->in_request = false;
    if (stays) {
        keep_rest(connection);
        enter(connection, PHASE_IDLE, connections_limits(seam->connections)->idle_ms);
        return;
    }
    connection->unread = connection->unread || connection->head.content_length > 0;
    explicit_bzero(connection->raw, LIMIT_REQUEST_HEAD);
    connection->raw_len = 0;
    connection->ended = true;
}
