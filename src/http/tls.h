/*
 * The TLS side of a listener: one SSL_CTX of ours, and what is known of one session.
 *
 * TLS 1.2 and 1.3, AEAD suites with ECDHE only, groups X25519, P-256, P-384 (no ffdhe: a client
 * picking ffdhe8192 would cost 220 times as much), no renegotiation, no compression. `legacy` adds
 * what Windows Phone speaks: TLS 1.0 and 1.1, CBC suites, SHA-1.
 *
 * A client certificate is asked for only where `ask_certificate` is set, and never required or
 * judged here: whoever refuses it does so in words, over HTTP. Only what would cost too much ends
 * the handshake: more bytes, certificates or bits of a key than limits.h allows, before anything is
 * computed with them.
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
    int64_t session_lifetime;   /* seconds in which a session can be resumed; 0: never */
    bool legacy;                /* TLS 1.0 and 1.1 too */
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
    int64_t session_age;      /* seconds since the session's full handshake; 0 on that handshake */
    bool certificate_asked;   /* in this handshake: never in a resumed one */
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

/* What was seen of a handshake while it goes on. */
struct tls_handshake {
    bool hello_seen; /* the whole ClientHello came */
    bool certificate_asked;
    bool certificate_seen; /* one or more came, readable or not */
    bool distrusted;       /* the client refused the certificate of the server */
    const char *version;   /* "TLSv1.2"; a literal */
    char reason[96];       /* why it failed, once it has: ours, or the client's alert */
};

/* `handshake` is written to until tls_handshake_end(), which must be called before it is gone. */
enum status tls_connection_new(struct tls_server *server, int fd, struct tls_handshake *handshake,
                               struct ssl_st **ret_ssl);
/* Takes the place of *ssl, which is freed. */
void tls_connection_replace(struct ssl_st **ssl, struct ssl_st *by);
/* An SSL_CTX without identity, for whoever insists on one; of the caller. NULL: no memory. */
void *tls_placeholder_context(void);
int tls_connection_fd(const struct ssl_st *ssl);
bool tls_connection_pending(const struct ssl_st *ssl);
/* DONE: the handshake is over. CLOSED: it failed, and its notes have the reason. */
enum tls_progress tls_connection_accept(struct ssl_st *ssl);
/* Instead of calling it again: the client did not go on in time. */
void tls_handshake_timed_out(struct ssl_st *ssl);
/* Nothing is noted any more. Does nothing to an SSL that is none of tls_connection_new(). */
void tls_handshake_end(struct ssl_st *ssl);
enum tls_progress tls_connection_read(struct ssl_st *ssl, void *bytes, size_t len, size_t *ret_len);
enum tls_progress tls_connection_write(struct ssl_st *ssl, struct span bytes, size_t *ret_len);

void tls_session_of(struct ssl_st *ssl, struct tls_session *ret_session);
/* DER of the client's certificate number `index`. NOT_FOUND. */
enum status tls_client_certificate(struct ssl_st *ssl, size_t index, struct buf *der);
