#include "fixture.h"

#include "base/clock.h"

#include <stdio.h>

Test(enrol, a_link_carries_what_was_asked_for)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    cr_assert_eq(strlen(link.link.id), 10);
    cr_assert_eq(secret_span(link.token).len, 26);
    cr_assert_eq(secret_span(link.pin).len, 6);
    cr_assert_eq(link.link.state, LINK_ISSUED);
    cr_assert_str_eq(link.link.user, "ben@example.org");
    cr_assert_str_eq(link.link.packing, "compat");
    cr_assert_str_eq(link.link.created_by, "operator:anna");
    cr_assert_eq(link.link.expires_at - link.link.created_at, 3 * CLOCK_DAY);
    cr_assert_eq(link.link.window, 15 * CLOCK_MINUTE);
}

Test(enrol, neither_token_nor_pin_is_stored)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    cr_assert_not(files_contain(&fixture, secret_span(link.token)));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link WHERE length(pin_mac) = 32"), 1);
}

Test(enrol, the_address_is_that_of_the_public_host)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct buf url defer(buf_clear) = BUF_INIT(256);
    enrol_append_url(fixture.service, link.token, &url);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "https://ca.example.org:8443/l/%s", secret_text(link.token));
    cr_assert_str_eq((const char *)url.ptr, wanted);
}

#define LONG_NAME "this name goes on and on for more than the sixty-four letters of X.520"

static const struct {
    struct enrol_request request;
    const char *detail;
} bad_requests[] = {
    {{.user = NULL}, "user is missing"},
    {{.user = ""}, "user is missing"},
    {{.user = " ben"}, "space"},
    {{.user = "ben example"}, "4.2.1.6"},
    {{.user = "ben\n"}, "character"},
    {{.user = "ben\xff"}, "character"},
    {{.user = "ben@example.org", .name = LONG_NAME}, "name has more than 64"},
    {{.user = "ben@example.org", .name = "Ben\x1b[31m"}, "character"},
    {{.user = "ben@example.org", .name = "Ben\xe2\x80\xae"}, "character"},
    {{.user = "ben@example.org", .mail = "ben"}, "mail"},
    {{.user = "ben@example.org", .mail = "ben@"}, "mail"},
    {{.user = "ben@example.org", .mail = "@example.org"}, "mail"},
    {{.user = "ben@example.org", .mail = "a@b@c"}, "mail"},
    {{.user = "ben@example.org", .mail = "b\xc3\xa4r@example.org"}, "mail"},
    {{.user = "ben@example.org", .sid = "S-2-5"}, "SID"},
    {{.user = "ben@example.org", .sid = "S-1-5-"}, "SID"},
    {{.user = "ben@example.org", .sid = "S-1-5--1"}, "SID"},
    {{.user = "ben@example.org", .sid = "admin"}, "SID"},
    {{.user = "ben@example.org", .device = LONG_NAME}, "device"},
    {{.user = "ben@example.org", .packing = "legacy"}, "compat"},
    {{.user = "ben@example.org", .lifetime = 1}, "lifetime"},
    {{.user = "ben@example.org", .lifetime = -1}, "lifetime"},
    {{.user = "ben@example.org", .lifetime = INT64_MAX}, "lifetime"},
    {{.user = "ben@example.org", .window = 1}, "window"},
    {{.user = "ben@example.org", .window = 30 * CLOCK_DAY}, "window"},
};

Test(enrol, refuses_what_could_not_be_issued_later)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof bad_requests / sizeof *bad_requests; i++) {
        struct enrol_created created = {0};
        expect_detail(enrol_create(fixture.service, &anna, &bad_requests[i].request, &created),
                      STATUS_INVALID, bad_requests[i].detail);
    }
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 0);
}

static const struct enrol_request good_requests[] = {
    {.user = "ben"},
    {.user = "EXAMPLE\\ben"},
    {.user = "ben.o'neill+test@example.org", .name = "Ben O'Neill"},
    {.user = "ben@example.org",
     .name = "Zo\xc3\xab Gr\xc3\xb6\xc3\x9f"
             "e"},
    {.user = "ben@example.org", .sid = "S-1-5-21-1004336348-1177238915-682003330-512"},
    {.user = "ben@example.org", .packing = "modern", .lifetime = 300, .window = 60},
};

Test(enrol, takes_names_of_every_kind_and_issues_them)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof good_requests / sizeof *good_requests; i++) {
        struct enrol_created created defer(enrol_created_clear) = {0};
        expect_ok(enrol_create(fixture.service, &anna, &good_requests[i], &created));
        struct claim claim defer(claim_clear) = claim_it(&fixture, &created);
        cr_assert_eq(claim.link.state, LINK_CLAIMED);
    }
}

Test(enrol, an_unknown_link_is_not_found)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrolment link;
    struct enrol_created created = {0};
    cr_assert_eq(enrol_show(fixture.service, "nosuchlink", &link), STATUS_NOT_FOUND);
    cr_assert_eq(enrol_cancel(fixture.service, &anna, "nosuchlink", &link), STATUS_NOT_FOUND);
    cr_assert_eq(enrol_rearm(fixture.service, &anna, "nosuchlink", &created), STATUS_NOT_FOUND);
}

