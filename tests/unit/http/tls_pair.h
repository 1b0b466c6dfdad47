/* A TLS server of http/tls.h and a client of OpenSSL, each at one end of a pair of sockets. */
#pragma once

#include "http/tls.h"

#include <openssl/ssl.h>

/* A P-256 key and a certificate that it signed itself, as PEM. */
struct tls_party {
    struct buf certificate;
    struct secret *key;
};
void tls_party_make(struct tls_party *party);
void tls_party_clear(struct tls_party *party);
CLEANUP_VALUE(struct tls_party, tls_party_clear)

/* A server of `party` that asks for certificates. */
struct tls_options tls_pair_options(const struct tls_party *party, int64_t session_lifetime);
struct tls_server *tls_pair_server(const struct tls_options *options);

/* A client without a certificate, of that version. */
SSL_CTX *tls_pair_client(int version);
/* It shows `party`'s certificate, and this many copies of it as its chain. */
void tls_pair_show(SSL_CTX *client, const struct tls_party *party, int copies);

struct tls_pair {
    int client_fd, server_fd;
    SSL *client, *server;
    struct tls_handshake handshake; /* of the server */
    bool done;                      /* both are through */
    struct tls_session session;     /* as the server sees it, when it is done */
};
void tls_pair_open(struct tls_pair *pair, struct tls_server *server, SSL_CTX *client,
                   SSL_SESSION *resume);
/* Until both have done or one has failed; the server has sent its tickets then, and they are read.
 */
void tls_pair_shake(struct tls_pair *pair);
/* The client's side only: it is gone. */
void tls_pair_hang_up(struct tls_pair *pair);
/* One step of the server with what the client has sent. */
enum tls_progress tls_pair_step(struct tls_pair *pair);
void tls_pair_clear(struct tls_pair *pair);
CLEANUP_VALUE(struct tls_pair, tls_pair_clear)

/* A whole handshake: what the server saw; *session is resumed when there is one, and replaced. */
struct tls_session tls_pair_once(struct tls_server *server, SSL_CTX *client, SSL_SESSION **session);
