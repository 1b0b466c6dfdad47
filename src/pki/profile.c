/*
 * The table of profiles and the checks of fields. The checks know nothing of OpenSSL's builders, so
 * that they can be read against the RFC line by line; what passes them goes to profile_build.c.
 */
#include "pki/profile.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "pki/ossl_cleanup.h"
#include "pki/profile_build.h"

#include <arpa/inet.h>

enum { YEAR = 365 * CLOCK_DAY, LIMIT_MAIL_LOCAL = 64, LIMIT_LABEL = 63, SID_PARTS_MAX = 16 };
static const int64_t time_min = -631152000;   /* 1950-01-01, where UTCTime begins */
static const int64_t time_max = 253402300799; /* 9999-12-31T23:59:59Z, RFC 5280 4.1.2.5.2 */

static const struct profile_row rows[PROFILE_COUNT] = {
    [PROFILE_ROOT] = {.name = "root",
                      .longest = 25LL * YEAR + 7 * CLOCK_DAY,
                      .path_length = -1,
                      .is_ca = true,
                      .usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN},
    [PROFILE_ISSUING] = {.name = "issuing",
                         .longest = 15LL * YEAR + 4 * CLOCK_DAY,
                         .path_length = 0,
                         .is_ca = true,
                         .usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN},
    [PROFILE_USER] = {.name = "user",
                      .longest = 5LL * YEAR + 2 * CLOCK_DAY,
                      .path_length = -1,
                      .rsa_enciphers = true,
                      .takes_user = true,
                      .takes_sid = true,
                      .extended_usage = NID_client_auth,
                      .usage = KU_DIGITAL_SIGNATURE},
    [PROFILE_SERVER] = {.name = "server",
                        .longest = 825LL * CLOCK_DAY,
                        .path_length = -1,
                        .rsa_enciphers = true,
                        .takes_hosts = true,
                        .extended_usage = NID_server_auth,
                        .usage = KU_DIGITAL_SIGNATURE},
    [PROFILE_OPERATOR] = {.name = "operator",
                          .longest = 2LL * YEAR + CLOCK_DAY,
                          .path_length = -1,
                          .takes_user = true,
                          .extended_usage = NID_client_auth,
                          .usage = KU_DIGITAL_SIGNATURE},
    [PROFILE_OCSP] = {.name = "ocsp",
                      .longest = 90LL * CLOCK_DAY,
                      .path_length = -1,
                      .ocsp_no_check = true,
                      .extended_usage = NID_OCSP_sign,
                      .usage = KU_DIGITAL_SIGNATURE},
};

const char *profile_name(enum profile profile)
{
    return rows[profile].name;
}

enum status profile_parse(const char *name, enum profile *ret_profile)
{
    for (int i = 0; i < PROFILE_COUNT; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            *ret_profile = (enum profile)i;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_INVALID, "'%.20s' is no certificate profile", name);
}

int64_t profile_longest(enum profile profile)
{
    return rows[profile].longest;
}

enum status serial_generate(uint8_t ret_serial[static SERIAL_SIZE])
{
    uint8_t serial[SERIAL_SIZE];
    do {
        TRY(random_bytes(serial, sizeof serial));
    } while (serial[0] == 0);
    memcpy(ret_serial, serial, sizeof serial);
    return STATUS_OK;
}

