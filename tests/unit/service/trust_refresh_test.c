#include "service/trust_refresh.h"

#include "base/clock.h"
#include "base/file.h"
#include "http_server.h"
#include "levels.h"
#include "service/background.h"
#include "service/trust.h"
#include "service/trust_crl.h"
#include "trust_fixture.h"

#include <stdio.h>

static struct trust_fixture at;
static struct http_server server;
static struct levels other; /* the anchor is its issuing CA */
static struct buf list;
static char address[128];
static int64_t now;

static void set_up(void)
{
    char path[128];
    trust_fixture_open(&at);
    http_server_start(&server);
    list = (struct buf)BUF_INIT(TRUST_CRL_MAX * 2);
    other = levels_make(&at.at, -1);
    levels_write(&at.at, "other.pem", (const struct certificate *const[]){other.issuing}, 1, path);
    snprintf(address, sizeof address, "http://127.0.0.1:%d/list", server.port);
    set_anchor(&at, "other", "certificate", path);
    set_anchor(&at, "other", "crl", address);
    expect_ok(trust_reload(at.service));
    now = clock_now();
}

static void tear_down(void)
{
    buf_clear(&list);
    levels_clear(&other);
    http_server_stop(&server);
    trust_fixture_close(&at);
}

TestSuite(trust_refresh, .init = set_up, .fini = tear_down);

static void make_list(int64_t number, int64_t from, int64_t until)
{
    const struct crl_fields fields = {.number = number, .this_update = from, .next_update = until};
    buf_reset(&list);
    expect_ok(crl_issue(&fields, other.issuing, other.key, &list));
}

static void serve(const char *tag)
{
    static char head[128];
    snprintf(head, sizeof head, "200 OK\r\nETag: %s", tag);
    http_server_answer(&server, (struct http_answer){.path = "/list",
                                                     .head = head,
                                                     .body = span_of(list.ptr, list.len),
                                                     .tag = tag});
}

static void serve_list(int64_t number, const char *tag)
{
    make_list(number, now - 10, now + CLOCK_DAY);
    serve(tag);
}

static int64_t run_task(int64_t moment)
{
    int64_t wait = -1;
    expect_ok(background_trust(at.service, moment, &wait));
    return wait;
}

static struct trust_source known(int64_t moment)
{
    static struct trust_sources sources;
    expect_ok(trust_list(at.at.config, at.service->db, moment, &sources));
    cr_assert_eq(sources.count, 1);
    return sources.items[0];
}

static int64_t generation(void)
{
    struct trust_set *set defer(trust_set_release) = trust_hold(at.service);
    return trust_set_generation(set);
}

Test(trust_refresh, takes_a_list_at_the_first_start_and_puts_it_in_use)
{
    int64_t before = generation();
    cr_expect_eq(known(now).freshness, TRUST_MISSING);
    serve_list(7, "\"seven\"");
    run_task(now);
    const struct trust_source source = known(now);
    cr_expect_eq(source.freshness, TRUST_CURRENT, "%s", source.error);
    cr_expect_eq(source.number, 7);
    cr_expect_eq(source.next_update, now + CLOCK_DAY);
    cr_expect_eq(source.octets, (int64_t)list.len);
    cr_expect_eq(source.fetched_at, now);
    cr_expect_str_eq(source.error, "");
    cr_expect(source.hard);
    cr_expect_gt(generation(), before);
    cr_expect_eq(known(now + CLOCK_DAY).freshness, TRUST_EXPIRED);
}

Test(trust_refresh, asks_again_before_the_end_and_is_content_with_the_same)
{
    serve_list(7, "\"seven\"");
    run_task(now);
    run_task(now + 60);
    cr_expect_eq(http_server_requests(&server), 1, "it is not due yet");
    int64_t due = known(now).try_at;
    cr_expect_leq(due, now + TRUST_REFRESH_MOST);
    cr_expect_geq(due, now + TRUST_REFRESH_MOST * 9 / 10 - 1);
    int64_t before = generation();
    run_task(due);
    cr_expect_eq(http_server_requests(&server), 2);
    cr_expect(http_server_heard(&server, "If-None-Match: \"seven\""));
    cr_expect_eq(known(due).fetched_at, due);
    cr_expect_eq(generation(), before, "nothing new, nothing made anew");
}

