#include "service/desk.h"

#include "base/clock.h"
#include "mail_fixture.h"
#include "service/background.h"

static const struct actor ben = {.kind = ACTOR_OPERATOR, .name = "ben"};
static const struct enrol_request for_ben = {.user = "ben@example.org"};

#define SESSION SPAN_LITERAL("abcdefghijkmnpqrstuvwxyz23")
#define FORM    SPAN_LITERAL("zyxwvutsrqpnmkjihgfedcba23")

static struct handout_caller caller_of(const struct actor *actor)
{
    return (struct handout_caller){actor, SESSION, FORM};
}

static void create(const struct fixture *fixture, char id[static ENROLMENT_ID_SIZE])
{
    const struct handout_caller caller = caller_of(&anna);
    expect_ok(desk_create(fixture->service, &caller, &for_ben, id));
}

static void sweep(const struct fixture *fixture, int64_t now)
{
    int64_t wait;
    expect_ok(background_import(fixture->service, now, &wait));
}

Test(desk, a_form_makes_one_link_however_often_it_comes)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char first[ENROLMENT_ID_SIZE];
    char second[ENROLMENT_ID_SIZE];
    create(&fixture, first);
    create(&fixture, second);
    cr_assert_str_eq(first, second);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 1);
}

Test(desk, the_log_in_that_made_a_link_sees_token_and_pin)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char id[ENROLMENT_ID_SIZE];
    create(&fixture, id);
    struct desk_secrets secrets defer(desk_secrets_clear) = {0};
    expect_ok(desk_secrets_of(fixture.service, SESSION, id, &secrets));
    struct claim claim defer(claim_clear) = {0};
    expect_ok(claim_link(fixture.service, secret_span(secrets.token), secret_span(secrets.pin),
                         &phone, &claim));
    cr_assert_eq(claim.outcome, CLAIM_DONE);
    cr_assert_not(files_contain(&fixture, secret_span(secrets.token)));
}

Test(desk, nobody_else_does)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char id[ENROLMENT_ID_SIZE];
    create(&fixture, id);
    struct desk_secrets secrets = {0};
    struct span other = SPAN_LITERAL("anothersessionanothersessi");
    cr_assert_eq(desk_secrets_of(fixture.service, other, id, &secrets), STATUS_GONE);
    cr_assert_eq(desk_secrets_of(fixture.service, SPAN_EMPTY, id, &secrets), STATUS_GONE);
    cr_assert_eq(desk_secrets_of(fixture.service, SESSION, "nosuchlink", &secrets),
                 STATUS_NOT_FOUND);
}

Test(desk, the_form_of_one_operator_is_not_another_s)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char id[ENROLMENT_ID_SIZE];
    create(&fixture, id);
    const struct handout_caller caller = caller_of(&ben);
    cr_assert_eq(desk_create(fixture.service, &caller, &for_ben, id), STATUS_FORBIDDEN);
}

Test(desk, what_was_shown_is_erased_after_minutes)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char id[ENROLMENT_ID_SIZE];
    create(&fixture, id);
    sweep(&fixture, clock_now() + HANDOUT_KEPT - 5);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM handout WHERE sealed IS NOT NULL"), 1);
    sweep(&fixture, clock_now() + HANDOUT_KEPT + 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM handout WHERE sealed IS NOT NULL"), 0);
    struct desk_secrets secrets = {0};
    cr_assert_eq(desk_secrets_of(fixture.service, SESSION, id, &secrets), STATUS_GONE);
    char again[ENROLMENT_ID_SIZE];
    create(&fixture, again);
    cr_assert_str_eq(again, id);
}

Test(desk, a_mistake_leaves_the_form_to_be_sent_again)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const struct handout_caller caller = caller_of(&anna);
    const struct enrol_request bad = {.user = "x y"};
    char id[ENROLMENT_ID_SIZE];
    cr_assert_eq(desk_create(fixture.service, &caller, &bad, id), STATUS_INVALID);
    create(&fixture, id);
    const struct handout_caller keyless = {&anna, SESSION, SPAN_LITERAL("short")};
    cr_assert_eq(desk_create(fixture.service, &keyless, &for_ben, id), STATUS_INVALID);
}

Test(desk, a_link_is_made_anew_once_for_each_form)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    const struct handout_caller caller = caller_of(&anna);
    char first[ENROLMENT_ID_SIZE];
    char second[ENROLMENT_ID_SIZE];
    expect_ok(desk_rearm(fixture.service, &caller, link.link.id, false, first));
    expect_ok(desk_rearm(fixture.service, &caller, link.link.id, false, second));
    cr_assert_str_eq(first, second);
    cr_assert_str_neq(first, link.link.id);
    cr_assert_eq(state_of(&fixture, &link), LINK_REARMED);
}

Test(desk, a_rearmed_link_goes_out_by_mail_when_that_is_asked_for)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char old[ENROLMENT_ID_SIZE];
    char id[ENROLMENT_ID_SIZE];
    create(&fixture, old);
    struct mail_row mail defer(mail_row_clear) = {0};
    cr_assert_eq(mail_of_link(fixture.service, old, &mail), STATUS_NOT_FOUND);
    const struct handout_caller caller = {&anna, SESSION,
                                          SPAN_LITERAL("anotherformanotherform2345")};
    expect_ok(desk_rearm(fixture.service, &caller, old, true, id));
    expect_ok(mail_of_link(fixture.service, id, &mail));
    cr_assert_str_eq(mail.recipient, "ben@example.org");
    cr_assert_eq(mail.state, MAIL_QUEUED);
}
