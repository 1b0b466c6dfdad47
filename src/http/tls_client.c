/*
 * OpenSSL would build and verify a chain for each certificate that a client sends; we have no use
 * for its verdict, so our callback stands in its place and only bounds what came. It runs when the
 * Certificate message is decoded and before the signature of CertificateVerify is computed.
 *
 * Messages are watched rather than states: only they say whether the certificate was really asked
 * for (never in a resumed session) and whether an empty one came back.
 */
#include "http/tls_client.h"

#include "base/limits.h"
#include "http/tls_ticket.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

enum {
    HEADER_SIZE = 4, /* type and length of a handshake message, RFC 8446 4 */
    ALERT_SIZE = 2,
};

static struct tls_handshake *notes_of(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

static void set_reason(struct tls_handshake *notes, const char *by, const char *reason)
{
    if (notes != NULL && notes->reason[0] == '\0')
        snprintf(notes->reason, sizeof notes->reason, "%s%s", by, reason);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static int refuse(X509_STORE_CTX *store, const char *reason)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    set_reason(notes_of(ssl), "", reason);
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static bool is_key_too_large(const X509 *leaf)
{
    const EVP_PKEY *key = X509_get0_pubkey(leaf);
    return key != NULL && EVP_PKEY_get_bits(key) > LIMIT_CLIENT_KEY_BITS;
}

static int bound_chain(X509_STORE_CTX *store, void *argument)
{
    (void)argument;
    if (sk_X509_num(X509_STORE_CTX_get0_untrusted(store)) > LIMIT_CLIENT_CERTIFICATES)
        return refuse(store, "too many certificates");
    if (is_key_too_large(X509_STORE_CTX_get0_cert(store)))
        return refuse(store, "the key of the certificate is too large");
    ERR_clear_error(); /* a key that cannot be read is refused by OpenSSL itself */
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

void tls_client_ask(SSL_CTX *context)
{
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, bound_chain, NULL);
    SSL_CTX_set_max_cert_list(context, LIMIT_CLIENT_CERTIFICATE_BYTES);
}

/* ---- notes ----------------------------------------------------------------------------------- */

/* A list without certificates is three bytes of length, and in TLS 1.3 one before them. */
static bool has_certificate(const SSL *ssl, size_t len)
{
    size_t empty = HEADER_SIZE + 3 + (SSL_version(ssl) == TLS1_3_VERSION ? 1 : 0);
    return len > empty;
}

static void note_handshake(struct tls_handshake *notes, bool sent, const uint8_t *message,
                           size_t len, const SSL *ssl)
{
    if (len < HEADER_SIZE)
        return;
    if (sent && message[0] == SSL3_MT_CERTIFICATE_REQUEST)
        notes->certificate_asked = true;
    if (!sent && message[0] == SSL3_MT_CLIENT_HELLO)
        notes->hello_seen = true;
    if (!sent && message[0] == SSL3_MT_CERTIFICATE && has_certificate(ssl, len))
        notes->certificate_seen = true;
}

/* RFC 5246 7.2.2, RFC 8446 6.2: these say that the certificate which came was not taken. Of a
 * client that was asked for its own they say nothing. */
static bool is_about_certificate(uint8_t description)
{
    switch (description) {
    case SSL3_AD_BAD_CERTIFICATE:
    case SSL3_AD_UNSUPPORTED_CERTIFICATE:
    case SSL3_AD_CERTIFICATE_REVOKED:
    case SSL3_AD_CERTIFICATE_EXPIRED:
    case SSL3_AD_CERTIFICATE_UNKNOWN:
    case TLS1_AD_UNKNOWN_CA:
        return true;
    default:
        return false;
    }
}

static void note_alert(struct tls_handshake *notes, uint8_t description)
{
    notes->distrusted = is_about_certificate(description);
    set_reason(notes, "alert of the client: ", SSL_alert_desc_string_long(description));
}

static void note_message(int sent, int version, int type, const void *bytes, size_t len, SSL *ssl,
                         void *argument)
{
    (void)version;
    struct tls_handshake *notes = argument;
    const uint8_t *message = bytes;
    if (notes == NULL)
        return;
    if (type == SSL3_RT_HANDSHAKE)
        note_handshake(notes, sent != 0, message, len, ssl);
    else if (type == SSL3_RT_ALERT && !sent && len >= ALERT_SIZE)
        note_alert(notes, message[1]);
}

bool tls_client_watch(SSL *ssl, struct tls_handshake *handshake)
{
    SSL_set_msg_callback(ssl, handshake == NULL ? NULL : note_message);
    SSL_set_msg_callback_arg(ssl, handshake);
    return SSL_set_app_data(ssl, handshake) == 1;
}

void tls_client_note(SSL *ssl, const char *reason)
{
    struct tls_handshake *notes = notes_of(ssl);
    if (notes == NULL)
        return;
    notes->version = SSL_get_version(ssl);
    set_reason(notes, "", reason);
}

void tls_client_note_failure(SSL *ssl)
{
    struct tls_handshake *notes = notes_of(ssl);
    if (notes == NULL)
        return;
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_REASON(error);
    const char *text = error == 0 ? NULL : ERR_reason_error_string(error);
    /* Its length was refused before the message itself was read. */
    if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE && notes->certificate_asked)
        notes->certificate_seen = true;
    if (text == NULL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        text = "the client closed the connection";
    tls_client_note(ssl, text);
}

/* ---- certificates ---------------------------------------------------------------------------- */

/* Behind the leaf; of a resumed session its ticket has them. */
static size_t count_more(SSL *ssl)
{
    const STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl); /* a server's has no leaf */
    if (chain != NULL)
        return (size_t)sk_X509_num(chain);
    size_t count = 0;
    while (ticket_certificate(ssl, count).len > 0)
        count++;
    return count;
}

size_t tls_client_count(SSL *ssl)
{
    return SSL_get0_peer_certificate(ssl) == NULL ? 0 : 1 + count_more(ssl);
}

static enum status append_der(const X509 *certificate, struct buf *der)
{
    int len = i2d_X509(certificate, NULL);
    if (len <= 0)
        return status_fail(STATUS_CRYPTO, "a client certificate has no DER");
    uint8_t *room = buf_reserve(der, (size_t)len);
    if (room == NULL)
        return der->failure;
    i2d_X509(certificate, &room);
    buf_extend(der, (size_t)len);
    return STATUS_OK;
}

enum status tls_client_certificate(SSL *ssl, size_t index, struct buf *der)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    if (index >= tls_client_count(ssl))
        return status_fail(STATUS_NOT_FOUND, "the client presented no such certificate");
    if (index == 0)
        return append_der(SSL_get0_peer_certificate(ssl), der);
    if (chain != NULL)
        return append_der(sk_X509_value(chain, (int)index - 1), der);
    buf_append(der, ticket_certificate(ssl, index - 1));
    return der->failure;
}
