#include "der.h"
#include "fixture.h"

#include "base/clock.h"
#include "pki/chain.h"

#include <stdio.h>

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
    cr_assert_ok(chain_check(NULL, authority.issuing, NULL, authority.root, FIXTURE_NOW));
    cr_assert_ok(chain_check(authority.user, authority.issuing, NULL, authority.root, FIXTURE_NOW));
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
    cr_assert_eq(chain_check(leaf, issuing, NULL, root, at), STATUS_INVALID, "%s", words);
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
    refuse(authority.user, authority.root, authority.root, FIXTURE_NOW, "does not need");
}

Test(chain, everything_must_be_valid_at_the_time)
{
    int64_t user_end = certificate_info(authority.user)->not_after;
    int64_t issuing_end = certificate_info(authority.issuing)->not_after;
    cr_assert_ok(chain_check(authority.user, authority.issuing, NULL, authority.root, user_end));
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
    cr_assert_eq(chain_check(NULL, authority.issuing, NULL, forged, FIXTURE_NOW), STATUS_INVALID);
}

/* root, then `count` CAs between, then the issuing CA, all with the same key but for the root. */
struct levels {
    struct certificate *root;
    struct certificate_list between;
    struct certificate *issuing;
};

static void levels_clear(struct levels *levels)
{
    certificate_free(levels->root);
    certificate_list_clear(&levels->between);
    certificate_free(levels->issuing);
}
CLEANUP_VALUE(struct levels, levels_clear)

static struct levels make_levels(size_t count, int most)
{
    struct levels levels = {0};
    levels.root = fixture_ca("Root", authority.root_key, NULL, authority.root_key, most);
    const struct certificate *above = levels.root;
    const struct private_key *above_key = authority.root_key;
    struct certificate *downwards[CERTIFICATE_LIST_MAX];
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "Policy %zu", i);
        downwards[i] = fixture_ca(name, authority.issuing_key, above, above_key, -1);
        above = downwards[i];
        above_key = authority.issuing_key;
    }
    for (size_t i = count; i-- > 0;)
        cr_assert_ok(certificate_list_add(&levels.between, downwards[i]));
    levels.issuing = fixture_ca("Issuing", authority.user_key, above, above_key, 0);
    return levels;
}

static enum status check_levels(const struct levels *levels)
{
    return chain_check(NULL, levels->issuing, &levels->between, levels->root, FIXTURE_NOW);
}

Test(chain, a_path_may_lead_over_other_cas)
{
    struct levels levels defer(levels_clear) = make_levels(1, 2);
    cr_assert_ok(check_levels(&levels));
    struct certificate *leaf defer(certificate_free) =
        fixture_issue(PROFILE_USER, authority.root_key, levels.issuing, authority.user_key);
    cr_assert_ok(chain_check(leaf, levels.issuing, &levels.between, levels.root, FIXTURE_NOW));
}

Test(chain, a_path_is_as_long_as_the_limit_and_no_longer)
{
    struct levels most defer(levels_clear) = make_levels(LIMIT_CHAIN_LENGTH - 1, -1);
    cr_assert_ok(check_levels(&most));
    struct levels more defer(levels_clear) = make_levels(LIMIT_CHAIN_LENGTH, -1);
    cr_assert_eq(check_levels(&more), STATUS_INVALID);
    cr_assert(detail_has("more than 8"), "%s", status_detail());
}

Test(chain, a_path_length_leaves_room_for_the_leaf_below_the_issuing_ca)
{
    for (int most = 0; most < 3; most++) {
        struct levels levels defer(levels_clear) = make_levels(1, most);
        cr_assert_eq(check_levels(&levels), most < 2 ? STATUS_INVALID : STATUS_OK, "%d", most);
        cr_assert(most == 2 || detail_has("path length"), "%s", status_detail());
    }
    struct levels two defer(levels_clear) = make_levels(0, 0);
    cr_assert_eq(check_levels(&two), STATUS_INVALID);
}

