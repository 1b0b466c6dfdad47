/*
 * The client certificate that a proxy forwards in a header, in the encodings that proxies have: to
 * DER, leaf first.
 *
 *   rfc9440  ":BASE64 OF DER:", RFC 9440 2.2; the chain as a list of them, 2.3
 *   pem      PEM, percent-encoded (nginx, $ssl_client_escaped_cert) or with its line ends as spaces
 *            (Apache, %{SSL_CLIENT_CERT}s); several certificates may follow one another
 *   der      base64 of DER (HAProxy, ssl_c_der,base64); the chain as the base64 of the DER of all
 *            (ssl_c_chain_der,base64)
 *   traefik  base64 without the lines of PEM, commas between certificates; percent-encoded or not
 *   envoy    x-forwarded-client-cert: elements of Key=Value pairs, of which Cert and Chain hold
 *            percent-encoded PEM
 *
 * Of several elements the LAST counts: a proxy appends its own to those it was sent, so only the
 * last was written by the peer that we believe. The first is whatever its client wrote; were that
 * one believed, anybody could be anyone. Behind two such proxies the certificate is then the outer
 * proxy's, which is refused, rather than a phone's that nobody vouches for.
 *
 * Decoding is strict and says nothing of trust: whether it is a certificate at all is
 * service/verify_device.h's to find.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/status.h"

/* X(NAME, word of the configuration, header, does a chain come in HEADER-Chain?) */
#define FORWARDED_ENCODING_TABLE(X)                                                                \
    X(RFC9440, "rfc9440", "Client-Cert", true)                                                     \
    X(PEM, "pem", "X-SSL-Client-Cert", true)                                                       \
    X(DER, "der", "X-SSL-Client-Cert", true)                                                       \
    X(TRAEFIK, "traefik", "X-Forwarded-Tls-Client-Cert", false)                                    \
    X(ENVOY, "envoy", "X-Forwarded-Client-Cert", false)

enum forwarded_encoding {
#define FORWARDED_ENUM(name, word, header, chain) FORWARDED_##name,
    FORWARDED_ENCODING_TABLE(FORWARDED_ENUM)
#undef FORWARDED_ENUM
        FORWARDED_ENCODINGS,
};

/* FORWARDED_ENCODINGS when no encoding has that word. */
enum forwarded_encoding forwarded_encoding_of(const char *word);
/* "pem". */
const char *forwarded_word(enum forwarded_encoding encoding);
/* "X-SSL-Client-Cert". */
const char *forwarded_header(enum forwarded_encoding encoding);
/* "X-SSL-Client-Cert-Chain"; NULL when the chain comes with the certificate. */
const char *forwarded_chain_header(enum forwarded_encoding encoding);

enum { FORWARDED_MOST = 2 * (LIMIT_CHAIN_LENGTH + 1) };

/* The spans are of `der`. */
struct forwarded_certificates {
    struct buf der;
    struct span items[FORWARDED_MOST];
    size_t count; /* 0: none was forwarded */
};
void forwarded_certificates_clear(struct forwarded_certificates *list);
CLEANUP_VALUE(struct forwarded_certificates, forwarded_certificates_clear)

/*
 * The values of the two headers, empty where there is none; *list is zero. An empty certificate
 * means that the client had none. INVALID says what is wrong; TOO_LARGE beyond LIMIT_REQUEST_HEAD
 * bytes, LIMIT_CERTIFICATE for one or FORWARDED_MOST certificates. The list may be cleared and not
 * read then.
 */
enum status forwarded_certificate_decode(enum forwarded_encoding encoding, struct span certificate,
                                         struct span chain, struct forwarded_certificates *list);

/* The value as a proxy would write it for one certificate. */
void forwarded_certificate_append(enum forwarded_encoding encoding, struct span der,
                                  struct buf *value);
