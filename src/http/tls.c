/*
 * One SSL_CTX a listener, replaced as a whole on reload: a connection keeps the reference that its
 * SSL took, so nobody is dropped.
 *
 * Groups: without an explicit list OpenSSL 3 offers ffdhe up to 8192 bits and X448, which cost the
 * server far more than the client.
 */
#include "http/tls.h"

#include "base/key_decoders.h"
#include "base/limits.h"
#include "http/tls_client.h"
#include "http/tls_ticket.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>

#define SUITES                                                                                     \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
/* Level 0 admits TLS 1.0 at all, and the SHA-1 in it. */
#define SUITES_LEGACY                                                                              \
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:"                    \
    "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"                            \
    "AES128-SHA256:AES128-SHA:AES256-SHA:@SECLEVEL=0"
static const char groups[] = "X25519:P-256:P-384";
static const unsigned char session_context[] = "certferry";

struct tls_server {
    pthread_mutex_t lock; /* guards `context` */
    SSL_CTX *context;
    struct ticket_keys *tickets;
};

CLEANUP_POINTER(SSL_CTX, SSL_CTX_free)
CLEANUP_POINTER(SSL, SSL_free)
CLEANUP_POINTER(BIO, BIO_free_all)
CLEANUP_POINTER(X509, X509_free)
CLEANUP_POINTER(EVP_PKEY, EVP_PKEY_free)

/* The newest entry of OpenSSL's queue as the reason; the queue is emptied. */
static enum status fail(enum status status, const char *what)
{
    unsigned long error = ERR_peek_last_error();
    const char *reason = error == 0 ? NULL : ERR_reason_error_string(error);
    ERR_clear_error();
    return status_fail(status, "%s: %s", what, reason == NULL ? "no reason given" : reason);
}

static BIO *memory_of(struct span bytes)
{
    static const char none[1] = "";
    return BIO_new_mem_buf(bytes.ptr == NULL ? none : (const void *)bytes.ptr, (int)bytes.len);
}

