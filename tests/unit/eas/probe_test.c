#include "eas/probe.h"

#include "model.h"

#include <criterion/criterion.h>

static struct eas_probe begun(const struct eas_probe_wish *wish)
{
    struct eas_probe probe;
    cr_assert_eq(eas_probe_begin(wish, &probe), STATUS_OK, "%s", status_detail());
    return probe;
}

/* A probe in the course of a test, and what was offered in it. */
struct course {
    struct eas_probe probe;
    eas_policy_set offered;
    uint64_t trace; /* of all rounds and answers */
};

/* No document holds what was not chosen. */
static void check_round(const struct eas_probe_wish *wish, const struct eas_probe_round *round)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        const char *value = round->document.values[i];
        bool probed = (round->policies >> i & 1) != 0;
        if (!probed) {
            cr_assert_eq(value, row->neutral, "%s", row->element);
            continue;
        }
        cr_assert_eq(value, row->probe, "%s", row->element);
        cr_assert(row->risk <= wish->most, "%s", row->element);
        cr_assert(row->risk < EAS_RISK_DESTRUCTIVE || (wish->named >> i & 1) != 0, "%s",
                  row->element);
        cr_assert(eas_policy_is_in((enum eas_policy)i, wish->version), "%s", row->element);
        if (row->needs_pin)
            cr_assert_str_eq(round->document.values[EAS_POLICY_PASSWORD_ENABLED], "1");
    }
    uint8_t hash[EAS_POLICY_HASH_SIZE];
    cr_assert_eq(eas_policy_hash(wish->version, &round->document, hash), STATUS_OK, "%s",
                 status_detail());
}

static void resume(struct eas_probe *probe)
{
    struct buf text defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    struct buf again defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    struct span bytes;
    eas_probe_append(&text, probe);
    cr_assert_eq(buf_finish(&text, &bytes), STATUS_OK);
    memset(probe, 0x5a, sizeof *probe);
    cr_assert_eq(eas_probe_parse(bytes, probe), STATUS_OK, "%s", (const char *)text.ptr);
    eas_probe_append(&again, probe);
    cr_assert_str_eq((const char *)again.ptr, (const char *)text.ptr);
}

static void offer(struct course *course, struct eas_probe_round *ret_round)
{
    cr_assert_eq(eas_probe_next(&course->probe, ret_round), STATUS_OK);
    check_round(&course->probe.wish, ret_round);
    eas_probe_offered(&course->probe);
    cr_assert_eq(ret_round->number, course->probe.rounds);
    course->offered |= ret_round->policies;
}

static void answer(struct course *course, const struct eas_probe_round *round,
                   enum eas_acknowledgment says)
{
    if (says == EAS_ACK_NONE)
        cr_assert_eq(eas_probe_silence(&course->probe, round->number), STATUS_OK);
    else
        cr_assert_eq(eas_probe_answer(&course->probe, round->number, says), STATUS_OK);
    course->trace = course->trace * 1000003 + round->policies * 7 + (uint64_t)says;
}

/* To its end. With `resumes` the state goes through its text after each step. */
static struct course walk(const struct model *model, const struct eas_probe_wish *wish,
                          bool resumes)
{
    struct course course = {.probe = begun(wish)};
    struct eas_probe_round round;
    while (course.probe.kind != EAS_ROUND_NONE) {
        if (resumes)
            resume(&course.probe);
        offer(&course, &round);
        if (resumes)
            resume(&course.probe);
        answer(&course, &round, model_says(model, wish->version, &round.document));
        cr_assert(course.probe.rounds < 200);
    }
    if (resumes)
        resume(&course.probe);
    return course;
}

static int refused_in(const struct eas_probe *probe)
{
    int count = 0;
    for (int i = 0; i < EAS_POLICIES; i++) {
        struct eas_probe_entry entry = eas_probe_entry(probe, (enum eas_policy)i);
        count += entry.result == EAS_RESULT_PARTIAL || entry.result == EAS_RESULT_REFUSED ||
                 entry.result == EAS_RESULT_MANAGED || entry.result == EAS_RESULT_NO_ANSWER ||
                 entry.reason == EAS_REASON_NONCONFORMING;
    }
    return count;
}

static int bound_of(const struct course *course)
{
    return __builtin_popcountll(course->offered) + 2 * refused_in(&course->probe) + 4;
}

