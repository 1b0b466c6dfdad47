#include "service/policies.h"

#include "phones.h"

#include <stdio.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(policies, .init = setup, .fini = teardown);

static enum status set(const char *name, const char *element, const char *value)
{
    const struct policy_value values[] = {{element, value}};
    const struct policy_request request = {.name = name, .values = values, .value_count = 1};
    enum policy_change change;
    return policies_set(at.service, &anna, &request, &change);
}

static enum policy_change change_of(const struct policy_request *request)
{
    enum policy_change change;
    expect_ok(policies_set(at.service, &anna, request, &change));
    return change;
}

static enum status assign(const char *name, const char *who)
{
    return policies_assign(at.service, &anna, name, &who, 1);
}

static enum status unassign(const char *who)
{
    return policies_unassign(at.service, &anna, NULL, &who, 1);
}

static struct policy_record shown(const char *name)
{
    struct policy_record record;
    expect_ok(policies_show(at.service, name, &record));
    return record;
}

static void expect_value(const char *name, enum eas_policy policy, const char *wanted)
{
    struct policy_record record defer(policy_record_clear) = shown(name);
    const char *value = eas_choice_value(&record.choice, policy);
    cr_expect_str_eq(value == NULL ? "neutral" : value, wanted);
}

/* What the user's devices get: the policy's name, "" for none. */
static void expect_policy(const char *user, const char *wanted)
{
    struct policy_record record defer(policy_record_clear) = {.users = 0};
    enum status status = policies_find(at.service, user, &record);
    if (status == STATUS_NOT_FOUND)
        cr_expect_str_eq("", wanted, "%s", user);
    else
        cr_expect_str_eq(record.row.name, wanted, "%s", user);
}

/* ---- setting --------------------------------------------------------------------------------- */

Test(policies, change_what_is_said_and_keep_the_rest)
{
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_ok(set("Sales", "AllowBrowser", "0"));
    expect_value("sales", EAS_POLICY_CAMERA, "0");
    expect_value("sales", EAS_POLICY_BROWSER, "0");
    expect_ok(set("sales", "AllowCamera", ""));
    expect_value("sales", EAS_POLICY_CAMERA, "neutral");
    cr_expect_eq(count_rows(&at, "policy"), 1);
}

Test(policies, that_are_set_as_a_whole_keep_nothing)
{
    const struct policy_value values[] = {{"AllowBrowser", "0"}};
    const struct policy_request request = {
        .name = "sales", .values = values, .value_count = 1, .whole = true};
    expect_ok(set("sales", "AllowCamera", "0"));
    cr_expect_eq(change_of(&request), POLICY_CHANGED);
    expect_value("sales", EAS_POLICY_CAMERA, "neutral");
    expect_value("sales", EAS_POLICY_BROWSER, "0");
}

Test(policies, that_somebody_changed_meanwhile_are_not_changed_unseen)
{
    expect_ok(set("sales", "AllowCamera", "0"));
    struct policy_record seen defer(policy_record_clear) = shown("sales");
    struct policy_request request = {.name = "sales", .mark = seen.mark, .partial = POLICY_REFUSE};
    enum policy_change change;
    cr_expect_eq(change_of(&request), POLICY_CHANGED);
    request.partial = POLICY_ALLOW;
    expect_detail(policies_set(at.service, &anna, &request, &change), STATUS_CONFLICT, "anna");
    expect_ok(set("sales", "AllowCamera", ""));
    struct policy_record now defer(policy_record_clear) = shown("sales");
    cr_expect_str_neq(now.mark, seen.mark);
    request.mark = now.mark;
    cr_expect_eq(change_of(&request), POLICY_CHANGED);
}

Test(policies, that_were_removed_meanwhile_are_not_made_anew)
{
    int64_t users;
    expect_ok(set("sales", "AllowCamera", "0"));
    struct policy_record seen defer(policy_record_clear) = shown("sales");
    const struct policy_request request = {.name = "sales", .mark = seen.mark};
    enum policy_change change;
    expect_ok(policies_remove(at.service, &anna, "sales", &users));
    expect_detail(policies_set(at.service, &anna, &request, &change), STATUS_CONFLICT, "removed");
}

Test(policies, that_are_to_be_new_change_none_that_there_is)
{
    const struct policy_request request = {.name = "SALES", .fresh = true, .whole = true};
    enum policy_change change;
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_detail(policies_set(at.service, &anna, &request, &change), STATUS_CONFLICT, "sales");
    expect_value("sales", EAS_POLICY_CAMERA, "0");
}

