/*
 * X.509 certificates (RFC 5280) as values: parsed once, with a bound, everything that other layers
 * ask for decoded at that moment. So a `struct certificate` never changes, may be shared between
 * threads and its fields cannot fail.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

enum { SHA256_SIZE = 32, KEY_IDENTIFIER_MAX = 64, KEY_LABEL_SIZE = 32 };

struct certificate;

/*
 * Text is UTF-8, "" when absent, and never holds NUL or a control character: in subject and issuer
 * they stand escaped as \XX, anywhere else the certificate is refused.
 */
struct certificate_info {
    struct span der;
    struct span spki;                 /* SubjectPublicKeyInfo in DER */
    const char *serial;               /* lower-case hex of the magnitude, two digits an octet */
    const char *subject;              /* RFC 4514, most specific first: "CN=Ann,O=Org" */
    const char *issuer;               /* the same */
    const char *common_name;          /* first CN of the subject */
    const char *organisation;         /* first O of the subject */
    const char *upn;                  /* first otherName 1.3.6.1.4.1.311.20.2.3 */
    const char *mail;                 /* first rfc822Name */
    const char *sid;                  /* from 1.3.6.1.4.1.311.25.2 */
    const char *dns_names;            /* every dNSName and iPAddress, separated by one space */
    int64_t not_before;               /* seconds since 1970 UTC, inclusive */
    int64_t not_after;                /* inclusive, RFC 5280 4.1.2.5 */
    uint8_t sha256[SHA256_SIZE];      /* of der */
    uint8_t spki_sha256[SHA256_SIZE]; /* of spki */
    uint8_t subject_key_id[KEY_IDENTIFIER_MAX];
    size_t subject_key_id_len; /* 0 when absent or longer than KEY_IDENTIFIER_MAX */
    uint8_t authority_key_id[KEY_IDENTIFIER_MAX];
    size_t authority_key_id_len;
    char key_label[KEY_LABEL_SIZE]; /* "RSA-3072", "EC P-256", or the algorithm's name */
    bool is_ca;                     /* basicConstraints cA */
    bool is_self_issued;            /* subject equals issuer, byte by byte after comparison rules */
};

/* Exactly one certificate in DER, nothing behind it. INVALID, TOO_LARGE. */
enum status certificate_parse_der(struct span der, struct certificate **ret_certificate);
/* DER, or PEM with at least one CERTIFICATE of which the first is taken. */
enum status certificate_parse(struct span bytes, struct certificate **ret_certificate);
/* certificate_parse() of a file; the detail names the path. NOT_FOUND, IO. */
enum status certificate_load(const char *path, struct certificate **ret_certificate);
/* Another owner of the same certificate. */
struct certificate *certificate_share(struct certificate *certificate);
void certificate_free(struct certificate *certificate);
CLEANUP_POINTER(struct certificate, certificate_free)

/* Valid as long as the certificate. */
const struct certificate_info *certificate_info(const struct certificate *certificate);
void certificate_append_pem(struct buf *buf, const struct certificate *certificate);
bool certificate_equal(const struct certificate *a, const struct certificate *b);

/* As many certificates as an outsider hands over at once. */
struct certificate_list {
    struct certificate **items;
    size_t count;
};
void certificate_list_clear(struct certificate_list *list);
CLEANUP_VALUE(struct certificate_list, certificate_list_clear)

/* Takes over `certificate`, also when it fails. TOO_LARGE beyond CERTIFICATE_LIST_MAX. */
enum { CERTIFICATE_LIST_MAX = 64 };
enum status certificate_list_add(struct certificate_list *list, struct certificate *certificate);
/* One DER certificate, or every CERTIFICATE of a PEM text (other PEM objects are passed over). The
 * list must be empty. INVALID when there is none. */
enum status certificate_list_parse(struct span bytes, struct certificate_list *ret_list);
/* certificate_list_parse() of a file; the detail names the path. NOT_FOUND, IO. */
enum status certificate_list_load(const char *path, struct certificate_list *ret_list);
