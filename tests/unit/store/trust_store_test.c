#include "store/trust_store.h"

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

TestSuite(trust_store, .init = setup, .fini = teardown);

static enum certificate_state recorded(const char *serial, enum status *ret_status)
{
    enum certificate_state state = CERTIFICATE_ABANDONED;
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    *ret_status = trust_store_record(tx, serial, &state);
    return state;
}

static void revoke_one(const char *serial)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_revoke(tx, serial, REASON_SUPERSEDED, NOW));
    finish(tx);
}

Test(trust_store, knows_the_state_of_a_certificate_of_the_issuing_ca)
{
    enum status status;
    reserve(at.db, "aa", "anna", NOW);
    cr_expect_eq(recorded("aa", &status), CERTIFICATE_RESERVED);
    cr_expect_eq(status, STATUS_OK);
    revoke_one("aa");
    cr_expect_eq(recorded("aa", &status), CERTIFICATE_REVOKED);
    recorded("bb", &status);
    cr_expect_eq(status, STATUS_NOT_FOUND);
}

struct seen {
    int64_t last;
    int count;
    char serials[64];
};

static void see(void *context, int64_t change, struct span serial)
{
    struct seen *seen = context;
    seen->last = change > seen->last ? change : seen->last;
    seen->count++;
    strncat(seen->serials, (const char *)serial.ptr, serial.len);
}

static enum status changes_since(int64_t after, struct seen *seen)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    return trust_store_changes_since(tx, after, see, seen);
}

Test(trust_store, numbers_revocations_in_their_order)
{
    struct seen all = {0};
    struct seen some = {0};
    reserve(at.db, "aa", "anna", NOW);
    reserve(at.db, "bb", "anna", NOW);
    reserve(at.db, "cc", "anna", NOW);
    revoke_one("bb");
    revoke_one("aa");
    expect_ok(changes_since(0, &all));
    cr_expect_eq(all.count, 2);
    cr_expect_eq(all.last, 2);
    cr_expect_str_eq(all.serials, "bbaa");
    expect_ok(changes_since(1, &some));
    cr_expect_str_eq(some.serials, "aa");
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    int64_t change = 0;
    expect_ok(trust_store_change(tx, &change));
    cr_expect_eq(change, 2);
}

Test(trust_store, says_when_more_was_revoked_than_is_kept)
{
    struct seen seen = {0};
    run_sql(at.path, "INSERT INTO revocation (change, serial) VALUES (50, 'aa')");
    cr_expect_eq(changes_since(48, &seen), STATUS_GONE);
    expect_ok(changes_since(49, &seen));
    cr_expect_eq(seen.last, 50);
}

static void put(const char *anchor, const char *source, int64_t number, const char *der)
{
    const struct trust_source_row row = {
        .anchor = anchor, .source = source, .etag = "\"e\"", .number = number, .error = "oh"};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(trust_store_put(tx, &row));
    if (der != NULL)
        expect_ok(trust_store_put_crl(tx, anchor, source, span_of_text(der)));
    finish(tx);
}

static enum status read_crl(const char *anchor, const char *source, struct buf *der)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    return trust_store_get_crl(tx, anchor, source, der);
}

Test(trust_store, keeps_one_row_and_one_list_for_a_place)
{
    struct buf der defer(buf_clear) = BUF_INIT(100);
    put("a", "http://one", 1, "list");
    put("a", "http://one", 2, NULL);
    expect_ok(read_crl("a", "http://one", &der));
    cr_expect(span_equal_text(span_of(der.ptr, der.len), "list"), "the list stays");
    put("a", "http://one", 3, "other list");
    buf_reset(&der);
    expect_ok(read_crl("a", "http://one", &der));
    cr_expect(span_equal_text(span_of(der.ptr, der.len), "other list"));
    struct trust_source_row row defer(trust_source_row_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(trust_store_get(tx, "a", "http://one", &row));
    cr_expect_eq(row.number, 3);
    cr_expect_str_eq(row.etag, "\"e\"");
    cr_expect_str_eq(row.error, "oh");
}

Test(trust_store, a_list_does_not_fit_in_less_room)
{
    struct buf der defer(buf_clear) = BUF_INIT(3);
    put("a", "http://one", 1, "list");
    cr_expect_eq(read_crl("a", "http://one", &der), STATUS_TOO_LARGE);
    cr_expect_eq(read_crl("b", "http://one", &der), STATUS_NOT_FOUND);
}

static bool goes_to(const char *anchor, const char *source, const char *wanted)
{
    struct trust_source_row row defer(trust_source_row_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    enum status status = trust_store_next(tx, anchor, source, &row);
    return wanted == NULL ? status == STATUS_NOT_FOUND
                          : status == STATUS_OK && strcmp(row.source, wanted) == 0;
}

Test(trust_store, goes_from_place_to_place_and_forgets_one_with_its_list)
{
    struct buf der defer(buf_clear) = BUF_INIT(100);
    put("b", "http://three", 1, NULL);
    put("a", "http://two", 1, "list");
    put("a", "http://one", 1, NULL);
    cr_expect(goes_to("", "", "http://one"));
    cr_expect(goes_to("a", "http://one", "http://two"));
    cr_expect(goes_to("a", "http://two", "http://three"));
    cr_expect(goes_to("b", "http://three", NULL));
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(trust_store_forget(tx, "a", "http://two"));
    finish(tx);
    cr_expect(goes_to("a", "http://one", "http://three"));
    cr_expect_eq(read_crl("a", "http://two", &der), STATUS_NOT_FOUND);
}
