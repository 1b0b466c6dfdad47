#include "service/devices.h"

#include "base/clock.h"
#include "phones.h"

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(devices_watch, .init = setup, .fini = teardown);

static struct device_watch watch(const char *user)
{
    struct device_watch seen = {0};
    expect_ok(devices_watch(at.service, user, clock_now() - 60, &seen));
    return seen;
}

Test(devices_watch, shows_what_the_phones_of_a_user_did_newest_first_and_of_nobody_else)
{
    struct mobile ben defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    struct mobile cleo defer(mobile_clear) = mobile_of(&at, "cleo@example.org");
    const struct eas_query wrong = sync_query("dora", "abc");
    const struct device_request other = request_of(&ben, &wrong);
    cr_assert_eq(sync_of(&at, &ben, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(sync_of(&at, &cleo, "def"), VERDICT_ALLOWED);
    cr_assert_eq(see(&at, &other), VERDICT_USER_MISMATCH);
    struct device_watch seen defer(device_watch_clear) = watch("ben@example.org");
    cr_assert_eq(seen.known.count, 2);
    cr_assert_str_eq(seen.known.rows[0].reason, "user_mismatch");
    cr_assert_str_eq(seen.known.rows[1].reason, "allowed");
}

Test(devices_watch, shows_a_refused_phone_that_said_to_be_the_user_however_it_is_written)
{
    static const char *const written[] = {"ben", "BEN@example.org", "EXAMPLE\\ben"};
    struct mobile cleo defer(mobile_clear) = mobile_of(&at, "cleo@example.org");
    const struct eas_query wrong = sync_query("ben@example.org", "def");
    const struct device_request other = request_of(&cleo, &wrong);
    for (size_t i = 0; i < 3; i++) {
        const struct eas_query query = sync_query(written[i], "abc");
        const struct device_request bare = request_of(NULL, &query);
        cr_assert_eq(see(&at, &bare), VERDICT_NO_CERTIFICATE);
    }
    cr_assert_eq(see(&at, &other), VERDICT_USER_MISMATCH);
    struct device_watch seen defer(device_watch_clear) = watch("ben@example.org");
    cr_assert_eq(seen.known.count, 4);
    cr_assert_str_eq(seen.known.rows[0].reason, "user_mismatch");
    cr_assert_eq(seen.unclaimed.count, 0);
}

Test(devices_watch, shows_who_may_be_the_user_and_that_only_the_domain_is_unknown)
{
    struct mobile ben defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query north = sync_query("NORTH\\ben", "abc");
    const struct eas_query dora = sync_query("dora@example.org", "abc");
    const struct device_request bare = request_of(NULL, &north);
    const struct device_request other = request_of(&ben, &dora);
    const struct device_request unclear = request_of(&ben, &north);
    cr_assert_eq(see(&at, &bare), VERDICT_NO_CERTIFICATE);
    cr_assert_eq(see(&at, &other), VERDICT_USER_MISMATCH);
    struct device_watch first defer(device_watch_clear) = watch("ben@example.org");
    cr_assert_eq(first.known.count, 2);
    cr_assert_not(first.unclear);
    cr_assert_eq(see(&at, &unclear), VERDICT_USER_MISMATCH);
    struct device_watch second defer(device_watch_clear) = watch("ben@example.org");
    cr_assert_eq(second.known.count, 3);
    cr_assert(second.unclear);
}

Test(devices_watch, what_nothing_ties_to_a_device_stands_apart)
{
    const struct device_request nobody = request_of(NULL, NULL);
    cr_assert_eq(see(&at, &nobody), VERDICT_NO_CERTIFICATE);
    struct device_watch seen defer(device_watch_clear) = watch("ben@example.org");
    cr_assert_eq(seen.known.count, 0);
    cr_assert_eq(seen.unclaimed.count, 1);
    struct device_watch later defer(device_watch_clear) = {0};
    expect_ok(devices_watch(at.service, "", clock_now() + 60, &later));
    cr_assert_eq(later.known.count + later.unclaimed.count, 0);
}

Test(devices_watch, refusals_are_counted)
{
    struct mobile ben defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct device_request nobody = request_of(NULL, NULL);
    int64_t count;
    cr_assert_eq(sync_of(&at, &ben, "abc"), VERDICT_ALLOWED);
    cr_assert_eq(see(&at, &nobody), VERDICT_NO_CERTIFICATE);
    expect_ok(devices_count_refused(at.service, clock_now() - 60, &count));
    cr_assert_eq(count, 1);
}
