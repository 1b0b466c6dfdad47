#include "service/account.h"

#include "base/buf.h"
#include "base/clock.h"
#include "fixture.h"
#include "service/operator.h"
#include "service/totp.h"

static const struct actor admin = {ACTOR_OPERATOR, "admin", "192.0.2.1"};

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
    struct secret *password defer(secret_free) = NULL;
    expect_ok(operator_add(at.service, &anna, "bob", OPERATOR_HELPDESK, NULL, &password));
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(account, .init = setup, .fini = teardown);

/* A session with thirty-two times its number for the hash of its token. */
static void begin_session(const char *name, int number, int64_t age)
{
    struct buf sql defer(buf_clear) = BUF_INIT(512);
    long long when = (long long)(clock_now() - age);
    buf_append_text(&sql, "INSERT INTO session VALUES (x'");
    for (int i = 0; i < DIGEST_SHA256_SIZE; i++)
        buf_printf(&sql, "%02x", (unsigned)number);
    buf_printf(&sql, "', '%s', %lld, %lld, '192.0.2.1', 'Mac')", name, when, when);
    run_sql(&at, (const char *)sql.ptr);
}

static void proof_of(int number, uint8_t ret_proof[static DIGEST_SHA256_SIZE])
{
    memset(ret_proof, number, DIGEST_SHA256_SIZE);
}

static struct account_sessions list(int current)
{
    uint8_t proof[DIGEST_SHA256_SIZE];
    struct account_sessions found = {0};
    proof_of(current, proof);
    expect_ok(account_list_sessions(at.service, "admin", proof, &found));
    return found;
}

Test(account, shows_the_own_log_ins_that_are_not_over)
{
    begin_session("admin", 1, 100);
    begin_session("admin", 2, 10);
    begin_session("admin", 3, 100000);
    begin_session("bob", 4, 10);
    struct account_sessions found defer(account_sessions_clear) = list(1);
    cr_assert_eq(found.count, 2);
    cr_assert_eq(strncmp(found.sessions[0].id, "0202", 4), 0);
    cr_assert_not(found.sessions[0].current);
    cr_assert(found.sessions[1].current);
    cr_assert_str_eq(found.sessions[0].agent, "Mac");
}

Test(account, ends_one_of_the_own_and_none_of_others)
{
    begin_session("admin", 1, 10);
    begin_session("bob", 4, 10);
    char id[ACCOUNT_SESSION_ID + 1];
    memset(id, 0, sizeof id);
    for (size_t i = 0; i < ACCOUNT_SESSION_ID; i++)
        id[i] = i % 2 == 0 ? '0' : '4';
    cr_assert_eq(account_end_session(at.service, &admin, id), STATUS_NOT_FOUND);
    cr_assert_eq(account_end_session(at.service, &admin, "04"), STATUS_INVALID);
    struct account_sessions found defer(account_sessions_clear) = list(1);
    expect_ok(account_end_session(at.service, &admin, found.sessions[0].id));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session WHERE operator = 'bob'"), 1);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session"), 1);
}

Test(account, ends_all_others)
{
    uint8_t proof[DIGEST_SHA256_SIZE];
    begin_session("admin", 1, 10);
    begin_session("admin", 2, 10);
    begin_session("bob", 4, 10);
    proof_of(2, proof);
    expect_ok(account_end_others(at.service, &admin, proof));
    struct account_sessions found defer(account_sessions_clear) = list(2);
    cr_assert_eq(found.count, 1);
    cr_assert(found.sessions[0].current);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM session"), 2);
}

Test(account, codes_are_switched_off_with_a_code_only)
{
    struct totp_setup made defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    struct totp_state state;
    cr_assert_eq(account_remove_totp(at.service, &admin, SPAN_EMPTY, SPAN_EMPTY), STATUS_NOT_FOUND);
    expect_ok(totp_enrol(at.service, &admin, "admin", &made, &codes));
    cr_assert_eq(account_remove_totp(at.service, &admin, SPAN_LITERAL("wrong"), SPAN_EMPTY),
                 STATUS_FORBIDDEN);
    expect_ok(account_remove_totp(at.service, &admin, secret_span(codes.codes[0]), SPAN_EMPTY));
    expect_ok(totp_state_of(at.service, "admin", &state));
    cr_assert_not(state.active);
}

Test(account, guessing_the_code_is_slowed)
{
    struct totp_setup made defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    expect_ok(totp_enrol(at.service, &admin, "admin", &made, &codes));
    enum status status = STATUS_FORBIDDEN;
    for (int i = 0; i < 10 && status == STATUS_FORBIDDEN; i++)
        status = account_remove_totp(at.service, &admin, SPAN_LITERAL("123456"), SPAN_EMPTY);
    cr_assert_eq(status, STATUS_TOO_MANY);
}
