/*
 * Messages over the stream socket between the two processes: four octets of length, then so many
 * bytes. Partial reads and writes and interrupted calls are this file's business; a socket option
 * (SO_RCVTIMEO) bounds the wait where one is wanted.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"

/* SIGNER when the other side is gone or takes longer than the socket allows. */
enum status frame_send(int socket, struct span message);

/*
 * Appends one message of at most the buffer's maximum. GONE when the other side has closed between
 * two messages, SIGNER when it closed within one, announced too much or took too long: there is
 * no way to find the next message then.
 */
enum status frame_receive(int socket, struct buf *message);
