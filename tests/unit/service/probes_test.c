#include "service/probes.h"

#include "base/clock.h"
#include "base/limits.h"
#include "phones.h"
#include "service/probe_run.h"

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

TestSuite(probes, .init = setup, .fini = teardown);

/* A device that was let in; its id. */
static void make_device(char ret_id[static DEVICE_KEY_SIZE])
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("", "abc");
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    expect_ok(verify_device(at.service, &request, &verdict));
    snprintf(ret_id, DEVICE_KEY_SIZE, "%s", verdict.device);
}

static struct probe_request request_for(const char *device)
{
    return (struct probe_request){.device = device, .risk = 1, .consent = "Ben agreed by phone"};
}

static void begin(const char *device, char ret_id[static PROBE_KEY_SIZE])
{
    const struct probe_request request = request_for(device);
    expect_ok(probes_start(at.service, &anna, &request, ret_id));
}

/* What the device says of a document: no camera here, the rest is done. */
static enum eas_acknowledgment says(const struct eas_policy_document *document)
{
    return strcmp(document->values[EAS_POLICY_CAMERA], "0") == 0 ? EAS_ACK_PARTIAL
                                                                 : EAS_ACK_APPLIED;
}

/* The device gets the document of the round and acknowledges it. False: no probe is open. */
static bool play_round(const char *device)
{
    struct device_verdict verdict = {.identity = ""};
    snprintf(verdict.device, sizeof verdict.device, "%s", device);
    for (int phase = 0; phase < 2; phase++) {
        struct eas_call call = {.version = 141, .now = clock_now()};
        struct eas_reply reply = {.provisioning_changed = true, .offered = phase == 0};
        expect_ok(verify_device_reload(at.service, &verdict));
        if (!probe_run_is_open(&verdict.run))
            return false;
        call.provisioning = verdict.provisioning;
        reply.provisioning = verdict.provisioning;
        expect_ok(probe_run_rules(&verdict.run, &call.rules));
        if (phase == 1)
            reply.acknowledged = says(&call.rules.document);
        expect_ok(probe_run_remember(at.service, device, &verdict.run, &call, &reply, NULL));
    }
    return true;
}

/* To its end, with a new start of the service after every so many rounds; 0: none. */
static int play(const char *device, int restart_every)
{
    int rounds = 0;
    while (play_round(device)) {
        rounds++;
        if (restart_every != 0 && rounds % restart_every == 0)
            fixture_restart(&at);
    }
    return rounds;
}

static struct probe_record shown(const char *id)
{
    struct probe_record record;
    expect_ok(probes_show(at.service, id, &record));
    return record;
}

Test(probes, find_the_policy_that_the_device_declines)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    make_device(device);
    begin(device, id);
    play(device, 0);
    struct probe_record record defer(probe_record_clear) = shown(id);
    cr_assert_str_eq(record.row.outcome, "complete");
    cr_assert(record.probe.returned);
    cr_assert_eq(eas_probe_entry(&record.probe, EAS_POLICY_CAMERA).result, EAS_RESULT_PARTIAL);
    cr_assert_eq(eas_probe_entry(&record.probe, EAS_POLICY_BROWSER).result, EAS_RESULT_APPLIED);
    cr_assert_eq(eas_probe_entry(&record.probe, EAS_POLICY_PASSWORD_ENABLED).result,
                 EAS_RESULT_NOT_OFFERED);
    cr_assert_eq(count_rows(&at, "audit WHERE action IN ('probe.start', 'probe.end')"), 2);
}

Test(probes, take_the_same_course_with_a_restart_after_every_round)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    make_device(device);
    begin(device, id);
    int whole = play(device, 0);
    begin(device, id);
    cr_assert_eq(play(device, 2), whole);
    cr_assert_eq(count_rows(&at, "probe_round AS a JOIN probe_round AS b ON a.number = b.number "
                                 "AND a.probe = 1 AND b.probe = 2 AND a.policies = b.policies "
                                 "AND a.acknowledgment = b.acknowledgment"),
                 whole);
}