static void check_course(const struct model *model, const struct eas_probe_wish *wish,
                         const struct course *course)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        enum eas_policy policy = (enum eas_policy)i;
        enum eas_probe_result found = eas_probe_entry(&course->probe, policy).result;
        enum eas_probe_result expected = model_result(model, wish, policy);
        cr_expect_eq(found, expected, "%s of %d, risk %d: %s, not %s",
                     eas_policy_row(policy)->element, wish->version, (int)wish->most,
                     eas_probe_result_word(found), eas_probe_result_word(expected));
    }
    cr_expect(course->probe.rounds <= bound_of(course), "%d rounds, bound %d", course->probe.rounds,
              bound_of(course));
    if (model->oddity == ODDITY_NONE || model->oddity == ODDITY_BLIND) {
        cr_expect_eq(eas_probe_refusals(&course->probe), refused_in(&course->probe));
        cr_expect(course->probe.returned);
        cr_expect_eq(course->probe.outcome, EAS_PROBE_COMPLETE);
    }
}

static const int versions[] = {EAS_2_5, EAS_12_0, EAS_12_1, EAS_14_0, EAS_14_1, EAS_16_0, EAS_16_1};

static eas_policy_set destructive(void)
{
    eas_policy_set set = 0;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (eas_policy_row((enum eas_policy)i)->risk == EAS_RISK_DESTRUCTIVE)
            set |= EAS_POLICY_BIT(i);
    return set;
}

static struct eas_probe_wish wish_of_seed(uint64_t *seed, int version)
{
    struct eas_probe_wish wish = {
        .version = version,
        .most = (enum eas_policy_risk)((model_random(seed) >> 8) % 4),
        .one_by_one = (model_random(seed) >> 8) % 8 == 0,
    };
    if (wish.most == EAS_RISK_DESTRUCTIVE)
        wish.named = destructive() & model_random(seed);
    return wish;
}

Test(probe, finds_out_what_each_of_many_devices_can)
{
    uint64_t seed = 20240117;
    for (int i = 0; i < 1400; i++) {
        struct model model = model_of_seed(&seed);
        struct eas_probe_wish wish = wish_of_seed(&seed, versions[i % 7]);
        struct course course = walk(&model, &wish, false);
        check_course(&model, &wish, &course);
    }
}

Test(probe, goes_on_as_before_after_it_was_kept_and_read_again_at_each_step)
{
    uint64_t seed = 4711;
    for (int i = 0; i < 350; i++) {
        struct model model = model_of_seed(&seed);
        struct eas_probe_wish wish = wish_of_seed(&seed, versions[i % 7]);
        struct course straight = walk(&model, &wish, false);
        struct course resumed = walk(&model, &wish, true);
        cr_expect_eq(straight.trace, resumed.trace);
        cr_expect_eq(straight.probe.rounds, resumed.probe.rounds);
        check_course(&model, &wish, &resumed);
    }
}

/* ---- the course of one ----------------------------------------------------------------------- */

static const struct eas_probe_wish usual = {.version = EAS_14_1, .most = EAS_RISK_DISRUPTIVE};
static const struct eas_probe_wish sticky = {.version = EAS_16_1, .most = EAS_RISK_STICKY};

static enum eas_probe_result found(const struct course *course, enum eas_policy policy)
{
    return eas_probe_entry(&course->probe, policy).result;
}

Test(probe, needs_few_rounds_for_a_device_that_can_all)
{
    const struct model all = {.partial = EAS_POLICY_BIT(EAS_POLICY_ENCRYPTION_ALGORITHM)};
    struct course course = walk(&all, &sticky, false);
    cr_expect_eq(found(&course, EAS_POLICY_CAMERA), EAS_RESULT_APPLIED);
    cr_expect_eq(found(&course, EAS_POLICY_COMPLEX_CHARACTERS), EAS_RESULT_APPLIED);
    cr_expect_eq(__builtin_popcountll(course.offered), 38);
    cr_expect(course.probe.rounds <= 12, "%d rounds", course.probe.rounds);
}

Test(probe, asks_one_by_one_where_that_is_wished)
{
    const struct model blind = {.oddity = ODDITY_BLIND};
    struct eas_probe_wish wish = usual;
    wish.one_by_one = true;
    struct course course = walk(&blind, &wish, false);
    /* baseline, canary of two, the others one a round, baseline again */
    cr_expect_eq(course.probe.rounds, 3 + __builtin_popcountll(course.offered) - 2);
}

