#include "web/probe_view.h"

#include <criterion/criterion.h>
#include <string.h>

static struct probe_sheet sheet_of(const char *outcome, int64_t ended_at)
{
    return (struct probe_sheet){
        .row = {.id = "one",
                .device = "d1",
                .model = "",
                .device_type = "",
                .outcome = outcome,
                .stop_reason = "",
                .ended_at = ended_at},
        .site = "",
    };
}

Test(probe_view, every_policy_means_something_else)
{
    for (int i = 0; i < EAS_POLICIES; i++)
        for (int j = 0; j < i; j++)
            cr_expect_neq(probe_policy_text((enum eas_policy)i),
                          probe_policy_text((enum eas_policy)j));
}

Test(probe_view, every_result_has_a_label_of_its_own_and_no_answer_yet_is_one)
{
    enum text_key seen[EAS_RESULT_CANNOT_TELL + 1];
    for (int i = 0; i <= EAS_RESULT_CANNOT_TELL; i++) {
        const struct eas_probe_entry entry = {(enum eas_probe_result)i, EAS_REASON_NONE};
        seen[i] = probe_result(entry).label;
        for (int j = 0; j < i; j++)
            cr_expect_neq(seen[i], seen[j], "%d %d", i, j);
    }
    cr_assert_eq(seen[EAS_RESULT_WAITING], TEXT_RESULT_WAITING);
    cr_assert_eq(seen[EAS_RESULT_NO_ANSWER], TEXT_RESULT_NO_ANSWER);
}

Test(probe_view, a_reason_is_told_where_there_is_one_and_blindness_is_explained)
{
    for (int i = EAS_REASON_NONE; i <= EAS_REASON_STOPPED; i++) {
        const struct eas_probe_entry entry = {EAS_RESULT_CANNOT_TELL, (enum eas_probe_reason)i};
        cr_expect_eq(probe_result(entry).has_reason, i != EAS_REASON_NONE, "%d", i);
    }
    const struct view_probe_result blind =
        probe_result((struct eas_probe_entry){EAS_RESULT_BLIND, EAS_REASON_NONE});
    cr_assert(blind.has_reason);
    cr_assert_eq(blind.reason, TEXT_REASON_BLIND);
}

Test(probe_view, the_state_of_an_open_one_says_whether_an_answer_is_owed)
{
    struct probe_sheet sheet = sheet_of("running", 0);
    cr_assert_eq(probe_state(&sheet).label, TEXT_PROBESTATE_RUNNING);
    sheet.out = true;
    cr_assert_eq(probe_state(&sheet).label, TEXT_PROBESTATE_NO_ANSWER);
    sheet = sheet_of("stopped", 0);
    cr_assert_eq(probe_state(&sheet).label, TEXT_PROBESTATE_ENDING);
    sheet.unreadable = true;
    cr_assert_eq(probe_state(&sheet).label, TEXT_PROBESTATE_UNREADABLE);
}

Test(probe_view, every_end_has_a_state_and_a_sentence)
{
    for (int i = EAS_PROBE_COMPLETE; i <= EAS_PROBE_UNSTEADY; i++) {
        const struct probe_sheet sheet =
            sheet_of(eas_probe_outcome_word((enum eas_probe_outcome)i), 1);
        cr_expect_neq(probe_state(&sheet).label, TEXT_PROBESTATE_RUNNING, "%d", i);
        cr_expect_neq(probe_ending(&sheet), TEXT_PROBE_END_EXPORTED, "%d", i);
    }
    struct probe_sheet sheet = sheet_of("stopped", 1);
    sheet.row.stop_reason = "operator";
    cr_assert_eq(probe_ending(&sheet), TEXT_PROBE_END_OPERATOR);
}

Test(probe_view, an_imported_one_that_ran_on_there_is_said_to_have)
{
    struct probe_sheet sheet = sheet_of("running", 0);
    sheet.site = "North";
    cr_assert_eq(probe_state(&sheet).label, TEXT_PROBESTATE_EXPORTED);
    cr_assert_eq(probe_ending(&sheet), TEXT_PROBE_END_EXPORTED);
}

Test(probe_view, every_kind_of_round_and_every_answer_has_words)
{
    for (int i = EAS_ROUND_BASELINE; i <= EAS_ROUND_RETURN; i++)
        for (int j = EAS_ROUND_BASELINE; j < i; j++)
            cr_expect_neq(probe_round_text(eas_probe_kind_word((enum eas_probe_kind)i)),
                          probe_round_text(eas_probe_kind_word((enum eas_probe_kind)j)));
    for (int i = PROBE_UNANSWERED; i <= EAS_ACK_OTHER; i++)
        for (int j = PROBE_UNANSWERED; j < i; j++)
            cr_expect_neq(probe_answer(i).label, probe_answer(j).label);
}

Test(probe_view, a_device_is_called_by_its_model_its_type_or_its_id)
{
    struct probe_row row = {.device = "", .device_type = "", .model = ""};
    cr_assert_str_eq(probe_name(&row), "?");
    row.device = "d1";
    cr_assert_str_eq(probe_name(&row), "d1");
    row.device_type = "Phone";
    cr_assert_str_eq(probe_name(&row), "Phone");
    row.model = "M 1";
    cr_assert_str_eq(probe_name(&row), "M 1");
}