Test(trust_refresh, a_failure_is_noted_tried_again_later_and_later_and_leaves_what_is_in_use)
{
    serve_list(7, "\"seven\"");
    run_task(now);
    int64_t due = known(now).try_at;
    http_server_answer(&server, (struct http_answer){.path = "/list", .head = "500 Oh"});
    run_task(due);
    struct trust_source source = known(due);
    cr_expect_eq(source.freshness, TRUST_LATE);
    cr_expect_eq(source.failures, 1);
    cr_expect_eq(source.number, 7);
    cr_expect_not_null(strstr(source.error, "500"));
    cr_expect_geq(source.try_at, due + 54);
    cr_expect_leq(source.try_at, due + 60);
    due = source.try_at;
    run_task(due);
    cr_expect_geq(known(due).try_at, due + 108);
    due = known(due).try_at;
    serve_list(8, "\"eight\"");
    run_task(due);
    cr_expect_eq(known(due).freshness, TRUST_CURRENT);
    cr_expect_eq(known(due).failures, 0);
    cr_expect_eq(known(due).number, 8);
}

static void expect_refused(const char *words)
{
    int64_t due = known(now).try_at;
    int64_t before = generation();
    run_task(due == 0 ? now : due);
    const struct trust_source source = known(now);
    cr_expect_not_null(strstr(source.error, words), "%s", source.error);
    cr_expect_eq(source.failures > 0, true);
    cr_expect_eq(generation(), before);
}

Test(trust_refresh, refuses_a_list_that_is_not_one_to_go_by)
{
    buf_append_text(&list, "no list");
    serve("\"1\"");
    expect_refused("not one CRL");
    make_list(1, now - 20, now - 10);
    serve("\"2\"");
    expect_refused("out of date");
    make_list(1, now + CLOCK_DAY * 9, now + CLOCK_DAY * 10);
    serve("\"3\"");
    expect_refused("not yet valid");
    serve_list(1, "\"4\"");
    list.ptr[list.len - 3] ^= 1;
    serve("\"4\"");
    expect_refused("signature");
    cr_expect_eq(known(now).freshness, TRUST_MISSING);
}

Test(trust_refresh, refuses_a_list_of_another_ca)
{
    expect_ok(file_read(at.at.config->authority_issuing_crl, &list));
    serve("\"1\"");
    expect_refused("another issuer");
}

Test(trust_refresh, never_goes_back_to_an_older_list)
{
    serve_list(7, "\"seven\"");
    run_task(now);
    serve_list(6, "\"six\"");
    expect_refused("has the number 6, older than 7");
    cr_expect_eq(known(now).number, 7);
}

Test(trust_refresh, refuses_a_list_that_is_too_large_within_bounds)
{
    buf_append_repeated(&list, 0x30, TRUST_CRL_MAX + 1);
    serve("\"1\"");
    expect_refused("more than 16777216 bytes");
}

Test(trust_refresh, what_was_taken_is_there_after_a_restart_without_network)
{
    serve_list(7, "\"seven\"");
    run_task(now);
    service_free(take(at.service));
    http_server_answer(&server, (struct http_answer){.path = "/list", .head = "500 Oh"});
    expect_ok(service_open(at.at.config, SERVICE_SIGNER | SERVICE_TRUST, &at.service));
    cr_expect_eq(known(now).freshness, TRUST_CURRENT);
    cr_expect_eq(ask_sql(&at.at, "SELECT count(*) FROM trust_crl"), 1);
}

Test(trust_refresh, reads_files_and_sees_when_they_change)
{
    char path[256];
    snprintf(path, sizeof path, "%s/list.crl", at.at.folder);
    set_anchor(&at, "other", "crl", path);
    run_task(now);
    cr_expect_not_null(strstr(known(now).error, "cannot be read"), "%s", known(now).error);
    make_list(7, now - 10, now + CLOCK_DAY);
    expect_ok(file_replace(path, span_of(list.ptr, list.len), 0644));
    run_task(now + 60);
    cr_expect_eq(known(now).number, 7, "%s", known(now).error);
    make_list(8, now - 10, now + CLOCK_DAY);
    expect_ok(file_replace(path, span_of(list.ptr, list.len), 0644));
    run_task(now + 120);
    cr_expect_eq(known(now).number, 8, "%s", known(now).error);
    cr_expect_eq(http_server_requests(&server), 0);
}

