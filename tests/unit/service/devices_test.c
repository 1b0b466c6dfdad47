#include "service/devices.h"

#include "base/clock.h"
#include "phones.h"
#include "service/device_cache.h"
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

TestSuite(devices, .init = setup, .fini = teardown);

/* The only device that there is. */
static void only_device(char ret_id[static DEVICE_KEY_SIZE])
{
    struct device_list list defer(device_list_clear) = {0};
    const struct device_filter all = {0};
    expect_ok(devices_list(at.service, &all, &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 1);
    snprintf(ret_id, DEVICE_KEY_SIZE, "%s", list.rows[0].id);
}

Test(devices, are_found_by_what_a_help_desk_knows)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const char *const searches[] = {"ben", "abc1", mobile.serial, "lumia", "930", "my"};
    const struct device_description said = {"Lumia 930", "WP 8.1", "My phone"};
    char id[DEVICE_KEY_SIZE];
    cr_assert_eq(sync_of(&at, &mobile, "abc123"), VERDICT_ALLOWED);
    only_device(id);
    expect_ok(verify_device_provisioned(at.service, id, NULL, &said));
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        struct device_list list defer(device_list_clear) = {0};
        const struct device_filter filter = {.search = searches[i]};
        expect_ok(devices_list(at.service, &filter, &(struct page_request){0}, &list));
        cr_assert_eq(list.count, 1, "%s", searches[i]);
        cr_assert_str_eq(devices_name(&list.rows[0]), "My phone");
        cr_assert_not(devices_is_refused(&list.rows[0]));
    }
}

Test(devices, what_is_not_there_is_not_found)
{
    struct device_record record = {0};
    struct sighting_list list = {0};
    struct diagnosis diagnosis;
    cr_assert_eq(devices_show(at.service, "none", &record), STATUS_NOT_FOUND);
    cr_assert_eq(devices_timeline(at.service, "none", &(struct page_request){0}, &list),
                 STATUS_NOT_FOUND);
    cr_assert_eq(devices_timeline(at.service, "", &(struct page_request){0}, &list),
                 STATUS_NOT_FOUND);
    cr_assert_eq(devices_diagnose(at.service, "none", &diagnosis), STATUS_NOT_FOUND);
    cr_assert_eq(devices_block(at.service, &anna, "none"), STATUS_NOT_FOUND);
    cr_assert_eq(devices_unblock(at.service, &anna, "none"), STATUS_NOT_FOUND);
    cr_assert_eq(devices_unpin(at.service, &anna, "none"), STATUS_NOT_FOUND);
    cr_assert_eq(count_rows(&at, "audit WHERE action LIKE 'device.%'"), 0);
}

Test(devices, show_what_was_settled)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct device_record record defer(device_record_clear) = {0};
    char id[DEVICE_KEY_SIZE];
    at.config->eas_pin = true;
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    only_device(id);
    expect_ok(devices_block_user(at.service, &anna, "ben@example.org"));
    expect_ok(devices_show(at.service, id, &record));
    cr_assert_str_eq(record.pin.device_id, "abc");
    cr_assert_neq(record.user_blocked_at, 0);
    cr_assert_eq(record.row.blocked_at, 0);
}

Test(devices, a_timeline_is_newest_first_and_of_that_device_only)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct sighting_list list defer(sighting_list_clear) = {0};
    const struct device_request nobody = request_of(NULL, NULL);
    char id[DEVICE_KEY_SIZE];
    cr_assert_eq(see(&at, &nobody), VERDICT_NO_CERTIFICATE);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    only_device(id);
    expect_ok(devices_block(at.service, &anna, id));
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_BLOCKED);
    expect_ok(devices_timeline(at.service, id, &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 2);
    cr_assert_str_eq(list.rows[0].reason, "blocked");
    cr_assert_str_eq(list.rows[1].reason, "allowed");
    cr_assert_eq(count_rows(&at, "sighting WHERE device IS NULL AND reason = 'no_certificate'"), 1);
}

