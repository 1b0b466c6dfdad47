/* What a path may be is in tests/data/verdict, as others judge it too; here is who is trusted. */
#include "pki/path.h"

#include "fixture.h"
#include "pki/ossl_cleanup.h"

#include <openssl/x509v3.h>

static enum status make(const struct path_anchor *anchors, size_t count, const char *policy)
{
    struct path_trust *trust defer(path_trust_free) = NULL;
    const struct path_trust_options options = {.anchors = anchors,
                                               .anchor_count = count,
                                               .policies = &policy,
                                               .policy_count = policy == NULL ? 0 : 1};
    return path_trust_new(&options, &trust);
}

Test(path, refuses_trust_without_anchors_and_policies_that_are_none)
{
    struct authority authority defer(authority_clear) = fixture_authority(KEY_EC_P256);
    const struct path_anchor anchor = {.certificate = authority.root,
                                       .revocation = PATH_REVOCATION_SOFT};
    cr_expect_eq(make(NULL, 0, NULL), STATUS_INVALID);
    cr_expect_eq(make(&anchor, 1, "no policy"), STATUS_INVALID);
    cr_expect_eq(make(&anchor, 1, "1.2.3"), STATUS_OK);
}

static struct path_result check(const struct path_anchor *anchors, size_t count,
                                const struct authority *authority, int64_t at)
{
    struct path_trust *trust defer(path_trust_free) = NULL;
    struct certificate *helper[] = {authority->issuing};
    const struct certificate_list helpers = {helper, 1};
    const struct path_trust_options options = {
        .anchors = anchors, .anchor_count = count, .helpers = &helpers};
    struct path_result result;
    cr_assert_ok(path_trust_new(&options, &trust));
    cr_assert_ok(path_check(trust, authority->user, NULL, at, &result));
    result.anchor = NULL; /* it ends with the trust */
    return result;
}

Test(path, goes_by_the_revocation_of_the_anchor_where_it_ends)
{
    struct authority ours defer(authority_clear) = fixture_authority(KEY_EC_P256);
    struct authority other defer(authority_clear) = fixture_authority(KEY_EC_P256);
    const struct path_anchor anchors[] = {
        {.certificate = other.root, .revocation = PATH_REVOCATION_HARD},
        {.certificate = ours.root, .revocation = PATH_REVOCATION_ELSEWHERE}};
    struct path_result of_ours = check(anchors, 2, &ours, FIXTURE_NOW);
    struct path_result of_other = check(anchors, 2, &other, FIXTURE_NOW);
    cr_expect_eq(of_ours.fault, PATH_SOUND);
    cr_expect_eq(of_ours.revocation, PATH_REVOCATION_ELSEWHERE);
    cr_expect_eq(of_other.fault, PATH_REVOCATION_UNKNOWN);
    cr_expect_not_null(strstr(of_other.detail, "no CRL"));
}

Test(path, tells_what_is_wrong_and_not_what_a_soft_anchor_lets_pass)
{
    struct authority ours defer(authority_clear) = fixture_authority(KEY_EC_P256);
    const struct path_anchor anchor = {.certificate = ours.root,
                                       .revocation = PATH_REVOCATION_SOFT};
    struct authority ca_as_user = ours;
    ca_as_user.user = ours.issuing;
    struct path_result result = check(&anchor, 1, &ca_as_user, FIXTURE_NOW);
    cr_expect_eq(result.fault, PATH_UNFIT);
    cr_expect(result.revocation_unknown);
    cr_expect_not_null(strstr(result.detail, "keyUsage lacks"), "%s", result.detail);
}

Test(path, is_valid_in_its_last_second_and_not_in_the_next)
{
    struct authority ours defer(authority_clear) = fixture_authority(KEY_EC_P256);
    const struct path_anchor anchor = {.certificate = ours.root,
                                       .revocation = PATH_REVOCATION_ELSEWHERE};
    int64_t last = certificate_info(ours.user)->not_after;
    int64_t first = certificate_info(ours.user)->not_before;
    cr_expect_eq(check(&anchor, 1, &ours, last).fault, PATH_SOUND);
    cr_expect_eq(check(&anchor, 1, &ours, last + 1).fault, PATH_EXPIRED);
    cr_expect_eq(check(&anchor, 1, &ours, first).fault, PATH_SOUND);
    cr_expect_eq(check(&anchor, 1, &ours, first - 1).fault, PATH_NOT_YET_VALID);
}

/* ---- what OpenSSL does not walk to the end ----------------------------------------------------
 */

static void add_policy(CERTIFICATEPOLICIES *policies, const char *oid)
{
    POLICYINFO *policy = POLICYINFO_new();
    policy->policyid = OBJ_txt2obj(oid, 1);
    cr_assert_not_null(policy->policyid);
    cr_assert_gt(sk_POLICYINFO_push(policies, policy), 0);
}

/* Any for a CA; for a leaf more than OpenSSL puts into its tree. */
static void add_policies(X509 *x509, bool is_ca)
{
    CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new();
    char oid[32];
    for (int i = 0; !is_ca && i < 1200; i++) {
        snprintf(oid, sizeof oid, "1.2.%d.%d", i / 100, i % 100);
        add_policy(policies, oid);
    }
    if (is_ca)
        add_policy(policies, "2.5.29.32.0");
    cr_assert_eq(X509_add1_ext_i2d(x509, NID_certificate_policies, policies, 0, 0), 1);
    CERTIFICATEPOLICIES_free(policies);
}

static void add_constraints(X509 *x509, bool is_ca)
{
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    constraints->ca = is_ca ? 0xff : 0;
    cr_assert_eq(X509_add1_ext_i2d(x509, NID_basic_constraints, constraints, 1, 0), 1);
    BASIC_CONSTRAINTS_free(constraints);
}