Test(policies, let_everybody_in_unless_they_say_otherwise)
{
    struct policy_request request = {.name = "sales"};
    cr_expect_eq(change_of(&request), POLICY_MADE);
    struct policy_record first defer(policy_record_clear) = shown("sales");
    cr_expect(first.row.partial_allowed && first.row.external_allowed && first.row.legacy_allowed);
    request.partial = POLICY_REFUSE;
    cr_expect_eq(change_of(&request), POLICY_CHANGED);
    request.partial = POLICY_AS_IT_IS;
    request.legacy = POLICY_REFUSE;
    cr_expect_eq(change_of(&request), POLICY_CHANGED);
    struct policy_record second defer(policy_record_clear) = shown("sales");
    cr_expect(!second.row.partial_allowed && second.row.external_allowed &&
              !second.row.legacy_allowed);
    cr_expect_eq(change_of(&request), POLICY_UNCHANGED);
}

Test(policies, are_recorded_with_what_changed_and_only_then)
{
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_ok(set("sales", "AllowBluetooth", "0"));
    cr_expect_eq(count_rows(&at, "audit WHERE object_kind = 'policy'"), 2);
    cr_expect_eq(count_rows(&at, "audit WHERE action = 'policy.make' AND object_id = 'sales' AND "
                                 "detail = '{\"AllowCamera\":\"1 -> 0\"}'"),
                 1);
    cr_expect_eq(count_rows(&at, "audit WHERE action = 'policy.change' AND "
                                 "detail = '{\"AllowBluetooth\":\"2 -> 0\"}'"),
                 1);
}

Test(policies, refuse_what_no_phone_could_do)
{
    expect_detail(set("sales", "AllowCamera", "maybe"), STATUS_INVALID, "AllowCamera: is 0 or 1");
    expect_detail(set("sales", "AllowEverything", "1"), STATUS_INVALID, "AllowEverything");
    expect_detail(set("sales", "MinDevicePasswordLength", "6"), STATUS_INVALID,
                  "MinDevicePasswordLength: devices ignore it unless DevicePasswordEnabled is 1");
    cr_expect_eq(count_rows(&at, "policy"), 0);
    cr_expect_eq(count_rows(&at, "audit WHERE object_kind = 'policy'"), 0);
}

Test(policies, refuse_to_take_away_what_the_rest_needs)
{
    const struct policy_value values[] = {{"DevicePasswordEnabled", "1"},
                                          {"MinDevicePasswordLength", "6"}};
    const struct policy_request request = {.name = "sales", .values = values, .value_count = 2};
    change_of(&request);
    expect_detail(set("sales", "DevicePasswordEnabled", "0"), STATUS_INVALID,
                  "MinDevicePasswordLength");
}

