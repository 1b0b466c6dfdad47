/*
 * What a certificate may contain: one table of profiles, the check of fields against it, and the
 * only function of the program that makes certificates. The signer runs it on fields that it got
 * from elsewhere, so every field is distrusted here: lengths, control characters, NUL, names,
 * times, key sizes, addresses.
 *
 * A refusal is STATUS_INVALID and names its clause: "RFC 5280 4.2.1.6: profile user takes no DNS
 * name".
 *
 * | profile  | key usage                | extended key usage        | CA  | longest  |
 * | root     | keyCertSign, cRLSign     |                           | yes | 25 years |
 * | issuing  | the same, path length 0  |                           | yes | 15 years |
 * | user     | digitalSignature and (1) | clientAuth                | no  | 5 years  |
 * | server   | digitalSignature and (1) | serverAuth                | no  | 825 days |
 * | operator | digitalSignature         | clientAuth                | no  | 2 years  |
 * | ocsp     | digitalSignature         | OCSPSigning, ocsp-nocheck | no  | 90 days  |
 *
 * (1) keyEncipherment, when the key is RSA. Key usage and basic constraints are critical.
 *
 * Server certificates of at most 825 days and with every name in the SAN are what Apple's platforms
 * take.
 */
#pragma once

#include "base/limits.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/key.h"

enum profile {
    PROFILE_ROOT,
    PROFILE_ISSUING,
    PROFILE_USER,
    PROFILE_SERVER,
    PROFILE_OPERATOR,
    PROFILE_OCSP,
};
enum { PROFILE_COUNT = PROFILE_OCSP + 1 };

enum { SERIAL_SIZE = 16, FIELD_HOSTS_MAX = 32, LIMIT_URL = 512 };

/*
 * A field that is not given is SPAN_EMPTY; which are required and which are allowed is the
 * profile's. Text is UTF-8. The spans belong to the caller and are not kept.
 */
struct certificate_fields {
    uint8_t serial[SERIAL_SIZE]; /* serial_generate() */
    int64_t not_before;
    int64_t not_after;                  /* inclusive; not beyond the issuer's */
    struct span spki;                   /* DER, private_key_spki() */
    struct span common_name;            /* 1..64 characters; required */
    struct span organisation;           /* 0..64 characters */
    struct span upn;                    /* user@realm or account name; user (required), operator */
    struct span mail;                   /* rfc822Name, ASCII, user and operator */
    struct span sid;                    /* "S-1-5-21-...", Active Directory's account, user only */
    struct span hosts[FIELD_HOSTS_MAX]; /* server: DNS names in A-label form, IPv4, IPv6 as text */
    size_t host_count;
    struct span crl_url;    /* where the issuer's CRL is; http:// only; not for root */
    struct span issuer_url; /* caIssuers: where the issuer's certificate is; http:// only */
    struct span ocsp_url;   /* http:// only; not for root */
};

/* "user", "issuing": as the database and logs write them. */
const char *profile_name(enum profile profile);
enum status profile_parse(const char *name, enum profile *ret_profile);
/* The longest lifetime, in seconds. */
int64_t profile_longest(enum profile profile);

/* 128 random bits; the first octet is never zero, so that text and octets are one to one. */
enum status serial_generate(uint8_t ret_serial[static SERIAL_SIZE]);
/* The serial as certificate_info.serial writes it: 32 lower-case hex digits. */
enum { SERIAL_TEXT_SIZE = SERIAL_SIZE * 2 + 1 };
void serial_format(const uint8_t serial[static SERIAL_SIZE],
                   char ret_text[static SERIAL_TEXT_SIZE]);
/* The other way; INVALID for any other form. */
enum status serial_parse(const char *text, uint8_t ret_serial[static SERIAL_SIZE]);

/* Whether the text can stand as an rfc822Name: one address in ASCII, RFC 5280 4.2.1.6. */
bool profile_is_mail(struct span text);

/* `issuer` is NULL for PROFILE_ROOT and only for it. INVALID names the clause. */
enum status profile_check(enum profile profile, const struct certificate_fields *fields,
                          const struct certificate *issuer);
/* The same without the key: all that can be checked before there is one, and in microseconds. */
enum status profile_check_names(enum profile profile, const struct certificate_fields *fields,
                                const struct certificate *issuer);

/*
 * Checks, builds and signs: SHA-256 with RSA and P-256, SHA-384 with P-384. `issuer_key` is the
 * issuer's, for a root the key of `fields->spki`; INVALID when it does not match. The signature is
 * verified before the certificate is given out.
 */
enum status profile_issue(enum profile profile, const struct certificate_fields *fields,
                          const struct certificate *issuer, const struct private_key *issuer_key,
                          struct certificate **ret_certificate);
