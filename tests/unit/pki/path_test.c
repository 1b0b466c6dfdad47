/* What a path may be is in tests/data/verdict, as others judge it too; here is who is trusted. */
#include "pki/path.h"

#include "fixture.h"

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
