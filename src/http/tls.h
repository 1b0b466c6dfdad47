/*
 * The TLS side of a listener: one SSL_CTX of ours, and what is known of one session.
 *
 * TLS 1.2 and 1.3, AEAD suites with ECDHE only, groups X25519, P-256, P-384 (no ffdhe: a client
 * picking ffdhe8192 would cost 220 times as much), no renegotiation, no compression. A client
 * certificate is asked for only where `ask_certificate` is set, and never required or judged here:
 * whoever refuses it does so in words, over HTTP.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/status.h"

struct tls_server;

struct tls_identity {
    struct span certificate;      /* PEM: the leaf, and maybe its chain */
    struct span chain;            /* PEM: more of the chain, or empty */
    const struct secret *key;     /* PEM, PKCS#8 or traditional */
    const char *certificate_name; /* file names, for error sentences */
    const char *key_name;
};

struct tls_options {
    struct tls_identity identity;
    bool ask_certificate;       /* the listener may see client certificates */
    struct span client_issuers; /* PEM: CA names sent with the request; empty for none */
};

/* CONFIG: unreadable PEM, a key that does not fit the certificate, a leaf that is a CA. */
enum status tls_server_new(const struct tls_options *options, struct tls_server **ret_server);
void tls_server_free(struct tls_server *server);
CLEANUP_POINTER(struct tls_server, tls_server_free)

/* New connections get the new identity, old ones keep theirs. On failure nothing changes. */
enum status tls_server_reload(struct tls_server *server, const struct tls_options *options);

/* What the handshake of the connection of a request was. */
struct tls_session {
    const char *version; /* "TLSv1.3" */
    const char *cipher;  /* "TLS_AES_256_GCM_SHA384" */
    bool resumed;
    bool certificate_asked;
    size_t certificate_count; /* what the client sent, leaf first; 0 for none. A resumed session
                                 knows the leaf only */
};

/*
 * For http/seam.c. An SSL of the current identity; its type is named by its tag only, to keep
 * OpenSSL out of this header. The socket does not block: the caller waits for what is wanted and
 * calls again.
 */
struct ssl_st;
enum tls_progress { TLS_DONE, TLS_WANTS_READ, TLS_WANTS_WRITE, TLS_CLOSED };

enum status tls_connection_new(struct tls_server *server, int fd, struct ssl_st **ret_ssl);
/* Takes the place of *ssl, which is freed. */
void tls_connection_replace(struct ssl_st **ssl, struct ssl_st *by);
/* An SSL_CTX without identity, for whoever insists on one; of the caller. NULL: no memory. */
void *tls_placeholder_context(void);
int tls_connection_fd(const struct ssl_st *ssl);
bool tls_connection_pending(const struct ssl_st *ssl);
enum tls_progress tls_connection_accept(struct ssl_st *ssl);
enum tls_progress tls_connection_read(struct ssl_st *ssl, void *bytes, size_t len, size_t *ret_len);
enum tls_progress tls_connection_write(struct ssl_st *ssl, struct span bytes, size_t *ret_len);

void tls_session_of(struct ssl_st *ssl, struct tls_session *ret_session);
/* DER of the client's certificate number `index`. NOT_FOUND. */
enum status tls_client_certificate(struct ssl_st *ssl, size_t index, struct buf *der);
