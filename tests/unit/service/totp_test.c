#include "service/totp.h"

#include "base/text.h"
#include "fixture.h"
#include "service/operator.h"
#include "service/totp_code.h"

#include <liboath/oath.h>
#include <stdio.h>

enum { NOW = 1800000000 };

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(totp, .init = setup, .fini = teardown);

/* What the app of whoever read the set-up shows. */
static void show(const struct totp_setup *setup, int64_t now, char ret_code[static 7])
{
    char *secret = NULL;
    size_t len = 0;
    struct span text = secret_span(setup->text);
    cr_assert_eq(oath_base32_decode((const char *)text.ptr, text.len, &secret, &len), OATH_OK);
    cr_assert_eq(len, TOTP_SECRET_SIZE);
    cr_assert_eq(oath_totp_generate(secret, len, now, TOTP_STEP, 0, TOTP_DIGITS, ret_code),
                 OATH_OK);
    free(secret);
}

static enum status check(const char *name, const char *code, int64_t now)
{
    bool recovery;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(at.service->db, DB_WRITE, &tx));
    TRY(totp_check(at.service, tx, name, span_of_text(code), now, &recovery));
    return db_commit(tx);
}

static struct totp_state state(void)
{
    struct totp_state found;
    expect_ok(totp_state_of(at.service, "admin", &found));
    return found;
}

static struct totp_setup begin_setup(void)
{
    struct totp_setup made = {0};
    expect_ok(totp_begin(at.service, &anna, "Admin", &made));
    return made;
}

static struct recovery_codes confirm(const struct totp_setup *made, int64_t now)
{
    char code[7];
    struct recovery_codes codes = {0};
    show(made, now, code);
    expect_ok(totp_confirm(at.service, &anna, "admin", span_of_text(code), now, &codes));
    return codes;
}

Test(totp, nobody_is_asked_who_did_not_set_it_up)
{
    expect_ok(check("admin", "", NOW));
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    expect_ok(check("admin", "", NOW));
    cr_assert_not(state().active);
}

Test(totp, the_first_code_switches_it_on)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    cr_assert(state().active);
    cr_assert_eq(state().recovery_left, RECOVERY_CODES);
    cr_assert_eq(check("admin", "", NOW), STATUS_UNAUTHENTICATED);
    char code[7];
    show(&made, NOW + TOTP_STEP, code);
    expect_ok(check("admin", code, NOW + TOTP_STEP));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE object_id = 'admin' AND action IN "
                              "('operator.totp_begin', 'operator.totp_on')"),
                 2);
}

Test(totp, a_wrong_first_code_does_not)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    char code[7];
    show(&made, NOW + 10 * TOTP_STEP, code);
    cr_assert_eq(totp_confirm(at.service, &anna, "admin", span_of_text(code), NOW, &codes),
                 STATUS_INVALID);
    cr_assert_eq(totp_confirm(at.service, &anna, "admin", SPAN_EMPTY, NOW, &codes), STATUS_INVALID);
    cr_assert_not(state().active);
}

Test(totp, the_page_is_shown_the_same_secret_again_until_it_is_confirmed)
{
    struct totp_setup none defer(totp_setup_clear) = {0};
    cr_assert_eq(totp_pending(at.service, "admin", &none), STATUS_CONFLICT);
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct totp_setup again defer(totp_setup_clear) = {0};
    expect_ok(totp_pending(at.service, "admin", &again));
    cr_assert_str_eq(secret_text(again.uri), secret_text(made.uri));
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    cr_assert_eq(totp_pending(at.service, "admin", &none), STATUS_CONFLICT);
    cr_assert_eq(totp_begin(at.service, &anna, "admin", &none), STATUS_CONFLICT);
}

