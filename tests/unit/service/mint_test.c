#include "service/mint.h"

#include "base/clock.h"
#include "fixture.h"
#include "pki/pfx.h"

static void expect_opens(const struct fixture *fixture, const struct mint_result *result,
                         const char *shown_name, enum packing packing)
{
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    expect_ok(certificate_store_get_der(tx, result->serial, &der));
    struct certificate *leaf defer(certificate_free) = NULL;
    expect_ok(certificate_parse_der(span_of(der.ptr, der.len), &leaf));
    const struct pfx_contents contents = {
        .leaf = leaf,
        .issuing = authority_issuing(fixture->service->authority),
        .root = authority_root(fixture->service->authority),
        .friendly_name = shown_name,
    };
    expect_ok(pfx_check(span_of(result->file.ptr, result->file.len), result->password, packing,
                        &contents));
    cr_assert_eq(certificate_info(leaf)->not_after, result->not_after);
    const char *upn = certificate_info(leaf)->upn;
    cr_assert_str_eq(certificate_info(leaf)->mail, strchr(upn, '@') == NULL ? "" : upn);
}

Test(mint, a_bundle_opens_with_its_generated_password)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const struct mint_request request = {.user = "ben@example.org", .name = "Ben Example"};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_ok(mint_bundle(fixture.service, &anna, &request, &result));
    cr_assert_str_eq(result.packing, "compat");
    expect_opens(&fixture, &result, "Ben Example", PACKING_COMPAT);
    cr_assert_not(files_contain(&fixture, secret_span(result.password)));
}

Test(mint, an_own_password_and_packing_are_used)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct secret *own defer(secret_free) = NULL;
    expect_ok(secret_copy(SPAN_LITERAL("correct horse"), &own));
    const struct mint_request request = {
        .user = "ben", .packing = "modern", .password = own, .lifetime = 30 * CLOCK_DAY};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_ok(mint_bundle(fixture.service, &anna, &request, &result));
    cr_assert_str_eq(secret_text(result.password), "correct horse");
    cr_assert_lt(result.not_after, clock_now() + 31 * CLOCK_DAY);
    expect_opens(&fixture, &result, "ben", PACKING_MODERN);
}

Test(mint, refuses_before_anything_is_reserved)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct secret *weak defer(secret_free) = NULL;
    expect_ok(secret_copy(SPAN_LITERAL("short"), &weak));
    const struct mint_request requests[] = {
        {.user = ""},
        {.user = "ben", .password = weak},
        {.user = "ben", .packing = "odd"},
        {.user = "ben", .mail = "no"},
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct mint_result result = {0};
        cr_assert_eq(mint_bundle(fixture.service, &anna, &requests[i], &result), STATUS_INVALID);
    }
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user'"), 0);
}

Test(mint, the_lifetime_ends_with_the_issuing_ca)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const struct mint_request request = {.user = "ben", .lifetime = INT64_C(100) * 365 * CLOCK_DAY};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_ok(mint_bundle(fixture.service, &anna, &request, &result));
    cr_assert_leq(result.not_after,
                  certificate_info(authority_issuing(fixture.service->authority))->not_after);
}

Test(mint, without_a_signer_the_serial_is_abandoned)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct signer *signer = fixture.service->signer;
    fixture.service->signer = NULL;
    const struct mint_request request = {.user = "ben"};
    struct mint_result result = {0};
    expect_detail(mint_bundle(fixture.service, &anna, &request, &result), STATUS_INTERNAL,
                  "without a signer");
    fixture.service->signer = signer;
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' AND "
                                   "state IN ('reserved', 'issued')"),
                 0);
}
