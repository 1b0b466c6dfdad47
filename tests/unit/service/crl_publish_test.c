#include "service/crl_publish.h"

#include "base/clock.h"
#include "base/file.h"
#include "fixture.h"
#include "pki/crl_file.h"
#include "service/crl_schedule.h"
#include "service/revoke.h"

#include <stdio.h>

static struct crl_published publish(const struct fixture *fixture, enum crl_wish wish)
{
    struct crl_published published = {0};
    expect_ok(crl_publish(fixture->service, &anna, CRL_OF_ISSUING, wish, &published));
    return published;
}

/* The issuing CA's list, checked, to be freed. */
static struct crl *read_list(const struct fixture *fixture)
{
    struct buf der defer(buf_clear) = BUF_INIT(1024 * 1024);
    expect_ok(file_read(crl_path(fixture->service, CRL_OF_ISSUING), &der));
    struct crl *crl = NULL;
    expect_ok(crl_parse(span_of(der.ptr, der.len), &crl));
    expect_ok(crl_check(crl, authority_issuing(fixture->service->authority), clock_now()));
    return crl;
}

/* A revoked certificate that expires so many seconds from now. */
static void add_revoked(const struct fixture *fixture, const char *serial, int64_t expires_in)
{
    char sql[600];
    snprintf(
        sql, sizeof sql,
        "INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, device, "
        "not_before, not_after, state, der, reserved_at, lease_until, issued_at, created_by) "
        "VALUES ('%s', 'issuing', 'user', 'ben', '', '', '', 0, %lld, 'issued', x'00', 1, 0, 1, "
        "'t'); UPDATE certificate SET state = 'revoked', revoked_at = %lld, reason = 4 "
        "WHERE serial = '%s'",
        serial, (long long)(clock_now() + expires_in), (long long)clock_now(), serial);
    run_sql(fixture, sql);
}

static bool lists(const struct fixture *fixture, const char *serial)
{
    struct crl *crl defer(crl_free) = read_list(fixture);
    struct crl_entry entry;
    return crl_find(crl, serial, &entry);
}

Test(crl_publish, a_list_shows_what_was_revoked_and_is_recorded)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    add_revoked(&fixture, "0a0b", CLOCK_DAY);
    struct crl_published published = publish(&fixture, CRL_ALWAYS);
    cr_assert(published.fresh);
    cr_assert_eq(published.entries, 1);
    struct crl *crl defer(crl_free) = read_list(&fixture);
    struct crl_entry entry;
    cr_assert(crl_find(crl, "0a0b", &entry));
    cr_assert_eq(entry.reason, CRL_REASON_SUPERSEDED);
    cr_assert_eq(crl_info(crl).number, published.number);
    cr_assert_eq(ask_sql(&fixture, "SELECT number FROM crl WHERE issuer = 'issuing'"),
                 published.number);
    cr_assert_eq(ask_sql(&fixture, "SELECT changes - covered FROM crl WHERE issuer = 'issuing'"),
                 0);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'crl.publish' AND "
                                   "actor = 'operator:anna' AND object_id = 'issuing'"),
                 1);
}

Test(crl_publish, numbers_rise_and_times_do_not_go_back)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct crl_published before = publish(&fixture, CRL_ALWAYS);
    for (int i = 0; i < 5; i++) {
        if (i == 2)
            fixture_restart(&fixture);
        struct crl_published now = publish(&fixture, CRL_ALWAYS);
        cr_assert_gt(now.number, before.number);
        cr_assert_geq(now.this_update, before.this_update);
        before = now;
    }
}

/* A backup from before knows a lower number than was given out; the file, or the time, knows
 * better. */
Test(crl_publish, a_database_from_the_past_gives_no_number_again)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct crl_published before = publish(&fixture, CRL_ALWAYS);
    for (int i = 0; i < 3; i++)
        before = publish(&fixture, CRL_ALWAYS);
    run_sql(&fixture, "UPDATE crl SET last_number = 1, number = 1");
    fixture_restart(&fixture);
    cr_assert_gt(publish(&fixture, CRL_ALWAYS).number, before.number);
}

