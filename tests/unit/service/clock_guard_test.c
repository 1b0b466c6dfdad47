#include "service/clock_guard.h"

#include "base/clock.h"
#include "fixture.h"
#include "service/mint.h"

#include <stdio.h>

/* Something was dated so many seconds from now. */
static void set_last(const struct fixture *fixture, int64_t ahead)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "INSERT OR REPLACE INTO setting (key, value, changed_at) "
             "VALUES ('clock.last_dated', '%lld', 0)",
             (long long)(clock_now() + ahead));
    run_sql(fixture, sql);
}

static enum status take_time(const struct fixture *fixture, int64_t *ret_time)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(fixture->service->db, DB_WRITE, &tx));
    TRY(clock_guard_take(tx, ret_time));
    return db_commit(tx);
}

static int64_t last(const struct fixture *fixture)
{
    int64_t time = -1;
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    expect_ok(clock_guard_last(tx, &time));
    return time;
}

Test(clock_guard, keeps_the_latest_time)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    cr_assert_eq(last(&fixture), 0);
    int64_t before = clock_now();
    int64_t time = 0;
    expect_ok(take_time(&fixture, &time));
    cr_assert_geq(time, before);
    cr_assert_eq(last(&fixture), time);
}

Test(clock_guard, a_look_keeps_nothing_and_says_when_a_minute_has_passed)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    static const struct {
        int64_t ahead;
        bool take;
    } cases[] = {{-CLOCK_DAY, true}, {-CLOCK_GUARD_STEP - 1, true}, {-10, false}, {100, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set_last(&fixture, cases[i].ahead);
        int64_t kept = last(&fixture);
        int64_t time = 0;
        bool take = !cases[i].take;
        struct db_tx *tx defer(db_end) = NULL;
        expect_ok(db_begin(fixture.service->db, DB_READ, &tx));
        expect_ok(clock_guard_look(tx, &time, &take));
        cr_assert_eq(take, cases[i].take, "case %zu", i);
        cr_assert(time >= kept && time >= clock_now() - 10, "case %zu", i);
        cr_assert_eq(last(&fixture), kept, "case %zu", i);
    }
}

Test(clock_guard, a_small_step_back_dates_with_the_last_time_again)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    set_last(&fixture, CLOCK_GUARD_TOLERANCE - 30);
    int64_t expected = last(&fixture);
    int64_t time = 0;
    expect_ok(take_time(&fixture, &time));
    cr_assert_eq(time, expected);
    cr_assert_eq(last(&fixture), expected);
}

Test(clock_guard, a_large_step_back_signs_nothing_and_says_what_to_do)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    set_last(&fixture, CLOCK_GUARD_TOLERANCE + 30);
    int64_t time = 0;
    expect_detail(take_time(&fixture, &time), STATUS_CLOCK, "certferry clock accept");
    const struct mint_request request = {.user = "ben@example.org"};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_detail(mint_bundle(fixture.service, &anna, &request, &result), STATUS_CLOCK, "set back");
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user'"), 0);
}

Test(clock_guard, a_claim_waits_for_the_clock_and_loses_nothing)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    set_last(&fixture, CLOCK_DAY);
    struct claim refused defer(claim_clear) = {0};
    expect_detail(post_pin(&fixture, &link, NULL, &phone, &refused), STATUS_CLOCK, "set back");
    run_sql(&fixture, "DELETE FROM setting WHERE key = 'clock.last_dated'");
    expect_claimable(&fixture, &link);
}

Test(clock_guard, no_certificate_begins_in_the_future_of_a_corrected_clock)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    set_last(&fixture, CLOCK_GUARD_TOLERANCE - 30);
    const struct mint_request request = {.user = "ben@example.org"};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_ok(mint_bundle(fixture.service, &anna, &request, &result));
    cr_assert_leq(ask_sql(&fixture, "SELECT not_before FROM certificate WHERE profile = 'user'"),
                  clock_now());
}

Test(clock_guard, an_admins_word_is_recorded_and_lets_signing_go_on)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    int64_t forgotten = 0;
    expect_detail(clock_guard_accept(fixture.service, &anna, &forgotten), STATUS_CONFLICT,
                  "not behind");
    set_last(&fixture, 900LL * CLOCK_DAY);
    int64_t future = last(&fixture);
    expect_ok(clock_guard_accept(fixture.service, &anna, &forgotten));
    cr_assert_eq(forgotten, future);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'clock.accept' AND "
                                   "actor = 'operator:anna'"),
                 1);
    int64_t time = 0;
    expect_ok(take_time(&fixture, &time));
    cr_assert_leq(time, clock_now());
}