Test(probes, no_two_rounds_of_a_device_are_one_decision)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    struct eas_provision_rules first = eas_provision_neutral();
    struct eas_provision_rules second = first;
    struct device_verdict verdict = {.identity = ""};
    make_device(device);
    snprintf(verdict.device, sizeof verdict.device, "%s", device);
    begin(device, id);
    expect_ok(verify_device_reload(at.service, &verdict));
    expect_ok(probe_run_rules(&verdict.run, &first));
    expect_ok(probes_stop(at.service, &anna, id));
    begin(device, id);
    expect_ok(verify_device_reload(at.service, &verdict));
    expect_ok(probe_run_rules(&verdict.run, &second));
    cr_assert_neq(first.round, second.round);
    cr_assert_neq(first.round, 0);
    cr_assert(first.partial_allowed && first.external_allowed && first.legacy_allowed);
}

Test(probes, a_step_from_a_state_that_is_gone_is_a_conflict)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    struct device_verdict verdict = {.identity = ""};
    const struct eas_call call = {.version = 141, .now = clock_now()};
    const struct eas_reply reply = {.provisioning_changed = true, .offered = true};
    make_device(device);
    snprintf(verdict.device, sizeof verdict.device, "%s", device);
    begin(device, id);
    expect_ok(verify_device_reload(at.service, &verdict));
    expect_ok(probe_run_remember(at.service, device, &verdict.run, &call, &reply, NULL));
    cr_assert_eq(probe_run_remember(at.service, device, &verdict.run, &call, &reply, NULL),
                 STATUS_CONFLICT);
}

Test(probes, silence_counts_after_the_patience_and_not_by_a_clock_set_back)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    int count;
    make_device(device);
    begin(device, id);
    cr_assert(play_round(device));
    cr_assert(play_round(device));
    expect_ok(probes_stop(at.service, &anna, id));
    expect_ok(probe_run_silence(at.service, clock_now() - CLOCK_HOUR, &count));
    cr_assert_eq(count, 0);
    expect_ok(probe_run_silence(at.service, clock_now() + CLOCK_HOUR, &count));
    cr_assert_eq(count, 0);
    expect_ok(probe_run_silence(at.service, clock_now() + 2 * CLOCK_DAY, &count));
    cr_assert_eq(count, 1);
    struct probe_record record defer(probe_record_clear) = shown(id);
    cr_assert_str_eq(record.row.outcome, "stopped");
    cr_assert_not(record.probe.returned);
    cr_assert_neq(record.row.ended_at, 0);
}

/* ---- what cannot be read --------------------------------------------------------------------- */

static int64_t count_ends_of_unreadable(const char *id)
{
    char from[256];
    snprintf(from, sizeof from,
             "probe JOIN audit ON object_id = probe.id AND action = 'probe.end' WHERE probe.id = "
             "'%s' AND "
             "outcome = 'stopped' AND stop_reason = 'unreadable' AND ended_at IS NOT NULL AND "
             "waits_since IS NULL AND state = 'damaged'",
             id);
    return count_rows(&at, from);
}

Test(probes, one_that_cannot_be_read_ends_and_the_next_has_its_turn)
{
    char devices[2][DEVICE_KEY_SIZE];
    char ids[2][PROBE_KEY_SIZE];
    int count;
    for (int i = 0; i < 2; i++) {
        make_device(devices[i]);
        begin(devices[i], ids[i]);
    }
    run_sql(&at, "UPDATE probe SET waits_since = number");
    run_sql(&at, "UPDATE probe SET state = 'damaged' WHERE number = 1");
    run_sql(&at, "UPDATE device SET provisioning = 'damaged'");
    expect_ok(probe_run_silence(at.service, clock_now(), &count));
    cr_assert_eq(count, 2);
    cr_assert_eq(count_ends_of_unreadable(ids[0]), 1);
    cr_assert_eq(count_rows(&at, "probe_round WHERE probe = 2 AND acknowledgment = 0"), 1);
    expect_ok(probe_run_silence(at.service, clock_now(), &count));
    cr_assert_eq(count, 0);
}

