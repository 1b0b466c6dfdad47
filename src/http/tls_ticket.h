/*
 * Resuming TLS sessions: the keys of session tickets, and for how long a session is good.
 *
 * A ticket holds the whole session, the client's certificate too, encrypted under a key of ours
 * (RFC 5077; RFC 8446 4.6.1). A key is used for one lifetime of a session and then opens old
 * tickets for one more, so that whoever steals a key reads two lifetimes at most. Keys live as long
 * as this object: they survive a new certificate, never the process.
 *
 * A session's age counts from its full handshake. TLS 1.3 gives a new ticket with each resumption
 * and OpenSSL starts the time anew with it, so a client could go on for ever without showing its
 * certificate again: therefore the time of the full handshake travels in the ticket. So do the
 * certificates that the client sent besides its own, which OpenSSL leaves out: without them a path
 * that was sound in the full handshake would have a hole. A client that sent more of them than
 * TICKET_CHAIN_MAX bytes is not resumed.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

#include <stdint.h>

enum { TICKET_CHAIN_MAX = 4096 };

struct ssl_ctx_st;
struct ssl_st;

struct ticket_keys;

enum status ticket_keys_new(struct ticket_keys **ret_keys);
/* After the last connection of the contexts that use them. */
void ticket_keys_free(struct ticket_keys *keys);
CLEANUP_POINTER(struct ticket_keys, ticket_keys_free)

/* Sessions of `context` can be resumed until `lifetime` seconds after their full handshake, by
 * tickets or (TLS 1.2 and older) by our memory; 0: never. CRYPTO. */
enum status ticket_keys_use(struct ticket_keys *keys, struct ssl_ctx_st *context, int64_t lifetime);

/* Seconds since the full handshake of the connection's session; 0 when it was this one's. */
int64_t ticket_session_age(const struct ssl_st *ssl);
/* The DER of certificate `index` (0: the first behind the client's own) that the ticket carried;
 * empty when there are fewer. It is the session's. */
struct span ticket_certificate(const struct ssl_st *ssl, size_t index);
