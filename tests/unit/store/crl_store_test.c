#include "store/crl_store.h"

#include "fixture.h"

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(crl_store, .init = setup, .fini = teardown);

static int64_t take_number(const char *issuer, int64_t least)
{
    int64_t number = 0;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(crl_store_take_number(tx, issuer, least, &number));
    finish(tx);
    return number;
}

static struct crl_row get(const char *issuer)
{
    struct crl_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(crl_store_get(tx, issuer, &row));
    return row;
}

Test(crl_store, numbers_rise_across_opening_and_never_fall)
{
    cr_assert_eq(take_number("issuing", 0), 1);
    fixture_reopen(&at);
    cr_assert_eq(take_number("issuing", 0), 2);
    cr_assert_eq(take_number("issuing", 900), 900);
    cr_assert_eq(take_number("issuing", 900), 901);
    cr_assert_eq(take_number("issuing", 5), 902);
    cr_assert_eq(take_number("root", 0), 1, "each CA has its own");
}

Test(crl_store, a_number_that_was_not_committed_is_given_out_again)
{
    int64_t number = 0;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(crl_store_take_number(tx, "issuing", 0, &number));
    db_end(tx);
    cr_assert_eq(take_number("issuing", 0), number);
}

static void revoke_it(const char *serial)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_revoke(tx, serial, REASON_UNSPECIFIED, NOW));
    finish(tx);
}

static enum status pass_over(void *context, const char *key)
{
    (void)context;
    (void)key;
    return STATUS_OK;
}

Test(crl_store, every_way_of_revoking_is_a_change_of_its_ca)
{
    reserve(at.db, "0a", "anna", NOW);
    reserve(at.db, "0b", "anna", NOW);
    reserve(at.db, "0c", "anna", NOW);
    reserve(at.db, "0d", "anna", NOW);
    revoke_it("0a");
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_abandon(tx, "0b", true, NOW));
    expect_ok(certificate_store_abandon(tx, "0c", false, NOW));
    int64_t count = 0;
    expect_ok(certificate_store_abandon_overdue(tx, NOW + 86400, 100, pass_over, NULL, &count));
    cr_assert_eq(count, 1);
    finish(tx);
    struct crl_row issuing defer(crl_row_clear) = get("issuing");
    struct crl_row root defer(crl_row_clear) = get("root");
    cr_assert_eq(issuing.changes, 3, "all but the one that is certainly unsigned");
    cr_assert_eq(root.changes, 0);
}

Test(crl_store, an_older_list_does_not_take_the_place_of_a_newer_one)
{
    const struct crl_row newer = {.issuer = "issuing",
                                  .covered = 7,
                                  .number = 12,
                                  .this_update = NOW,
                                  .next_update = NOW + 10,
                                  .entries = 3,
                                  .published_at = NOW + 1,
                                  .built_in = 40};
    struct crl_row older = newer;
    older.number = 11;
    older.entries = 2;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(crl_store_published(tx, &newer));
    cr_assert_eq(crl_store_published(tx, &older), STATUS_CONFLICT);
    cr_assert_eq(crl_store_published(tx, &newer), STATUS_CONFLICT);
    finish(tx);
    struct crl_row row defer(crl_row_clear) = get("issuing");
    cr_assert_eq(row.number, 12);
    cr_assert_eq(row.entries, 3);
    cr_assert_eq(row.covered, 7);
    cr_assert_eq(row.built_in, 40);
}

Test(crl_store, knows_two_cas)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct crl_row row;
    int64_t number;
    cr_assert_eq(crl_store_get(tx, "other", &row), STATUS_NOT_FOUND);
    cr_assert_eq(crl_store_take_number(tx, "other", 0, &number), STATUS_NOT_FOUND);
}
