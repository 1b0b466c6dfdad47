/*
 * The client's side of a handshake: its certificates, bounded and not judged, and notes of what
 * happened for whoever must explain why it failed. Private to http/tls.c.
 */
#pragma once

#include "http/tls.h"

#include <openssl/ssl.h>

/* Asks for a certificate that is not required, and takes any within the bounds of limits.h. */
void tls_client_ask(SSL_CTX *context);

/* Notes go to `handshake` from now on; NULL: no more. False: no memory. */
bool tls_client_watch(SSL *ssl, struct tls_handshake *handshake);
/* After SSL_accept() has failed, before OpenSSL's queue of errors is cleared. */
void tls_client_note_failure(SSL *ssl);
/* The reason of a failure that OpenSSL knows nothing of. */
void tls_client_note(SSL *ssl, const char *reason);

/* Certificates of the client. tls_client_certificate() of http/tls.h gives them. */
size_t tls_client_count(SSL *ssl);
