#include "service/once.h"

#include "base/clock.h"
#include "fixture.h"

#include <stdio.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(once, .init = setup, .fini = teardown);

#define SECRET "cfk_aaaabbbbccccddddeeeeffff22"

static struct once once_of(const char *secret, const char *key, const char *body)
{
    struct once once;
    expect_ok(
        once_init(span_of_text(secret), span_of_text(key), "/links", span_of_text(body), &once));
    return once;
}

/* Makes a link for the user that `context` names, and tells its PIN. */
static enum status make(const struct service *service, struct db_tx *tx, void *context,
                        struct buf *answer)
{
    const struct enrol_request request = {.user = context};
    struct enrol_created created defer(enrol_created_clear) = {0};
    TRY(enrol_create_in(service, tx, &anna, &request, &created));
    buf_printf(answer, "%s %s", created.link.id, secret_text(created.pin));
    return STATUS_OK;
}

static enum status run(struct once *once, const char *user, struct buf *answer, bool *ret_again)
{
    char name[64];
    snprintf(name, sizeof name, "%s", user);
    return once_do(at.service, once, make, name, answer, ret_again);
}

static int64_t links(void)
{
    return ask_sql(&at, "SELECT count(*) FROM link");
}

#define ANSWER_INIT BUF_INIT(64 * 1024)

Test(once, the_second_time_the_answer_is_that_of_the_first)
{
    struct buf answers[2] = {ANSWER_INIT, ANSWER_INIT};
    bool again[2];
    for (int i = 0; i < 2; i++) {
        struct once once = once_of(SECRET, "key", "body");
        expect_ok(run(&once, "ben", &answers[i], &again[i]));
    }
    cr_assert_not(again[0]);
    cr_assert(again[1]);
    cr_assert_str_eq((const char *)answers[0].ptr, (const char *)answers[1].ptr);
    cr_assert_eq(links(), 1);
    buf_clear(&answers[0]);
    buf_clear(&answers[1]);
}

Test(once, the_answer_outlives_a_restart)
{
    struct buf first defer(buf_clear) = ANSWER_INIT;
    struct buf second defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once once = once_of(SECRET, "key", "body");
    expect_ok(run(&once, "ben", &first, &again));
    fixture_restart(&at);
    once = once_of(SECRET, "key", "body");
    expect_ok(run(&once, "ben", &second, &again));
    cr_assert(again);
    cr_assert_str_eq((const char *)first.ptr, (const char *)second.ptr);
}

Test(once, another_request_with_the_same_key_is_refused)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once once = once_of(SECRET, "key", "body");
    expect_ok(run(&once, "ben", &answer, &again));
    once = once_of(SECRET, "key", "Body");
    cr_assert_eq(run(&once, "ben", &answer, &again), STATUS_UNPROCESSABLE);
    expect_ok(once_init(SPAN_LITERAL(SECRET), SPAN_LITERAL("key"), "/bundles", SPAN_LITERAL("body"),
                        &once));
    cr_assert_eq(run(&once, "ben", &answer, &again), STATUS_UNPROCESSABLE);
    cr_assert_eq(links(), 1);
}

Test(once, callers_do_not_meet)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once once = once_of(SECRET, "key", "body");
    expect_ok(run(&once, "ben", &answer, &again));
    once = once_of("cfk_another", "key", "body");
    expect_ok(run(&once, "ben", &answer, &again));
    cr_assert_not(again);
    cr_assert_eq(links(), 2);
}

Test(once, without_a_key_everything_is_done)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    expect_ok(run(NULL, "ben", &answer, &again));
    expect_ok(run(NULL, "ben", &answer, &again));
    cr_assert_not(again);
    cr_assert_eq(links(), 2);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM once"), 0);
}

Test(once, a_refusal_is_not_kept)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once once = once_of(SECRET, "key", "body");
    cr_assert_eq(run(&once, "", &answer, &again), STATUS_INVALID);
    expect_ok(run(&once, "ben", &answer, &again));
    cr_assert_not(again);
}

Test(once, the_database_does_not_tell_the_answer)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once once = once_of(SECRET, "the idempotency key", "the whole body");
    expect_ok(run(&once, "ben", &answer, &again));
    cr_assert_not(files_contain(&at, span_of(answer.ptr, answer.len)));
    cr_assert_not(files_contain(&at, SPAN_LITERAL("the idempotency key")));
    cr_assert_not(files_contain(&at, SPAN_LITERAL("the whole body")));
    cr_assert_not(files_contain(&at, SPAN_LITERAL(SECRET)));
}

Test(once, an_answer_moved_to_another_row_does_not_open)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once one = once_of(SECRET, "one", "body");
    struct once two = once_of(SECRET, "two", "body");
    expect_ok(run(&one, "ben", &answer, &again));
    expect_ok(run(&two, "ann", &answer, &again));
    run_sql(&at, "UPDATE once SET answer_sealed = (SELECT answer_sealed FROM once WHERE id = 1)");
    cr_assert_eq(run(&two, "ann", &answer, &again), STATUS_FORBIDDEN);
}

Test(once, a_day_later_the_key_means_nothing)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once once = once_of(SECRET, "key", "body");
    expect_ok(run(&once, "ben", &answer, &again));
    run_sql(&at, "UPDATE once SET created_at = created_at - 86400");
    expect_ok(run(&once, "ben", &answer, &again));
    cr_assert_not(again);
    cr_assert_eq(links(), 2);
}

