#include "fixture.h"

#include "base/text.h"
#include "service/credential.h"

Test(claim, the_right_pin_gives_password_ticket_and_certificate)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    cr_assert_eq(secret_span(claim.password).len, 20);
    cr_assert_eq(secret_span(claim.ticket).len, 26);
    cr_assert_eq(secret_span(claim.cookie).len, 26);
    cr_assert_eq(claim.link.state, LINK_CLAIMED);
    cr_assert_str_eq(claim.file_stem, "ben");
    cr_assert_gt(claim.link.window_ends_at, claim.link.claimed_at);
    cr_assert_str_eq(claim.link.claim_agent, "iPhone");
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' AND "
                                   "state = 'issued'"),
                 1);
}

Test(claim, opening_the_page_is_noted_and_changes_nothing)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim_view view;
    for (int i = 0; i < 50; i++)
        expect_ok(claim_open(fixture.service, secret_span(link.token), &view));
    cr_assert(view.claimable);
    cr_assert_eq(view.tries_left, 5);
    cr_assert_eq(state_of(&fixture, &link), LINK_OPENED);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    cr_assert_eq(claim.link.opened_count, 50);
}

Test(claim, an_unknown_token_tells_nothing)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    static const char *const tokens[] = {"", "x", "abcdefghijkmnpqrstuvwxyz23", "../../etc/passwd"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct claim_view view;
        struct claim claim = {0};
        struct span token = span_of_text(tokens[i]);
        cr_assert_eq(claim_open(fixture.service, token, &view), STATUS_NOT_FOUND);
        cr_assert_eq(claim_link(fixture.service, token, SPAN_LITERAL("123456"), &phone, &claim),
                     STATUS_NOT_FOUND);
    }
}

static const char *const malformed[] = {"",       "12345",   "1234567", "12345a",
                                        " 12345", "123 456", "-12345",  "+12345",
                                        "１２",   "12345\n", "0x1234",  "1.2345"};

Test(claim, a_malformed_pin_is_no_try)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct claim claim defer(claim_clear) = {0};
        expect_ok(post_pin(&fixture, &link, malformed[i], &phone, &claim));
        cr_assert_eq(claim.outcome, CLAIM_MALFORMED_PIN, "'%s'", malformed[i]);
        cr_assert_eq(claim.tries_left, 5);
    }
    expect_claimable(&fixture, &link);
}

Test(claim, a_pin_of_ten_megabytes_is_malformed)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    size_t len = 10 * 1024 * 1024;
    uint8_t *digits defer(free) = malloc(len);
    memset(digits, '1', len);
    struct claim claim defer(claim_clear) = {0};
    expect_ok(
        claim_link(fixture.service, secret_span(link.token), span_of(digits, len), &phone, &claim));
    cr_assert_eq(claim.outcome, CLAIM_MALFORMED_PIN);
}

Test(claim, wrong_pins_count_down_lock_at_five_and_survive_a_restart)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    char wrong[16];
    wrong_pin(&link, wrong);
    for (int i = 1; i <= 4; i++) {
        struct claim claim defer(claim_clear) = {0};
        expect_ok(post_pin(&fixture, &link, wrong, &phone, &claim));
        cr_assert_eq(claim.outcome, CLAIM_WRONG_PIN);
        cr_assert_eq(claim.tries_left, 5 - i);
    }
    fixture_restart(&fixture);
    for (int i = 0; i < 2; i++) {
        struct claim claim defer(claim_clear) = {0};
        expect_ok(post_pin(&fixture, &link, wrong, &phone, &claim));
        cr_assert_eq(claim.outcome, CLAIM_LOCKED);
        cr_assert_eq(claim.tries_left, 0);
    }
    struct claim right defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &phone, &right));
    cr_assert_eq(right.outcome, CLAIM_LOCKED);
    cr_assert_eq(state_of(&fixture, &link), LINK_LOCKED);
}

Test(claim, the_same_network_gets_the_same_answer_again)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim first defer(claim_clear) = claim_it(&fixture, &link);
    fixture_restart(&fixture);
    struct claim second defer(claim_clear) = claim_it(&fixture, &link);
    cr_assert_str_eq(secret_text(first.password), secret_text(second.password));
    cr_assert_str_eq(secret_text(first.ticket), secret_text(second.ticket));
    cr_assert_str_eq(secret_text(first.cookie), secret_text(second.cookie));
    cr_assert_str_eq(first.link.serial, second.link.serial);
    cr_assert_eq(first.not_after, second.not_after);
    cr_assert_eq(first.link.window_ends_at, second.link.window_ends_at);
}

Test(claim, the_same_browser_from_another_network_gets_it_again)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim first defer(claim_clear) = claim_it(&fixture, &link);
    const struct claimer moved = {
        .address = "198.51.100.9", .agent = "iPhone", .cookie = secret_span(first.cookie)};
    struct claim second defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &moved, &second));
    cr_assert_eq(second.outcome, CLAIM_DONE);
    cr_assert_str_eq(secret_text(first.password), secret_text(second.password));
}