Test(policies, of_names_that_fit_no_address_are_refused)
{
    static const char *const names[] = {"", "a b", "-a", ".", "a/b", "ä", "*"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_detail(set(names[i], "AllowCamera", "0"), STATUS_INVALID, "name: ");
    expect_detail(set("12345678901234567890123456789012345678901", "AllowCamera", "0"),
                  STATUS_INVALID, "name: ");
    expect_ok(set("1234567890123456789012345678901234567890", "AllowCamera", "0"));
}

Test(policies, that_cannot_be_undone_have_to_be_accepted_by_name)
{
    static const char *const accepted[] = {"RequireDeviceEncryption"};
    const struct policy_value values[] = {{"RequireDeviceEncryption", "1"}, {"AllowWiFi", "0"}};
    struct policy_request request = {.name = "sales", .values = values, .value_count = 1};
    enum policy_change change;
    expect_detail(policies_set(at.service, &anna, &request, &change), STATUS_INVALID,
                  "RequireDeviceEncryption: has to be accepted by its name: it encrypts");
    cr_expect_eq(count_rows(&at, "policy"), 0);
    request.accepted = accepted;
    request.accepted_count = 1;
    cr_expect_eq(change_of(&request), POLICY_MADE);
    request.value_count = 2;
    expect_detail(policies_set(at.service, &anna, &request, &change), STATUS_INVALID,
                  "AllowWiFi: has to be accepted by its name: the device may be cut off");
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_ok(set("sales", "RequireDeviceEncryption", "0"));
    expect_detail(set("sales", "RequireDeviceEncryption", "1"), STATUS_INVALID, "accepted");
}

Test(policies, of_lesser_risk_are_not_accepted_by_name)
{
    static const char *const accepted[] = {"AllowCamera"};
    const struct policy_request request = {
        .name = "sales", .accepted = accepted, .accepted_count = 1};
    enum policy_change change;
    expect_detail(policies_set(at.service, &anna, &request, &change), STATUS_INVALID,
                  "AllowCamera: is of risk 1");
}

/* ---- who gets it ----------------------------------------------------------------------------- */

Test(policies, go_to_the_most_exact)
{
    expect_ok(set("one", "AllowCamera", "0"));
    expect_ok(set("domain", "AllowCamera", "0"));
    expect_ok(set("rest", "AllowCamera", "0"));
    expect_policy("ann@example.org", "");
    expect_ok(policies_set_default(at.service, &anna, "rest"));
    expect_ok(assign("domain", "@example.org"));
    expect_ok(assign("one", "ann@example.org"));
    expect_policy("Ann@Example.org", "one");
    expect_policy("ben@example.org", "domain");
    expect_policy("ben@example.com", "rest");
    expect_ok(unassign("ann@example.org"));
    expect_policy("ann@example.org", "domain");
    expect_ok(policies_set_default(at.service, &anna, NULL));
    expect_policy("ben@example.com", "");
}

Test(policies, are_for_somebody_all_or_none)
{
    static const char *const people[] = {"ben@example.org", "ann@example.org"};
    expect_ok(set("one", "AllowCamera", "0"));
    expect_ok(set("other", "AllowCamera", "0"));
    expect_ok(assign("one", "ann@example.org"));
    expect_detail(policies_assign(at.service, &anna, "other", people, 2), STATUS_CONFLICT,
                  "ann@example.org has the policy one");
    expect_policy("ben@example.org", "");
    expect_ok(policies_assign(at.service, &anna, "one", people, 2));
    cr_expect_eq(count_rows(&at, "audit WHERE action = 'policy.assign'"), 2);
    struct policy_record record defer(policy_record_clear) = shown("one");
    cr_expect_eq(record.users, 2);
    cr_expect_not(record.everybody);
}

Test(policies, are_taken_away_all_or_none)
{
    static const char *const people[] = {"ann@example.org", "ben@example.org"};
    expect_ok(set("one", "AllowCamera", "0"));
    expect_ok(assign("one", "ann@example.org"));
    expect_detail(policies_unassign(at.service, &anna, NULL, people, 2), STATUS_NOT_FOUND,
                  "ben@example.org");
    expect_policy("ann@example.org", "one");
}

Test(policies, of_another_name_are_not_taken_away)
{
    const char *const people[] = {"ann@example.org"};
    expect_ok(set("one", "AllowCamera", "0"));
    expect_ok(set("other", "AllowCamera", "0"));
    expect_ok(assign("other", people[0]));
    expect_detail(policies_unassign(at.service, &anna, "one", people, 1), STATUS_CONFLICT,
                  "ann@example.org has the policy other");
    expect_policy(people[0], "other");
    expect_ok(policies_unassign(at.service, &anna, "OTHER", people, 1));
    expect_policy(people[0], "");
}

Test(policies, end_as_the_default_if_they_are_it)
{
    expect_ok(set("one", "AllowCamera", "0"));
    expect_ok(set("other", "AllowCamera", "0"));
    expect_ok(policies_set_default(at.service, &anna, "other"));
    expect_ok(policies_end_default(at.service, &anna, "one"));
    expect_policy("ann@example.org", "other");
    expect_ok(policies_end_default(at.service, &anna, "Other"));
    expect_ok(policies_end_default(at.service, &anna, "other"));
    expect_policy("ann@example.org", "");
    cr_expect_eq(policies_end_default(at.service, &anna, "none"), STATUS_NOT_FOUND);
    cr_expect_eq(count_rows(&at, "audit WHERE action = 'policy.unassign'"), 1);
}

Test(policies, are_for_users_and_domains_only)
{
    static const char *const wrong[] = {"", "*", "@", "@a@b", "@a b", "a\nb"};
    expect_ok(set("one", "AllowCamera", "0"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_detail(assign("one", wrong[i]), STATUS_INVALID, "users: ");
        expect_detail(unassign(wrong[i]), STATUS_INVALID, "users: ");
    }
    cr_expect_eq(assign("two", "ann@example.org"), STATUS_NOT_FOUND);
}

Test(policies, have_one_default)
{
    expect_ok(set("one", "AllowCamera", "0"));
    expect_ok(set("other", "AllowCamera", "0"));
    expect_ok(policies_set_default(at.service, &anna, "one"));
    expect_ok(policies_set_default(at.service, &anna, "ONE"));
    expect_ok(policies_set_default(at.service, &anna, "other"));
    expect_policy("ann@example.org", "other");
    cr_expect_eq(policies_set_default(at.service, &anna, "none"), STATUS_NOT_FOUND);
    expect_policy("ann@example.org", "other");
    cr_expect_eq(count_rows(&at, "audit WHERE action = 'policy.assign'"), 2);
    cr_expect_eq(count_rows(&at, "audit WHERE action = 'policy.unassign'"), 1);
    struct policy_record record defer(policy_record_clear) = shown("other");
    cr_expect(record.everybody);
    cr_expect_eq(record.users, 0);
}

Test(policies, that_are_removed_are_nobodys)
{
    int64_t users;
    expect_ok(set("one", "AllowCamera", "0"));
    expect_ok(assign("one", "ann@example.org"));
    expect_ok(policies_set_default(at.service, &anna, "one"));
    expect_ok(policies_remove(at.service, &anna, "One", &users));
    cr_expect_eq(users, 1);
    expect_policy("ann@example.org", "");
    cr_expect_eq(policies_remove(at.service, &anna, "one", &users), STATUS_NOT_FOUND);
    cr_expect_eq(count_rows(&at, "audit WHERE action = 'policy.remove' AND object_id = 'one'"), 1);
}

Test(policies, are_listed_with_how_many_have_them)
{
    struct policy_records list defer(policy_records_clear) = {.count = 0};
    struct policy_user_list users defer(policy_user_list_clear) = {0};
    const struct page_request page = {.limit = 10};
    expect_ok(set("b", "AllowCamera", "0"));
    expect_ok(set("a", "AllowBrowser", "0"));
    expect_ok(assign("b", "@example.org"));
    expect_ok(policies_set_default(at.service, &anna, "b"));
    expect_ok(policies_list(at.service, &page, &list));
    cr_assert_eq(list.count, 2);
    cr_expect_str_eq(list.records[0].row.name, "a");
    cr_expect_eq(list.records[0].users, 0);
    cr_expect_eq(list.records[1].users, 1);
    cr_expect(list.records[1].everybody);
    expect_ok(policies_users(at.service, "b", &page, &users));
    cr_assert_eq(users.count, 1);
    cr_expect_str_eq(users.rows[0].who, "@example.org");
}

/* ---- what a phone gets ----------------------------------------------------------------------- */

static void verify(struct mobile *mobile, struct device_verdict *ret_verdict)
{
    const struct eas_query query = sync_query("", "abc");
    const struct device_request request = request_of(mobile, &query);
    expect_ok(verify_device(at.service, &request, ret_verdict));
}

static enum status rules_of(struct mobile *mobile, struct eas_provision_rules *rules,
                            const char *camera)
{
    struct device_verdict verdict defer(device_verdict_clear) = {.identity = ""};
    verify(mobile, &verdict);
    *rules = eas_provision_neutral();
    enum status status = policy_rules_apply(&verdict.policy, rules);
    cr_expect_str_eq(rules->document.values[EAS_POLICY_CAMERA], camera);
    return status;
}

Test(policies, count_from_the_next_request_on)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct eas_provision_rules rules;
    int64_t users;
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_ok(rules_of(&mobile, &rules, "1"));
    expect_ok(assign("sales", "@example.org"));
    expect_ok(rules_of(&mobile, &rules, "0"));
    expect_ok(set("sales", "AllowCamera", "1"));
    expect_ok(rules_of(&mobile, &rules, "1"));
    const struct policy_request strict = {
        .name = "sales", .external = POLICY_REFUSE, .legacy = POLICY_REFUSE};
    change_of(&strict);
    expect_ok(rules_of(&mobile, &rules, "1"));
    cr_expect(rules.partial_allowed && !rules.external_allowed && !rules.legacy_allowed);
    expect_ok(policies_remove(at.service, &anna, "sales", &users));
    expect_ok(rules_of(&mobile, &rules, "1"));
    cr_expect(rules.partial_allowed && rules.external_allowed && rules.legacy_allowed);
}

Test(policies, are_those_of_now_after_another_request_was_faster)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct device_verdict verdict defer(device_verdict_clear) = {.identity = ""};
    verify(&mobile, &verdict);
    cr_expect_str_eq(verdict.policy.name, "");
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_ok(policies_set_default(at.service, &anna, "sales"));
    expect_ok(verify_device_reload(at.service, &verdict));
    cr_expect_str_eq(verdict.policy.name, "sales");
}

Test(policies, that_cannot_be_read_are_not_taken_for_neutral)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct eas_provision_rules rules;
    int64_t users;
    expect_ok(set("sales", "AllowCamera", "0"));
    expect_ok(policies_set_default(at.service, &anna, "sales"));
    run_sql(&at, "UPDATE policy SET choice = 'AllowCamera=no'");
    cr_expect_eq(rules_of(&mobile, &rules, "1"), STATUS_DATABASE);
    struct policy_record record defer(policy_record_clear) = shown("sales");
    cr_expect(record.unreadable);
    cr_expect_eq(set("sales", "AllowBrowser", "0"), STATUS_DATABASE);
    const struct policy_request whole = {.name = "sales", .whole = true};
    cr_expect_eq(change_of(&whole), POLICY_CHANGED);
    expect_ok(rules_of(&mobile, &rules, "1"));
    cr_expect_eq(change_of(&whole), POLICY_UNCHANGED);
    run_sql(&at, "UPDATE policy SET choice = 'AllowCamera=no'");
    expect_ok(policies_remove(at.service, &anna, "sales", &users));
    expect_ok(rules_of(&mobile, &rules, "1"));
}
