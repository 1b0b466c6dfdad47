#include "service/window.h"

#include "base/clock.h"
#include "fixture.h"
#include "pki/cert.h"
#include "service/envelope.h"
#include "store/bundle_store.h"

static struct window_sweep sweep_at(const struct fixture *fixture, int64_t now)
{
    struct window_sweep sweep;
    expect_ok(window_sweep(fixture->service, now, &sweep));
    return sweep;
}

Test(window, nothing_is_closed_before_its_time)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_claimable(&fixture, &link);
    struct window_sweep sweep = sweep_at(&fixture, clock_now());
    cr_assert_eq(sweep.closed, 0);
    cr_assert_eq(state_of(&fixture, &link), LINK_CLAIMED);
}

Test(window, the_end_of_the_window_erases_bundle_key_and_password)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    struct window_sweep sweep = sweep_at(&fixture, claim.link.window_ends_at + 1);
    cr_assert_eq(sweep.closed, 1);
    cr_assert_eq(state_of(&fixture, &link), LINK_CLOSED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM bundle WHERE file_sealed IS NOT NULL OR "
                                   "page_sealed IS NOT NULL OR repack_sealed IS NOT NULL"),
                 0);
    cr_assert_eq(sweep_at(&fixture, claim.link.window_ends_at + 2).closed, 0);
}

/* The sealed bytes as they stand in the file while the window is open. */
static void copy_sealed(const struct fixture *fixture, const char *id, uint8_t ret_bytes[static 48])
{
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    struct bundle_row row defer(bundle_row_clear) = {0};
    expect_ok(bundle_store_get(tx, id, &row));
    memcpy(ret_bytes, row.repack_sealed.ptr, 48);
}

Test(window, no_secret_is_ever_in_the_database_and_no_sealed_byte_after_the_window)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    uint8_t sealed[48];
    copy_sealed(&fixture, link.link.id, sealed);
    cr_assert(files_contain(&fixture, span_of(sealed, sizeof sealed)));
    const struct span secrets[] = {secret_span(link.token), secret_span(claim.password),
                                   secret_span(claim.ticket), secret_span(claim.cookie)};
    for (size_t i = 0; i < 4; i++)
        cr_assert_not(files_contain(&fixture, secrets[i]));
    sweep_at(&fixture, claim.link.window_ends_at + 1);
    cr_assert_not(files_contain(&fixture, span_of(sealed, sizeof sealed)));
    for (size_t i = 0; i < 4; i++)
        cr_assert_not(files_contain(&fixture, secrets[i]));
    service_free(take(fixture.service));
    cr_assert_not(files_contain(&fixture, span_of(sealed, sizeof sealed)));
}

Test(window, the_page_opens_only_with_token_and_pin)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_READ, &tx));
    struct bundle_row row defer(bundle_row_clear) = {0};
    expect_ok(bundle_store_get(tx, link.link.id, &row));

    char other[16];
    wrong_pin(&link, other);
    const struct span keys[][2] = {
        {secret_span(link.token), secret_span(link.pin)},
        {secret_span(link.token), span_of_text(other)},
        {secret_span(claim.ticket), secret_span(link.pin)},
        {secret_span(link.pin), secret_span(link.token)},
        {secret_span(link.token), SPAN_EMPTY},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct secret *key defer(secret_free) = NULL;
        struct secret *contents defer(secret_free) = NULL;
        struct span parts[3];
        expect_ok(envelope_page_key(keys[i][0], keys[i][1], &key));
        cr_assert_eq(envelope_open(ENVELOPE_PAGE, secret_span(key), link.link.id, row.page_sealed,
                                   parts, 3, &contents),
                     i == 0 ? STATUS_OK : STATUS_FORBIDDEN);
    }
}

Test(window, first_use_closes_the_loop)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    expect_ok(window_in_use(fixture.service, claim.link.serial, clock_now()));
    cr_assert_eq(state_of(&fixture, &link), LINK_IN_USE);
    struct collected file defer(collected_clear) = {0};
    cr_assert_eq(collect_file(fixture.service, secret_span(claim.ticket), SPAN_LITERAL("ben"),
                              COLLECT_P12, true, &phone, &file, NULL),
                 STATUS_GONE);
    struct claim again defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &phone, &again));
    cr_assert_eq(again.outcome, CLAIM_CLOSED);
    expect_ok(window_in_use(fixture.service, claim.link.serial, clock_now()));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.in_use'"), 1);
}

/* Truncating the log waits for readers, a phone that asks for its mail does not. */
Test(window, first_use_leaves_the_copies_in_the_log_to_the_sweep)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    uint8_t sealed[48];
    copy_sealed(&fixture, link.link.id, sealed);
    expect_ok(window_in_use(fixture.service, claim.link.serial, clock_now()));
    cr_assert_eq(ask_sql(&fixture, "SELECT value = 'yes' FROM setting "
                                   "WHERE key = 'window.traces'"),
                 1);
    sweep_at(&fixture, clock_now());
    cr_assert_eq(ask_sql(&fixture, "SELECT value = 'no' FROM setting "
                                   "WHERE key = 'window.traces'"),
                 1);
    cr_assert_not(files_contain(&fixture, span_of(sealed, sizeof sealed)));
}

Test(window, use_after_the_window_is_noted_too)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    sweep_at(&fixture, claim.link.window_ends_at + 1);
    expect_ok(window_in_use(fixture.service, claim.link.serial, clock_now()));
    cr_assert_eq(state_of(&fixture, &link), LINK_IN_USE);
}

Test(window, a_certificate_of_no_link_closes_nothing_and_an_unknown_one_is_refused)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const struct certificate_info *issuing =
        certificate_info(authority_issuing(fixture.service->authority));
    expect_ok(window_in_use(fixture.service, issuing->serial, clock_now()));
    cr_assert_eq(window_in_use(fixture.service, "00ff", clock_now()), STATUS_NOT_FOUND);
}

Test(window, links_whose_lifetime_is_over_expire)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    sweep_at(&fixture, link.link.expires_at + 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link WHERE state = 'expired'"), 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit JOIN link ON link.id = object_id "
                                   "WHERE action = 'link.expire' AND actor = 'system'"),
                 1);
}

Test(window, more_links_than_one_batch_expire_each_with_its_row)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    run_sql(&fixture,
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) "
            "INSERT INTO link (id, token_hash, pin_mac, user_name, person_name, mail, sid, device, "
            "packing, window_seconds, created_at, created_by, expires_at) SELECT 'n' || i, "
            "randomblob(32), pin_mac, user_name, '', '', '', '', packing, window_seconds, "
            "created_at, created_by, expires_at FROM link, n");
    sweep_at(&fixture, link.link.expires_at + 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.expire'"), 251);
}

Test(window, a_serial_whose_lease_is_over_stands_in_the_audit)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    run_sql(&fixture, "UPDATE certificate SET state = 'reserved', der = NULL, issued_at = NULL "
                      "WHERE profile = 'issuing'");
    sweep_at(&fixture, clock_now() + 100000);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit JOIN certificate ON serial = "
                                   "object_id WHERE action = 'certificate.abandon' AND "
                                   "state = 'revoked'"),
                 1);
}