/* Issued by what the key's owner calls himself. */
static struct certificate *forge(const char *name, const char *issuer, bool is_ca, EVP_PKEY *key)
{
    X509 *x509 defer(X509_free) = X509_new();
    X509_set_version(x509, X509_VERSION_3);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               (const uint8_t *)name, -1, -1, 0);
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(x509), "CN", MBSTRING_ASC,
                               (const uint8_t *)issuer, -1, -1, 0);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), is_ca ? 1 : 2);
    ASN1_TIME_set(X509_getm_notBefore(x509), FIXTURE_NOW - 3600);
    ASN1_TIME_set(X509_getm_notAfter(x509), FIXTURE_NOW + 3600);
    X509_set_pubkey(x509, key);
    add_constraints(x509, is_ca);
    add_policies(x509, is_ca);
    return fixture_sign(x509, key);
}

static struct path_result judge(const struct certificate *anchor, const struct certificate *leaf,
                                struct certificate_list *presented)
{
    struct path_trust *trust defer(path_trust_free) = NULL;
    struct certificate *shared = certificate_share((struct certificate *)(uintptr_t)anchor);
    const struct path_anchor only = {.certificate = shared,
                                     .revocation = PATH_REVOCATION_ELSEWHERE};
    const struct path_trust_options options = {.anchors = &only, .anchor_count = 1};
    struct path_result result;
    cr_assert_ok(path_trust_new(&options, &trust));
    cr_assert_ok(path_check(trust, leaf, presented, FIXTURE_NOW, &result));
    certificate_free(shared);
    result.anchor = NULL;
    return result;
}

Test(path, finds_a_stranger_untrusted_whatever_policies_he_writes)
{
    struct authority ours defer(authority_clear) = fixture_authority(KEY_EC_P256);
    EVP_PKEY *key defer(EVP_PKEY_free) = EVP_EC_gen("P-256");
    struct certificate *ca[] = {forge("stranger", "stranger", true, key)};
    struct certificate *leaf defer(certificate_free) = forge("anna", "stranger", false, key);
    struct certificate_list presented = {ca, 1};
    cr_expect_eq(judge(ours.root, leaf, &presented).fault, PATH_UNTRUSTED);
    certificate_free(ca[0]);
}

/* The user's certificate with a point that is on no curve. */
static struct certificate *spoil_key(const struct certificate *certificate)
{
    const struct certificate_info *info = certificate_info(certificate);
    uint8_t der[4096];
    cr_assert_leq(info->der.len, sizeof der);
    memcpy(der, info->der.ptr, info->der.len);
    uint8_t *spki = memmem(der, info->der.len, info->spki.ptr, info->spki.len);
    spki[info->spki.len - 1] ^= 1;
    struct certificate *spoilt = NULL;
    cr_assert_ok(certificate_parse_der(span_of(der, info->der.len), &spoilt));
    return spoilt;
}

Test(path, says_that_a_key_cannot_be_read)
{
    struct authority ours defer(authority_clear) = fixture_authority(KEY_EC_P256);
    struct certificate *spoilt defer(certificate_free) = spoil_key(ours.user);
    struct path_result result = judge(ours.issuing, spoilt, NULL);
    cr_expect_eq(result.fault, PATH_UNFIT);
    cr_expect_not_null(strstr(result.detail, "its key cannot be read"), "%s", result.detail);
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* The issuing CA's list without entries, as it is or as a delta. */
static struct crl *list(const struct authority *authority, bool delta)
{
    struct buf der defer(buf_clear) = BUF_INIT(64 * 1024);
    const struct crl_fields fields = {
        .number = 2, .this_update = FIXTURE_NOW - 60, .next_update = FIXTURE_NOW + 60};
    struct crl *crl = NULL;
    cr_assert_ok(crl_issue(&fields, authority->issuing, authority->issuing_key, &der));
    cr_assert_ok(crl_parse(span_of(der.ptr, der.len), &crl));
    if (!delta)
        return crl;
    ASN1_INTEGER *base defer(ASN1_INTEGER_free) = ASN1_INTEGER_new();
    ASN1_INTEGER_set(base, 1);
    cr_assert_eq(X509_CRL_add1_ext_i2d(crl_x509(crl), NID_delta_crl, base, 1, 0), 1);
    cr_assert_gt(
        X509_CRL_sign(crl_x509(crl), private_key_pkey(authority->issuing_key), EVP_sha256()), 0);
    buf_reset(&der);
    cr_assert_ok(crl_append_der(crl, &der));
    crl_free(crl);
    cr_assert_ok(crl_parse(span_of(der.ptr, der.len), &crl));
    return crl;
}

static enum path_fault fault_with(bool delta)
{
    struct authority ours defer(authority_clear) = fixture_authority(KEY_EC_P256);
    struct path_trust *trust defer(path_trust_free) = NULL;
    struct crl *crl defer(crl_free) = list(&ours, delta);
    const struct crl *const crls[] = {crl};
    const struct path_anchor anchor = {.certificate = ours.issuing,
                                       .revocation = PATH_REVOCATION_HARD};
    const struct path_trust_options options = {
        .anchors = &anchor, .anchor_count = 1, .crls = crls, .crl_count = 1};
    struct path_result result;
    cr_assert_ok(path_trust_new(&options, &trust));
    cr_assert_ok(path_check(trust, ours.user, NULL, FIXTURE_NOW, &result));
    return result.fault;
}

Test(path, takes_a_delta_for_no_list)
{
    cr_expect_eq(fault_with(false), PATH_SOUND);
    cr_expect_eq(fault_with(true), PATH_REVOCATION_UNKNOWN);
}
