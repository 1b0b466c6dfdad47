#include "service/background.h"

#include "base/clock.h"
#include "fixture.h"

#include <time.h>

/* Opens a second time, with the tasks, on the authority of the fixture. */
static struct service *open_with_tasks(const struct fixture *fixture)
{
    struct service *service = NULL;
    expect_ok(service_open(fixture->config, SERVICE_BACKGROUND, &service));
    return service;
}

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
}

Test(background, sweeps_a_window_that_is_over_without_being_asked)
{
    struct fixture fixture defer(fixture_close) = {0};
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    run_sql(&fixture, "UPDATE link SET window_ends_at = claimed_at");

    struct service *service defer(service_free) = open_with_tasks(&fixture);
    while (ask_sql(&fixture, "SELECT count(*) FROM link WHERE closed_at IS NOT NULL") == 0)
        wait_a_moment();
}

Test(background, a_task_that_is_woken_runs_before_its_time)
{
    struct fixture fixture defer(fixture_close) = {0};
    fixture_open(&fixture);
    struct service *service defer(service_free) = open_with_tasks(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    run_sql(&fixture, "UPDATE link SET expires_at = created_at");

    int64_t start = clock_monotonic_ms();
    while (ask_sql(&fixture, "SELECT count(*) FROM link WHERE expired_at IS NOT NULL") == 0) {
        cr_assert_lt(clock_monotonic_ms() - start, 1000 * BACKGROUND_LONGEST);
        background_wake(service, BACKGROUND_SWEEP);
        wait_a_moment();
    }
}

Test(background, waking_and_asking_do_nothing_where_no_task_runs)
{
    struct fixture fixture defer(fixture_close) = {0};
    fixture_open(&fixture);
    background_wake(fixture.service, BACKGROUND_SWEEP);
    cr_assert_not(background_stopping(fixture.service));
}
