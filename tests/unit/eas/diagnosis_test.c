#include "eas/diagnosis.h"

#include <criterion/criterion.h>

enum { HOUR = 3600, NOON = 1767268800 }; /* 2026-01-01T12:00:00Z */

static struct diagnosis_sighting came(int64_t at, enum diagnosis_certificate certificate,
                                      enum verdict_reason reason, int64_t session_age)
{
    return (struct diagnosis_sighting){
        .at = NOON + at,
        .certificate = certificate,
        .reason = reason,
        .session_age = session_age,
        .http = verdict_http(reason),
        .identity = "alice@example.test",
        .user = "alice",
    };
}
static struct diagnosis_sighting full(int64_t at)
{
    return came(at, DIAGNOSIS_CERTIFICATE_HANDSHAKE, VERDICT_ALLOWED, 0);
}
/* On the session of the handshake at NOON. */
static struct diagnosis_sighting resumed(int64_t at)
{
    return came(at, DIAGNOSIS_CERTIFICATE_RESUMED, VERDICT_ALLOWED, at);
}
static struct diagnosis_sighting bare(int64_t at, bool password)
{
    struct diagnosis_sighting sighting =
        came(at, DIAGNOSIS_CERTIFICATE_NONE, VERDICT_NO_CERTIFICATE, 0);
    sighting.password = password;
    return sighting;
}
static struct diagnosis_sighting refused(int64_t at, enum verdict_reason reason)
{
    return came(at, DIAGNOSIS_CERTIFICATE_HANDSHAKE, reason, 0);
}
static struct diagnosis_sighting aborted(int64_t at, bool asked)
{
    struct diagnosis_sighting sighting =
        came(at, DIAGNOSIS_CERTIFICATE_NONE, VERDICT_NO_CERTIFICATE, 0);
    sighting.failed = true;
    sighting.asked = asked;
    sighting.http = 0;
    return sighting;
}
static struct diagnosis_sighting post(int64_t at, int64_t body, int http)
{
    struct diagnosis_sighting sighting = full(at);
    sighting.body = body;
    sighting.http = http;
    return sighting;
}

#define STORY(...)                                                                                 \
    story((const struct diagnosis_sighting[]){__VA_ARGS__},                                        \
          sizeof((const struct diagnosis_sighting[]){__VA_ARGS__}) /                               \
              sizeof(struct diagnosis_sighting))

static struct diagnosis story(const struct diagnosis_sighting *sightings, size_t count)
{
    struct diagnosis diagnosis;
    diagnosis_of(sightings, count, &diagnosis);
    return diagnosis;
}

static void expect_sentence(const struct diagnosis *diagnosis, const char *sentence)
{
    struct buf text defer(buf_clear) = BUF_INIT(1024);
    diagnosis_append_sentence(&text, diagnosis);
    cr_expect_str_eq(text.ptr == NULL ? "" : (const char *)text.ptr, sentence);
}

