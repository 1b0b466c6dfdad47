#include "fixture.h"

#include "pki/cert.h"
#include "pki/pfx.h"

struct claimed {
    struct enrol_created link;
    struct claim claim;
};

static void claimed_clear(struct claimed *claimed)
{
    enrol_created_clear(&claimed->link);
    claim_clear(&claimed->claim);
}
CLEANUP_VALUE(struct claimed, claimed_clear)

static struct claimed make_claimed(const struct fixture *fixture)
{
    struct claimed claimed = {.link = make_link(fixture)};
    claimed.claim = claim_it(fixture, &claimed.link);
    return claimed;
}

static enum status fetch(const struct fixture *fixture, const struct claim *claim,
                         enum collect_kind kind, bool counts, struct collected *file)
{
    return collect_file(fixture->service, secret_span(claim->ticket), SPAN_LITERAL("ben"), kind,
                        counts, &phone, file, NULL);
}

static struct certificate *read_leaf(const struct fixture *fixture, const char *serial)
{
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    expect_ok(certificate_store_get_der(tx, serial, &der));
    struct certificate *leaf = NULL;
    expect_ok(certificate_parse_der(span_of(der.ptr, der.len), &leaf));
    return leaf;
}

static void expect_bundle(const struct fixture *fixture, const struct claim *claim,
                          const struct collected *file, enum packing packing)
{
    struct certificate *leaf defer(certificate_free) = read_leaf(fixture, claim->link.serial);
    const struct pfx_contents contents = {
        .leaf = leaf,
        .issuing = authority_issuing(fixture->service->authority),
        .root = authority_root(fixture->service->authority),
        .friendly_name = "Ben Example",
    };
    expect_ok(
        pfx_check(span_of(file->bytes.ptr, file->bytes.len), claim->password, packing, &contents));
}

Test(collect, the_file_opens_with_the_password_of_the_page)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct collected file defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &file));
    cr_assert_str_eq(file.file_name, "ben.p12");
    cr_assert_str_eq(file.media_type, "application/x-pkcs12");
    expect_bundle(&fixture, &claimed.claim, &file, PACKING_COMPAT);
}

Test(collect, the_same_bytes_each_time_also_after_a_restart_and_as_pfx)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct collected first defer(collected_clear) = {0};
    struct collected second defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &first));
    fixture_restart(&fixture);
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_PFX, true, &second));
    cr_assert(span_equal(span_of(first.bytes.ptr, first.bytes.len),
                         span_of(second.bytes.ptr, second.bytes.len)));
    cr_assert_str_eq(first.etag, second.etag);
    cr_assert_eq(first.etag[0], '"');
    cr_assert_str_eq(second.file_name, "ben.pfx");
}

Test(collect, the_profile_is_the_same_bytes_each_time)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct collected first defer(collected_clear) = {0};
    struct collected second defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_MOBILECONFIG, true, &first));
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_MOBILECONFIG, true, &second));
    cr_assert(span_equal(span_of(first.bytes.ptr, first.bytes.len),
                         span_of(second.bytes.ptr, second.bytes.len)));
    cr_assert_str_eq(first.media_type, "application/x-apple-aspen-config");
    cr_assert_str_eq(first.file_name, "ben.mobileconfig");
}

Test(collect, only_bytes_that_leave_are_a_delivery)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct collected head defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, false, &head));
    cr_assert_eq(state_of(&fixture, &claimed.link), LINK_CLAIMED);
    struct collected first defer(collected_clear) = {0};
    struct collected second defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &first));
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &second));
    struct enrolment now;
    expect_ok(enrol_show(fixture.service, claimed.link.link.id, &now));
    cr_assert_eq(now.state, LINK_DELIVERED);
    cr_assert_eq(now.fetch_count, 2);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.deliver'"), 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.fetch' AND "
                                   "actor = 'phone' AND address = '192.0.2.7'"),
                 1);
}

Test(collect, an_unknown_ticket_and_another_name_are_not_there)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct collected file defer(collected_clear) = {0};
    cr_assert_eq(collect_file(fixture.service, SPAN_LITERAL("abcdefghijkmnpqrstuvwxyz23"),
                              SPAN_LITERAL("ben"), COLLECT_P12, true, &phone, &file, NULL),
                 STATUS_NOT_FOUND);
    cr_assert_eq(collect_file(fixture.service, secret_span(claimed.claim.ticket),
                              SPAN_LITERAL("anna"), COLLECT_P12, true, &phone, &file, NULL),
                 STATUS_NOT_FOUND);
    cr_assert_eq(collect_file(fixture.service, secret_span(claimed.link.token), SPAN_LITERAL("ben"),
                              COLLECT_P12, true, &phone, &file, NULL),
                 STATUS_NOT_FOUND);
}