Test(totp, a_code_works_once_and_none_before_it_any_more)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    const int64_t now = NOW + 10 * TOTP_STEP;
    char code[7];
    char before[7];
    show(&made, now, code);
    show(&made, now - TOTP_STEP, before);
    expect_ok(check("admin", code, now));
    cr_assert_eq(check("admin", code, now), STATUS_UNAUTHENTICATED);
    cr_assert_eq(check("admin", code, now + TOTP_STEP), STATUS_UNAUTHENTICATED);
    cr_assert_eq(check("admin", before, now), STATUS_UNAUTHENTICATED);
}

Test(totp, the_code_that_confirmed_works_for_nothing_else)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    char code[7];
    show(&made, NOW, code);
    cr_assert_eq(check("admin", code, NOW), STATUS_UNAUTHENTICATED);
}

Test(totp, a_code_is_not_used_up_by_what_was_rolled_back)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    const int64_t now = NOW + 10 * TOTP_STEP;
    char code[7];
    show(&made, now, code);
    struct db_tx *tx = NULL;
    bool recovery;
    expect_ok(db_begin(at.service->db, DB_WRITE, &tx));
    expect_ok(totp_check(at.service, tx, "admin", span_of_text(code), now, &recovery));
    cr_assert_not(recovery);
    db_end(tx);
    expect_ok(check("admin", code, now));
}

Test(totp, spaces_in_a_code_do_not_matter)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    char code[7];
    char typed[16];
    show(&made, NOW + 10 * TOTP_STEP, code);
    snprintf(typed, sizeof typed, "%.3s %s", code, code + 3);
    expect_ok(check("admin", typed, NOW + 10 * TOTP_STEP));
}

Test(totp, each_recovery_code_works_once)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        const char *code = secret_text(codes.codes[i]);
        cr_assert_eq(strlen(code), RECOVERY_LETTERS + 1, "%s", code);
        expect_ok(check("admin", code, NOW));
        cr_assert_eq(check("admin", code, NOW), STATUS_UNAUTHENTICATED);
    }
    cr_assert_eq(state().recovery_left, 0);
}

Test(totp, recovery_codes_and_secret_are_not_in_the_database)
{
    struct totp_setup made defer(totp_setup_clear) = begin_setup();
    struct recovery_codes codes defer(recovery_codes_clear) = confirm(&made, NOW);
    char *secret = NULL;
    size_t len = 0;
    struct span text = secret_span(made.text);
    cr_assert_eq(oath_base32_decode((const char *)text.ptr, text.len, &secret, &len), OATH_OK);
    cr_assert_not(files_contain(&at, span_of(secret, len)));
    cr_assert_not(files_contain(&at, text));
    cr_assert_not(files_contain(&at, secret_span(codes.codes[0])));
    free(secret);
}

Test(totp, a_row_moved_to_another_operator_is_worth_nothing)
{
    struct secret *password defer(secret_free) = NULL;
    expect_ok(operator_add(at.service, &anna, "eve", OPERATOR_HELPDESK, NULL, &password));
    struct totp_setup made defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    expect_ok(totp_enrol(at.service, &anna, "eve", &made, &codes));
    run_sql(&at, "INSERT INTO totp SELECT 'admin', secret_sealed, created_at, confirmed_at, "
                 "last_step FROM totp WHERE operator = 'eve'");
    char code[7];
    show(&made, NOW, code);
    expect_detail(check("admin", code, NOW), STATUS_INTERNAL, "not made with this master key");
    expect_ok(check("eve", code, NOW));
}

Test(totp, what_was_removed_is_not_asked_for)
{
    cr_assert_eq(totp_remove(at.service, &anna, "admin"), STATUS_NOT_FOUND);
    struct totp_setup made defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    expect_ok(totp_enrol(at.service, &anna, "admin", &made, &codes));
    cr_assert(state().active);
    expect_ok(totp_remove(at.service, &anna, "ADMIN"));
    expect_ok(check("admin", "", NOW));
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM recovery_code"), 0);
    cr_assert_eq(ask_sql(&at, "SELECT count(*) FROM audit WHERE action = 'operator.totp_off'"), 1);
}