#define expect_rule(found, name)                                                                   \
    cr_expect_eq((found).rule, DIAGNOSIS_##name, "%s", diagnosis_rule_word((found).rule))

Test(diagnosis, sees_that_a_phone_stopped_presenting_its_certificate)
{
    const struct diagnosis found = STORY(full(0), resumed(HOUR), resumed(2 * HOUR - 60),
                                         bare(2 * HOUR + 5, false), bare(2 * HOUR + 9, false));
    expect_rule(found, STOPPED_PRESENTING);
    cr_expect_eq(found.from, NOON);
    cr_expect_eq(found.number, NOON + 2 * HOUR - 60);
    cr_expect_eq(found.until, NOON + 2 * HOUR + 5);
    expect_sentence(&found, "The phone presented its certificate at 2026-01-01T12:00:00Z, was let "
                            "in until 2026-01-01T13:59:00Z, and at 2026-01-01T14:00:05Z it "
                            "connected without a certificate.");
}

Test(diagnosis, sees_that_a_phone_fell_back_to_a_password)
{
    const struct diagnosis found =
        STORY(full(0), resumed(HOUR), bare(2 * HOUR, false), bare(2 * HOUR + 1, true));
    expect_rule(found, FELL_BACK_TO_PASSWORD);
    cr_expect_eq(found.until, NOON + 2 * HOUR);
    expect_sentence(&found, "The phone presented its certificate at 2026-01-01T12:00:00Z, was let "
                            "in until 2026-01-01T13:00:00Z, and at 2026-01-01T14:00:00Z it "
                            "connected without it, with a password only.");
}

Test(diagnosis, knows_the_handshake_from_the_session_when_its_sighting_is_gone)
{
    const struct diagnosis found = STORY(resumed(HOUR), bare(2 * HOUR, false));
    expect_rule(found, STOPPED_PRESENTING);
    cr_expect_eq(found.from, NOON);
}

/* A proxy says that a session was resumed, and not how old it is. */
Test(diagnosis, does_not_take_a_resumption_of_unknown_age_for_the_handshake)
{
    const struct diagnosis_sighting again =
        came(HOUR, DIAGNOSIS_CERTIFICATE_RESUMED, VERDICT_ALLOWED, 0);
    const struct diagnosis found = STORY(full(0), again, bare(2 * HOUR, false));
    expect_rule(found, STOPPED_PRESENTING);
    cr_expect_eq(found.from, NOON);
    cr_expect_eq(found.number, NOON + HOUR);
}

Test(diagnosis, sees_that_a_phone_lives_on_one_session)
{
    const struct diagnosis found = STORY(full(0), resumed(600), resumed(1200), resumed(HOUR));
    expect_rule(found, SESSION_ONLY);
    cr_expect_eq(found.from, NOON);
    cr_expect_eq(found.until, NOON + HOUR);
    cr_expect_eq(found.number, 3);
    expect_sentence(&found,
                    "The phone proved itself once, at 2026-01-01T12:00:00Z, and every request "
                    "since then was on that TLS session, the last at 2026-01-01T13:00:00Z. Whether "
                    "it presents its certificate again shows when the session ends.");
}

Test(diagnosis, sees_since_when_a_certificate_is_refused)
{
    struct diagnosis_sighting late = refused(2 * HOUR, VERDICT_EXPIRED);
    late.not_after = NOON + HOUR;
    const struct diagnosis found =
        STORY(full(0), full(600), refused(HOUR + 1, VERDICT_EXPIRED), late);
    expect_rule(found, EXPIRED_SINCE);
    cr_expect_eq(found.from, NOON + HOUR + 1);
    cr_expect_eq(found.number, NOON + HOUR);
    cr_expect_eq(found.until, NOON + 600);
    expect_sentence(&found, "The phone presents its certificate, which is refused since "
                            "2026-01-01T13:00:01Z: it has expired. It was valid until "
                            "2026-01-01T13:00:00Z. The phone was let in until "
                            "2026-01-01T12:10:00Z.");
}

Test(diagnosis, tells_the_reasons_of_a_refusal_apart)
{
    expect_rule(STORY(full(0), refused(60, VERDICT_REVOKED)), REVOKED_SINCE);
    expect_rule(STORY(full(0), refused(60, VERDICT_REVOCATION_UNKNOWN)), UNCERTAIN_SINCE);
    expect_rule(STORY(full(0), refused(60, VERDICT_DEVICE_MISMATCH)), REFUSED_SINCE);
}

Test(diagnosis, sees_a_refusal_on_a_resumed_session_too)
{
    const struct diagnosis found =
        STORY(full(0), came(60, DIAGNOSIS_CERTIFICATE_RESUMED, VERDICT_REVOKED, 60));
    expect_rule(found, REVOKED_SINCE);
}

Test(diagnosis, says_of_a_first_sighting_what_only_time_brings)
{
    const struct diagnosis found = STORY(refused(0, VERDICT_REVOKED));
    expect_rule(found, REVOKED_SINCE);
    cr_expect_eq(found.until, 0);
    expect_sentence(&found, "The phone presents its certificate, which is refused since "
                            "2026-01-01T12:00:00Z: it was revoked.");
}

Test(diagnosis, sees_that_a_phone_cannot_select_a_certificate)
{
    const struct diagnosis found = STORY(full(0), aborted(60, true), aborted(90, true));
    expect_rule(found, CANNOT_SELECT);
    cr_expect_eq(found.from, NOON + 60);
    cr_expect_eq(found.until, NOON + 90);
    cr_expect_eq(found.number, 2);
    expect_sentence(&found, "Since 2026-01-01T12:01:00Z the phone ends the connection when it is "
                            "asked for a certificate (2 times): it has none from a CA that is "
                            "named to it, or may not use its key.");
}

Test(diagnosis, sees_the_account_of_another_user)
{
    struct diagnosis_sighting wrong = refused(60, VERDICT_USER_MISMATCH);
    wrong.user = "CORP\\bob";
    const struct diagnosis found = STORY(wrong);
    expect_rule(found, WRONG_USER);
    cr_expect_str_eq(found.identity, "alice@example.test");
    cr_expect_str_eq(found.user, "CORP\\bob");
    expect_sentence(&found, "The certificate is of alice@example.test, but the account on the "
                            "phone is of CORP\\bob.");
}

Test(diagnosis, tells_a_domain_that_nobody_knows_from_another_user)
{
    struct diagnosis_sighting wrong = refused(60, VERDICT_USER_MISMATCH);
    wrong.user = "CORP\\alice";
    wrong.unclear = true;
    const struct diagnosis found = STORY(wrong);
    expect_rule(found, UNKNOWN_DOMAIN);
    expect_sentence(&found, "The certificate is of alice@example.test, but the account on the "
                            "phone is of CORP\\alice. Only the domain differs, and no setting says "
                            "that both are the same.");
}

Test(diagnosis, sees_that_only_large_requests_fail)
{
    struct diagnosis_sighting cut = post(90, 60000, 0);
    cut.cut_off = true;
    const struct diagnosis found =
        STORY(post(0, 41, 200), post(10, 49000, 200), post(60, 52000, 413), cut, full(100));
    expect_rule(found, LARGE_POSTS_FAIL);
    cr_expect_eq(found.number, 52000);
    cr_expect_eq(found.from, NOON + 60);
    cr_expect_eq(found.until, NOON + 90);
    expect_sentence(&found, "Requests of 52000 bytes and more do not come through, smaller ones "
                            "do: something in front asks for the certificate only after "
                            "it has read the request.");
}

/* ---- stories without a finding --------------------------------------------------------------- */

Test(diagnosis, says_nothing_of_nothing)
{
    const struct diagnosis found = story(NULL, 0);
    expect_rule(found, NONE);
    expect_sentence(&found, "");
}

Test(diagnosis, says_nothing_of_a_phone_that_works)
{
    expect_rule(STORY(full(0), resumed(60), full(3 * HOUR), resumed(2 * HOUR)), NONE);
    expect_rule(STORY(full(0)), NONE);
    expect_rule(STORY(post(0, 41, 200), post(1, 60000, 200)), NONE);
}

Test(diagnosis, says_nothing_of_a_phone_that_never_had_a_certificate)
{
    expect_rule(STORY(bare(0, true), bare(60, true)), NONE);
}

Test(diagnosis, says_nothing_of_trouble_that_is_over)
{
    expect_rule(STORY(full(0), bare(60, true), full(120)), NONE);
    expect_rule(STORY(full(0), refused(60, VERDICT_REVOCATION_UNKNOWN), full(120)), NONE);
    expect_rule(STORY(aborted(0, true), aborted(1, true), full(120)), NONE);
    expect_rule(STORY(refused(0, VERDICT_USER_MISMATCH), full(120)), NONE);
}

Test(diagnosis, says_nothing_of_a_session_that_is_young_or_of_several)
{
    expect_rule(STORY(full(0), resumed(60), resumed(120), resumed(180)), NONE);
    expect_rule(STORY(full(0), resumed(600), resumed(1200), resumed(HOUR), full(2 * HOUR)), NONE);
}

Test(diagnosis, leaves_a_certificate_that_was_never_good_to_its_verdict)
{
    expect_rule(STORY(refused(0, VERDICT_UNTRUSTED_ISSUER), refused(1, VERDICT_WRONG_EKU)), NONE);
}

Test(diagnosis, is_not_put_off_by_a_broken_connection_in_the_trouble)
{
    const struct diagnosis stopped =
        STORY(full(0), bare(60, false), aborted(70, false), bare(80, false), aborted(90, true));
    expect_rule(stopped, STOPPED_PRESENTING);
    cr_expect_eq(stopped.until, NOON + 60);
    const struct diagnosis revoked =
        STORY(full(0), refused(60, VERDICT_REVOKED), aborted(70, false),
              refused(80, VERDICT_REVOKED), aborted(90, false));
    expect_rule(revoked, REVOKED_SINCE);
    cr_expect_eq(revoked.from, NOON + 60);
    cr_expect_eq(revoked.number, 2);
    const struct diagnosis wrong = STORY(refused(60, VERDICT_USER_MISMATCH), aborted(90, false));
    expect_rule(wrong, WRONG_USER);
    cr_expect_str_eq(wrong.user, "alice");
    cr_expect_eq(wrong.until, NOON + 60);
    expect_rule(STORY(full(0), bare(60, false), aborted(70, true), aborted(80, true)),
                CANNOT_SELECT);
}

Test(diagnosis, makes_nothing_of_one_broken_connection)
{
    expect_rule(STORY(full(0), aborted(60, true)), NONE);
    expect_rule(STORY(full(0), aborted(60, false), aborted(61, false)), NONE);
    expect_rule(STORY(post(0, 41, 200), post(60, 52000, 413)), NONE);
}

Test(diagnosis, blames_no_size_when_larger_requests_came_through)
{
    expect_rule(STORY(post(0, 60000, 200), post(60, 52000, 413), post(90, 52000, 413)), NONE);
}

Test(diagnosis, knows_each_rule_by_its_word)
{
    for (int i = 0; i < DIAGNOSIS_RULES; i++) {
        enum diagnosis_rule rule = (enum diagnosis_rule)i;
        cr_expect_eq(diagnosis_rule_of_word(diagnosis_rule_word(rule)), rule);
    }
    cr_expect_eq(diagnosis_rule_of_word("nonsense"), DIAGNOSIS_NONE);
}

Test(diagnosis, says_without_names_that_the_user_is_another)
{
    const struct diagnosis found = {.rule = DIAGNOSIS_WRONG_USER};
    expect_sentence(&found, "The certificate is of another user than the account on the phone.");
}