Test(devices, the_kept_finding_is_the_one_that_is_made_now)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    struct device_request without = request_of(NULL, &query);
    struct device_record record defer(device_record_clear) = {0};
    struct diagnosis now;
    char id[DEVICE_KEY_SIZE];
    int64_t made;
    without.connection = "another";
    without.authorization_user = "ben";
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(see(&at, &without), VERDICT_NO_CERTIFICATE);
    only_device(id);
    expect_ok(devices_make_findings(at.service, 10, &made));
    cr_assert_eq(made, 1);
    expect_ok(devices_diagnose(at.service, id, &now));
    cr_assert_eq(now.rule, DIAGNOSIS_FELL_BACK_TO_PASSWORD);
    expect_ok(devices_show(at.service, id, &record));
    const struct diagnosis kept = devices_finding(&record.row);
    cr_assert_eq(kept.rule, now.rule);
    cr_assert_eq(kept.from, now.from);
    cr_assert_eq(kept.until, now.until);
    cr_assert_eq(kept.number, now.number);
    expect_ok(devices_make_findings(at.service, 10, &made));
    cr_assert_eq(made, 0);
}

static struct diagnosis finding_of_sync(const struct mobile *mobile, const char *user,
                                        const char *login)
{
    const struct eas_query query = sync_query(user, "abc");
    struct device_request request = request_of(mobile, &query);
    struct diagnosis found;
    char id[DEVICE_KEY_SIZE];
    request.authorization_user = login;
    request.compare_login = true;
    cr_assert_eq(see(&at, &request), VERDICT_USER_MISMATCH);
    only_device(id);
    expect_ok(devices_diagnose(at.service, id, &found));
    return found;
}

Test(devices, the_user_that_is_told_is_the_one_that_differs)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct diagnosis found = finding_of_sync(&mobile, "ben", "carla");
    cr_assert_eq(found.rule, DIAGNOSIS_WRONG_USER);
    cr_assert_str_eq(found.identity, "ben@example.org");
    cr_assert_str_eq(found.user, "carla");
    found = finding_of_sync(&mobile, "", "dora");
    cr_assert_str_eq(found.user, "dora");
    found = finding_of_sync(&mobile, "emil", "ben");
    cr_assert_str_eq(found.user, "emil");
    cr_assert_eq(found.rule, DIAGNOSIS_WRONG_USER);
}

Test(devices, a_domain_that_nobody_knows_is_not_told_as_another_user)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct diagnosis found = finding_of_sync(&mobile, "CORP\\ben", "");
    cr_assert_eq(found.rule, DIAGNOSIS_UNKNOWN_DOMAIN, "%s", diagnosis_rule_word(found.rule));
    cr_assert_str_eq(found.identity, "ben@example.org");
    cr_assert_str_eq(found.user, "CORP\\ben");
}

/* A set-up takes longer than a moment, and comes on one connection. */
Test(devices, requests_on_the_connection_of_a_handshake_are_of_that_handshake)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    struct device_request request = request_of(&mobile, &query);
    struct diagnosis found;
    char id[DEVICE_KEY_SIZE];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(see(&at, &request), VERDICT_ALLOWED);
    request.source = SIGHTING_CERTIFICATE_RESUMED;
    for (int i = 0; i < 3; i++)
        cr_assert_eq(see(&at, &request), VERDICT_ALLOWED);
    run_sql(&at,
            "UPDATE sighting SET at = 1800000000 + 20 * (id - 1), handshake_age = 20 * (id - 1) "
            "WHERE certificate = 'handshake'; "
            "UPDATE sighting SET at = 1800000000 + 1000 * id, session_age = 1000 * id "
            "WHERE certificate = 'resumed'");
    only_device(id);
    expect_ok(devices_diagnose(at.service, id, &found));
    cr_assert_eq(found.rule, DIAGNOSIS_SESSION_ONLY, "%s", diagnosis_rule_word(found.rule));
    cr_assert_eq(found.from, 1800000000);
    cr_assert_eq(found.until, 1800005000);
    run_sql(&at, "DELETE FROM sighting WHERE certificate = 'resumed'");
    request.source = SIGHTING_CERTIFICATE_NONE;
    request.certificate_count = 0;
    cr_assert_eq(see(&at, &request), VERDICT_NO_CERTIFICATE);
    expect_ok(devices_diagnose(at.service, id, &found));
    cr_assert_eq(found.rule, DIAGNOSIS_STOPPED_PRESENTING);
    cr_assert_eq(found.from, 1800000000);
    cr_assert_eq(found.number, 1800000020);
}

