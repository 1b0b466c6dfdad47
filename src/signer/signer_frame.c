/*
 * send() and recv() rather than write() and read(): MSG_NOSIGNAL turns a dead peer into an error
 * instead of a SIGPIPE, whatever the process does with its signals.
 */
#include "signer/signer_frame.h"

#include <errno.h>
#include <sys/socket.h>

enum { LENGTH_SIZE = 4, RECEIVE_CHUNK = 64 * 1024 };

static enum status send_all(int socket, struct span bytes, int flags)
{
    while (bytes.len > 0) {
        ssize_t sent = send(socket, bytes.ptr, bytes.len, flags | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return status_fail_errno(STATUS_SIGNER, "the signer's socket takes no message");
        bytes = span_of(bytes.ptr + sent, bytes.len - (size_t)sent);
    }
    return STATUS_OK;
}

enum status frame_send(int socket, struct span message)
{
    uint8_t length[LENGTH_SIZE] = {(uint8_t)(message.len >> 24), (uint8_t)(message.len >> 16),
                                   (uint8_t)(message.len >> 8), (uint8_t)message.len};
    TRY(send_all(socket, span_of(length, sizeof length), MSG_MORE));
    return send_all(socket, message, 0);
}

/* Fills as much of `room` as there is before the end of the stream. */
static enum status receive_all(int socket, uint8_t *room, size_t len, size_t *ret_got)
{
    size_t got = 0;
    while (got < len) {
        ssize_t part = recv(socket, room + got, len - got, 0);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return status_fail_errno(STATUS_SIGNER, "the signer's socket gives no message");
        if (part == 0)
            break;
        got += (size_t)part;
    }
    *ret_got = got;
    return STATUS_OK;
}

static enum status receive_length(int socket, size_t max, size_t *ret_len)
{
    uint8_t length[LENGTH_SIZE];
    size_t got = 0;
    TRY(receive_all(socket, length, sizeof length, &got));
    if (got == 0)
        return STATUS_GONE;
    if (got < sizeof length)
        return status_fail(STATUS_SIGNER, "the signer's socket was closed within a message");
    size_t len = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 |
                 (size_t)length[3];
    if (len > max)
        return status_fail(STATUS_SIGNER, "a signer message of %zu bytes; at most %zu", len, max);
    *ret_len = len;
    return STATUS_OK;
}

enum status frame_receive(int socket, struct buf *message)
{
    size_t left = 0;
    TRY(receive_length(socket, message->max - message->len, &left));
    /* In parts, so that an announced length alone makes nobody allocate. */
    while (left > 0) {
        size_t part = left < RECEIVE_CHUNK ? left : RECEIVE_CHUNK;
        uint8_t *room = buf_reserve(message, part);
        if (room == NULL)
            return message->failure;
        size_t got = 0;
        TRY(receive_all(socket, room, part, &got));
        if (got < part)
            return status_fail(STATUS_SIGNER, "the signer's socket was closed within a message");
        buf_extend(message, part);
        left -= part;
    }
    return STATUS_OK;
}
