/*
 * Bounded waiting, reading and writing on one connection, plain or TLS. Private to http/seam.c.
 */
#pragma once

#include "base/span.h"
#include "http/connection.h"

enum { WIRE_LINGER_MS = 2000 };

/* The phase begins, with so long for all of it. */
void wire_enter(struct connection *connection, enum phase phase, int64_t milliseconds);
/* Until one of poll()'s `events`, also the end of the stream. False when the time is over first. */
bool wire_wait(const struct connection *connection, short events, int64_t deadline);
/* Bytes read before the deadline, 0 when the stream or the time is over. */
size_t wire_read(struct connection *connection, void *bytes, size_t len, int64_t deadline);
/* False when the client is gone or the time is over. */
bool wire_write(struct connection *connection, struct span bytes, int64_t deadline);
/* A socket closed with unread bytes resets the connection, and the client may never see our last
 * answer: so what it still sends is thrown away for a moment. */
void wire_linger(struct connection *connection);