Test(probe, calls_a_device_blind_that_agrees_to_everything)
{
    const struct model blind = {.oddity = ODDITY_BLIND};
    struct course course = walk(&blind, &usual, false);
    cr_expect_eq(found(&course, EAS_POLICY_CAMERA), EAS_RESULT_BLIND);
    cr_expect_eq(found(&course, EAS_POLICY_IRDA), EAS_RESULT_BLIND);
    cr_expect(course.probe.rounds <= 5, "%d rounds", course.probe.rounds);
}

Test(probe, cannot_call_a_device_blind_where_the_version_has_no_canary)
{
    const struct model blind = {.oddity = ODDITY_BLIND};
    const struct eas_probe_wish wish = {.version = EAS_12_0, .most = EAS_RISK_STICKY};
    struct course course = walk(&blind, &wish, false);
    struct eas_probe_entry entry = eas_probe_entry(&course.probe, EAS_POLICY_ATTACHMENTS);
    cr_expect_eq(entry.result, EAS_RESULT_CANNOT_TELL);
    cr_expect_eq(entry.reason, EAS_REASON_NO_CANARY);
}

Test(probe, believes_a_device_that_agrees_to_the_canary_but_not_to_everything)
{
    const struct model model = {.partial = EAS_POLICY_BIT(EAS_POLICY_CAMERA)};
    struct course course = walk(&model, &usual, false);
    cr_expect_eq(found(&course, EAS_POLICY_CAMERA), EAS_RESULT_PARTIAL);
    cr_expect_eq(found(&course, EAS_POLICY_BROWSER), EAS_RESULT_APPLIED);
}

Test(probe, asks_nothing_that_needs_a_pin_without_one)
{
    const struct model model = {.refused = EAS_POLICY_BIT(EAS_POLICY_PASSWORD_ENABLED)};
    struct course without = walk(&model, &usual, false);
    struct course refused = walk(&model, &sticky, false);
    struct eas_probe_entry entry = eas_probe_entry(&without.probe, EAS_POLICY_INACTIVITY_LOCK);
    cr_expect_eq(entry.result, EAS_RESULT_CANNOT_TELL);
    cr_expect_eq(entry.reason, EAS_REASON_PIN);
    cr_expect_eq(found(&without, EAS_POLICY_PASSWORD_LENGTH), EAS_RESULT_NOT_OFFERED);
    cr_expect_eq(found(&refused, EAS_POLICY_PASSWORD_ENABLED), EAS_RESULT_REFUSED);
    cr_expect_eq(found(&refused, EAS_POLICY_PASSWORD_LENGTH), EAS_RESULT_CANNOT_TELL);
    cr_expect_eq(refused.offered >> EAS_POLICY_PASSWORD_LENGTH & 1, 0);
}

Test(probe, asks_for_kinds_of_characters_only_where_letters_can_be_demanded)
{
    const struct model model = {.partial = EAS_POLICY_BIT(EAS_POLICY_ALPHANUMERIC_PASSWORD)};
    struct course course = walk(&model, &sticky, false);
    struct eas_probe_entry entry = eas_probe_entry(&course.probe, EAS_POLICY_COMPLEX_CHARACTERS);
    cr_expect_eq(entry.result, EAS_RESULT_CANNOT_TELL);
    cr_expect_eq(entry.reason, EAS_REASON_LETTERS);
}

Test(probe, offers_what_cannot_be_undone_only_where_it_is_named)
{
    const struct model model = {.partial = EAS_POLICY_BIT(EAS_POLICY_CAMERA)};
    struct eas_probe_wish wish = {.version = EAS_16_1, .most = EAS_RISK_DESTRUCTIVE};
    struct course none = walk(&model, &wish, false);
    wish.named = EAS_POLICY_BIT(EAS_POLICY_FAILED_ATTEMPTS);
    struct course one = walk(&model, &wish, false);
    struct eas_probe_entry entry = eas_probe_entry(&none.probe, EAS_POLICY_DEVICE_ENCRYPTION);
    cr_expect_eq(none.offered & destructive(), 0);
    cr_expect_eq(entry.result, EAS_RESULT_NOT_OFFERED);
    cr_expect_eq(entry.reason, EAS_REASON_UNNAMED);
    cr_expect_eq(one.offered & destructive(), wish.named);
    cr_expect_eq(found(&one, EAS_POLICY_FAILED_ATTEMPTS), EAS_RESULT_APPLIED);
    cr_expect_str_eq(eas_policy_row(EAS_POLICY_FAILED_ATTEMPTS)->probe, "16");
}

