#include "service/verify_device.h"

#include "phones.h"
#include "service/devices.h"
#include "service/revoke.h"
#include "service/sightings.h"

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

TestSuite(verify_device, .init = setup, .fini = teardown);

Test(verify_device, lets_an_own_certificate_in_and_makes_its_device)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    expect_ok(verify_device(at.service, &request, &verdict));
    cr_assert_eq(verdict.verdict.reason, VERDICT_ALLOWED);
    cr_assert_str_eq(verdict.identity, "ben@example.org");
    cr_assert_str_eq(verdict.serial, mobile.serial);
    struct device_record record defer(device_record_clear) = {0};
    expect_ok(devices_show(at.service, verdict.device, &record));
    cr_assert_str_eq(record.row.user, "ben@example.org");
    cr_assert_str_eq(record.row.device_id, "abc");
    cr_assert_str_eq(record.row.serial, mobile.serial);
}

Test(verify_device, a_known_device_writes_nothing_before_its_answer)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request request = request_of(&mobile, &query);
    int64_t before;
    int64_t after;
    cr_assert_eq(see(&at, &request), VERDICT_ALLOWED);
    expect_ok(db_mark(at.service->db, &before));
    for (int i = 0; i < 3; i++) {
        struct device_verdict verdict defer(device_verdict_clear) = {0};
        expect_ok(verify_device(at.service, &request, &verdict));
        cr_assert_eq(verdict.verdict.reason, VERDICT_ALLOWED);
        cr_assert_str_neq(verdict.device, "");
        verify_device_answered(at.service, &verdict, 200, 0);
    }
    expect_ok(db_mark(at.service->db, &after));
    cr_assert_eq(before, after);
}

Test(verify_device, who_is_refused_writes_nothing_before_the_answer)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("carla@example.org", "abc");
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    int64_t before;
    int64_t after;
    expect_ok(db_mark(at.service->db, &before));
    expect_ok(verify_device(at.service, &request, &verdict));
    expect_ok(db_mark(at.service->db, &after));
    cr_assert_eq(verdict.verdict.reason, VERDICT_USER_MISMATCH);
    cr_assert_str_eq(verdict.device, "");
    cr_assert_eq(before, after);
}

Test(verify_device, one_certificate_with_two_device_ids_is_two_devices)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_ALLOWED);
    cr_assert_eq(count_rows(&at, "device"), 2);
    cr_assert_eq(count_rows(&at, "device_pin"), 0);
}

Test(verify_device, what_began_without_a_device_id_takes_the_first_that_comes)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct device_request options = request_of(&mobile, NULL);
    cr_assert_eq(see(&at, &options), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(see(&at, &options), VERDICT_ALLOWED);
    cr_assert_eq(count_rows(&at, "device"), 1);
    cr_assert_eq(count_rows(&at, "device WHERE device_id = 'abc' AND allowed_count = 3"), 1);
}

Test(verify_device, a_revoked_certificate_is_refused_at_the_next_request)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct revocation revocation;
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    expect_ok(revoke_certificate(at.service, &anna, REVOKE_ANY, mobile.serial,
                                 CRL_REASON_KEY_COMPROMISE, &revocation));
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_REVOKED);
    cr_assert_eq(count_rows(&at, "device WHERE reason = 'revoked' AND refused_count = 1"), 1);
}

Test(verify_device, no_certificate_and_bytes_that_are_none_are_told_apart)
{
    const struct span rubbish = SPAN_LITERAL("not a certificate");
    struct device_request request = request_of(NULL, NULL);
    cr_assert_eq(see(&at, &request), VERDICT_NO_CERTIFICATE);
    request.unreadable = true;
    cr_assert_eq(see(&at, &request), VERDICT_UNREADABLE);
    request.unreadable = false;
    request.certificates = &rubbish;
    request.certificate_count = 1;
    cr_assert_eq(see(&at, &request), VERDICT_UNREADABLE);
}

Test(verify_device, a_blocked_device_is_refused_and_the_other_is_not)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    expect_ok(verify_device(at.service, &request, &verdict));
    expect_ok(devices_block(at.service, &anna, verdict.device));
    cr_assert_eq(see(&at, &request), VERDICT_BLOCKED);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_ALLOWED);
    expect_ok(devices_unblock(at.service, &anna, verdict.device));
    cr_assert_eq(see(&at, &request), VERDICT_ALLOWED);
    cr_assert_eq(count_rows(&at, "audit WHERE action IN ('device.block', 'device.unblock') AND "
                                 "actor = 'operator:anna'"),
                 2);
}

Test(verify_device, a_block_stays_with_a_device_that_says_its_id_later)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    cr_assert_eq(sync_of(&at, &mobile, ""), VERDICT_ALLOWED);
    run_sql(&at, "UPDATE device SET blocked_at = 1, blocked_by = 'operator:anna'");
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_BLOCKED);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_BLOCKED);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_ALLOWED, "that is another one");
}