void serial_format(const uint8_t serial[static SERIAL_SIZE], char ret_text[static SERIAL_TEXT_SIZE])
{
    for (size_t i = 0; i < SERIAL_SIZE; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", serial[i]);
}

enum status serial_parse(const char *text, uint8_t ret_serial[static SERIAL_SIZE])
{
    struct buf bytes defer(buf_clear) = BUF_INIT(SERIAL_SIZE);
    if (strlen(text) != SERIAL_TEXT_SIZE - 1 ||
        text_decode_hex(span_of_text(text), &bytes) != STATUS_OK || bytes.ptr[0] == 0)
        return status_fail(STATUS_INVALID, "a serial is not 32 lower-case hexadecimal digits");
    memcpy(ret_serial, bytes.ptr, SERIAL_SIZE);
    return STATUS_OK;
}

static enum status refuse(const char *clause, const struct profile_row *row, const char *sentence)
{
    return status_fail(STATUS_INVALID, "RFC 5280 %s: profile %s: %s", clause, row->name, sentence);
}

static enum status check_name(const struct profile_row *row, struct span name, const char *what)
{
    if (name.len > (size_t)4 * LIMIT_PERSON_NAME || text_characters(name) > LIMIT_PERSON_NAME)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 A.1: profile %s: %s is longer than %d characters", row->name,
                           what, LIMIT_PERSON_NAME);
    bool padded = name.len > 0 && (name.ptr[0] == ' ' || name.ptr[name.len - 1] == ' ');
    if (text_has_control(name) || padded)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 4.1.2.6: profile %s: %s is not UTF-8, has control characters "
                           "or spaces around it",
                           row->name, what);
    return STATUS_OK;
}

static enum status check_subject(const struct profile_row *row,
                                 const struct certificate_fields *fields)
{
    if (fields->common_name.len == 0)
        return refuse("4.1.2.6", row, "there is no common name");
    TRY(check_name(row, fields->common_name, "the common name"));
    return check_name(row, fields->organisation, "the organisation");
}

/* Where the one '@' stands, 0 when there is none or it stands at an end. */
static size_t find_at(struct span name)
{
    const uint8_t *at = name.len == 0 ? NULL : memchr(name.ptr, '@', name.len);
    if (at == NULL || at == name.ptr || at == name.ptr + name.len - 1)
        return 0;
    size_t before = (size_t)(at - name.ptr);
    bool second = memchr(at + 1, '@', name.len - before - 1) != NULL;
    return second ? 0 : before;
}