Test(probe, refuses_a_wish_that_contradicts_itself)
{
    struct eas_probe probe;
    struct eas_probe_wish wish = usual;
    wish.named = EAS_POLICY_BIT(EAS_POLICY_WIFI);
    cr_expect_eq(eas_probe_begin(&wish, &probe), STATUS_INVALID);
    wish.most = EAS_RISK_DESTRUCTIVE;
    cr_expect_eq(eas_probe_begin(&wish, &probe), STATUS_OK);
    wish.named = EAS_POLICY_BIT(EAS_POLICY_CAMERA);
    cr_expect_eq(eas_probe_begin(&wish, &probe), STATUS_INVALID);
    wish = usual;
    wish.version = 13;
    cr_expect_eq(eas_probe_begin(&wish, &probe), STATUS_INVALID);
}

/* ---- answers, and none ----------------------------------------------------------------------- */

/* Begun, with the baseline answered. */
static struct course started(void)
{
    struct course course = {.probe = begun(&usual)};
    struct eas_probe_round round;
    offer(&course, &round);
    answer(&course, &round, EAS_ACK_APPLIED);
    return course;
}

Test(probe, takes_an_answer_to_the_round_that_is_out_and_to_no_other)
{
    struct course course = {.probe = begun(&usual)};
    struct eas_probe_round round;
    cr_expect_eq(eas_probe_answer(&course.probe, 1, EAS_ACK_APPLIED), STATUS_CONFLICT);
    offer(&course, &round);
    cr_expect_eq(eas_probe_answer(&course.probe, 2, EAS_ACK_APPLIED), STATUS_CONFLICT);
    cr_expect_eq(eas_probe_answer(&course.probe, 1, EAS_ACK_NONE), STATUS_CONFLICT);
    cr_expect_eq(eas_probe_answer(&course.probe, 1, EAS_ACK_APPLIED), STATUS_OK);
    cr_expect_eq(eas_probe_answer(&course.probe, 1, EAS_ACK_APPLIED), STATUS_CONFLICT);
    cr_expect_eq(eas_probe_silence(&course.probe, 1), STATUS_CONFLICT);
}

Test(probe, offers_the_same_round_until_it_is_answered)
{
    struct course course = started();
    struct eas_probe_round first, again;
    offer(&course, &first);
    offer(&course, &again);
    cr_expect_eq(first.number, again.number);
    cr_expect_eq(first.policies, again.policies);
    cr_expect_eq(course.probe.rounds, 2);
}

Test(probe, knows_no_answer_yet_from_no_answer)
{
    struct course course = started();
    struct eas_probe_round round;
    cr_expect_eq(found(&course, EAS_POLICY_IRDA), EAS_RESULT_PENDING);
    offer(&course, &round);
    cr_expect_eq(found(&course, EAS_POLICY_IRDA), EAS_RESULT_WAITING);
    cr_expect_eq(found(&course, EAS_POLICY_CAMERA), EAS_RESULT_PENDING);
    const struct model model = {.silent = EAS_POLICY_BIT(EAS_POLICY_CAMERA),
                                .partial = EAS_POLICY_BIT(EAS_POLICY_IRDA)};
    struct course other = walk(&model, &usual, false);
    cr_expect_eq(found(&other, EAS_POLICY_CAMERA), EAS_RESULT_NO_ANSWER);
    cr_expect_eq(other.probe.outcome, EAS_PROBE_COMPLETE);
}

Test(probe, blames_nobody_when_a_control_round_is_declined)
{
    struct course course = started();
    struct eas_probe_round round;
    do {
        offer(&course, &round);
        answer(&course, &round, EAS_ACK_PARTIAL);
    } while (round.kind != EAS_ROUND_CONTROL);
    cr_expect_eq(course.probe.outcome, EAS_PROBE_UNSTEADY);
    for (int i = 0; i < EAS_POLICIES; i++) {
        enum eas_probe_result result = found(&course, (enum eas_policy)i);
        cr_expect(result == EAS_RESULT_CANNOT_TELL || result == EAS_RESULT_NOT_OFFERED);
    }
    offer(&course, &round);
    cr_expect_eq(round.kind, EAS_ROUND_RETURN);
    cr_expect_eq(round.policies, 0);
    answer(&course, &round, EAS_ACK_PARTIAL);
    cr_expect_eq(course.probe.kind, EAS_ROUND_NONE);
    cr_expect_not(course.probe.returned);
}

