#include "fixture.h"

#include "base/clock.h"
#include "pki/profile_build.h"

struct span finished(const struct buf *buf)
{
    struct span bytes = SPAN_EMPTY;
    cr_assert_ok(buf_finish(buf, &bytes));
    return bytes;
}

bool contains(struct span hay, struct span needle)
{
    return memmem(hay.ptr, hay.len, needle.ptr, needle.len) != NULL;
}

bool detail_has(const char *words)
{
    return strstr(status_detail(), words) != NULL;
}

static const int64_t lifetimes[PROFILE_COUNT] = {
    [PROFILE_ROOT] = 3650LL * CLOCK_DAY,   [PROFILE_ISSUING] = 1825LL * CLOCK_DAY,
    [PROFILE_USER] = 365LL * CLOCK_DAY,    [PROFILE_SERVER] = 365LL * CLOCK_DAY,
    [PROFILE_OPERATOR] = 30LL * CLOCK_DAY, [PROFILE_OCSP] = 7LL * CLOCK_DAY,
};

static const char *const names[PROFILE_COUNT] = {
    [PROFILE_ROOT] = "Example Root CA",  [PROFILE_ISSUING] = "Example Issuing CA",
    [PROFILE_USER] = "Ann Example",      [PROFILE_SERVER] = "ca.example.com",
    [PROFILE_OPERATOR] = "Olga Example", [PROFILE_OCSP] = "Example OCSP",
};

struct certificate_fields fixture_fields(enum profile profile, const struct private_key *key,
                                         struct buf *spki)
{
    struct certificate_fields fields = {
        .not_before = FIXTURE_NOW - CLOCK_HOUR,
        .not_after = FIXTURE_NOW + lifetimes[profile],
        .common_name = span_of_text(names[profile]),
        .organisation = SPAN_LITERAL("Example"),
    };
    cr_assert_ok(serial_generate(fields.serial));
    buf_reset(spki);
    cr_assert_ok(private_key_spki(key, spki));
    fields.spki = finished(spki);
    if (profile != PROFILE_ROOT) {
        fields.crl_url = SPAN_LITERAL("http://ca.example.com/ca/issuing.crl");
        fields.issuer_url = SPAN_LITERAL("http://ca.example.com/ca/issuing.cer");
        fields.ocsp_url = SPAN_LITERAL("http://ca.example.com/ocsp");
    }
    if (profile == PROFILE_USER) {
        fields.upn = SPAN_LITERAL("ann@example.com");
        fields.mail = SPAN_LITERAL("ann.example@example.com");
    }
    if (profile == PROFILE_SERVER)
        fields.hosts[fields.host_count++] = SPAN_LITERAL("ca.example.com");
    return fields;
}

struct certificate *fixture_issue(enum profile profile, const struct private_key *key,
                                  const struct certificate *issuer,
                                  const struct private_key *issuer_key)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(profile, key, &spki);
    struct certificate *certificate = NULL;
    cr_assert_ok(profile_issue(profile, &fields, issuer, issuer_key, &certificate));
    return certificate;
}

struct certificate *fixture_sign(X509 *x509, EVP_PKEY *key)
{
    cr_assert_gt(X509_sign(x509, key, EVP_sha256()), 0);
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    struct certificate *certificate = NULL;
    cr_assert_ok(certificate_parse_der(span_of(der, (size_t)len), &certificate));
    OPENSSL_free(der);
    return certificate;
}

struct certificate *fixture_ca(const char *name, const struct private_key *key,
                               const struct certificate *issuer,
                               const struct private_key *issuer_key, int path_length)
{
    const struct profile_row row = {.name = name,
                                    .path_length = path_length,
                                    .is_ca = true,
                                    .usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN};
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_ROOT, key, &spki);
    fields.common_name = span_of_text(name);
    X509 *x509 defer(X509_free) = NULL;
    cr_assert_ok(profile_build(&row, &fields, issuer, &x509));
    return fixture_sign(x509, private_key_pkey(issuer_key));
}

struct authority fixture_authority(enum key_type type)
{
    struct authority authority = {0};
    cr_assert_ok(private_key_generate(KEY_EC_P256, &authority.root_key));
    cr_assert_ok(private_key_generate(KEY_EC_P256, &authority.issuing_key));
    cr_assert_ok(private_key_generate(type, &authority.user_key));
    authority.root = fixture_issue(PROFILE_ROOT, authority.root_key, NULL, authority.root_key);
    authority.issuing =
        fixture_issue(PROFILE_ISSUING, authority.issuing_key, authority.root, authority.root_key);
    authority.user =
        fixture_issue(PROFILE_USER, authority.user_key, authority.issuing, authority.issuing_key);
    return authority;
}

void authority_clear(struct authority *authority)
{
    certificate_free(authority->user);
    certificate_free(authority->issuing);
    certificate_free(authority->root);
    private_key_free(authority->user_key);
    private_key_free(authority->issuing_key);
    private_key_free(authority->root_key);
}
