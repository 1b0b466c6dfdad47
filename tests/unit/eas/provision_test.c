#include "eas/provision.h"

#include <criterion/criterion.h>

enum { NOON = 1700000000 };

/* A device with a server that has rules for it: what is remembered, and the last answer. */
struct device {
    struct eas_provision_rules rules;
    struct eas_provision_call call;
    struct eas_provision_state state;
    struct eas_provision_answer answer;
};

static struct device device_of(int version)
{
    return (struct device){
        .rules = eas_provision_neutral(),
        .call = {.version = version, .now = NOON, .fresh_key = 1000},
    };
}

static bool same(const struct eas_provision_state *a, const struct eas_provision_state *b)
{
    struct buf of_a defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct buf of_b defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    eas_provision_state_append(&of_a, a);
    eas_provision_state_append(&of_b, b);
    return span_equal(span_of(of_a.ptr, of_a.len), span_of(of_b.ptr, of_b.len));
}

/* Only what changed is kept. */
static void keep(struct device *device)
{
    cr_assert(device->answer.changed || same(&device->answer.state, &device->state));
    device->state = device->answer.state;
    device->call.fresh_key += 1;
}

static void command_with(struct device *device, enum eas_command command, uint32_t key)
{
    device->call.command = command;
    device->call.has_key = key != 0;
    device->call.key = key;
    cr_assert_eq(
        eas_provision_admit(&device->rules, &device->call, &device->state, &device->answer),
        STATUS_OK);
    keep(device);
}

static void send_provision(struct device *device, struct eas_provision_request request)
{
    device->call.command = EAS_COMMAND_PROVISION;
    device->call.has_key = false;
    cr_assert_eq(eas_provision_answer(&device->rules, &device->call, &request, &device->state,
                                      &device->answer),
                 STATUS_OK);
    keep(device);
}

static void ask(struct device *device)
{
    send_provision(device, (struct eas_provision_request){.known_type = true, .informed = true});
}

static void acknowledge(struct device *device, enum eas_acknowledgment acknowledgment)
{
    send_provision(device, (struct eas_provision_request){.known_type = true,
                                                          .acknowledgment = acknowledgment,
                                                          .key = device->answer.key});
}

/* Both phases; the key that it has then. */
static uint32_t provision(struct device *device)
{
    ask(device);
    acknowledge(device, EAS_ACK_APPLIED);
    cr_assert_eq(device->answer.policy_status, 1);
    return device->state.agreed;
}

static enum eas_standing standing(const struct device *device)
{
    return eas_provision_standing(&device->state);
}

/* ---- the handshake --------------------------------------------------------------------------- */

Test(provision, takes_two_keys_and_lets_in_with_the_second)
{
    struct device device = device_of(EAS_14_1);
    cr_expect_eq(standing(&device), EAS_STANDING_NOT_YET);
    ask(&device);
    cr_expect_eq(device.answer.http, 200);
    cr_expect_eq(device.answer.status, 1);
    cr_expect_eq(device.answer.policy_status, 1);
    cr_expect(device.answer.document);
    cr_expect_eq(device.answer.key, 1000);
    cr_expect(device.answer.changed);
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, 1000);
    cr_expect_not(device.answer.let_in, "the first key is for the acknowledgment only");
    device.answer.key = 1000;
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_not(device.answer.document);
    cr_expect_eq(device.answer.acknowledged, EAS_ACK_APPLIED);
    cr_expect_neq(device.answer.key, 1000);
    cr_expect_neq(device.answer.key, 0);
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, device.answer.key);
    cr_expect(device.answer.let_in);
    cr_expect_eq(device.answer.status, 0);
    cr_expect_eq(standing(&device), EAS_STANDING_FULL);
}

Test(provision, never_gives_the_first_key_as_the_second)
{
    struct device device = device_of(EAS_14_1);
    ask(&device);
    device.call.fresh_key = device.answer.key;
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_eq(device.state.agreed, 1001);
    device = device_of(EAS_14_1);
    device.call.fresh_key = EAS_KEY_MAX;
    ask(&device);
    device.call.fresh_key = EAS_KEY_MAX;
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_eq(device.state.agreed, 1);
}

