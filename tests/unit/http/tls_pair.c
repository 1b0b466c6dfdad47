#include "tls_pair.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <sys/socket.h>

/* ---- certificates ---------------------------------------------------------------------------- */

static X509 *sign_itself(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"party", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    cr_assert_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    return certificate;
}

static struct span memory_of(BIO *memory)
{
    char *bytes;
    long len = BIO_get_mem_data(memory, &bytes);
    return span_of(bytes, (size_t)len);
}

void tls_party_make(struct tls_party *party)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = sign_itself(key);
    BIO *memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate);
    party->certificate = (struct buf)BUF_INIT(8192);
    buf_append(&party->certificate, memory_of(memory));
    BIO_free(memory);
    memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL);
    cr_assert_eq(secret_copy(memory_of(memory), &party->key), STATUS_OK);
    BIO_free(memory);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void tls_party_clear(struct tls_party *party)
{
    buf_clear(&party->certificate);
    secret_free(party->key);
}

/* ---- contexts -------------------------------------------------------------------------------- */

struct tls_options tls_pair_options(const struct tls_party *party, int64_t session_lifetime)
{
    return (struct tls_options){
        .identity = {.certificate = span_of(party->certificate.ptr, party->certificate.len),
                     .key = party->key,
                     .certificate_name = "server.pem",
                     .key_name = "server.key"},
        .ask_certificate = true,
        .session_lifetime = session_lifetime,
    };
}

struct tls_server *tls_pair_server(const struct tls_options *options)
{
    struct tls_server *server = NULL;
    cr_assert_eq(tls_server_new(options, &server), STATUS_OK, "%s", status_detail());
    return server;
}

SSL_CTX *tls_pair_client(int version)
{
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(client, 0);
    SSL_CTX_set_min_proto_version(client, version);
    SSL_CTX_set_max_proto_version(client, version);
    return client;
}

void tls_pair_show(SSL_CTX *client, const struct tls_party *party, int copies)
{
    BIO *memory = BIO_new_mem_buf(party->certificate.ptr, (int)party->certificate.len);
    X509 *certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
    BIO_free(memory);
    struct span key = secret_span(party->key);
    memory = BIO_new_mem_buf(key.ptr, (int)key.len);
    EVP_PKEY *private = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    BIO_free(memory);
    cr_assert_eq(SSL_CTX_use_certificate(client, certificate), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey(client, private), 1);
    for (int i = 0; i < copies; i++)
        SSL_CTX_add1_chain_cert(client, certificate);
    EVP_PKEY_free(private);
    X509_free(certificate);
}

/* ---- handshakes ------------------------------------------------------------------------------ */

void tls_pair_open(struct tls_pair *pair, struct tls_server *server, SSL_CTX *client,
                   SSL_SESSION *resume)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN); /* as listeners_start() does */
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    pair->client_fd = ends[0];
    pair->server_fd = ends[1];
    pair->client = SSL_new(client);
    SSL_set_fd(pair->client, pair->client_fd);
    if (resume != NULL)
        SSL_set_session(pair->client, resume);
    cr_assert_eq(tls_connection_new(server, pair->server_fd, &pair->handshake, &pair->server),
                 STATUS_OK);
}

enum tls_progress tls_pair_step(struct tls_pair *pair)
{
    return tls_connection_accept(pair->server);
}

/* One step of the client; a failure leaves its alert for the server to read. */
static enum tls_progress step_client(struct tls_pair *pair)
{
    int result = SSL_connect(pair->client);
    if (result == 1)
        return TLS_DONE;
    return SSL_get_error(pair->client, result) == SSL_ERROR_WANT_READ ? TLS_WANTS_READ : TLS_CLOSED;
}

void tls_pair_shake(struct tls_pair *pair)
{
    enum tls_progress server = TLS_WANTS_READ;
    enum tls_progress client = TLS_WANTS_READ;
    for (int i = 0; i < 64 && (server == TLS_WANTS_READ || client == TLS_WANTS_READ); i++) {
        if (client == TLS_WANTS_READ)
            client = step_client(pair);
        if (server == TLS_WANTS_READ)
            server = tls_pair_step(pair);
        if (server == TLS_CLOSED)
            break;
    }
    pair->done = client == TLS_DONE && server == TLS_DONE;
    if (!pair->done)
        return;
    char byte;
    SSL_read(pair->client, &byte, 1); /* there is none, but tickets before it */
    tls_session_of(pair->server, &pair->session);
}

void tls_pair_hang_up(struct tls_pair *pair)
{
    shutdown(pair->client_fd, SHUT_RDWR);
}

void tls_pair_clear(struct tls_pair *pair)
{
    tls_handshake_end(pair->server);
    SSL_free(pair->client);
    SSL_free(pair->server);
    close(pair->client_fd);
    close(pair->server_fd);
}

struct tls_session tls_pair_once(struct tls_server *server, SSL_CTX *client, SSL_SESSION **session)
{
    struct tls_pair pair defer(tls_pair_clear) = {0};
    tls_pair_open(&pair, server, client, *session);
    tls_pair_shake(&pair);
    cr_assert(pair.done, "%s", pair.handshake.reason);
    SSL_SESSION_free(*session);
    *session = SSL_get1_session(pair.client);
    SSL_set_shutdown(pair.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* stays good */
    return pair.session;
}