static enum status check_upn(const struct profile_row *row, struct span upn)
{
    bool has_at = upn.len > 0 && memchr(upn.ptr, '@', upn.len) != NULL;
    if (upn.len > LIMIT_USER || text_has_control(upn) || (has_at && find_at(upn) == 0) ||
        (upn.len > 0 && memchr(upn.ptr, ' ', upn.len) != NULL))
        return refuse("4.2.1.6", row, "the UPN is no user@realm or account name");
    return STATUS_OK;
}

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_label(struct span label)
{
    if (label.len == 0 || label.len > LIMIT_LABEL || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter_or_digit(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    return true;
}

/* RFC 1034 3.5 as RFC 1123 2.1 relaxes it; the last label is not a number, so no address passes. */
static bool is_dns_name(struct span name)
{
    if (name.len == 0 || name.len > LIMIT_HOST)
        return false;
    for (;;) {
        const uint8_t *dot = memchr(name.ptr, '.', name.len);
        struct span label = dot == NULL ? name : span_of(name.ptr, (size_t)(dot - name.ptr));
        if (!is_label(label))
            return false;
        if (dot == NULL)
            return label.ptr[0] < '0' || label.ptr[0] > '9';
        name = span_of(dot + 1, name.len - label.len - 1);
        if (name.len == 0)
            return false;
    }
}

bool profile_is_mail(struct span text)
{
    size_t at = find_at(text);
    return text_is_ascii_printable(text) && text.len <= LIMIT_USER && at > 0 &&
           at <= LIMIT_MAIL_LOCAL && memchr(text.ptr, ' ', text.len) == NULL &&
           is_dns_name(span_of(text.ptr + at + 1, text.len - at - 1));
}

static enum status check_mail(const struct profile_row *row, struct span mail)
{
    if (mail.len > 0 && !profile_is_mail(mail))
        return refuse("4.2.1.6", row, "the mail address is not one in ASCII");
    return STATUS_OK;
}

/* One number of a SID without leading zeros. */
static bool is_sid_part(const char *text, size_t len, int64_t most)
{
    char part[16];
    if (len == 0 || len >= sizeof part || (len > 1 && text[0] == '0'))
        return false;
    snprintf(part, sizeof part, "%.*s", (int)len, text);
    int64_t number;
    return text_parse_int(part, 0, most, &number) == STATUS_OK;
}

static bool is_sid(const char *sid)
{
    static const int64_t most_authority = INT64_C(0xffffffffffff);
    if (strncmp(sid, "S-1-", 4) != 0)
        return false;
    int parts = 0;
    for (const char *at = sid + 4;; at++) {
        size_t len = strcspn(at, "-");
        if (!is_sid_part(at, len, parts == 0 ? most_authority : UINT32_MAX))
            return false;
        parts++;
        at += len;
        if (*at == '\0')
            return parts >= 2 && parts <= SID_PARTS_MAX;
    }
}

static enum status check_sid(const struct profile_row *row, struct span sid)
{
    char text[LIMIT_SID + 1];
    if (sid.len == 0)
        return STATUS_OK;
    if (!row->takes_sid)
        return refuse("4.2", row, "a SID is not for it");
    if (sid.len > LIMIT_SID || !text_is_ascii_printable(sid))
        return status_fail(STATUS_INVALID, "MS-DTYP 2.4.2.1: the SID is not in its text form");
    snprintf(text, sizeof text, "%.*s", (int)sid.len, (const char *)sid.ptr);
    if (!is_sid(text))
        return status_fail(STATUS_INVALID, "MS-DTYP 2.4.2.1: the SID is not in its text form");
    return STATUS_OK;
}

static enum status check_user(const struct profile_row *row,
                              const struct certificate_fields *fields)
{
    bool given = fields->upn.len + fields->mail.len > 0;
    if (given && !row->takes_user)
        return refuse("4.2.1.6", row, "a UPN or mail address is not for it");
    if (row->takes_sid && fields->upn.len == 0)
        return refuse("4.2.1.6", row, "there is no UPN");
    TRY(check_upn(row, fields->upn));
    TRY(check_mail(row, fields->mail));
    return check_sid(row, fields->sid);
}

static bool is_address(struct span host)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    if (host.len == 0 || host.len >= sizeof text || memchr(host.ptr, '\0', host.len) != NULL)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)host.len, (const char *)host.ptr);
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static enum status check_hosts(const struct profile_row *row,
                               const struct certificate_fields *fields)
{
    if (fields->host_count > FIELD_HOSTS_MAX)
        return refuse("4.2.1.6", row, "there are too many host names");
    if ((fields->host_count > 0) != row->takes_hosts)
        return refuse("4.2.1.6", row,
                      row->takes_hosts ? "there is no host name" : "a host name is not for it");
    for (size_t i = 0; i < fields->host_count; i++)
        if (!is_dns_name(fields->hosts[i]) && !is_address(fields->hosts[i]))
            return refuse("4.2.1.6", row, "a host is neither a DNS name nor an address");
    return STATUS_OK;
}

static enum status check_url(const struct profile_row *row, struct span url, const char *clause)
{
    static const char scheme[] = "http://";
    size_t prefix = sizeof scheme - 1;
    if (url.len == 0)
        return STATUS_OK;
    bool plain = url.len <= LIMIT_URL && text_is_ascii_printable(url) &&
                 memchr(url.ptr, ' ', url.len) == NULL;
    if (!plain || url.len <= prefix || memcmp(url.ptr, scheme, prefix) != 0 ||
        url.ptr[prefix] == '/')
        return refuse(clause, row, "an address does not start with http:// or is no URL");
    return STATUS_OK;
}

static enum status check_urls(const struct profile_row *row,
                              const struct certificate_fields *fields, bool self_issued)
{
    bool any = fields->crl_url.len + fields->issuer_url.len + fields->ocsp_url.len > 0;
    if (self_issued && any)
        return refuse("4.2.1.13", row, "nobody asks whether an anchor is revoked");
    TRY(check_url(row, fields->crl_url, "4.2.1.13"));
    TRY(check_url(row, fields->issuer_url, "4.2.2.1"));
    return check_url(row, fields->ocsp_url, "4.2.2.1");
}

