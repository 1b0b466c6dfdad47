/* The paths themselves are in tests/data/verdict and tests/interop; here is what comes after. */
#include "eas/verdict.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { NOON = 1780315200 }; /* 2026-06-01T12:00:00Z */

static struct certificate *load(const char *name)
{
    char path[512];
    struct certificate *certificate = NULL;
    snprintf(path, sizeof path, TEST_DATA "/verdict/%s.pem", name);
    cr_assert_eq(certificate_load(path, &certificate), STATUS_OK, "%s", status_detail());
    return certificate;
}

/* The issuing CA is trusted; its own records say what was revoked. */
static struct path_trust *make_trust(enum path_revocation revocation)
{
    struct certificate *issuing defer(certificate_free) = load("issuing");
    const struct path_anchor anchor = {.certificate = issuing, .revocation = revocation};
    const struct path_trust_options options = {.anchors = &anchor, .anchor_count = 1};
    struct path_trust *trust = NULL;
    cr_assert_eq(path_trust_new(&options, &trust), STATUS_OK);
    return trust;
}

static struct verdict judge(enum path_revocation revocation, struct verdict_request request)
{
    struct path_trust *trust defer(path_trust_free) = make_trust(revocation);
    struct certificate *anna defer(certificate_free) = load("good");
    struct verdict verdict;
    if (!request.unreadable)
        request.certificate = anna;
    request.at = NOON;
    cr_assert_eq(verdict_of(trust, &identity_rules_default, &request, &verdict), STATUS_OK);
    verdict.identity = NULL; /* it ends with the certificate */
    return verdict;
}

static enum verdict_reason reason(struct verdict_request request)
{
    return judge(PATH_REVOCATION_ELSEWHERE, request).reason;
}

Test(verdict, goes_by_the_record_of_our_own_ca)
{
    cr_expect_eq(reason((struct verdict_request){.record = VERDICT_RECORD_VALID}), VERDICT_ALLOWED);
    cr_expect_eq(reason((struct verdict_request){.record = VERDICT_RECORD_REVOKED}),
                 VERDICT_REVOKED);
    cr_expect_eq(reason((struct verdict_request){.record = VERDICT_RECORD_NONE}),
                 VERDICT_REVOCATION_UNKNOWN);
}

Test(verdict, says_when_it_allowed_without_knowing)
{
    struct verdict soft = judge(PATH_REVOCATION_SOFT, (struct verdict_request){0});
    struct verdict hard = judge(PATH_REVOCATION_HARD, (struct verdict_request){0});
    cr_expect_eq(soft.reason, VERDICT_ALLOWED);
    cr_expect(soft.revocation_unknown);
    cr_expect_eq(
        strstr(soft.detail, "whether it was revoked is not known: RFC 5280 6.3: there is no CRL"),
        soft.detail, "%s", soft.detail);
    cr_expect_eq(hard.reason, VERDICT_REVOCATION_UNKNOWN);
}

Test(verdict, compares_user_then_device_then_asks_who_is_blocked)
{
    struct verdict_request request = {.record = VERDICT_RECORD_VALID,
                                      .user = span_of_text("ben"),
                                      .device = span_of_text("OTHER"),
                                      .pinned_device = "FIRST",
                                      .blocked = true};
    cr_expect_eq(reason(request), VERDICT_USER_MISMATCH);
    request.user = span_of_text("EXAMPLE\\anna");
    request.login = span_of_text("ben");
    cr_expect_eq(reason(request), VERDICT_USER_MISMATCH, "the password is another one's");
    request.login = SPAN_EMPTY;
    request.login_unknown = true;
    cr_expect_eq(reason(request), VERDICT_USER_MISMATCH, "nobody knows whose log-in it is");
    request.login = span_of_text("anna");
    request.login_unknown = false;
    cr_expect_eq(reason(request), VERDICT_DEVICE_MISMATCH);
    request.device = span_of_text("FIRST");
    cr_expect_eq(reason(request), VERDICT_BLOCKED);
    request.blocked = false;
    cr_expect_eq(reason(request), VERDICT_ALLOWED);
    request.pinned_device = NULL;
    request.device = span_of_text("ANY");
    cr_expect_eq(reason(request), VERDICT_ALLOWED);
}

Test(verdict, names_what_came_and_what_did_not)
{
    struct path_trust *trust defer(path_trust_free) = make_trust(PATH_REVOCATION_ELSEWHERE);
    const struct verdict_request nothing = {.at = NOON};
    struct verdict verdict;
    cr_assert_eq(verdict_of(trust, &identity_rules_default, &nothing, &verdict), STATUS_OK);
    cr_expect_eq(verdict.reason, VERDICT_NO_CERTIFICATE);
    cr_expect_eq(reason((struct verdict_request){.unreadable = true}), VERDICT_UNREADABLE);
}

Test(verdict, every_reason_has_its_words)
{
    for (int i = 0; i <= VERDICT_ALLOWED; i++) {
        const enum verdict_reason one = (enum verdict_reason)i;
        cr_expect_not_null(verdict_reason_text(one));
        cr_expect_gt(strlen(verdict_sentence(one)), 10);
        cr_expect_eq(verdict_http(one) == 200, one == VERDICT_ALLOWED);
        cr_expect_eq(verdict_iis_substatus(one)[0] == '\0', one == VERDICT_ALLOWED);
        cr_expect_eq(verdict_source(one)[0] == '\0', one == VERDICT_ALLOWED);
    }
}