Test(once, the_sweep_erases_what_is_a_day_old)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    bool again;
    struct once once = once_of(SECRET, "key", "body");
    expect_ok(run(&once, "ben", &answer, &again));
    expect_ok(once_sweep(at.service, clock_now() + ONCE_KEPT - 60));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM once"), 1);
    expect_ok(once_sweep(at.service, clock_now() + ONCE_KEPT));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM once"), 0);
}

Test(once, a_key_is_printable_and_bounded)
{
    struct once once;
    char longest[LIMIT_IDEMPOTENCY_KEY + 1];
    memset(longest, 'x', sizeof longest);
    const struct span bad[] = {SPAN_EMPTY, SPAN_LITERAL("a\tb"), SPAN_LITERAL("\xc3\xa4"),
                               span_of(longest, sizeof longest)};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_detail(once_init(SPAN_LITERAL(SECRET), bad[i], "/links", SPAN_EMPTY, &once),
                      STATUS_INVALID, "Idempotency-Key");
    expect_ok(once_init(SPAN_LITERAL(SECRET), span_of(longest, LIMIT_IDEMPOTENCY_KEY), "/links",
                        SPAN_EMPTY, &once));
}

/* ---- bundles --------------------------------------------------------------------------------- */

static enum status tell(const struct mint_result *result, void *context, struct buf *answer)
{
    int *told = context;
    ++*told;
    buf_printf(answer, "%s %s", result->serial, secret_text(result->password));
    return STATUS_OK;
}

static enum status mint(struct once *once, struct buf *answer, int *told, bool *ret_again)
{
    const struct mint_request request = {.user = "ben"};
    return once_mint(at.service, &anna, once, &request, tell, told, answer, ret_again);
}

static int64_t certificates(const char *state)
{
    char sql[128];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM certificate WHERE profile = 'user' AND state = '%s'", state);
    return ask_sql(&at, sql);
}

Test(once, a_bundle_is_minted_once)
{
    struct buf first defer(buf_clear) = ANSWER_INIT;
    struct buf second defer(buf_clear) = ANSWER_INIT;
    struct once once = once_of(SECRET, "key", "body");
    int told = 0;
    bool again;
    expect_ok(mint(&once, &first, &told, &again));
    cr_assert_not(again);
    once = once_of(SECRET, "key", "body");
    expect_ok(mint(&once, &second, &told, &again));
    cr_assert(again);
    cr_assert_eq(told, 1);
    cr_assert_str_eq((const char *)first.ptr, (const char *)second.ptr);
    cr_assert_eq(certificates("issued"), 1);
    cr_assert_not(files_contain(&at, span_of(first.ptr, first.len)));
}

/* As a crash between the two transactions leaves it. */
static void leave_half_done(int seconds_ago)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "UPDATE once SET answer_sealed = NULL, lease_until = unixepoch() + 30 - %d",
             seconds_ago);
    run_sql(&at, sql);
}

Test(once, while_it_is_being_minted_the_same_is_refused)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    struct once once = once_of(SECRET, "key", "body");
    int told = 0;
    bool again;
    expect_ok(mint(&once, &answer, &told, &again));
    leave_half_done(0);
    once = once_of(SECRET, "key", "body");
    expect_detail(mint(&once, &answer, &told, &again), STATUS_CONFLICT, "at this moment");
    cr_assert_eq(told, 1);
}

Test(once, what_a_crash_cut_off_is_done_again_when_its_lease_is_over)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    struct once once = once_of(SECRET, "key", "body");
    int told = 0;
    bool again;
    expect_ok(mint(&once, &answer, &told, &again));
    leave_half_done(30);
    once = once_of(SECRET, "key", "body");
    expect_ok(mint(&once, &answer, &told, &again));
    cr_assert_not(again);
    cr_assert_eq(told, 2);
}

Test(once, a_mint_that_failed_may_be_tried_again_at_once)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    struct once once = once_of(SECRET, "key", "body");
    struct signer *signer = at.service->signer;
    int told = 0;
    bool again;
    at.service->signer = NULL;
    cr_assert_eq(mint(&once, &answer, &told, &again), STATUS_INTERNAL);
    at.service->signer = signer;
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM once"), 0);
    once = once_of(SECRET, "key", "body");
    expect_ok(mint(&once, &answer, &told, &again));
    cr_assert_not(again);
}

static enum status tell_nothing(const struct mint_result *result, void *context, struct buf *answer)
{
    (void)result;
    (void)context;
    (void)answer;
    return STATUS_NO_MEMORY;
}

Test(once, a_certificate_whose_answer_cannot_be_kept_is_not_valid)
{
    struct buf answer defer(buf_clear) = ANSWER_INIT;
    struct once once = once_of(SECRET, "key", "body");
    const struct mint_request request = {.user = "ben"};
    bool again;
    cr_assert_eq(once_mint(at.service, &anna, &once, &request, tell_nothing, NULL, &answer, &again),
                 STATUS_NO_MEMORY);
    cr_assert_eq(certificates("issued"), 0);
    cr_assert_eq(certificates("revoked"), 1);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM once"), 0);
}
