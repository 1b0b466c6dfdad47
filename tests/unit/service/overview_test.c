#include "service/overview.h"

#include "base/clock.h"
#include "fixture.h"
#include "service/issue.h"

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(overview, .init = setup, .fini = teardown);

enum { TODAY = OVERVIEW_DAYS - 1 };

static struct overview read_now(void)
{
    struct overview overview;
    expect_ok(overview_read(fixture.service, clock_now(), &overview));
    return overview;
}

Test(overview, an_empty_authority_has_nothing_to_show)
{
    struct overview overview = read_now();
    cr_assert_eq(overview.links[LINK_ISSUED], 0);
    cr_assert_eq(overview.valid, 0);
    cr_assert_eq(overview.acts[OVERVIEW_CLAIMED][TODAY], 0);
}

Test(overview, a_claim_shows_in_every_number)
{
    struct enrol_created waiting defer(enrol_created_clear) = make_link(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_claimable(&fixture, &link);
    struct overview overview = read_now();
    cr_assert_eq(overview.links[LINK_ISSUED], 1);
    cr_assert_eq(overview.links[LINK_CLAIMED], 1);
    cr_assert_eq(overview.valid, 1);
    cr_assert_eq(overview.expiring, 0);
    cr_assert_eq(overview.acts[OVERVIEW_CREATED][TODAY], 2);
    cr_assert_eq(overview.acts[OVERVIEW_CLAIMED][TODAY], 1);
    cr_assert_eq(overview.acts[OVERVIEW_REFUSED][TODAY], 0);
}

Test(overview, a_wrong_pin_is_a_refusal)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    char pin[16];
    wrong_pin(&link, pin);
    struct claim claim defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, pin, &phone, &claim));
    cr_assert_eq(read_now().acts[OVERVIEW_REFUSED][TODAY], 1);
}

Test(overview, a_withdrawn_certificate_counts_as_revoked)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    struct enrolment now;
    expect_ok(enrol_show(fixture.service, link.link.id, &now));
    expect_ok(issue_withdraw(fixture.service, &anna, now.serial));
    struct overview overview = read_now();
    cr_assert_eq(overview.valid, 0);
    cr_assert_eq(overview.revoked, 1);
    cr_assert_eq(overview.acts[OVERVIEW_REVOKED][TODAY], 1);
}

Test(overview, certificates_of_the_last_month_expire_soon)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_claimable(&fixture, &link);
    struct overview overview;
    expect_ok(overview_read(fixture.service, clock_now() + 340 * (int64_t)CLOCK_DAY, &overview));
    cr_assert_eq(overview.expiring, 1);
    cr_assert_eq(overview.valid, 1);
    expect_ok(overview_read(fixture.service, clock_now() + 370 * (int64_t)CLOCK_DAY, &overview));
    cr_assert_eq(overview.expiring, 0);
    cr_assert_eq(overview.valid, 0);
}

Test(overview, acts_from_a_future_that_the_clock_left_are_passed_over)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct overview overview;
    expect_ok(overview_read(fixture.service, clock_now() - 2 * (int64_t)CLOCK_DAY, &overview));
    for (int day = 0; day < OVERVIEW_DAYS; day++)
        cr_assert_eq(overview.acts[OVERVIEW_CREATED][day], 0);
}
