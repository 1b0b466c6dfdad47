#include "service/crl_schedule.h"

#include "base/clock.h"
#include "base/file.h"
#include "fixture.h"
#include "pki/crl_file.h"
#include "service/background.h"

#include <stdio.h>
#include <time.h>

static struct crl_due due_of(const struct fixture *fixture, enum crl_authority which)
{
    struct crl_due due = {0};
    expect_ok(crl_due(fixture->service, which, &due));
    return due;
}

static void revoke_something(const struct fixture *fixture)
{
    run_sql(fixture, "UPDATE certificate SET state = 'revoked', revoked_at = 1, reason = 0 "
                     "WHERE profile = 'server' AND state = 'issued'");
}

Test(crl_schedule, a_fresh_list_waits_for_its_interval)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct crl_due due = due_of(&fixture, CRL_OF_ISSUING);
    cr_assert_not(due.now);
    cr_assert(due.there);
    cr_assert_leq(due.wait, fixture.config->crl_interval);
    cr_assert_geq(due.wait, fixture.config->crl_interval - CLOCK_HOUR);
    due = due_of(&fixture, CRL_OF_ROOT);
    cr_assert_not(due.now);
    cr_assert_leq(due.wait, fixture.config->crl_root_lifetime * 2 / 3);
}

Test(crl_schedule, a_revocation_makes_a_list_due_at_once_but_not_one_upon_the_other)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    revoke_something(&fixture);
    struct crl_due due = due_of(&fixture, CRL_OF_ISSUING);
    cr_assert(due.now);
    cr_assert_str_eq(due.why, "something was revoked");
    cr_assert_not(due_of(&fixture, CRL_OF_ROOT).now, "it was no certificate of the root");
    run_sql(&fixture, "UPDATE crl SET built_in = 100000");
    cr_assert_not(due_of(&fixture, CRL_OF_ISSUING).now, "the last one took 100 seconds");
    run_sql(&fixture, "UPDATE crl SET published_at = published_at - 401");
    cr_assert(due_of(&fixture, CRL_OF_ISSUING).now);
    run_sql(&fixture, "UPDATE crl SET published_at = published_at + 1000000");
    cr_assert(due_of(&fixture, CRL_OF_ISSUING).now, "a clock that was ahead delays nothing");
}

/* A list of the past or the future in the issuing CA's place. */
static void place(const struct fixture *fixture, int64_t this_update, int64_t next_update)
{
    struct private_key *key defer(private_key_free) = NULL;
    expect_ok(private_key_load(fixture->config->authority_key, NULL, &key));
    const struct crl_fields fields = {9, this_update, next_update, NULL, 0};
    struct buf der defer(buf_clear) = BUF_INIT(4096);
    expect_ok(crl_issue(&fields, authority_issuing(fixture->service->authority), key, &der));
    expect_ok(
        file_replace(fixture->config->authority_issuing_crl, span_of(der.ptr, der.len), 0644));
}

Test(crl_schedule, lists_are_due_for_their_age_and_when_dated_in_the_future)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    int64_t now = clock_now();
    place(&fixture, now - CLOCK_DAY + 100, now + 6LL * CLOCK_DAY);
    cr_assert_not(due_of(&fixture, CRL_OF_ISSUING).now);
    place(&fixture, now - CLOCK_DAY - 1, now + 6LL * CLOCK_DAY);
    cr_assert(due_of(&fixture, CRL_OF_ISSUING).now, "older than the interval");
    place(&fixture, now - CLOCK_HOUR - 1, now + CLOCK_HOUR);
    cr_assert(due_of(&fixture, CRL_OF_ISSUING).now, "half of its life is over");
    place(&fixture, now + CLOCK_DAY, now + 7LL * CLOCK_DAY);
    cr_assert(due_of(&fixture, CRL_OF_ISSUING).now, "in the future");
}

Test(crl_schedule, the_task_publishes_what_another_process_revoked)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    service_free(take(fixture.service));
    expect_ok(service_open(fixture.config, SERVICE_SIGNER | SERVICE_BACKGROUND, &fixture.service));
    revoke_something(&fixture);
    while (ask_sql(&fixture, "SELECT entries FROM crl WHERE issuer = 'issuing'") == 0)
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'crl.publish' AND "
                                   "actor = 'system'"),
                 1);
}

/* Without its key nobody is troubled more than once a day, and nothing is in the way of the other.
 */
Test(crl_schedule, a_root_without_its_key_is_told_once_and_waits)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    cr_assert_eq(unlink(fixture.config->authority_root_key), 0);
    cr_assert_eq(unlink(fixture.config->authority_root_crl), 0);
    int64_t wait = 0;
    int64_t now = clock_now();
    expect_ok(background_revocation(fixture.service, now, &wait));
    expect_ok(background_revocation(fixture.service, now + 60, &wait));
    cr_assert_eq(ask_sql(&fixture, "SELECT value FROM setting WHERE key = 'crl.root.tried'"), now);
    expect_ok(background_revocation(fixture.service, now + CLOCK_DAY, &wait));
    cr_assert_eq(ask_sql(&fixture, "SELECT value FROM setting WHERE key = 'crl.root.tried'"),
                 now + CLOCK_DAY);
    cr_assert_neq(access(fixture.config->authority_root_crl, F_OK), 0);
}