Test(probe, ends_when_a_control_round_is_not_answered)
{
    struct course course = started();
    struct eas_probe_round round;
    do {
        offer(&course, &round);
        answer(&course, &round, EAS_ACK_NONE);
    } while (round.kind != EAS_ROUND_CONTROL);
    cr_expect_eq(course.probe.outcome, EAS_PROBE_SILENT);
    cr_expect(course.probe.rounds <= 6, "%d rounds", course.probe.rounds);
    cr_expect_eq(found(&course, EAS_POLICY_CAMERA), EAS_RESULT_NOT_OFFERED);
}

Test(probe, bears_a_device_that_declines_groups_and_agrees_to_each)
{
    struct course course = started();
    struct eas_probe_round round;
    while (course.probe.kind != EAS_ROUND_NONE) {
        offer(&course, &round);
        answer(&course, &round,
               __builtin_popcountll(round.policies) > 1 ? EAS_ACK_PARTIAL : EAS_ACK_APPLIED);
    }
    cr_expect_eq(course.probe.outcome, EAS_PROBE_COMPLETE);
    cr_expect_eq(found(&course, EAS_POLICY_CAMERA), EAS_RESULT_APPLIED);
    cr_expect(course.probe.rounds <=
              __builtin_popcountll(course.offered) + 2 * eas_probe_refusals(&course.probe) + 4);
}

/* ---- stopping -------------------------------------------------------------------------------- */

Test(probe, that_is_stopped_gives_the_baseline_back)
{
    struct course course = started();
    struct eas_probe_round round;
    offer(&course, &round);
    eas_probe_stop(&course.probe);
    eas_probe_stop(&course.probe);
    cr_expect_eq(eas_probe_answer(&course.probe, round.number, EAS_ACK_APPLIED), STATUS_CONFLICT);
    struct eas_probe_entry irda = eas_probe_entry(&course.probe, EAS_POLICY_IRDA);
    struct eas_probe_entry camera = eas_probe_entry(&course.probe, EAS_POLICY_CAMERA);
    cr_expect_eq(irda.result, EAS_RESULT_NO_ANSWER);
    cr_expect_eq(irda.reason, EAS_REASON_STOPPED);
    cr_expect_eq(camera.result, EAS_RESULT_NOT_OFFERED);
    cr_expect_eq(camera.reason, EAS_REASON_STOPPED);
    offer(&course, &round);
    cr_expect_eq(round.kind, EAS_ROUND_RETURN);
    answer(&course, &round, EAS_ACK_APPLIED);
    cr_expect(course.probe.returned);
    cr_expect_eq(course.probe.outcome, EAS_PROBE_STOPPED);
    cr_expect_eq(eas_probe_next(&course.probe, &round), STATUS_NOT_FOUND);
}

Test(probe, that_is_stopped_before_the_device_got_anything_is_over)
{
    struct eas_probe fresh = begun(&usual);
    eas_probe_stop(&fresh);
    cr_expect_eq(fresh.kind, EAS_ROUND_NONE);
    struct course course = started();
    eas_probe_stop(&course.probe);
    cr_expect_eq(course.probe.kind, EAS_ROUND_NONE);
    cr_expect(course.probe.returned, "the device has the baseline already");
}

/* Wherever it is stopped. */
Test(probe, that_is_stopped_anywhere_ends_and_can_be_kept)
{
    uint64_t seed = 99;
    for (int i = 0; i < 200; i++) {
        struct model model = model_of_seed(&seed);
        struct eas_probe_wish wish = wish_of_seed(&seed, versions[i % 7]);
        struct course course = {.probe = begun(&wish)};
        struct eas_probe_round round;
        for (uint64_t left = (model_random(&seed) >> 8) % 20;
             left > 0 && course.probe.kind != EAS_ROUND_NONE; left--) {
            offer(&course, &round);
            if (left > 1)
                answer(&course, &round, model_says(&model, wish.version, &round.document));
        }
        eas_probe_stop(&course.probe);
        resume(&course.probe);
        if (course.probe.kind != EAS_ROUND_NONE) {
            offer(&course, &round);
            cr_expect_eq(round.policies, 0);
            answer(&course, &round, EAS_ACK_APPLIED);
        }
        cr_expect_eq(course.probe.kind, EAS_ROUND_NONE);
        cr_expect_neq(course.probe.outcome, EAS_PROBE_RUNNING);
        for (int policy = 0; policy < EAS_POLICIES; policy++)
            cr_expect_neq(found(&course, (enum eas_policy)policy), EAS_RESULT_PENDING);
    }
}
