#include "web/device_view.h"

#include <criterion/criterion.h>

static struct device_row row_of(const char *reason)
{
    return (struct device_row){.id = "one", .user = "ben", .reason = reason};
}

Test(device_view, every_reason_has_a_sentence_and_says_what_to_do)
{
    for (int i = 0; i <= VERDICT_ALLOWED; i++) {
        const struct device_words words =
            device_words_of_reason(verdict_reason_text((enum verdict_reason)i));
        cr_expect_neq(words.sentence, TEXT_PHONESTEP_HANDSHAKE_FAILED, "%d", i);
        cr_expect_neq(words.sentence, words.next, "%d", i);
    }
    cr_expect_eq(device_words_of_reason("").sentence, TEXT_PHONESTEP_HANDSHAKE_FAILED);
}

Test(device_view, every_rule_has_a_sentence_and_says_what_to_do)
{
    const struct device_row row = row_of("expired");
    for (int rule = 0; rule < DIAGNOSIS_RULES; rule++) {
        const struct diagnosis finding = {.rule = (enum diagnosis_rule)rule};
        const struct device_words words = device_words(&row, &finding);
        bool by_reason = rule == DIAGNOSIS_NONE || rule == DIAGNOSIS_REFUSED_SINCE;
        cr_expect_neq((int)words.sentence, 0, "%d", rule);
        cr_expect_neq((int)words.next, 0, "%d", rule);
        cr_expect_eq(words.sentence == TEXT_VERDICT_EXPIRED, by_reason, "%d", rule);
    }
}

Test(device_view, a_block_explains_more_than_any_finding)
{
    struct device_row row = row_of("allowed");
    const struct diagnosis finding = {.rule = DIAGNOSIS_SESSION_ONLY};
    row.blocked_at = 1;
    cr_assert_eq(device_words(&row, &finding).sentence, TEXT_VERDICT_BLOCKED);
    cr_assert_eq(device_state(&row).label, TEXT_DEVICESTATE_BLOCKED);
}

Test(device_view, the_state_is_that_of_the_last_verdict)
{
    static const struct {
        const char *reason;
        enum text_key label;
    } states[] = {{"allowed", TEXT_DEVICESTATE_ALLOWED},
                  {"revoked", TEXT_DEVICESTATE_REFUSED},
                  {"device_mismatch", TEXT_DEVICESTATE_ALARM},
                  {"blocked", TEXT_DEVICESTATE_BLOCKED},
                  {"", TEXT_DEVICESTATE_SEEN}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const struct device_row row = row_of(states[i].reason);
        cr_expect_eq(device_state(&row).label, states[i].label, "%s", states[i].reason);
    }
}

Test(device_view, a_story_is_told_only_with_what_it_needs)
{
    struct diagnosis finding = {.rule = DIAGNOSIS_WRONG_USER, .identity = "ben"};
    cr_assert_not(device_finding(&finding).wrong_user);
    finding.user[0] = 'x';
    cr_assert(device_finding(&finding).wrong_user);
    const struct diagnosis refused = {.rule = DIAGNOSIS_REVOKED_SINCE, .until = 9};
    cr_assert_eq(device_finding(&refused).last_allowed, 9);
    const struct diagnosis session = {.rule = DIAGNOSIS_SESSION_ONLY, .until = 9};
    cr_assert_eq(device_finding(&session).last_allowed, 0);
}