Test(probes, one_that_cannot_be_read_ends_when_an_operator_stops_it)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    make_device(device);
    begin(device, id);
    run_sql(&at, "UPDATE probe SET state = 'damaged'");
    expect_ok(probes_stop(at.service, &anna, id));
    cr_assert_eq(count_ends_of_unreadable(id), 1);
    begin(device, id);
}

Test(probes, one_that_cannot_be_read_is_shown_with_what_is_left_of_it)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    struct eas_probe_entry entries[EAS_POLICIES];
    struct buf json defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    make_device(device);
    begin(device, id);
    cr_assert(play_round(device));
    run_sql(&at, "UPDATE probe SET state = 'damaged'");
    struct probe_record record defer(probe_record_clear) = shown(id);
    cr_assert(record.unreadable);
    cr_assert_str_eq(record.row.user, "ben@example.org");
    cr_assert_eq(record.rounds.count, 1);
    probes_entries(&record, entries);
    for (int i = 0; i < EAS_POLICIES; i++)
        cr_expect_eq(entries[i].result, EAS_RESULT_CANNOT_TELL);
    expect_ok(probes_append_json(&record, &json));
    cr_assert_not_null(strstr((const char *)json.ptr, "\"result\":\"cannot_tell\""));
    cr_assert_null(strstr((const char *)json.ptr, "\"result\":\"pending\""));
}

Test(probes, one_that_cannot_be_read_ends_with_the_devices_next_request_which_is_answered)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("", "abc");
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    char id[PROBE_KEY_SIZE];
    cr_assert_eq(see(&at, &request), VERDICT_ALLOWED);
    expect_ok(verify_device(at.service, &request, &verdict));
    begin(verdict.device, id);
    run_sql(&at, "UPDATE probe SET state = 'damaged'");
    device_verdict_clear(&verdict);
    expect_ok(verify_device(at.service, &request, &verdict));
    cr_assert_eq(verdict.verdict.reason, VERDICT_ALLOWED);
    cr_assert_not(probe_run_is_open(&verdict.run));
    cr_assert_eq(count_ends_of_unreadable(id), 1);
    cr_assert_eq(see(&at, &request), VERDICT_ALLOWED);
    cr_assert_eq(count_ends_of_unreadable(id), 1);
}

Test(probes, a_device_whose_keys_cannot_be_read_is_asked_like_one_that_never_had_any)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    make_device(device);
    begin(device, id);
    run_sql(&at, "UPDATE device SET provisioning = 'damaged'");
    play(device, 0);
    struct probe_record record defer(probe_record_clear) = shown(id);
    cr_assert_str_eq(record.row.outcome, "complete");
}

Test(probes, refuse_what_nobody_agreed_to)
{
    char device[DEVICE_KEY_SIZE];
    char id[PROBE_KEY_SIZE];
    make_device(device);
    struct probe_request request = request_for(device);
    request.consent = "";
    expect_detail(probes_start(at.service, &anna, &request, id), STATUS_INVALID, "consent");
    request = request_for(device);
    request.risk = 2;
    expect_detail(probes_start(at.service, &anna, &request, id), STATUS_INVALID, "ben@example.org");
    request.confirmation = "ben@example.org";
    expect_ok(probes_start(at.service, &anna, &request, id));
    expect_detail(probes_start(at.service, &anna, &request, id), STATUS_CONFLICT, id);
    request.device = "none";
    cr_assert_eq(probes_start(at.service, &anna, &request, id), STATUS_NOT_FOUND);
}