Test(verify_device, a_blocked_user_is_refused_with_any_device)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct mobile other defer(mobile_clear) = mobile_of(&at, "carla@example.org");
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    expect_ok(devices_block_user(at.service, &anna, "BEN@example.org"));
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_BLOCKED);
    cr_assert_eq(sync_of(&at, &mobile, "new"), VERDICT_BLOCKED);
    cr_assert_eq(sync_of(&at, &other, "abc"), VERDICT_ALLOWED);
    expect_ok(devices_unblock_user(at.service, &anna, "ben@example.org"));
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
}

/* ---- pins ------------------------------------------------------------------------------------ */

Test(verify_device, a_pinned_certificate_lets_its_first_device_in_only)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct device_request options = request_of(&mobile, NULL);
    at.config->eas_pin = true;
    cr_assert_eq(see(&at, &options), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_DEVICE_MISMATCH);
    cr_assert_eq(see(&at, &options), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(count_rows(&at, "device_pin WHERE device_id = 'abc' AND alarm_device = 'def'"), 1);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'device.pin' AND actor = 'system'"), 1);
}

Test(verify_device, an_alarm_is_told_once_an_hour)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    at.config->eas_pin = true;
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_DEVICE_MISMATCH);
    cr_assert_eq(sync_of(&at, &mobile, "ghi"), VERDICT_DEVICE_MISMATCH);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'device.alarm'"), 1);
    run_sql(&at, "UPDATE device_pin SET alarm_at = alarm_at - 3600");
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_DEVICE_MISMATCH);
    cr_assert_eq(count_rows(&at, "audit JOIN device ON object_id = device.id AND device_id = 'abc' "
                                 "WHERE action = 'device.alarm'"),
                 2);
}

Test(verify_device, an_alarm_of_a_clock_that_was_ahead_silences_none)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    at.config->eas_pin = true;
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_DEVICE_MISMATCH);
    run_sql(&at, "UPDATE device_pin SET alarm_at = alarm_at + 100000000");
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_DEVICE_MISMATCH);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_DEVICE_MISMATCH);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'device.alarm'"), 2);
}

Test(verify_device, an_unpinned_certificate_takes_the_next_device)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    at.config->eas_pin = true;
    expect_ok(verify_device(at.service, &request, &verdict));
    expect_ok(devices_unpin(at.service, &anna, verdict.device));
    cr_assert_eq(devices_unpin(at.service, &anna, verdict.device), STATUS_NOT_FOUND);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_DEVICE_MISMATCH);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'device.unpin'"), 1);
}

Test(verify_device, a_pin_does_not_count_while_the_option_is_off)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    at.config->eas_pin = true;
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    at.config->eas_pin = false;
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_ALLOWED);
}

/* ---- links ----------------------------------------------------------------------------------- */

Test(verify_device, the_first_use_of_a_links_certificate_closes_its_window_once)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&at);
    expect_claimable(&at, &link);
    struct mobile mobile defer(mobile_clear) = mobile_of_link(&at, &link);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(state_of(&at, &link), LINK_IN_USE);
    cr_assert_eq(count_rows(&at, "link WHERE closed_at IS NOT NULL"), 1);
    cr_assert_eq(count_rows(&at, "bundle WHERE erased_at IS NOT NULL"), 1);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'link.in_use'"), 1);
}

Test(verify_device, a_refused_phone_leaves_the_link_as_it_is)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&at);
    expect_claimable(&at, &link);
    struct mobile mobile defer(mobile_clear) = mobile_of_link(&at, &link);
    const struct eas_query query = sync_query("somebody.else", "abc");
    const struct device_request request = request_of(&mobile, &query);
    cr_assert_eq(see(&at, &request), VERDICT_USER_MISMATCH);
    cr_assert_eq(state_of(&at, &link), LINK_CLAIMED);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

Test(verify_device, policy_keys_and_description_are_there_for_the_next_request)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request request = request_of(&mobile, &query);
    const struct device_step keys = {.after = {.offered = 4294967295U, .agreed = 7}};
    const struct device_step later = {keys.after, {.agreed = 8}};
    const struct device_description said = {"Lumia 930", "Windows Phone 8.1", "Ben's phone"};
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    expect_ok(verify_device(at.service, &request, &verdict));
    expect_ok(verify_device_provisioned(at.service, verdict.device, &keys, &said));
    device_verdict_clear(&verdict);
    expect_ok(verify_device(at.service, &request, &verdict));
    cr_assert_eq(verdict.provisioning.offered, 4294967295U);
    cr_assert_eq(verdict.provisioning.agreed, 7);
    cr_assert_eq(verify_device_provisioned(at.service, verdict.device, &keys, NULL),
                 STATUS_CONFLICT, "made from what is no more");
    expect_ok(verify_device_provisioned(at.service, verdict.device, &later, NULL));
    expect_ok(verify_device_reload(at.service, &verdict));
    cr_assert_eq(verdict.provisioning.agreed, 8);
    cr_assert_eq(count_rows(&at, "device WHERE model = 'Lumia 930'"), 1);
    cr_assert_eq(verify_device_provisioned(at.service, "none", &keys, NULL), STATUS_NOT_FOUND);
}

