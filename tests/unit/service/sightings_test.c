#include "service/sightings.h"

#include "base/clock.h"
#include "phones.h"
#include "service/background.h"
#include "service/device_drop.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
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

TestSuite(sightings, .init = setup, .fini = teardown);

static void put(const char *user, const char *device_id)
{
    struct sighting *sighting = calloc(1, sizeof *sighting);
    cr_assert_not_null(sighting);
    sighting->row.at = clock_now();
    sighting->row.policy_key = -1;
    SIGHTING_SET(sighting, user, user);
    SIGHTING_SET(sighting, device_id, device_id);
    SIGHTING_SET(sighting, reason, "no_certificate");
    SIGHTING_SET(sighting, address, "192.0.2.9");
    sightings_put(at.service, sighting);
}

static struct sightings_figures figures(void)
{
    struct sightings_figures now;
    sightings_figures(at.service, &now);
    return now;
}

Test(sightings, a_batch_is_written_whole_and_in_order)
{
    for (int i = 0; i < 300; i++) {
        char user[16];
        snprintf(user, sizeof user, "user%d", i);
        put(user, "abc");
    }
    cr_assert_eq(figures().waiting, 300);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(figures().waiting, 0);
    cr_assert_eq(figures().written, 300);
    cr_assert_eq(count_rows(&at, "sighting"), 300);
    cr_assert_eq(count_rows(&at, "sighting WHERE user_name <> 'user' || (id - 1)"), 0);
}

Test(sightings, a_full_queue_drops_what_comes_and_counts_it)
{
    for (int i = 0; i < 4096 + 5; i++)
        put("ben", "abc");
    cr_assert_eq(figures().waiting, 4096);
    cr_assert_eq(figures().dropped, 5);
}

/* Somebody who is faster than the disk. */
static void *put_on_and_on(void *stop)
{
    while (!atomic_load((atomic_bool *)stop) && figures().written < 4 * 4096)
        put("ben", "abc");
    return NULL;
}

Test(sightings, a_flood_does_not_hold_up_who_writes)
{
    atomic_bool stop = false;
    pthread_t flood;
    cr_assert_eq(pthread_create(&flood, NULL, put_on_and_on, &stop), 0);
    while (figures().waiting == 0)
        sched_yield();
    expect_ok(sightings_flush(at.service));
    int64_t written = figures().written;
    atomic_store(&stop, true);
    pthread_join(flood, NULL);
    cr_assert_leq(written, 4096 + 256);
}

Test(sightings, the_end_of_the_service_writes_what_is_left)
{
    put("ben", "abc");
    fixture_restart(&at);
    cr_assert_eq(count_rows(&at, "sighting"), 1);
}

Test(sightings, a_row_that_the_database_finds_wrong_does_not_hold_up_others)
{
    run_sql(&at, "CREATE TRIGGER wrong BEFORE INSERT ON sighting WHEN NEW.user_name = 'bad' BEGIN "
                 "SELECT RAISE(ABORT, 'x'); END");
    put("bad", "abc");
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(figures().dropped, 1);
    put("ben", "abc");
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(figures().written, 1);
    cr_assert_eq(count_rows(&at, "sighting"), 1);
}

/* ---- whose it is ----------------------------------------------------------------------------- */

static void expect_devices(const char *where, int64_t wanted)
{
    char from[256];
    snprintf(from, sizeof from, "device WHERE %s", where);
    cr_assert_eq(count_rows(&at, from), wanted, "%s", where);
}

Test(sightings, a_refused_certificate_has_a_device_of_its_own)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("carla", "abc");
    const struct device_request request = request_of(&mobile, &query);
    cr_assert_eq(see(&at, &request), VERDICT_USER_MISMATCH);
    cr_assert_eq(see(&at, &request), VERDICT_USER_MISMATCH);
    expect_devices("user_name = 'ben@example.org' AND reason = 'user_mismatch'", 1);
    expect_devices("refused_count = 2 AND allowed_at IS NULL", 1);
}