/* A key that is encrypted needs a passphrase at a terminal, which a server has not. */
static int no_passphrase(char *text, int size, int writing, void *context)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* The end of a text is an error to OpenSSL as well. */
static bool is_end_of_text(void)
{
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

typedef bool take_certificate(SSL_CTX *context, X509 *certificate);

static enum status take_each(SSL_CTX *context, struct span pem, const char *name,
                             take_certificate *takes)
{
    BIO *memory defer(BIO_free_all) = memory_of(pem);
    if (memory == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for %s", name);
    for (;;) {
        X509 *certificate defer(X509_free) = PEM_read_bio_X509(memory, NULL, no_passphrase, NULL);
        if (certificate == NULL && is_end_of_text()) {
            ERR_clear_error();
            return STATUS_OK;
        }
        if (certificate == NULL || !takes(context, certificate))
            return fail(STATUS_CONFIG, name);
    }
}

static bool send_along(SSL_CTX *context, X509 *certificate)
{
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

static enum status use_certificate(SSL_CTX *context, const struct tls_identity *identity)
{
    BIO *memory defer(BIO_free_all) = memory_of(identity->certificate);
    X509 *leaf defer(X509_free) =
        memory == NULL ? NULL : PEM_read_bio_X509(memory, NULL, no_passphrase, NULL);
    if (leaf == NULL || SSL_CTX_use_certificate(context, leaf) != 1)
        return fail(STATUS_CONFIG, identity->certificate_name);
    if (X509_check_ca(leaf) == 1)
        return status_fail(STATUS_CONFIG, "%s: the first certificate is that of a CA",
                           identity->certificate_name);
    char *rest;
    long left = BIO_get_mem_data(memory, &rest);
    TRY(take_each(context, span_of(rest, (size_t)left), identity->certificate_name, send_along));
    return take_each(context, identity->chain, "the chain", send_along);
}

static enum status use_key(SSL_CTX *context, const struct tls_identity *identity)
{
    BIO *memory defer(BIO_free_all) = memory_of(secret_span(identity->key));
    EVP_PKEY *key defer(EVP_PKEY_free) =
        memory == NULL ? NULL : PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
    if (key == NULL)
        return fail(STATUS_CONFIG, identity->key_name);
    if (SSL_CTX_use_PrivateKey(context, key) != 1)
        return status_fail(STATUS_CONFIG, "%s is not the key of %s", identity->key_name,
                           identity->certificate_name);
    return STATUS_OK;
}

/* By its name a phone finds the right certificate in its store. */
static bool name_issuer(SSL_CTX *context, X509 *issuer)
{
    return SSL_CTX_add_client_CA(context, issuer) == 1;
}

static void set_behaviour(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static enum status set_algorithms(SSL_CTX *context, bool legacy)
{
    char *list = (char *)(uintptr_t)groups; /* the macro takes char *, and only reads */
    bool ok =
        SSL_CTX_set_min_proto_version(context, legacy ? TLS1_VERSION : TLS1_2_VERSION) == 1 &&
        SSL_CTX_set_cipher_list(context, legacy ? SUITES ":" SUITES_LEGACY : SUITES) == 1 &&
        SSL_CTX_set1_groups_list(context, list) == 1 &&
        SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1) == 1;
    return ok ? STATUS_OK : fail(STATUS_CRYPTO, "TLS cannot be set up");
}

static enum status context_new(const struct tls_options *options, struct ticket_keys *tickets,
                               SSL_CTX **ret_context)
{
    OSSL_LIB_CTX *library = options->ask_certificate ? key_decoders_context() : NULL;
    SSL_CTX *context defer(SSL_CTX_free) = SSL_CTX_new_ex(library, NULL, TLS_server_method());
    if (context == NULL)
        return fail(STATUS_CRYPTO, "TLS cannot be set up");
    set_behaviour(context);
    TRY(set_algorithms(context, options->legacy));
    TRY(ticket_keys_use(tickets, context, options->session_lifetime));
    TRY(use_certificate(context, &options->identity));
    TRY(use_key(context, &options->identity));
    if (options->ask_certificate) {
        tls_client_ask(context);
        TRY(take_each(context, options->client_issuers, "the CA names for client certificates",
                      name_issuer));
    }
    *ret_context = take(context);
    return STATUS_OK;
}

enum status tls_server_new(const struct tls_options *options, struct tls_server **ret_server)
{
    struct tls_server *server defer(tls_server_free) = calloc(1, sizeof *server);
    if (server == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for TLS");
    pthread_mutex_init(&server->lock, NULL);
    TRY(ticket_keys_new(&server->tickets));
    TRY(context_new(options, server->tickets, &server->context));
    *ret_server = take(server);
    return STATUS_OK;
}

void tls_server_free(struct tls_server *server)
{
    if (server == NULL)
        return;
    SSL_CTX_free(server->context);
    ticket_keys_free(server->tickets);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

enum status tls_server_reload(struct tls_server *server, const struct tls_options *options)
{
    SSL_CTX *context defer(SSL_CTX_free) = NULL;
    TRY(context_new(options, server->tickets, &context));
    pthread_mutex_lock(&server->lock);
    SSL_CTX *old = server->context;
    server->context = context;
    pthread_mutex_unlock(&server->lock);
    context = old;
    return STATUS_OK;
}

enum status tls_connection_new(struct tls_server *server, int fd, struct tls_handshake *handshake,
                               struct ssl_st **ret_ssl)
{
    pthread_mutex_lock(&server->lock);
    SSL *ssl defer(SSL_free) = SSL_new(server->context);
    pthread_mutex_unlock(&server->lock);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || !tls_client_watch(ssl, handshake))
        return fail(STATUS_CRYPTO, "no TLS for a connection");
    *ret_ssl = take(ssl);
    return STATUS_OK;
}

void tls_connection_replace(struct ssl_st **ssl, struct ssl_st *by)
{
    SSL_free(*ssl);
    *ssl = by;
}

void *tls_placeholder_context(void)
{
    return SSL_CTX_new(TLS_server_method());
}

int tls_connection_fd(const struct ssl_st *ssl)
{
    return SSL_get_fd(ssl);
}

bool tls_connection_pending(const struct ssl_st *ssl)
{
    return SSL_has_pending(ssl) == 1;
}

static enum tls_progress progress_of(const struct ssl_st *ssl, int result)
{
    if (result == 1)
        return TLS_DONE;
    int error = SSL_get_error(ssl, result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ)
        return TLS_WANTS_READ;
    return error == SSL_ERROR_WANT_WRITE ? TLS_WANTS_WRITE : TLS_CLOSED;
}

enum tls_progress tls_connection_accept(struct ssl_st *ssl)
{
    ERR_clear_error();
    int result = SSL_accept(ssl);
    int error = SSL_get_error(ssl, result);
    if (result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        tls_client_note_failure(ssl);
    return progress_of(ssl, result);
}

void tls_handshake_timed_out(struct ssl_st *ssl)
{
    tls_client_note(ssl, "the client did not go on in time");
}

void tls_handshake_end(struct ssl_st *ssl)
{
    tls_client_watch(ssl, NULL);
}

enum tls_progress tls_connection_read(struct ssl_st *ssl, void *bytes, size_t len, size_t *ret_len)
{
    ERR_clear_error();
    return progress_of(ssl, SSL_read_ex(ssl, bytes, len, ret_len));
}

enum tls_progress tls_connection_write(struct ssl_st *ssl, struct span bytes, size_t *ret_len)
{
    ERR_clear_error();
    return progress_of(ssl, SSL_write_ex(ssl, bytes.ptr, bytes.len, ret_len));
}

void tls_session_of(struct ssl_st *ssl, struct tls_session *ret_session)
{
    bool resumed = SSL_session_reused(ssl) == 1;
    bool asks = (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0;
    *ret_session = (struct tls_session){
        .version = SSL_get_version(ssl),
        .cipher = SSL_get_cipher_name(ssl),
        .resumed = resumed,
        .session_age = ticket_session_age(ssl),
        .certificate_asked = asks && !resumed,
        .certificate_count = tls_client_count(ssl),
    };
}