static enum status check_times(const struct profile_row *row,
                               const struct certificate_fields *fields,
                               const struct certificate *issuer)
{
    int64_t begin = fields->not_before;
    int64_t end = fields->not_after;
    if (begin < time_min || end > time_max || begin >= end)
        return refuse("4.1.2.5", row, "it ends before it begins, or out of the calendar");
    if (end - begin > row->longest)
        return refuse("4.1.2.5", row, "it is valid for too long");
    if (issuer != NULL && end > certificate_info(issuer)->not_after)
        return refuse("4.1.2.5", row, "it ends after its issuer");
    return STATUS_OK;
}

static enum status check_issuer(const struct profile_row *row, const struct certificate *issuer)
{
    bool is_root = row == &rows[PROFILE_ROOT];
    if ((issuer == NULL) != is_root)
        return refuse("6.1", row, is_root ? "it has no issuer" : "there is no issuer");
    if (issuer == NULL)
        return STATUS_OK;
    X509 *x509 = certificate_x509(issuer);
    if (!certificate_info(issuer)->is_ca || (X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) == 0)
        return refuse("4.2.1.3", row, "its issuer may not sign certificates");
    if (row->is_ca && X509_get_pathlen(x509) == 0)
        return refuse("4.2.1.9", row, "its issuer's path length allows no CA below it");
    return STATUS_OK;
}

enum status profile_check_names(enum profile profile, const struct certificate_fields *fields,
                                const struct certificate *issuer)
{
    if ((unsigned)profile >= PROFILE_COUNT)
        return status_fail(STATUS_INVALID, "there is no such certificate profile");
    const struct profile_row *row = &rows[profile];
    TRY(check_issuer(row, issuer));
    if (fields->serial[0] == 0)
        return refuse("4.1.2.2", row, "the serial is not of 128 random bits");
    TRY(check_times(row, fields, issuer));
    TRY(check_subject(row, fields));
    TRY(check_user(row, fields));
    TRY(check_hosts(row, fields));
    return check_urls(row, fields, issuer == NULL);
}

enum status profile_check(enum profile profile, const struct certificate_fields *fields,
                          const struct certificate *issuer)
{
    TRY(profile_check_names(profile, fields, issuer));
    return public_key_check(fields->spki);
}

static enum status sign(X509 *x509, const struct certificate *issuer,
                        const struct private_key *issuer_key)
{
    EVP_PKEY *pkey = private_key_pkey(issuer_key);
    EVP_PKEY *public_key = X509_get0_pubkey(issuer == NULL ? x509 : certificate_x509(issuer));
    if (public_key == NULL || EVP_PKEY_eq(pkey, public_key) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 4.1.1.3: the key is not the issuer's");
    if (X509_sign(x509, pkey, private_key_digest(issuer_key)) <= 0)
        return ossl_fail(STATUS_CRYPTO, "a certificate cannot be signed");
    if (X509_verify(x509, public_key) != 1)
        return ossl_fail(STATUS_CRYPTO, "a signature just made does not verify");
    return STATUS_OK;
}

enum status profile_issue(enum profile profile, const struct certificate_fields *fields,
                          const struct certificate *issuer, const struct private_key *issuer_key,
                          struct certificate **ret_certificate)
{
    TRY(profile_check(profile, fields, issuer));
    X509 *x509 defer(X509_free) = NULL;
    TRY(profile_build(&rows[profile], fields, issuer, &x509));
    TRY(sign(x509, issuer, issuer_key));
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, "a certificate cannot be written");
    enum status status = certificate_parse_der(span_of(der, (size_t)len), ret_certificate);
    OPENSSL_free(der);
    return status;
}