Test(enrol, a_link_is_cancelled_once)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct enrolment after;
    expect_ok(enrol_cancel(fixture.service, &anna, link.link.id, &after));
    cr_assert_eq(after.state, LINK_CANCELLED);
    cr_assert_eq(enrol_cancel(fixture.service, &anna, link.link.id, &after), STATUS_CONFLICT);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.cancel'"), 1);
}

Test(enrol, cancelling_inside_the_window_takes_the_bundle_away)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    struct enrolment after;
    expect_ok(enrol_cancel(fixture.service, &anna, link.link.id, &after));
    cr_assert_eq(after.state, LINK_CANCELLED);
    struct collected file defer(collected_clear) = {0};
    cr_assert_eq(collect_file(fixture.service, secret_span(claim.ticket), SPAN_LITERAL("ben"),
                              COLLECT_P12, true, &phone, &file, &after),
                 STATUS_GONE);
    cr_assert_eq(after.state, LINK_CANCELLED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM bundle WHERE erased_at IS NULL"), 0);
}

static void lock_link(const struct fixture *fixture, const struct enrol_created *link)
{
    char wrong[16];
    wrong_pin(link, wrong);
    for (int i = 0; i < 5; i++) {
        struct claim claim defer(claim_clear) = {0};
        expect_ok(post_pin(fixture, link, wrong, &phone, &claim));
    }
}

Test(enrol, a_locked_link_is_rearmed_as_a_new_one_for_the_same_person)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created old defer(enrol_created_clear) = make_link(&fixture);
    lock_link(&fixture, &old);
    struct enrol_created new defer(enrol_created_clear) = {0};
    expect_ok(enrol_rearm(fixture.service, &anna, old.link.id, &new));
    cr_assert_str_neq(new.link.id, old.link.id);
    cr_assert_str_neq(secret_text(new.token), secret_text(old.token));
    cr_assert_str_eq(new.link.user, old.link.user);
    cr_assert_str_eq(new.link.mail, old.link.mail);
    cr_assert_eq(new.link.window, old.link.window);
    struct enrolment after;
    expect_ok(enrol_show(fixture.service, old.link.id, &after));
    cr_assert_eq(after.state, LINK_REARMED);
    cr_assert_str_eq(after.rearmed_as, new.link.id);
    expect_claimable(&fixture, &new);
}

Test(enrol, rearming_a_live_link_ends_it)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created old defer(enrol_created_clear) = make_link(&fixture);
    struct enrol_created new defer(enrol_created_clear) = {0};
    expect_ok(enrol_rearm(fixture.service, &anna, old.link.id, &new));
    struct claim refused defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &old, NULL, &phone, &refused));
    cr_assert_eq(refused.outcome, CLAIM_CANCELLED);
    cr_assert_str_eq(refused.link.rearmed_as, new.link.id);
}

Test(enrol, a_claimed_link_is_not_rearmed)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    struct enrol_created new = {0};
    expect_detail(enrol_rearm(fixture.service, &anna, link.link.id, &new), STATUS_CONFLICT,
                  claim.link.serial);
}

Test(enrol, a_link_is_rearmed_once)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created old defer(enrol_created_clear) = make_link(&fixture);
    struct enrol_created new defer(enrol_created_clear) = {0};
    expect_ok(enrol_rearm(fixture.service, &anna, old.link.id, &new));
    struct enrol_created third = {0};
    expect_detail(enrol_rearm(fixture.service, &anna, old.link.id, &third), STATUS_CONFLICT,
                  new.link.id);
}

Test(enrol, lists_are_newest_first_by_state_and_by_word)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created first defer(enrol_created_clear) = make_link(&fixture);
    struct enrol_created second defer(enrol_created_clear) = make_link(&fixture);
    struct enrolment ignored;
    expect_ok(enrol_cancel(fixture.service, &anna, first.link.id, &ignored));

    const struct page_request page = {.limit = 10};
    struct enrolment_list all defer(enrolment_list_clear) = {0};
    expect_ok(enrol_list(fixture.service, &(struct enrol_filter){0}, &page, &all));
    cr_assert_eq(all.count, 2);
    struct enrolment_list live defer(enrolment_list_clear) = {0};
    expect_ok(enrol_list(fixture.service, &(struct enrol_filter){.state = "issued"}, &page, &live));
    cr_assert_eq(live.count, 1);
    cr_assert_str_eq(live.links[0].id, second.link.id);
    struct enrolment_list none defer(enrolment_list_clear) = {0};
    expect_ok(enrol_list(fixture.service, &(struct enrol_filter){.search = "zoe"}, &page, &none));
    cr_assert_eq(none.count, 0);
    cr_assert_eq(enrol_list(fixture.service, &(struct enrol_filter){.state = "odd"}, &page, &none),
                 STATUS_INVALID);
}