Test(provision, sends_to_provision_by_status_or_by_http)
{
    struct device new = device_of(EAS_14_0);
    struct device old = device_of(EAS_12_1);
    command_with(&new, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_eq(new.answer.http, 200);
    cr_expect_eq(new.answer.status, 142);
    cr_expect_not(new.answer.let_in);
    command_with(&old, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_eq(old.answer.http, 449);
    cr_expect_eq(old.answer.status, 142);
    command_with(&new, EAS_COMMAND_GET_ATTACHMENT, 0);
    cr_expect_eq(new.answer.http, 449, "GetAttachment is not answered in WBXML");
}

Test(provision, says_what_is_wrong_with_a_key)
{
    struct device device = device_of(EAS_14_1);
    command_with(&device, EAS_COMMAND_SYNC, 77);
    cr_expect_eq(device.answer.status, 143, "a key of another server");
    uint32_t key = provision(&device);
    command_with(&device, EAS_COMMAND_SYNC, key + 1);
    cr_expect_eq(device.answer.status, 144);
    command_with(&device, EAS_COMMAND_SYNC, 0);
    cr_expect_eq(device.answer.status, 142);
}

Test(provision, needs_no_key_for_ping_and_settings)
{
    struct device device = device_of(EAS_14_1);
    command_with(&device, EAS_COMMAND_SETTINGS, 0);
    cr_expect(device.answer.let_in);
    command_with(&device, EAS_COMMAND_PING, 0);
    cr_expect_eq(device.answer.status, 142);
    provision(&device);
    command_with(&device, EAS_COMMAND_PING, 0);
    cr_expect(device.answer.let_in);
    device.rules.partial_allowed = false;
    command_with(&device, EAS_COMMAND_PING, 0);
    cr_expect_eq(device.answer.status, 143, "the decision changed");
}

Test(provision, refuses_an_acknowledgment_with_another_key)
{
    struct device device = device_of(EAS_14_1);
    device.answer.key = 5;
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_eq(device.answer.policy_status, 5);
    cr_expect_not(device.answer.changed);
    ask(&device);
    uint32_t first = device.answer.key;
    acknowledge(&device, EAS_ACK_APPLIED);
    device.answer.key = first;
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_eq(device.answer.policy_status, 5, "a first key is good once");
    cr_expect_eq(device.answer.acknowledged, EAS_ACK_NONE);
}

Test(provision, offers_the_same_key_until_it_is_acknowledged)
{
    struct device device = device_of(EAS_14_1);
    ask(&device);
    ask(&device);
    cr_expect_eq(device.answer.key, 1000);
    cr_expect_not(device.answer.changed);
}

Test(provision, asks_what_a_device_is_only_where_that_is_required)
{
    const struct eas_provision_request silent = {.known_type = true};
    struct device device = device_of(EAS_14_1);
    device.rules.information_required = true;
    send_provision(&device, silent);
    cr_expect_eq(device.answer.status, 165);
    cr_expect_eq(device.answer.policy_status, 0);
    ask(&device);
    cr_expect_eq(device.answer.status, 1);
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_eq(device.answer.status, 1, "an acknowledgment needs not say it again");
    device = device_of(EAS_14_0);
    device.rules.information_required = true;
    send_provision(&device, silent);
    cr_expect_eq(device.answer.status, 1, "14.0 must not say it in Provision");
}

Test(provision, knows_types_and_where_no_policy_is_wanted)
{
    struct device device = device_of(EAS_14_1);
    send_provision(&device, (struct eas_provision_request){.informed = true});
    cr_expect_eq(device.answer.policy_status, 3);
    device.rules.without_policy = true;
    ask(&device);
    cr_expect_eq(device.answer.policy_status, 2);
    command_with(&device, EAS_COMMAND_SYNC, 0);
    cr_expect(device.answer.let_in);
}

/* ---- what is tolerated ----------------------------------------------------------------------- */

Test(provision, lets_in_who_is_tolerated)
{
    static const struct {
        enum eas_acknowledgment acknowledgment;
        enum eas_standing standing;
        int refusal;
    } rows[] = {
        {EAS_ACK_PARTIAL, EAS_STANDING_PARTIAL, 139},
        {EAS_ACK_REFUSED, EAS_STANDING_NON_PROVISIONABLE, 141},
        {EAS_ACK_MANAGED, EAS_STANDING_MANAGED, 145},
    };
    for (int i = 0; i < 3; i++) {
        struct device tolerated = device_of(EAS_14_1);
        ask(&tolerated);
        acknowledge(&tolerated, rows[i].acknowledgment);
        cr_expect_eq(standing(&tolerated), rows[i].standing);
        command_with(&tolerated, EAS_COMMAND_SYNC, tolerated.answer.key);
        cr_expect(tolerated.answer.let_in);

        struct device refused = device_of(EAS_14_1);
        refused.rules = (struct eas_provision_rules){.document = eas_policy_neutral()};
        ask(&refused);
        acknowledge(&refused, rows[i].acknowledgment);
        cr_expect_eq(refused.answer.status, rows[i].refusal);
        cr_expect_eq(refused.answer.key, 0);
        cr_expect_eq(refused.answer.policy_status, 0);
        cr_expect_eq(refused.answer.acknowledged, rows[i].acknowledgment);
        cr_expect_eq(refused.state.agreed, 0);
        cr_expect_eq(standing(&refused), rows[i].standing);
    }
}

Test(provision, calls_an_acknowledgment_without_sense_a_protocol_error)
{
    struct device device = device_of(EAS_14_1);
    ask(&device);
    acknowledge(&device, EAS_ACK_OTHER);
    cr_expect_eq(device.answer.status, 2);
    cr_expect_eq(device.answer.acknowledged, EAS_ACK_OTHER);
    cr_expect_eq(device.state.agreed, 0);
    cr_expect_eq(standing(&device), EAS_STANDING_NOT_YET);
}

/* ---- changed decisions ----------------------------------------------------------------------- */

Test(provision, rotates_the_key_when_the_decision_changes)
{
    for (int i = 0; i < 5; i++) {
        struct device device = device_of(EAS_14_1);
        uint32_t key = provision(&device);
        struct eas_provision_rules *rules = &device.rules;
        if (i == 0)
            rules->document.values[EAS_POLICY_CAMERA] = "0";
        else if (i == 4)
            rules->round = 3;
        else
            *(i == 1 ? &rules->partial_allowed
                     : (i == 2 ? &rules->external_allowed : &rules->legacy_allowed)) = false;
        command_with(&device, EAS_COMMAND_SYNC, key);
        cr_expect_eq(device.answer.status, 143);
        uint32_t next = provision(&device);
        cr_expect_neq(next, key);
        command_with(&device, EAS_COMMAND_SYNC, next);
        cr_expect(device.answer.let_in);
        command_with(&device, EAS_COMMAND_SYNC, key);
        cr_expect_eq(device.answer.status, 144, "the old key is good for nothing");
    }
}

Test(provision, keeps_the_key_when_nothing_changed_that_the_version_has)
{
    struct device device = device_of(EAS_12_0);
    uint32_t key = provision(&device);
    device.rules.document.values[EAS_POLICY_CAMERA] = "0";
    command_with(&device, EAS_COMMAND_SYNC, key);
    cr_expect(device.answer.let_in, "12.0 has no AllowCamera");
    device.call.version = EAS_16_1;
    command_with(&device, EAS_COMMAND_SYNC, key);
    cr_expect_eq(device.answer.status, 143);
}

Test(provision, takes_no_acknowledgment_of_a_decision_that_is_over)
{
    struct device device = device_of(EAS_14_1);
    ask(&device);
    uint32_t old = device.answer.key;
    device.rules.document.values[EAS_POLICY_CAMERA] = "0";
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_eq(device.answer.policy_status, 5);
    ask(&device);
    cr_expect_neq(device.answer.key, old);
    acknowledge(&device, EAS_ACK_APPLIED);
    cr_expect_eq(device.answer.policy_status, 1);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static void exhaust(struct device *device)
{
    for (int i = 0; i < EAS_CHALLENGES_MAX; i++) {
        command_with(device, EAS_COMMAND_FOLDER_SYNC, 0);
        cr_assert_not(device->answer.let_in);
        cr_assert_neq(device->answer.status, 0);
    }
}

Test(provision, lets_in_who_cannot_be_asked_where_that_is_allowed)
{
    struct device device = device_of(EAS_12_1);
    exhaust(&device);
    for (int i = 0; i < 20; i++) {
        command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
        cr_expect(device.answer.let_in);
    }
    cr_expect_eq(standing(&device), EAS_STANDING_NON_PROVISIONABLE);
    device.rules.legacy_allowed = false;
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_not(device.answer.let_in, "a changed decision cuts it off at once");
}

Test(provision, makes_who_loops_wait_where_he_may_not_in)
{
    struct device device = device_of(EAS_12_1);
    device.rules.legacy_allowed = false;
    exhaust(&device);
    device.call.now += 100;
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_eq(device.answer.http, 503);
    cr_expect_eq(device.answer.status, 0);
    cr_expect_eq(device.answer.retry_after, EAS_CHALLENGES_SECONDS - 100);
    cr_expect_not(device.answer.changed);
    device.call.now = NOON + EAS_CHALLENGES_SECONDS;
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_eq(device.answer.http, 449, "later it may try again");
}

Test(provision, tells_a_device_that_never_asked_that_it_may_not_in_without)
{
    struct device never = device_of(EAS_14_1);
    struct device asked = device_of(EAS_14_1);
    never.rules.legacy_allowed = false;
    asked.rules.legacy_allowed = false;
    exhaust(&never);
    command_with(&never, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_eq(never.answer.status, 141);
    cr_expect_eq(never.answer.http, 200);
    ask(&asked);
    exhaust(&asked);
    command_with(&asked, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_eq(asked.answer.http, 503);
}

/* Another document is another question: that it was asked too often for the one before does not
 * mean that it was ever told of this one. */
Test(provision, asks_anew_when_the_decision_changes_after_it_gave_up)
{
    struct device given_up = device_of(EAS_14_1);
    struct device waits = device_of(EAS_14_1);
    exhaust(&given_up);
    command_with(&given_up, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_assert(given_up.answer.let_in);
    given_up.rules.document.values[EAS_POLICY_CAMERA] = "0";
    command_with(&given_up, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_not(given_up.answer.let_in);
    cr_expect_eq(given_up.answer.status, 142);

    waits.rules.legacy_allowed = false;
    ask(&waits);
    exhaust(&waits);
    ask(&waits);
    cr_assert_eq(waits.answer.http, 503);
    waits.rules.document.values[EAS_POLICY_CAMERA] = "0";
    ask(&waits);
    cr_expect_eq(waits.answer.http, 200);
    cr_expect(waits.answer.document, "a change counts from the next command on");
    exhaust(&waits);
    ask(&waits);
    cr_expect_eq(waits.answer.http, 503, "and this one is asked no more often than the other");
}

/* A probe has dozens of them: a device that loops would be asked each as often. */
Test(provision, counts_on_from_question_to_question_of_a_probe)
{
    struct device device = device_of(EAS_14_1);
    device.rules.round = 7;
    exhaust(&device);
    device.rules.round = 8;
    device.rules.document.values[EAS_POLICY_CAMERA] = "0";
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect(device.answer.let_in);
    device.rules.round = 0;
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_not(device.answer.let_in, "what counts after it is another question");
}

Test(provision, counts_on_when_a_device_changes_its_version)
{
    struct device device = device_of(EAS_14_1);
    int challenged = 0;
    do {
        device.call.version = challenged % 2 == 0 ? EAS_14_1 : EAS_12_0;
        command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
        challenged++;
    } while (!device.answer.let_in && challenged < 100);
    cr_expect_eq(challenged, EAS_CHALLENGES_MAX + 1);
}

/* It completes Provision each time, and never brings a key back. */
Test(provision, ends_the_loop_of_a_device_that_forgets_its_key)
{
    struct device device = device_of(EAS_12_1);
    int rounds = 0;
    do {
        command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
        if (!device.answer.let_in)
            provision(&device);
        rounds++;
    } while (!device.answer.let_in && rounds < 100);
    cr_expect_eq(rounds, EAS_CHALLENGES_MAX + 1);
}

/* It is refused for what it says, and asks again at once. */
Test(provision, ends_the_loop_of_a_device_that_applies_too_little)
{
    struct device device = device_of(EAS_14_1);
    device.rules.partial_allowed = false;
    int rounds = 0;
    for (; rounds < 100; rounds++) {
        ask(&device);
        if (device.answer.http != 200)
            break;
        acknowledge(&device, EAS_ACK_PARTIAL);
        cr_expect_eq(device.answer.status, 139);
    }
    cr_expect_eq(rounds, EAS_CHALLENGES_MAX);
    cr_expect_eq(device.answer.http, 503);
    cr_expect(device.answer.retry_after > 0);
    command_with(&device, EAS_COMMAND_SYNC, 0);
    cr_expect_not(device.answer.let_in, "who can be asked is not let in for asking often");
}

/* As in a probe: the key is right each time, and each time the decision is another one. */
Test(provision, does_not_count_challenges_of_a_device_that_brings_its_keys_back)
{
    struct device device = device_of(EAS_14_1);
    device.rules.legacy_allowed = false;
    uint32_t key = provision(&device);
    for (int round = 1; round < 60; round++) {
        device.rules.round = round;
        command_with(&device, EAS_COMMAND_FOLDER_SYNC, key);
        cr_assert_eq(device.answer.status, 143);
        key = provision(&device);
    }
}

Test(provision, locks_nobody_out_when_the_clock_is_set_back)
{
    struct device device = device_of(EAS_12_1);
    device.rules.legacy_allowed = false;
    exhaust(&device);
    device.call.now = NOON - 3600;
    command_with(&device, EAS_COMMAND_FOLDER_SYNC, 0);
    cr_expect_eq(device.answer.http, 449);
}

/* ---- the state as a text --------------------------------------------------------------------- */

Test(provision, state_is_read_as_it_was_written_and_in_no_other_form)
{
    struct buf text defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct device device = device_of(EAS_14_1);
    struct eas_provision_state read;
    exhaust(&device);
    provision(&device);
    ask(&device);
    eas_provision_state_append(&text, &device.state);
    cr_assert_eq(text.failure, STATUS_OK);
    struct span bytes = span_of(text.ptr, text.len);
    cr_assert_eq(eas_provision_state_parse(bytes, &read), STATUS_OK);
    cr_expect_eq(read.offered, device.state.offered);
    cr_expect_eq(read.agreed, device.state.agreed);
    cr_expect_eq(memcmp(read.agreed_for, device.state.agreed_for, sizeof read.agreed_for), 0);
    cr_expect_eq(read.acknowledged, EAS_ACK_APPLIED);
    cr_expect_eq(read.challenges, EAS_CHALLENGES_MAX);
    cr_expect_eq(read.challenged_since, NOON);
    cr_expect_eq(
        memcmp(read.challenged_for, device.state.challenged_for, sizeof read.challenged_for), 0);
    for (size_t len = 0; len < bytes.len; len++)
        cr_expect_eq(eas_provision_state_parse(span_of(bytes.ptr, len), &read), STATUS_INVALID);
    for (text.ptr[0] = '0'; text.ptr[0] <= '9'; text.ptr[0]++)
        cr_expect_eq(eas_provision_state_parse(bytes, &read),
                     text.ptr[0] == '2' ? STATUS_OK : STATUS_INVALID);
}

/* As it was written before the question that was put belonged to it. */
Test(provision, state_is_read_without_a_question_too)
{
    static const char text[] = "1 0 7 1 1 0 3 1700000000 "
                               "0000000000000000000000000000000000000000000000000000000000000000 "
                               "00000000000000000000000000000000000000000000000000000000000000ff";
    struct eas_provision_state read;
    cr_assert_eq(eas_provision_state_parse(span_of_text(text), &read), STATUS_OK);
    cr_expect_eq(read.agreed, 7);
    cr_expect_eq(read.challenges, 3);
    cr_expect_eq(eas_provision_state_parse(span_of_text("1 0 0 0 0 0 0 0"), &read), STATUS_INVALID);
}

Test(provision, states_of_a_device_have_words)
{
    cr_expect_str_eq(eas_standing_word(EAS_STANDING_NOT_YET), "not_yet");
    cr_expect_str_eq(eas_standing_word(EAS_STANDING_NON_PROVISIONABLE), "non_provisionable");
}