Test(claim, from_elsewhere_the_right_pin_is_told_when_and_by_what)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim first defer(claim_clear) = claim_it(&fixture, &link);
    const struct claimer stranger = {.address = "198.51.100.9",
                                     .agent = "Windows",
                                     .cookie = SPAN_LITERAL("aaaaaaaaaaaaaaaaaaaaaaaaaa")};
    struct claim second defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &stranger, &second));
    cr_assert_eq(second.outcome, CLAIM_ELSEWHERE);
    cr_assert_null(second.password);
    cr_assert_null(second.ticket);
    cr_assert_eq(second.link.claimed_at, first.link.claimed_at);
    cr_assert_str_eq(second.link.claim_agent, "iPhone");
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = "
                                   "'link.claim_elsewhere' AND address = '198.51.100.9'"),
                 1);
}

Test(claim, wrong_pins_inside_the_window_lock_the_page_and_not_the_file)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim first defer(claim_clear) = claim_it(&fixture, &link);
    char wrong[16];
    wrong_pin(&link, wrong);
    for (int i = 0; i < 5; i++) {
        struct claim claim defer(claim_clear) = {0};
        expect_ok(post_pin(&fixture, &link, wrong, &phone, &claim));
    }
    struct claim right defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &phone, &right));
    cr_assert_eq(right.outcome, CLAIM_LOCKED);
    struct collected file defer(collected_clear) = {0};
    expect_ok(collect_file(fixture.service, secret_span(first.ticket), SPAN_LITERAL("ben"),
                           COLLECT_P12, true, &phone, &file, NULL));
}

Test(claim, an_expired_link_says_so)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    run_sql(&fixture, "UPDATE link SET created_at = 10, expires_at = 20");
    struct claim claim defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &phone, &claim));
    cr_assert_eq(claim.outcome, CLAIM_EXPIRED);
    struct claim_view view;
    expect_ok(claim_open(fixture.service, secret_span(link.token), &view));
    cr_assert_eq(view.link.state, LINK_EXPIRED);
    cr_assert_not(view.claimable);
}

Test(claim, a_cancelled_link_says_so)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct enrolment after;
    expect_ok(enrol_cancel(fixture.service, &anna, link.link.id, &after));
    struct claim claim defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &phone, &claim));
    cr_assert_eq(claim.outcome, CLAIM_CANCELLED);
}

Test(claim, a_pin_for_a_link_that_is_over_stands_in_the_audit)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct enrolment after;
    expect_ok(enrol_cancel(fixture.service, &anna, link.link.id, &after));
    struct claim claim defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &phone, &claim));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.refuse' AND "
                                   "actor = 'phone' AND address = '192.0.2.7' AND detail = "
                                   "'{\"state\":\"cancelled\",\"agent\":\"iPhone\"}'"),
                 1);
}

Test(claim, a_link_whose_window_is_over_says_so)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_claimable(&fixture, &link);
    run_sql(&fixture, "UPDATE link SET window_ends_at = claimed_at");
    struct claim claim defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &phone, &claim));
    cr_assert_eq(claim.outcome, CLAIM_CLOSED);
    cr_assert_null(claim.password);
}

Test(claim, a_long_agent_is_cut_and_an_address_that_is_none_is_empty)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    const struct claimer odd = {.address = "not an address",
                                .agent = "a name of more than thirty-two characters"};
    struct claim first defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &odd, &first));
    cr_assert_eq(first.outcome, CLAIM_DONE);
    cr_assert_eq(strlen(first.link.claim_agent), 32);
    struct claim second defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &odd, &second));
    cr_assert_eq(second.outcome, CLAIM_ELSEWHERE);
}

Test(claim, a_lost_signer_leaves_the_link_claimable)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct signer *signer = fixture.service->signer;
    fixture.service->signer = NULL;
    struct claim claim defer(claim_clear) = {0};
    cr_assert_eq(post_pin(&fixture, &link, NULL, &phone, &claim), STATUS_INTERNAL);
    cr_assert_null(claim.password);
    fixture.service->signer = signer;
    expect_claimable(&fixture, &link);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user'"), 2);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' AND "
                                   "state = 'issued'"),
                 1);
}

Test(claim, what_the_signer_refuses_is_our_fault_and_leaves_the_link_claimable)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = {0};
    run_sql(&fixture, "UPDATE link SET sid = 'S-1-nonsense'");
    enum status status = post_pin(&fixture, &link, NULL, &phone, &claim);
    cr_assert_eq(status_kind(status), STATUS_KIND_FAULT, "%s", status_name(status));
    cr_assert_not_null(strstr(status_detail(), "SID"), "%s", status_detail());
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE state = 'abandoned'"),
                 1);
    run_sql(&fixture, "UPDATE link SET sid = ''");
    expect_claimable(&fixture, &link);
}
