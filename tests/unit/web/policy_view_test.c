#include "web/policy_view.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct eas_policy_choice choice_of(const char *text)
{
    struct eas_policy_choice choice;
    cr_assert_eq(eas_choice_parse(span_of_text(text), &choice), STATUS_OK, "%s", status_detail());
    return choice;
}

static struct form *form_of(const char *encoded)
{
    struct form *form = NULL;
    cr_assert_eq(form_parse(span_of_text(encoded), &form), STATUS_OK, "%s", status_detail());
    return form;
}

static const struct view_policy_value *value_in(const struct policy_form *form, const char *element)
{
    for (int i = 0; i < EAS_POLICIES; i++)
        if (strcmp(form->values[i].element, element) == 0)
            return &form->values[i];
    cr_assert_fail("%s is not in the form", element);
    return NULL;
}

Test(policy_view, has_all_42_in_a_group_and_with_a_sentence_of_its_own)
{
    static struct policy_form form;
    const struct eas_policy_choice none = {{0}, ""};
    size_t count = 0;
    cr_expect_null(policy_view_form(&none, NULL, NULL, &form));
    for (int kind = 0; kind < POLICY_KINDS; kind++) {
        cr_expect_gt(form.kinds[kind].values_count, 0);
        count += form.kinds[kind].values_count;
    }
    cr_expect_eq(count, EAS_POLICIES);
    for (int i = 0; i < EAS_POLICIES; i++)
        for (int j = 0; j < i; j++) {
            cr_expect_str_neq(form.values[i].element, form.values[j].element);
            cr_expect_neq(form.values[i].meaning, form.values[j].meaning);
        }
}

Test(policy_view, shows_what_was_chosen_and_else_what_is_neutral)
{
    static struct policy_form form;
    const struct eas_policy_choice choice =
        choice_of("DevicePasswordEnabled=1\nAllowBluetooth=0\n");
    policy_view_form(&choice, NULL, NULL, &form);
    cr_expect(value_in(&form, "DevicePasswordEnabled")->on);
    cr_expect(value_in(&form, "AllowCamera")->on);
    cr_expect_not(value_in(&form, "RequireDeviceEncryption")->on);
    cr_expect_str_eq(value_in(&form, "AllowBluetooth")->value, "0");
    cr_expect_str_eq(value_in(&form, "MinDevicePasswordLength")->value, "");
    cr_expect_str_eq(value_in(&form, "ApprovedApplicationList")->value, "");
}

Test(policy_view, shows_what_was_typed_and_what_is_wrong_with_it)
{
    static struct policy_form view;
    const struct eas_policy_choice choice = choice_of("AllowCamera=0\n");
    struct form *form defer(form_free) =
        form_of("MinDevicePasswordLength=99&AllowCamera=1&accept.AllowWiFi=1");
    const char *about = policy_view_form(&choice, form, "MinDevicePasswordLength: is wrong", &view);
    cr_assert_not_null(about);
    cr_expect_str_eq(about, "MinDevicePasswordLength");
    cr_expect_str_eq(value_in(&view, "MinDevicePasswordLength")->value, "99");
    cr_expect_str_eq(value_in(&view, "MinDevicePasswordLength")->wrong, " is wrong");
    cr_expect(value_in(&view, "AllowCamera")->on);
    cr_expect_null(value_in(&view, "AllowCamera")->wrong);
    cr_expect(value_in(&view, "AllowWiFi")->accepted);
    cr_expect_not(value_in(&view, "RequireDeviceEncryption")->accepted);
}

Test(policy_view, lets_every_number_be_typed_that_is_taken)
{
    static struct policy_form form;
    const struct eas_policy_choice none = {{0}, ""};
    policy_view_form(&none, NULL, NULL, &form);
    const struct view_policy_value *age = value_in(&form, "MaxCalendarAgeFilter");
    cr_expect(age->is_number);
    cr_expect_str_eq(age->value, "0");
    cr_expect_eq(age->least, 0);
    cr_expect_eq(age->most, 7);
    cr_expect_eq(value_in(&form, "MinDevicePasswordLength")->least, 1);
}

Test(policy_view, only_what_cannot_be_undone_has_a_box_to_accept_it)
{
    static struct policy_form form;
    const struct eas_policy_choice none = {{0}, ""};
    int dangerous = 0;
    policy_view_form(&none, NULL, NULL, &form);
    for (int i = 0; i < EAS_POLICIES; i++)
        dangerous += form.values[i].dangerous;
    cr_expect_eq(dangerous, 4);
    cr_expect_str_eq(value_in(&form, "AllowWiFi")->accept, "accept.AllowWiFi");
}

Test(policy_view, reads_the_form_as_it_is_shown_without_a_change)
{
    struct policy_typed typed;
    struct form *form defer(form_free) =
        form_of("AllowCamera=1&AllowBluetooth=&MinDevicePasswordLength=6&accept.AllowWiFi=1&"
                "accept.AllowCamera=1");
    policy_view_read(form, &typed);
    cr_expect_str_eq(typed.values[EAS_POLICY_CAMERA].value, "1");
    cr_expect_str_eq(typed.values[EAS_POLICY_BROWSER].value, "0");
    cr_expect_str_eq(typed.values[EAS_POLICY_BLUETOOTH].value, "");
    cr_expect_str_eq(typed.values[EAS_POLICY_PASSWORD_LENGTH].value, "6");
    cr_expect_str_eq(typed.values[EAS_POLICY_WIFI].element, "AllowWiFi");
    cr_assert_eq(typed.accepted_count, 1);
    cr_expect_str_eq(typed.accepted[0], "AllowWiFi");
}

Test(policy_view, says_what_is_asked_for_and_nothing_else)
{
    struct view_policy_fact facts[EAS_POLICIES];
    const struct eas_policy_choice choice = choice_of("AllowCamera=0\nAllowBluetooth=1\n");
    cr_assert_eq(policy_view_facts(&choice, facts), 2);
    cr_expect_str_eq(facts[0].element, "AllowCamera");
    cr_expect(facts[0].is_flag && !facts[0].on);
    cr_expect_str_eq(facts[1].value, "1");
    cr_expect_not(facts[1].is_flag);
}