Test(trust_refresh, forgets_places_that_the_configuration_does_not_name_any_more)
{
    serve_list(7, "\"seven\"");
    run_task(now);
    clear_anchors(&at);
    run_task(now + 60);
    cr_expect_eq(ask_sql(&at.at, "SELECT count(*) FROM trust_source"), 0);
    cr_expect_eq(ask_sql(&at.at, "SELECT count(*) FROM trust_crl"), 0);
}

Test(trust_refresh, another_certificate_of_the_anchor_needs_a_list_of_its_own)
{
    char path[128];
    serve_list(7, "\"seven\"");
    run_task(now);
    levels_write(&at.at, "other.pem", (const struct certificate *const[]){other.policy}, 1, path);
    run_task(now + 60);
    cr_expect_not_null(strstr(known(now).error, "another issuer"), "%s", known(now).error);
    cr_expect_eq(known(now).freshness, TRUST_MISSING);
}

static char *write_file(const char *name, struct span bytes)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", at.at.folder, name);
    expect_ok(file_replace(path, bytes, 0644));
    return path;
}

static void set_broken_anchor(const char *name)
{
    set_anchor(&at, name, "certificate", write_file(name, SPAN_LITERAL("half a certif")));
    set_anchor(&at, name, "crl", "/nonexistent/list.crl");
}

Test(trust_refresh, a_list_that_is_kept_comes_into_use_after_a_set_could_not_be_made)
{
    char path[128];
    int64_t wait;
    int64_t before = generation();
    set_anchor(&at, "second", "certificate", write_file("second.pem", SPAN_LITERAL("half a")));
    serve_list(7, "\"seven\"");
    expect_detail(background_trust(at.service, now, &wait), STATUS_CONFIG, "second");
    cr_expect_eq(ask_sql(&at.at, "SELECT number FROM trust_source"), 7);
    cr_expect_eq(generation(), before);
    expect_detail(background_trust(at.service, now + 5, &wait), STATUS_CONFIG, "second");
    levels_write(&at.at, "second.pem", (const struct certificate *const[]){other.policy}, 1, path);
    run_task(now + 10);
    cr_expect_gt(generation(), before);
    cr_expect_eq(http_server_requests(&server), 1, "it is not due yet");
    before = generation();
    run_task(now + 15);
    cr_expect_eq(generation(), before, "nothing is owed any more");
}

Test(trust_refresh, an_anchor_that_cannot_be_read_keeps_no_other_one_from_its_list)
{
    char path[128];
    int64_t wait;
    clear_anchors(&at);
    set_broken_anchor("early");
    levels_write(&at.at, "other.pem", (const struct certificate *const[]){other.issuing}, 1, path);
    set_anchor(&at, "other", "certificate", path);
    set_anchor(&at, "other", "crl", address);
    set_broken_anchor("late");
    serve_list(7, "\"seven\"");
    expect_detail(background_trust(at.service, now, &wait), STATUS_CONFIG, "early");
    cr_expect_eq(ask_sql(&at.at, "SELECT number FROM trust_source WHERE anchor = 'other'"), 7);
}

Test(trust_refresh, pauses_grow_with_failures_and_end_before_the_list_does)
{
    cr_expect_eq(trust_pause(1, 0, false, 0), 60);
    cr_expect_eq(trust_pause(2, 0, false, 0), 120);
    cr_expect_eq(trust_pause(1000, 0, false, 0), 3600);
    cr_expect_eq(trust_pause(0, 1000, false, 0), 500);
    cr_expect_eq(trust_pause(0, 10, false, 0), 60);
    cr_expect_eq(trust_pause(0, 1000000, false, 0), TRUST_REFRESH_MOST);
    cr_expect_eq(trust_pause(7, 1000, true, 0), TRUST_FILE_EVERY);
    for (int i = 0; i < 100; i++) {
        cr_expect_geq(trust_spread(1000), 900);
        cr_expect_leq(trust_spread(1000), 1000);
    }
}
