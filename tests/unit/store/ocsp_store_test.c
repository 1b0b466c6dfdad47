#include "store/ocsp_store.h"

#include "fixture.h"

static struct fixture at;

static void issue(const char *serial)
{
    reserve(at.db, serial, "anna", NOW);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_complete(tx, serial, SPAN_LITERAL("der"), NOW));
    finish(tx);
}

static void setup(void)
{
    fixture_open(&at);
    issue("aa");
    issue("bb");
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(ocsp_store, .init = setup, .fini = teardown);

static struct certificate_row see(const char *serial)
{
    struct certificate_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(certificate_store_get(tx, serial, &row));
    return row;
}

static enum status put_seen(const char *serial, const char *hash, const char *text, int64_t until,
                            const struct certificate_row *seen)
{
    const struct ocsp_row row = {serial, hash, span_of_text(text), NOW, until};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(ocsp_store_put(tx, &row, seen));
    return db_commit(tx);
}

static enum status put(const char *serial, const char *hash, const char *text, int64_t until)
{
    struct certificate_row seen defer(certificate_row_clear) = see(serial);
    return put_seen(serial, hash, text, until, &seen);
}

static enum status find(const char *serial, const char *hash, struct buf *response,
                        struct ocsp_row *ret_row)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    return ocsp_store_find(tx, serial, hash, response, ret_row);
}

static bool is_kept(const char *serial, const char *hash)
{
    struct buf response defer(buf_clear) = BUF_INIT(100);
    struct ocsp_row row;
    enum status status = find(serial, hash, &response, &row);
    cr_assert(status == STATUS_OK || status == STATUS_NOT_FOUND);
    return status == STATUS_OK;
}

Test(ocsp_store, gives_back_what_was_kept)
{
    expect_ok(put("aa", "sha1", "answer", NOW + 100));
    struct buf response defer(buf_clear) = BUF_INIT(100);
    struct ocsp_row row;
    expect_ok(find("aa", "sha1", &response, &row));
    cr_assert(span_equal_text(row.response, "answer"));
    cr_assert_eq(row.this_update, NOW);
    cr_assert_eq(row.next_update, NOW + 100);
    cr_assert_not(is_kept("aa", "sha256"));
    cr_assert_not(is_kept("bb", "sha1"));
}

Test(ocsp_store, a_newer_answer_takes_the_place_of_the_old_one)
{
    expect_ok(put("aa", "sha1", "old", NOW + 100));
    expect_ok(put("aa", "sha1", "new", NOW + 200));
    struct buf response defer(buf_clear) = BUF_INIT(100);
    struct ocsp_row row;
    expect_ok(find("aa", "sha1", &response, &row));
    cr_assert(span_equal_text(row.response, "new"));
    cr_assert_eq(row.next_update, NOW + 200);
}

Test(ocsp_store, revoking_drops_every_answer_about_the_certificate_and_no_other)
{
    expect_ok(put("aa", "sha1", "good", NOW + 100));
    expect_ok(put("aa", "sha256", "good", NOW + 100));
    expect_ok(put("bb", "sha1", "good", NOW + 100));
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_revoke(tx, "aa", REASON_SUPERSEDED, NOW + 1));
    finish(tx);
    cr_assert_not(is_kept("aa", "sha1"));
    cr_assert_not(is_kept("aa", "sha256"));
    cr_assert(is_kept("bb", "sha1"));
}

Test(ocsp_store, a_revocation_that_is_rolled_back_drops_nothing)
{
    expect_ok(put("aa", "sha1", "good", NOW + 100));
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_revoke(tx, "aa", REASON_SUPERSEDED, NOW + 1));
    db_end(tx);
    cr_assert(is_kept("aa", "sha1"));
}

/* Its state was read, then it was revoked, then its answer was signed. */
Test(ocsp_store, an_answer_that_was_overtaken_by_a_revocation_is_not_kept)
{
    struct certificate_row seen defer(certificate_row_clear) = see("aa");
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_revoke(tx, "aa", REASON_SUPERSEDED, NOW + 1));
    finish(tx);
    cr_assert_eq(put_seen("aa", "sha1", "good", NOW + 100, &seen), STATUS_CONFLICT);
    cr_assert_not(is_kept("aa", "sha1"));
    expect_ok(put("aa", "sha1", "revoked", NOW + 100));
}

Test(ocsp_store, no_answer_is_kept_about_a_certificate_that_does_not_exist)
{
    const struct certificate_row seen = {.state = CERTIFICATE_ISSUED};
    cr_assert_eq(put_seen("cc", "sha1", "good", NOW + 100, &seen), STATUS_CONFLICT);
}

Test(ocsp_store, ended_answers_are_dropped_in_batches)
{
    expect_ok(put("aa", "sha1", "x", NOW + 100));
    expect_ok(put("aa", "sha256", "x", NOW + 101));
    expect_ok(put("bb", "sha1", "x", NOW + 102));
    int64_t count;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(ocsp_store_forget_ended(tx, NOW + 101, 1, &count));
    cr_assert_eq(count, 1);
    expect_ok(ocsp_store_forget_ended(tx, NOW + 101, 10, &count));
    cr_assert_eq(count, 1);
    finish(tx);
    cr_assert(is_kept("bb", "sha1"));
}

static void make_responder(const char *serial, int64_t reserved_at, bool complete)
{
    struct certificate_row row = certificate_input(serial, "OCSP responder", reserved_at);
    row.profile = "ocsp";
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_reserve(tx, &row));
    if (complete)
        expect_ok(certificate_store_complete(tx, serial, SPAN_LITERAL("der"), reserved_at));
    finish(tx);
}

Test(ocsp_store, the_newest_responder_that_was_issued_is_found)
{
    struct ocsp_responder_row row;
    struct db_tx *tx = begin(at.db, DB_READ);
    cr_assert_eq(ocsp_store_responder(tx, &row), STATUS_NOT_FOUND);
    db_end(tx);
    make_responder("01", NOW + 10, true);
    make_responder("02", NOW + 20, true);
    make_responder("03", NOW + 30, false);
    tx = begin(at.db, DB_READ);
    expect_ok(ocsp_store_responder(tx, &row));
    cr_assert_eq(row.not_after, NOW + 20 + 365 * 86400);
    int64_t count;
    expect_ok(ocsp_store_responders_since(tx, NOW + 10, &count));
    cr_assert_eq(count, 2);
    db_end(tx);
}