/* What the rules of diagnosis live by: the phone that came without its certificate. */
Test(sightings, a_phone_without_its_certificate_stays_the_same_device)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    static const char *const users[] = {"ben", "BEN@example.org", "EXAMPLE\\ben", ""};
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        const struct eas_query query = sync_query(users[i], "abc");
        const struct device_request request = request_of(NULL, &query);
        cr_assert_eq(see(&at, &request), VERDICT_NO_CERTIFICATE);
    }
    expect_devices("1", 1);
    expect_devices("refused_count = 4 AND reason = 'no_certificate'", 1);
}

Test(sightings, another_user_with_the_same_device_id_is_another_device)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("carla@example.org", "abc");
    struct device_request request = request_of(NULL, &query);
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(see(&at, &request), VERDICT_NO_CERTIFICATE);
    expect_devices("owner = '~carla@example.org' AND refused_count = 1", 1);
    expect_devices("serial <> '' AND refused_count = 0", 1);
}

Test(sightings, who_only_logs_in_is_a_device_of_that_user)
{
    struct device_request request = request_of(NULL, NULL);
    request.authorization_user = "CORP\\Carla";
    cr_assert_eq(see(&at, &request), VERDICT_NO_CERTIFICATE);
    expect_devices("owner = '~carla' AND device_id = ''", 1);
}

Test(sightings, a_failed_handshake_goes_to_the_only_device_of_its_address)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct device_handshake handshake = {.address = "192.0.2.9", .reason = "x"};
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    verify_device_handshake_failed(at.service, &handshake);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(count_rows(&at, "sighting WHERE kind = 'handshake' AND device IS NOT NULL"), 1);
    expect_devices("reason = 'allowed' AND refused_count = 1", 1);
    cr_assert_eq(sync_of(&at, &mobile, "def"), VERDICT_ALLOWED);
    verify_device_handshake_failed(at.service, &handshake);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(count_rows(&at, "sighting WHERE kind = 'handshake' AND device IS NULL"), 1);
}

Test(sightings, a_device_that_was_dropped_meanwhile_leaves_its_sighting)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("ben", "abc");
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    expect_ok(verify_device(at.service, &request, &verdict));
    run_sql(&at, "DELETE FROM device");
    verify_device_answered(at.service, &verdict, 200, 0);
    expect_ok(sightings_flush(at.service));
    cr_assert_eq(count_rows(&at, "sighting WHERE device IS NULL"), 1);
}

/* ---- what goes ------------------------------------------------------------------------------- */

/* Whether there may be more. */
static bool prune_at(int64_t now)
{
    bool more;
    expect_ok(sightings_prune(at.service, now, &more));
    return more;
}

Test(sightings, what_is_too_old_goes_and_what_was_let_in_stays)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    put("carla", "def");
    expect_ok(sightings_flush(at.service));
    cr_assert(!prune_at(clock_now() + at.config->eas_sightings_kept));
    cr_assert_eq(count_rows(&at, "sighting"), 2);
    cr_assert(!prune_at(clock_now() + at.config->eas_sightings_kept + 10));
    cr_assert_eq(count_rows(&at, "sighting"), 0);
    expect_devices("1", 1);
    expect_devices("user_name = 'ben@example.org'", 1);
}

Test(sightings, that_wait_are_written_while_much_that_is_old_goes)
{
    int64_t wait = -1;
    put("carla", "def");
    expect_ok(sightings_flush(at.service));
    run_sql(&at,
            "CREATE TEMP TABLE old AS SELECT * FROM sighting; UPDATE old SET id = NULL, at = 1; "
            "INSERT INTO sighting WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            "WHERE i < 10000) SELECT old.* FROM old, n");
    put("carla", "def");
    expect_ok(background_sightings(at.service, clock_now(), &wait));
    cr_assert_eq(count_rows(&at, "sighting WHERE at > 1"), 2);
    cr_assert_gt(count_rows(&at, "sighting WHERE at = 1"), 0);
    for (int i = 0; i < 10 && wait == 0; i++)
        expect_ok(background_sightings(at.service, clock_now(), &wait));
    cr_assert_eq(wait, 1);
    cr_assert_eq(count_rows(&at, "sighting WHERE at = 1"), 0);
}