Test(verify_device, policy_keys_that_cannot_be_read_are_as_if_there_never_were_any)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request request = request_of(&mobile, &query);
    const struct device_step keys = {.after = {.agreed = 7}};
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    expect_ok(verify_device(at.service, &request, &verdict));
    expect_ok(verify_device_provisioned(at.service, verdict.device, &keys, NULL));
    run_sql(&at, "UPDATE device SET provisioning = 'damaged'");
    device_verdict_clear(&verdict);
    expect_ok(verify_device(at.service, &request, &verdict));
    cr_assert_eq(verdict.verdict.reason, VERDICT_ALLOWED);
    cr_assert_eq(verdict.provisioning.agreed, 0);
    expect_ok(verify_device_provisioned(at.service, verdict.device, &keys, NULL));
    device_verdict_clear(&verdict);
    expect_ok(verify_device(at.service, &request, &verdict));
    cr_assert_eq(verdict.provisioning.agreed, 7);
}

Test(verify_device, a_sighting_has_what_was_seen_and_answered)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("CORP\\ben", "abc");
    struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    request.authorization_scheme = "Basic";
    request.authorization_user = "CORP\\ben";
    request.has_policy_key = true;
    request.policy_key = 4294967295U;
    request.session_age = 77;
    expect_ok(verify_device(at.service, &request, &verdict));
    verify_device_answered(at.service, &verdict, 449, 142);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(
        count_rows(&at,
                   "sighting JOIN device ON device.id = sighting.device WHERE "
                   "kind = 'request' AND front = 'eas' AND certificate = 'handshake' AND "
                   "command = 'Sync' AND sighting.user_name = 'CORP\\ben' AND "
                   "sighting.device_id = 'abc' AND query = 'plain' AND policy_key = 4294967295 "
                   "AND authorization_scheme = 'Basic' AND authorization_user = 'CORP\\ben' "
                   "AND http = 449 AND status = 142 AND session_age = 77 AND "
                   "length(fingerprint) = 32 AND identity = 'ben@example.org' AND "
                   "not_after > 0 AND sighting.version = 141 AND sighting.address = "
                   "'192.0.2.9'"),
        1);
}

Test(verify_device, a_verdict_that_is_not_answered_leaves_no_sighting)
{
    const struct device_request request = request_of(NULL, NULL);
    struct device_verdict verdict = {0};
    expect_ok(verify_device(at.service, &request, &verdict));
    device_verdict_clear(&verdict);
    verify_device_answered(at.service, &verdict, 200, 0);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(count_rows(&at, "sighting"), 0);
}

Test(verify_device, texts_from_outside_become_one_line_of_their_size)
{
    struct device_request request = request_of(NULL, NULL);
    char agent[1000];
    memset(agent, 'x', sizeof agent - 1);
    agent[0] = '\n';
    agent[sizeof agent - 1] = '\0';
    request.agent = agent;
    request.authorization_user = "\xff\x1b[2J";
    cr_assert_eq(see(&at, &request), VERDICT_NO_CERTIFICATE);
    cr_assert_eq(count_rows(&at, "sighting WHERE length(agent) <= 256 AND agent NOT LIKE "
                                 "'%' || char(10) || '%' AND authorization_user NOT LIKE '%' || "
                                 "char(27) || '%'"),
                 1);
}

Test(verify_device, a_failed_handshake_is_a_sighting)
{
    const struct device_handshake handshake = {.address = "::ffff:192.0.2.9",
                                               .tls_version = "TLSv1.2",
                                               .certificate_asked = true,
                                               .reason = "the client closed the connection"};
    verify_device_handshake_failed(at.service, &handshake);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(count_rows(&at, "sighting WHERE kind = 'handshake' AND device IS NULL AND address "
                                 "= '192.0.2.9' AND detail LIKE 'after a certificate was asked%' "
                                 "AND asked"),
                 1);
}

Test(verify_device, a_phone_that_refused_the_server_was_not_the_one_that_had_nothing_to_show)
{
    const struct device_handshake handshake = {.address = "192.0.2.9",
                                               .tls_version = "TLSv1.2",
                                               .certificate_asked = true,
                                               .distrusted = true,
                                               .reason = "alert of the client: unknown CA"};
    verify_device_handshake_failed(at.service, &handshake);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(count_rows(&at, "sighting WHERE kind = 'handshake' AND NOT asked AND detail LIKE "
                                 "'%unknown CA'"),
                 1);
}

Test(verify_device, a_database_that_takes_nothing_lets_known_devices_in_only)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query known = sync_query("ben", "abc");
    const struct eas_query fresh = sync_query("ben", "def");
    const struct device_request goes_on = request_of(&mobile, &known);
    const struct device_request is_new = request_of(&mobile, &fresh);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    cr_assert_eq(see(&at, &goes_on), VERDICT_ALLOWED);
    run_sql(&at, "CREATE TRIGGER full BEFORE INSERT ON device BEGIN SELECT RAISE(ABORT, 'x'); END");
    cr_assert_neq(verify_device(at.service, &is_new, &verdict), STATUS_OK);
    expect_ok(verify_device(at.service, &goes_on, &verdict));
    cr_assert_eq(verdict.verdict.reason, VERDICT_ALLOWED);
}