/* The last sighting again, so often that nothing else is among the newest ones. */
static void repeat_the_last_sighting(void)
{
    run_sql(&at, "CREATE TEMP TABLE last AS SELECT * FROM sighting ORDER BY id DESC LIMIT 1; "
                 "UPDATE last SET id = NULL, at = at + 60; "
                 "INSERT INTO sighting WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                 "FROM n WHERE i < 700) SELECT last.* FROM last, n; DROP TABLE last");
}

/* The only device has this finding now, and the same after days of the same trouble. */
static void expect_lasting(enum diagnosis_rule rule)
{
    struct diagnosis first;
    struct diagnosis later;
    char id[DEVICE_KEY_SIZE];
    only_device(id);
    expect_ok(devices_diagnose(at.service, id, &first));
    repeat_the_last_sighting();
    expect_ok(devices_diagnose(at.service, id, &later));
    cr_assert_eq(first.rule, rule);
    cr_assert_eq(later.rule, rule, "%s", diagnosis_rule_word(later.rule));
    cr_assert_eq(later.from, first.from);
    cr_assert_eq(later.until, first.until);
    if (rule == DIAGNOSIS_STOPPED_PRESENTING)
        cr_assert_eq(later.number, first.number);
}

Test(devices, a_phone_that_tries_on_for_days_keeps_its_finding)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request without = request_of(NULL, &query);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(see(&at, &without), VERDICT_NO_CERTIFICATE);
    expect_lasting(DIAGNOSIS_STOPPED_PRESENTING);
}

Test(devices, a_refused_phone_that_tries_on_is_refused_since_the_first_time)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    char id[DEVICE_KEY_SIZE];
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    only_device(id);
    expect_ok(devices_block(at.service, &anna, id));
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_BLOCKED);
    expect_lasting(DIAGNOSIS_REFUSED_SINCE);
}

Test(devices, a_user_to_block_has_a_name)
{
    char endless[300];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *const wrong[] = {"", "a\nb", "\xff", endless};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_assert_eq(devices_block_user(at.service, &anna, wrong[i]), STATUS_INVALID);
        cr_assert_eq(devices_unblock_user(at.service, &anna, wrong[i]), STATUS_INVALID);
    }
    cr_assert_eq(devices_unblock_user(at.service, &anna, "ben"), STATUS_NOT_FOUND);
    expect_ok(devices_block_user(at.service, &anna, "ben"));
    cr_assert_eq(devices_block_user(at.service, &anna, "BEN"), STATUS_CONFLICT);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'user.block' AND object_id = 'ben'"), 1);
}

/* ---- the cache ------------------------------------------------------------------------------- */

Test(devices, a_view_counts_for_its_owner_device_identity_and_mark_only)
{
    struct device_cache *cache defer(device_cache_free) = NULL;
    const struct device_cache_key key = {"owner", "abc", "ben"};
    const struct device_cache_key others[] = {
        {"other", "abc", "ben"}, {"owner", "abd", "ben"}, {"owner", "abc", "bea"}};
    const struct device_view view = {.id = "one", .blocked = true};
    struct device_view found;
    expect_ok(device_cache_new(&cache));
    cr_assert_not(device_cache_find(cache, &key, 0, &found));
    device_cache_put(cache, &key, 7, &view);
    cr_assert(device_cache_find(cache, &key, 7, &found));
    cr_assert_str_eq(found.id, "one");
    cr_assert(found.blocked);
    cr_assert_not(device_cache_find(cache, &key, 8, &found));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_assert_not(device_cache_find(cache, &others[i], 7, &found));
}