Test(crl_publish, only_what_is_due_is_published_when_asked_so)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    cr_assert_not(publish(&fixture, CRL_IF_DUE).fresh, "the first list is there");
    add_revoked(&fixture, "0a0b", CLOCK_DAY);
    cr_assert(publish(&fixture, CRL_IF_DUE).fresh);
    cr_assert_not(publish(&fixture, CRL_IF_DUE).fresh);
    cr_assert_eq(unlink(crl_path(fixture.service, CRL_OF_ISSUING)), 0);
    cr_assert(publish(&fixture, CRL_IF_DUE).fresh, "there is none");
    expect_ok(
        file_replace(crl_path(fixture.service, CRL_OF_ISSUING), SPAN_LITERAL("no list"), 0644));
    cr_assert(publish(&fixture, CRL_IF_DUE).fresh, "it is none");
}

Test(crl_publish, the_expired_stay_for_a_whole_lifetime_and_one_list_longer)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const int64_t lifetime = fixture.config->crl_lifetime;
    add_revoked(&fixture, "0a01", CLOCK_DAY);
    add_revoked(&fixture, "0a02", -lifetime + 60);
    add_revoked(&fixture, "0a03", -lifetime - 60);
    publish(&fixture, CRL_ALWAYS);
    cr_assert(lists(&fixture, "0a01"));
    cr_assert(lists(&fixture, "0a02"));
    cr_assert_not(lists(&fixture, "0a03"));
    /* The server was down for two lifetimes: no list has shown that one past its expiry yet. */
    run_sql(&fixture, "UPDATE crl SET this_update = this_update - 1209600");
    publish(&fixture, CRL_ALWAYS);
    cr_assert(lists(&fixture, "0a03"));
    publish(&fixture, CRL_ALWAYS);
    cr_assert_not(lists(&fixture, "0a03"));
}

Test(crl_publish, a_list_is_never_dated_ahead_of_the_clock)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char sql[200];
    snprintf(sql, sizeof sql,
             "INSERT OR REPLACE INTO setting VALUES ('clock.last_dated', '%lld', 0)",
             (long long)clock_now() + 120);
    run_sql(&fixture, sql);
    struct crl_published published;
    expect_detail(crl_publish(fixture.service, &anna, CRL_OF_ISSUING, CRL_ALWAYS, &published),
                  STATUS_CLOCK, "seconds");
    cr_assert_eq(ask_sql(&fixture, "SELECT last_number FROM crl WHERE issuer = 'issuing'"), 1,
                 "no number is lost");
}

Test(crl_publish, one_publisher_at_a_time)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char lock[200];
    snprintf(lock, sizeof lock, "%s.lock", crl_path(fixture.service, CRL_OF_ISSUING));
    int held = -1;
    expect_ok(file_lock(lock, false, &held));
    struct crl_published published;
    cr_assert_eq(crl_publish(fixture.service, &anna, CRL_OF_ISSUING, CRL_IF_FREE, &published),
                 STATUS_CONFLICT);
    close(held);
    expect_ok(crl_publish(fixture.service, &anna, CRL_OF_ISSUING, CRL_IF_FREE, &published));
}

Test(crl_publish, the_roots_list_needs_the_roots_signer)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct crl_published published;
    expect_detail(crl_publish(fixture.service, &anna, CRL_OF_ROOT, CRL_ALWAYS, &published),
                  STATUS_NOT_FOUND, "root.key");
    service_free(take(fixture.service));
    expect_ok(service_open(fixture.config, SERVICE_ROOT_SIGNER, &fixture.service));
    expect_ok(crl_publish(fixture.service, &anna, CRL_OF_ROOT, CRL_ALWAYS, &published));
    struct crl_file *file defer(crl_file_close) = NULL;
    expect_ok(crl_file_open(crl_path(fixture.service, CRL_OF_ROOT), &file));
    expect_ok(crl_file_verify(file, authority_root(fixture.service->authority)));
    cr_assert_eq(crl_file_info(file).number, published.number);
    cr_assert_eq(published.next_update - published.this_update, fixture.config->crl_root_lifetime);
}

Test(crl_publish, a_list_of_many_pieces_is_whole)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    run_sql(
        &fixture,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
        "INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, device, "
        "not_before, not_after, state, der, reserved_at, lease_until, issued_at, revoked_at, "
        "reason, created_by) SELECT printf('%08x', i), 'issuing', 'user', 'ben', '', '', '', 0, "
        "4000000000, 'revoked', x'00', 1, 0, 1, 1800000000, i % 2, 'test' FROM n");
    cr_assert_eq(publish(&fixture, CRL_ALWAYS).entries, 5000);
    struct crl *crl defer(crl_free) = read_list(&fixture);
    cr_assert_eq(crl_info(crl).count, 5000);
    struct crl_entry entry;
    cr_assert(crl_find(crl, "00001388", &entry));
}