Test(sightings, of_one_device_only_the_newest_are_kept)
{
    at.config->eas_sightings_per_device = 100;
    for (int i = 0; i < 1000; i++)
        put("carla", "def");
    expect_ok(sightings_flush(at.service));
    cr_assert_leq(count_rows(&at, "sighting"), 100 + 64);
    cr_assert_eq(count_rows(&at, "sighting WHERE id > 900"), 100);
}

Test(sightings, nobody_without_the_certificate_says_what_a_device_is_or_pushes_out_its_past)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    at.config->eas_sightings_per_device = 100;
    for (int i = 0; i < 10; i++)
        cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    const struct eas_query query = sync_query("ben@example.org", "abc");
    struct device_request forged = request_of(NULL, &query);
    forged.agent = "forged";
    forged.version = 25;
    for (int i = 0; i < 500; i++)
        cr_assert_eq(see(&at, &forged), VERDICT_NO_CERTIFICATE);
    cr_assert_eq(count_rows(&at, "device"), 1);
    cr_assert_eq(count_rows(&at, "device WHERE agent = 'forged' OR version = 25"), 0);
    cr_assert_eq(count_rows(&at, "sighting WHERE certificate <> 'none'"), 10);
}

Test(sightings, devices_that_anybody_can_make_are_bounded)
{
    run_sql(&at, "INSERT INTO device (id, owner, device_id, user_name, serial, first_seen_at, "
                 "last_seen_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                 "WHERE i < 10050) SELECT 'd' || i, '~u' || i, '', '', '', 4000000000, "
                 "4000000000 + i FROM n");
    cr_assert(!prune_at(clock_now()));
    expect_devices("1", 10000);
    expect_devices("id = 'd50'", 0);
    expect_devices("id = 'd51'", 1);
}

Test(sightings, one_certificate_does_not_make_devices_without_end)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    for (int i = 0; i < 60; i++) {
        char device_id[16];
        snprintf(device_id, sizeof device_id, "d%d", i);
        cr_assert_eq(sync_of(&at, &mobile, device_id), VERDICT_ALLOWED);
    }
    expect_devices("1", 50);
    expect_devices("device_id = 'd59'", 1);
}

Test(sightings, a_device_with_many_sightings_goes_in_steps)
{
    struct db_tx *tx defer(db_end) = NULL;
    bool gone;
    int steps = 0;
    for (int i = 0; i < 700; i++)
        put("carla", "def");
    expect_ok(sightings_flush(at.service));
    struct device_list list defer(device_list_clear) = {0};
    expect_ok(db_begin(at.service->db, DB_WRITE, &tx));
    expect_ok(device_store_list_by_device_id(tx, "def", 1, &list));
    do {
        expect_ok(device_drop(tx, list.rows[0].id, &gone));
        steps++;
    } while (!gone);
    cr_assert_eq(steps, 2);
    expect_ok(db_commit(tx));
    expect_devices("1", 0);
}

/* ---- the task -------------------------------------------------------------------------------- */

Test(sightings, the_task_writes_and_makes_the_finding)
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    int64_t wait;
    cr_assert_eq(sync_of(&at, &mobile, "abc"), VERDICT_ALLOWED);
    put("ben", "abc");
    expect_ok(background_sightings(at.service, clock_now(), &wait));
    cr_assert_eq(wait, 1);
    cr_assert_eq(count_rows(&at, "sighting"), 2);
    expect_devices("finding = 'stopped_presenting' AND finding_due = 0", 1);
}
