/*
 * What a compromised caller can get: fields drawn at random from good, borderline and hostile
 * values. Whatever is issued must be within its profile, judged by what stands in the certificate.
 */
#include "fixture.h"

#include "base/clock.h"
#include "base/text.h"

enum { ROUNDS = 2500 };

static struct authority authority;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
}

static void tear_down(void)
{
    authority_clear(&authority);
}

TestSuite(profile_random, .init = set_up, .fini = tear_down);

/* xorshift: the same rounds in each run. */
static uint32_t draw(uint32_t below)
{
    static uint32_t state = 2463534242;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static const struct span texts[] = {
    {NULL, 0},
    SPAN_LITERAL("Ann Example"),
    SPAN_LITERAL("Example Issuing CA"),
    SPAN_LITERAL("Zo\xc3\xab"),
    SPAN_LITERAL("a\0b"),
    SPAN_LITERAL("a\nb"),
    SPAN_LITERAL("ann@example.com"),
    SPAN_LITERAL("ann@@example.com"),
    SPAN_LITERAL("administrator"),
    SPAN_LITERAL("S-1-5-21-1-2-3-500"),
    SPAN_LITERAL("S-1-5-x"),
    SPAN_LITERAL("ca.example.com"),
    SPAN_LITERAL("192.0.2.1"),
    SPAN_LITERAL("*.com"),
    SPAN_LITERAL("http://ca.example.com/x"),
    SPAN_LITERAL("https://ca.example.com/x"),
};

/* Mostly the good value, so that some rounds come through. */
static void disturb(struct span *field)
{
    if (draw(6) == 0)
        *field = texts[draw(sizeof texts / sizeof texts[0])];
}

static void disturb_all(struct certificate_fields *fields)
{
    disturb(&fields->common_name);
    disturb(&fields->organisation);
    disturb(&fields->upn);
    disturb(&fields->mail);
    disturb(&fields->sid);
    disturb(&fields->crl_url);
    disturb(&fields->issuer_url);
    disturb(&fields->ocsp_url);
    if (draw(8) == 0)
        fields->hosts[fields->host_count++] = texts[draw(sizeof texts / sizeof texts[0])];
    if (draw(4) == 0)
        fields->not_after += ((int64_t)draw(40) - 20) * 365 * CLOCK_DAY;
    if (draw(8) == 0)
        fields->serial[0] = 0;
}

static const struct certificate *draw_issuer(enum profile profile,
                                             const struct private_key **ret_key)
{
    bool usual = draw(4) != 0;
    uint32_t which = usual ? (profile > PROFILE_ISSUING ? 2 : (uint32_t)profile) : draw(4);
    const struct certificate *const issuers[] = {NULL, authority.root, authority.issuing,
                                                 authority.user};
    const struct private_key *const keys[] = {authority.user_key, authority.root_key,
                                              authority.issuing_key, authority.user_key};
    *ret_key = keys[which];
    return issuers[which];
}

static bool der_has(const struct certificate_info *info, struct span bytes)
{
    return contains(info->der, bytes);
}

/* The extended key usage that goes with each profile, and nothing that goes with another. */
static void expect_usage(enum profile profile, const struct certificate_info *info)
{
    static const struct span usages[] = {SPAN_LITERAL("\x2b\x06\x01\x05\x05\x07\x03\x01"),
                                         SPAN_LITERAL("\x2b\x06\x01\x05\x05\x07\x03\x02"),
                                         SPAN_LITERAL("\x2b\x06\x01\x05\x05\x07\x03\x09")};
    cr_assert_eq(der_has(info, usages[0]), profile == PROFILE_SERVER);
    cr_assert_eq(der_has(info, usages[1]), profile == PROFILE_USER || profile == PROFILE_OPERATOR);
    cr_assert_eq(der_has(info, usages[2]), profile == PROFILE_OCSP);
}

static void expect_within_profile(enum profile profile, const struct certificate_info *info,
                                  const struct certificate *issuer)
{
    cr_assert_eq(info->is_ca, profile == PROFILE_ROOT || profile == PROFILE_ISSUING);
    cr_assert_eq(info->is_self_issued, profile == PROFILE_ROOT);
    cr_assert_eq(issuer == NULL, profile == PROFILE_ROOT);
    cr_assert_neq(info->common_name[0], '\0');
    cr_assert_eq(strlen(info->serial), 32);
    cr_assert_leq(info->not_after - info->not_before, profile_longest(profile));
    if (issuer != NULL)
        cr_assert_leq(info->not_after, certificate_info(issuer)->not_after);
    cr_assert(profile == PROFILE_SERVER || info->dns_names[0] == '\0');
    cr_assert(profile == PROFILE_USER || info->sid[0] == '\0');
    cr_assert(profile == PROFILE_USER || profile == PROFILE_OPERATOR || info->upn[0] == '\0');
    cr_assert(profile != PROFILE_USER || info->upn[0] != '\0');
    cr_assert(!der_has(info, SPAN_LITERAL("\x86\x18"
                                          "https://")),
              "a URI, not a name");
    expect_usage(profile, info);
}

/* Was a certificate issued? */
static bool attempt(struct buf *spki)
{
    enum profile profile = (enum profile)draw(PROFILE_COUNT);
    const struct private_key *key;
    const struct certificate *issuer = draw_issuer(profile, &key);
    struct certificate_fields fields = fixture_fields(profile, authority.user_key, spki);
    disturb_all(&fields);
    if (profile_check(profile, &fields, issuer) != STATUS_OK)
        return false;
    struct certificate *certificate defer(certificate_free) = NULL;
    if (profile_issue(profile, &fields, issuer, key, &certificate) != STATUS_OK)
        return false;
    expect_within_profile(profile, certificate_info(certificate), issuer);
    return true;
}

Test(profile_random, nothing_is_issued_outside_its_profile)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    unsigned issued = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        issued += attempt(&spki);
    cr_assert_gt(issued, ROUNDS / 100, "%u issued: too few to mean anything", issued);
    cr_assert_lt(issued, ROUNDS / 2);
}
