#include "service/mint_batch.h"

#include "base/clock.h"
#include "base/csv.h"
#include "fixture.h"

#define SESSION SPAN_LITERAL("abcdefghijkmnpqrstuvwxyz23")
#define FORM    SPAN_LITERAL("zyxwvutsrqpnmkjihgfedcba23")

static const struct handout_caller caller = {&anna, SESSION, FORM};
static const struct mint_request two[] = {
    {.user = "eva@example.org", .name = "Eva Example"},
    {.user = "leo@example.org", .device = "=phone"},
};

static struct minted open_minted(const struct fixture *fixture, const char *id)
{
    struct minted minted = {0};
    expect_ok(mint_batch_open(fixture->service, SESSION, id, &minted));
    return minted;
}

Test(mint_batch, one_bundle_is_a_file_with_the_password_that_was_given)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct secret *password defer(secret_free) = NULL;
    expect_ok(secret_copy(SPAN_LITERAL("=a password of my own"), &password));
    const struct mint_request one = {.user = "EXAMPLE\\Max", .password = password};
    char id[HANDOUT_ID_SIZE];
    expect_ok(mint_batch(fixture.service, &caller, &one, 1, id));
    struct minted minted defer(minted_clear) = open_minted(&fixture, id);
    cr_assert(span_equal_text(minted.file_name, "max.p12"));
    struct csv csv defer(csv_clear);
    csv_begin(&csv, minted.sheet);
    bool any;
    expect_ok(csv_next(&csv, &any));
    cr_assert_str_eq(csv_cell(&csv, 0), "EXAMPLE\\Max");
    cr_assert_str_eq(csv_cell(&csv, 4), "=a password of my own");
    cr_assert_eq(minted.file.ptr[0], 0x30, "DER of a PFX");
}

Test(mint_batch, several_are_an_archive_and_a_sheet_of_their_passwords)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char id[HANDOUT_ID_SIZE];
    expect_ok(mint_batch(fixture.service, &caller, two, 2, id));
    struct minted minted defer(minted_clear) = open_minted(&fixture, id);
    cr_assert(span_equal_text(minted.file_name, "bundles.zip"));
    cr_assert_eq(memcmp(minted.file.ptr, "PK", 2), 0);
    cr_assert_not_null(memmem(minted.file.ptr, minted.file.len, "02-leo.p12", 10));
    struct csv csv defer(csv_clear);
    csv_begin(&csv, minted.sheet);
    bool any;
    expect_ok(csv_next(&csv, &any));
    cr_assert_str_eq(csv_cell(&csv, 1), "Eva Example");
    cr_assert_eq(strlen(csv_cell(&csv, 4)), 20);
    cr_assert_not(files_contain(&fixture, span_of_text(csv_cell(&csv, 4))));
    expect_ok(csv_next(&csv, &any));
    cr_assert_str_eq(csv_cell(&csv, 2), "=phone");
}

Test(mint_batch, a_form_mints_once)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char first[HANDOUT_ID_SIZE];
    char second[HANDOUT_ID_SIZE];
    expect_ok(mint_batch(fixture.service, &caller, two, 2, first));
    expect_ok(mint_batch(fixture.service, &caller, two, 2, second));
    cr_assert_str_eq(first, second);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user'"), 2);
}

Test(mint_batch, one_bad_line_and_nothing_is_issued)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const struct mint_request bad[] = {{.user = "eva@example.org"}, {.user = "x y"}};
    char id[HANDOUT_ID_SIZE];
    expect_detail(mint_batch(fixture.service, &caller, bad, 2, id), STATUS_INVALID, "line 2");
    expect_detail(mint_batch(fixture.service, &caller, bad, 0, id), STATUS_INVALID, "1 to 50");
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user'"), 0);
    expect_ok(mint_batch(fixture.service, &caller, two, 2, id));
}

/* As a process leaves it that was killed before the handout was filled: the trigger lets the
 * filling fail, and what follows a failure with it. */
Test(mint_batch, a_stop_before_the_answer_revokes_the_certificates_when_its_time_is_over)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    run_sql(&fixture, "CREATE TRIGGER stop BEFORE UPDATE ON handout "
                      "BEGIN INSERT INTO setting VALUES ('', '', 0); END; "
                      "CREATE TRIGGER stopped BEFORE UPDATE ON certificate "
                      "WHEN NEW.state = 'revoked' BEGIN INSERT INTO setting VALUES ('', '', 0); "
                      "END; CREATE TRIGGER kept BEFORE DELETE ON handout "
                      "BEGIN INSERT INTO setting VALUES ('', '', 0); END");
    char id[HANDOUT_ID_SIZE];
    cr_assert_eq(mint_batch(fixture.service, &caller, two, 2, id), STATUS_INTERNAL);
    run_sql(&fixture, "DROP TRIGGER stop; DROP TRIGGER stopped; DROP TRIGGER kept");
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' "
                                   "AND state = 'issued'"),
                 2);
    int64_t now = clock_now();
    expect_ok(handout_sweep(fixture.service, now));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE state = 'revoked'"), 0);
    expect_ok(handout_sweep(fixture.service, now + HANDOUT_KEPT + 1));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' "
                                   "AND state = 'revoked'"),
                 2);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit "
                                   "WHERE action = 'certificate.withdraw'"),
                 2);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM handout_certificate"), 0);
}

Test(mint_batch, certificates_that_were_shown_stay)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char id[HANDOUT_ID_SIZE];
    expect_ok(mint_batch(fixture.service, &caller, two, 2, id));
    expect_ok(handout_sweep(fixture.service, clock_now() + HANDOUT_KEPT + 1));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' "
                                   "AND state = 'issued'"),
                 2);
}

/* The second certificate cannot be reserved. */
Test(mint_batch, a_failure_halfway_revokes_what_there_is_and_frees_the_form)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    run_sql(&fixture, "CREATE TRIGGER halfway BEFORE INSERT ON certificate "
                      "WHEN NEW.user_name = 'leo@example.org' "
                      "BEGIN INSERT INTO setting VALUES ('', '', 0); END");
    char id[HANDOUT_ID_SIZE];
    cr_assert_eq(mint_batch(fixture.service, &caller, two, 2, id), STATUS_INTERNAL);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' "
                                   "AND state = 'revoked'"),
                 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM handout"), 0);
    run_sql(&fixture, "DROP TRIGGER halfway");
    expect_ok(mint_batch(fixture.service, &caller, two, 2, id));
}

Test(mint_batch, another_log_in_sees_nothing)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char id[HANDOUT_ID_SIZE];
    expect_ok(mint_batch(fixture.service, &caller, two, 2, id));
    struct minted minted = {0};
    cr_assert_eq(
        mint_batch_open(fixture.service, SPAN_LITERAL("anothersessionanothersessi"), id, &minted),
        STATUS_GONE);
}
