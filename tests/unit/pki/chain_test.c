#include "der.h"
#include "fixture.h"

#include "base/clock.h"
#include "pki/chain.h"

static struct authority authority;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
}

static void tear_down(void)
{
    authority_clear(&authority);
}

TestSuite(chain, .init = set_up, .fini = tear_down);

Test(chain, a_good_path_is_a_path)
{
    cr_assert_ok(chain_check(NULL, authority.issuing, authority.root, FIXTURE_NOW));
    cr_assert_ok(chain_check(authority.user, authority.issuing, authority.root, FIXTURE_NOW));
}

Test(chain, p7b_is_certs_only_with_the_root_first)
{
    const struct certificate *certificates[] = {authority.root, authority.issuing};
    struct buf p7b defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    cr_assert_ok(chain_append_p7b(&p7b, certificates, 2));
    struct span bytes = finished(&p7b);
    cr_assert_str_eq(der_oid(DER(bytes, 0, 0)), "1.2.840.113549.1.7.2");
    cr_assert_eq(der_integer(DER(bytes, 0, 1, 0, 0)), 1);
    cr_assert_eq(DER(bytes, 0, 1, 0, 1).body.len, 0, "digest algorithms");
    cr_assert_str_eq(der_oid(DER(bytes, 0, 1, 0, 2, 0)), "1.2.840.113549.1.7.1");
    cr_assert_eq(DER(bytes, 0, 1, 0, 2, 1).tag, 0, "no content");
    struct der set = DER(bytes, 0, 1, 0, 3);
    cr_assert_eq(set.tag, 0xa0);
    struct span root = certificate_info(authority.root)->der;
    struct span issuing = certificate_info(authority.issuing)->der;
    cr_assert_eq(set.body.len, root.len + issuing.len);
    cr_assert(span_equal(span_of(set.body.ptr, root.len), root));
    cr_assert(span_equal(span_of(set.body.ptr + root.len, issuing.len), issuing));
    cr_assert_eq(DER(bytes, 0, 1, 0, 4).body.len, 0, "signers");
}

Test(chain, pem_keeps_the_given_order)
{
    const struct certificate *certificates[] = {authority.issuing, authority.root};
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    chain_append_pem(&pem, certificates, 2);
    struct certificate_list list defer(certificate_list_clear) = {0};
    cr_assert_ok(certificate_list_parse(finished(&pem), &list));
    cr_assert_eq(list.count, 2);
    cr_assert(certificate_equal(list.items[0], authority.issuing));
}

static void refuse(const struct certificate *leaf, const struct certificate *issuing,
                   const struct certificate *root, int64_t at, const char *words)
{
    cr_assert_eq(chain_check(leaf, issuing, root, at), STATUS_INVALID, "%s", words);
    cr_assert(detail_has(words), "%s", status_detail());
}

Test(chain, paths_that_are_none_are_refused)
{
    struct authority other defer(authority_clear) = fixture_authority(KEY_EC_P256);
    refuse(NULL, authority.issuing, authority.issuing, FIXTURE_NOW, "not self-issued");
    refuse(NULL, authority.user, authority.root, FIXTURE_NOW, "not a CA");
    refuse(NULL, other.issuing, authority.root, FIXTURE_NOW, "RFC 5280 6.1");
    refuse(authority.user, other.issuing, other.root, FIXTURE_NOW, "did not sign");
    refuse(other.user, authority.issuing, authority.root, FIXTURE_NOW, "did not sign");
    refuse(authority.user, authority.root, authority.root, FIXTURE_NOW, "did not sign");
}

Test(chain, everything_must_be_valid_at_the_time)
{
    int64_t user_end = certificate_info(authority.user)->not_after;
    int64_t issuing_end = certificate_info(authority.issuing)->not_after;
    cr_assert_ok(chain_check(authority.user, authority.issuing, authority.root, user_end));
    refuse(authority.user, authority.issuing, authority.root, user_end + 1, "expired");
    refuse(NULL, authority.issuing, authority.root, issuing_end + 1, "expired");
    refuse(NULL, authority.issuing, authority.root, FIXTURE_NOW - CLOCK_DAY, "not yet valid");
}

Test(chain, a_changed_signature_breaks_the_path)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    buf_append(&der, certificate_info(authority.issuing)->der);
    der.ptr[der.len - 1] ^= 1;
    struct certificate *forged defer(certificate_free) = NULL;
    cr_assert_ok(certificate_parse_der(finished(&der), &forged));
    refuse(NULL, forged, authority.root, FIXTURE_NOW, "signature failure");
}

Test(chain, a_root_that_did_not_sign_itself_is_refused)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    buf_append(&der, certificate_info(authority.root)->der);
    der.ptr[der.len - 1] ^= 1;
    struct certificate *forged defer(certificate_free) = NULL;
    cr_assert_ok(certificate_parse_der(finished(&der), &forged));
    cr_assert_eq(chain_check(NULL, authority.issuing, forged, FIXTURE_NOW), STATUS_INVALID);
}
