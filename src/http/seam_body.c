/* What is behind a head: the body of a request and a whole reply, past CivetWeb, each in its time.
 */
#include "base/clock.h"
#include "http/connection.h"
#include "http/wire.h"

#include <errno.h>

enum {
    BODY_CHUNK = 4096,
    BYTES_PER_MS = 128, /* 1 Mbit/s */
    FILE_PIECE = 64 * 1024,
    TLS_JOIN_MAX = 16 * 1024, /* head and body up to this leave as one TLS record */
};

/* Large files have time in addition; who may send them at all, the routes say. */
static int64_t extra_ms(size_t len)
{
    return (int64_t)len / BYTES_PER_MS;
}

/* When the next byte must be here: the whole body in its time, and not slower than the rate. */
static int64_t body_deadline(const struct seam_limits *limits, int64_t start, size_t got,
                             size_t len)
{
    int64_t whole = start + limits->body_ms + extra_ms(len);
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
        int64_t deadline = body_deadline(connection->limits, start, body->len, len);
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
    const struct seam_limits *limits = connection->limits;
    if (head->content_length > limit)
        return status_fail(STATUS_TOO_LARGE, "the body is larger than %zu bytes", limit);
    size_t len = (size_t)head->content_length;
    size_t here = connection->raw_len - head->len;
    buf_append(body, span_of(connection->raw + head->len, here < len ? here : len));

    wire_enter(connection, PHASE_BODY, limits->body_ms + extra_ms(len));
    if (head->expects_continue && here == 0 && len > 0)
        wire_write(connection, span_of(go_on, sizeof go_on - 1), connection->deadline);
    enum status status = read_rest(connection, len, body);
    connection->unread = status != STATUS_OK || here > len;
    if (status == STATUS_OK)
        connection->head.content_length = 0;
    if (!connection->unread)
        connection->head.len = connection->raw_len; /* the next request starts behind the body */
    connection_enter(connection, PHASE_HANDLER);
    return status;
}

/* After an answer that was cut off no other can follow. */
static void give_up(struct connection *connection)
{
    connection->head.keep_alive = false;
    connection->head.persistent = false;
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
    const struct seam_limits *limits = connection->limits;
    wire_enter(connection, PHASE_REPLY, limits->reply_ms + extra_ms(body.len));
    bool sent = head.len + body.len <= TLS_JOIN_MAX
                    ? send_joined(connection, head, body)
                    : wire_write(connection, head, connection->deadline) &&
                          wire_write(connection, body, connection->deadline);
    connection_enter(connection, PHASE_HANDLER);
    if (sent)
        return STATUS_OK;
    give_up(connection);
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
    wire_enter(connection, PHASE_REPLY, connection->limits->reply_ms + extra);
    enum status status = wire_write(connection, head, connection->deadline)
                             ? send_pieces(connection, fd, size)
                             : status_fail(STATUS_IO, "the client did not take the reply");
    connection_enter(connection, PHASE_HANDLER);
    if (status != STATUS_OK)
        give_up(connection);
    return status;
}