Test(collect, after_the_window_the_ticket_is_told_how_it_ended)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    run_sql(&fixture, "UPDATE link SET window_ends_at = claimed_at");
    struct collected file defer(collected_clear) = {0};
    struct enrolment link;
    cr_assert_eq(collect_file(fixture.service, secret_span(claimed.claim.ticket),
                              SPAN_LITERAL("ben"), COLLECT_P12, true, &phone, &file, &link),
                 STATUS_GONE);
    cr_assert_eq(link.state, LINK_CLOSED);
    cr_assert_eq(file.bytes.len, 0);
}

Test(collect, repacking_keeps_key_password_and_certificate)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct collected before defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &before));
    struct claim again defer(claim_clear) = {0};
    expect_ok(collect_repack(fixture.service, secret_span(claimed.claim.ticket),
                             SPAN_LITERAL("modern"), &phone, &again));
    cr_assert_eq(again.outcome, CLAIM_DONE);
    cr_assert_str_eq(secret_text(again.password), secret_text(claimed.claim.password));
    cr_assert_str_eq(secret_text(again.ticket), secret_text(claimed.claim.ticket));
    cr_assert_str_eq(again.link.packing, "modern");
    cr_assert_null(again.cookie);

    struct collected after defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &after));
    expect_bundle(&fixture, &claimed.claim, &after, PACKING_MODERN);
    cr_assert_str_neq(before.etag, after.etag);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.repack'"), 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user'"), 1);
}

Test(collect, a_ticket_found_elsewhere_repacks_but_does_not_show_the_password)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    const struct claimer finder = {.address = "203.0.113.99", .agent = "Windows"};
    struct claim again defer(claim_clear) = {0};
    expect_ok(collect_repack(fixture.service, secret_span(claimed.claim.ticket),
                             SPAN_LITERAL("modern"), &finder, &again));
    cr_assert_null(again.password);

    const struct claimer moved = {.address = "203.0.113.98",
                                  .cookie = secret_span(claimed.claim.cookie)};
    struct claim claimer defer(claim_clear) = {0};
    expect_ok(collect_repack(fixture.service, secret_span(claimed.claim.ticket),
                             SPAN_LITERAL("compat"), &moved, &claimer));
    cr_assert_str_eq(secret_text(claimer.password), secret_text(claimed.claim.password));
}

Test(collect, the_page_says_the_packing_that_the_file_has_now)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct claim again defer(claim_clear) = {0};
    expect_ok(collect_repack(fixture.service, secret_span(claimed.claim.ticket),
                             SPAN_LITERAL("modern"), &phone, &again));
    struct claim page defer(claim_clear) = claim_it(&fixture, &claimed.link);
    cr_assert_str_eq(page.link.packing, "modern");
}

Test(collect, repacking_the_same_way_changes_no_byte)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    struct collected before defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &before));
    struct claim again defer(claim_clear) = {0};
    expect_ok(collect_repack(fixture.service, secret_span(claimed.claim.ticket),
                             SPAN_LITERAL("compat"), &phone, &again));
    struct collected after defer(collected_clear) = {0};
    expect_ok(fetch(&fixture, &claimed.claim, COLLECT_P12, true, &after));
    cr_assert_str_eq(before.etag, after.etag);
}

Test(collect, refuses_another_packing_and_a_ticket_whose_window_is_over)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct claimed claimed defer(claimed_clear) = make_claimed(&fixture);
    static const char *const packings[] = {"", "legacy", "COMPAT", "compat ",
                                           "a word that is much longer than any packing"};
    struct claim claim defer(claim_clear) = {0};
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++)
        cr_assert_eq(collect_repack(fixture.service, secret_span(claimed.claim.ticket),
                                    span_of_text(packings[i]), &phone, &claim),
                     STATUS_INVALID);
    run_sql(&fixture, "UPDATE link SET window_ends_at = claimed_at");
    cr_assert_eq(collect_repack(fixture.service, secret_span(claimed.claim.ticket),
                                SPAN_LITERAL("modern"), &phone, &claim),
                 STATUS_GONE);
}