Test(chain, every_ca_between_counts)
{
    struct levels levels defer(levels_clear) = make_levels(2, -1);
    struct certificate *swapped[] = {levels.between.items[1], levels.between.items[0]};
    struct certificate *user[] = {authority.user, levels.between.items[1]};
    const struct {
        struct certificate_list between;
        const char *words;
    } refused[] = {
        {{levels.between.items, 1}, "RFC 5280 6.1"},
        {{levels.between.items + 1, 1}, "RFC 5280 6.1"},
        {{user, 2}, "intermediate certificate is not a CA"},
        {{0}, "RFC 5280 6.1"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        cr_assert_eq(
            chain_check(NULL, levels.issuing, &refused[i].between, levels.root, FIXTURE_NOW),
            STATUS_INVALID, "case %zu", i);
        cr_assert(detail_has(refused[i].words), "case %zu: %s", i, status_detail());
    }
    const struct certificate_list other_order = {swapped, 2};
    struct certificate_list surplus = {(struct certificate *[]){levels.between.items[0]}, 1};
    cr_assert_eq(chain_check(NULL, authority.issuing, &surplus, authority.root, FIXTURE_NOW),
                 STATUS_INVALID);
    cr_assert(detail_has("does not need"), "%s", status_detail());
    cr_assert_ok(chain_check(NULL, levels.issuing, &other_order, levels.root, FIXTURE_NOW));
}

Test(chain, any_order_is_put_in_order_and_strangers_are_passed_over)
{
    struct levels levels defer(levels_clear) = make_levels(3, -1);
    struct certificate *items[] = {levels.between.items[1],
                                   authority.root,
                                   levels.root,
                                   levels.issuing,
                                   levels.between.items[2],
                                   authority.issuing,
                                   levels.between.items[0],
                                   levels.root};
    const struct certificate_list pool = {items, sizeof items / sizeof items[0]};
    struct certificate_list between defer(certificate_list_clear) = {0};
    struct certificate *root defer(certificate_free) = NULL;
    cr_assert_ok(chain_order(levels.issuing, &pool, FIXTURE_NOW, &between, &root));
    cr_assert_eq(between.count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert(certificate_equal(between.items[i], levels.between.items[i]), "%zu", i);
    cr_assert(certificate_equal(root, levels.root));
}

Test(chain, what_is_missing_is_named)
{
    struct levels levels defer(levels_clear) = make_levels(2, -1);
    struct certificate *without_root[] = {levels.between.items[0], levels.between.items[1]};
    struct certificate *without_policy[] = {levels.root, levels.between.items[0]};
    const struct {
        struct certificate_list pool;
        const char *words;
    } refused[] = {
        {{without_root, 2}, "CN=Root"},
        {{without_policy, 2}, "CN=Policy 0"},
        {{0}, "CN=Policy 1"},
        {{&levels.issuing, 1}, "CN=Policy 1"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct certificate_list between = {0};
        struct certificate *root = NULL;
        cr_assert_eq(chain_order(levels.issuing, &refused[i].pool, FIXTURE_NOW, &between, &root),
                     STATUS_INVALID);
        cr_assert(detail_has(refused[i].words), "case %zu: %s", i, status_detail());
        cr_assert_null(root);
        cr_assert_eq(between.count, 0);
    }
}

/* Two CAs that certify each other lead nowhere, and the way ends all the same. */
Test(chain, a_circle_ends)
{
    const struct private_key *key = authority.issuing_key;
    struct certificate *one_ca defer(certificate_free) = fixture_ca("One", key, NULL, key, -1);
    struct certificate *two_ca defer(certificate_free) = fixture_ca("Two", key, one_ca, key, -1);
    struct certificate *one_again defer(certificate_free) = fixture_ca("One", key, two_ca, key, -1);
    struct certificate *issuing defer(certificate_free) =
        fixture_ca("Issuing", authority.user_key, two_ca, key, 0);
    struct certificate *items[] = {two_ca, one_again};
    const struct certificate_list pool = {items, 2};
    struct certificate_list between = {0};
    struct certificate *root = NULL;
    cr_assert_eq(chain_order(issuing, &pool, FIXTURE_NOW, &between, &root), STATUS_INVALID);
    cr_assert(detail_has("more than 8"), "%s", status_detail());
}
