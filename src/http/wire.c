/* Sockets and TLS in one manner: try, and when it has to wait, wait for what is left of the time.
 */
#include "http/wire.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { WASTE_CHUNK = 4096 };

void wire_enter(struct connection *connection, enum phase phase, int64_t milliseconds)
{
    connection_enter(connection, phase);
    connection->deadline = clock_monotonic_ms() + milliseconds;
}

bool wire_wait(const struct connection *connection, short events, int64_t deadline)
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

size_t wire_read(struct connection *connection, void *bytes, size_t len, int64_t deadline)
{
    for (;;) {
        size_t got = 0;
        enum tls_progress progress = try_read(connection, bytes, len, &got);
        if (progress == TLS_DONE)
            return got;
        short events = progress == TLS_WANTS_WRITE ? POLLOUT : POLLIN;
        if (progress == TLS_CLOSED || !wire_wait(connection, events, deadline))
            return 0;
    }
}

bool wire_write(struct connection *connection, struct span bytes, int64_t deadline)
{
    while (bytes.len > 0) {
        size_t put = 0;
        enum tls_progress progress = try_write(connection, bytes, &put);
        short events = progress == TLS_WANTS_READ ? POLLIN : POLLOUT;
        if (progress == TLS_CLOSED)
            return false;
        if (progress != TLS_DONE && !wire_wait(connection, events, deadline))
            return false;
        bytes = span_of(bytes.ptr + put, bytes.len - put);
    }
    return true;
}

void wire_linger(struct connection *connection)
{
    char waste[WASTE_CHUNK];
    wire_enter(connection, PHASE_CLOSING, WIRE_LINGER_MS);
    for (;;) {
        ssize_t got = recv(connection->fd, waste, sizeof waste, MSG_DONTWAIT);
        bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (got == 0 || (got < 0 && !later))
            return;
        if (clock_monotonic_ms() >= connection->deadline)
            return;
        if (later && !wire_wait(connection, POLLIN, connection->deadline))
            return;
    }
}
