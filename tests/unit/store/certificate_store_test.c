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

TestSuite(certificate_store, .init = setup, .fini = teardown);

static enum status complete(const char *serial)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(certificate_store_complete(tx, serial, SPAN_LITERAL("der"), NOW + 5));
    return db_commit(tx);
}

static enum status revoke_one(const char *serial)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(certificate_store_revoke(tx, serial, REASON_KEY_COMPROMISE, NOW + 9));
    return db_commit(tx);
}

static void abandon(const char *serial, bool may_be_signed)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_abandon(tx, serial, may_be_signed, NOW + 7));
    finish(tx);
}

static struct certificate_row get(const char *serial)
{
    struct certificate_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(certificate_store_get(tx, serial, &row));
    return row;
}

/* The key that was visited last. */
static enum status take_key(void *context, const char *key)
{
    snprintf(context, PAGE_CURSOR_SIZE, "%s", key);
    return STATUS_OK;
}

Test(certificate_store, gives_back_what_was_reserved)
{
    struct certificate_row input = certificate_input("0abc", "anna", NOW);
    input.mail = "anna@example.org";
    input.device = "Pixel";
    input.created_by = "operator:bob";
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_reserve(tx, &input));
    finish(tx);
    struct certificate_row row defer(certificate_row_clear) = get("0abc");
    cr_assert_str_eq(row.serial, "0abc");
    cr_assert_str_eq(row.issuer, "issuing");
    cr_assert_str_eq(row.profile, "user");
    cr_assert_str_eq(row.user, "anna");
    cr_assert_str_eq(row.name, "Anna Schmidt");
    cr_assert_str_eq(row.mail, "anna@example.org");
    cr_assert_str_eq(row.device, "Pixel");
    cr_assert_eq(row.not_before, NOW);
    cr_assert_eq(row.not_after, NOW + 365 * 86400);
    cr_assert_eq(row.reserved_at, NOW);
    cr_assert_eq(row.lease_until, NOW + 30);
    cr_assert_eq(row.issued_at, 0);
    cr_assert_str_eq(row.created_by, "operator:bob");
    cr_assert_str_eq(row.link_id, "");
    cr_assert_eq(row.state, CERTIFICATE_RESERVED);
}

Test(certificate_store, refuses_a_serial_that_stands_already)
{
    reserve(at.db, "0a", "anna", NOW);
    struct certificate_row again = certificate_input("0a", "bob", NOW);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    cr_assert_eq(certificate_store_reserve(tx, &again), STATUS_CONFLICT);
}

static const char *const no_serials[] = {"", "0A", "0g", "0x1", "-1", "0a "};

Test(certificate_store, refuses_what_is_no_serial)
{
    for (size_t i = 0; i < sizeof no_serials / sizeof no_serials[0]; i++) {
        struct certificate_row row = certificate_input(no_serials[i], "anna", NOW);
        struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
        cr_assert_eq(certificate_store_reserve(tx, &row), STATUS_INTERNAL, "%s", no_serials[i]);
    }
}

Test(certificate_store, is_issued_once_with_its_der)
{
    reserve(at.db, "0a", "anna", NOW);
    struct buf der defer(buf_clear) = BUF_INIT(100);
    struct db_tx *tx = begin(at.db, DB_READ);
    cr_assert_eq(certificate_store_get_der(tx, "0a", &der), STATUS_NOT_FOUND);
    db_end(tx);
    expect_ok(complete("0a"));
    cr_assert_eq(complete("0a"), STATUS_CONFLICT);
    cr_assert_eq(complete("0b"), STATUS_NOT_FOUND);
    tx = begin(at.db, DB_READ);
    expect_ok(certificate_store_get_der(tx, "0a", &der));
    db_end(tx);
    struct span bytes = SPAN_EMPTY;
    expect_ok(buf_finish(&der, &bytes));
    cr_assert(span_equal_text(bytes, "der"));
    struct certificate_row row defer(certificate_row_clear) = get("0a");
    cr_assert_eq(row.state, CERTIFICATE_ISSUED);
    cr_assert_eq(row.issued_at, NOW + 5);
}

Test(certificate_store, an_abandoned_serial_is_revoked_unless_certainly_unsigned)
{
    reserve(at.db, "0a", "anna", NOW);
    reserve(at.db, "0b", "anna", NOW);
    abandon("0a", false);
    abandon("0b", true);
    struct certificate_row unsigned_one defer(certificate_row_clear) = get("0a");
    struct certificate_row signed_one defer(certificate_row_clear) = get("0b");
    cr_assert_eq(unsigned_one.state, CERTIFICATE_ABANDONED);
    cr_assert_eq(unsigned_one.revoked_at, 0);
    cr_assert_eq(signed_one.state, CERTIFICATE_REVOKED);
    cr_assert_eq(signed_one.revoked_at, NOW + 7);
    cr_assert_eq(signed_one.reason, REASON_CESSATION_OF_OPERATION);
    cr_assert_eq(complete("0a"), STATUS_CONFLICT);
    cr_assert_eq(complete("0b"), STATUS_CONFLICT);
}

Test(certificate_store, an_issued_one_is_not_abandoned)
{
    reserve(at.db, "0a", "anna", NOW);
    expect_ok(complete("0a"));
    abandon("0a", true);
    struct certificate_row row defer(certificate_row_clear) = get("0a");
    cr_assert_eq(row.state, CERTIFICATE_ISSUED);
}

Test(certificate_store, reserved_serials_are_given_up_when_their_lease_is_over)
{
    reserve(at.db, "0a", "anna", NOW);
    reserve(at.db, "0b", "anna", NOW + 1);
    int64_t count = 0;
    char last_key[PAGE_CURSOR_SIZE] = "";
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_abandon_overdue(tx, NOW + 30, 100, take_key, last_key, &count));
    finish(tx);
    cr_assert_eq(count, 1);
    cr_assert_str_eq(last_key, "0a");
    struct certificate_row row defer(certificate_row_clear) = get("0a");
    cr_assert_eq(row.state, CERTIFICATE_REVOKED);
}

Test(certificate_store, is_revoked_once_and_says_so)
{
    reserve(at.db, "0a", "anna", NOW);
    expect_ok(complete("0a"));
    expect_ok(revoke_one("0a"));
    cr_assert_eq(revoke_one("0a"), STATUS_CONFLICT);
    cr_assert_str_eq(status_detail(), "the certificate 0a is revoked");
    cr_assert_eq(revoke_one("0b"), STATUS_NOT_FOUND);
    struct certificate_row row defer(certificate_row_clear) = get("0a");
    cr_assert_eq(row.revoked_at, NOW + 9);
    cr_assert_eq(row.reason, REASON_KEY_COMPROMISE);
}

Test(certificate_store, one_revoked_before_its_signature_is_never_issued)
{
    reserve(at.db, "0a", "anna", NOW);
    expect_ok(revoke_one("0a"));
    cr_assert_eq(complete("0a"), STATUS_CONFLICT);
}

static enum status note_serial(void *context, const char *serial, int64_t revoked_at,
                               enum certificate_reason reason)
{
    cr_assert_eq(revoked_at, NOW + 9);
    cr_assert_eq(reason, REASON_KEY_COMPROMISE);
    char *end = strchr(context, '\0');
    memcpy(end, serial, 3);
    return STATUS_OK;
}

static enum status stop(void *context, const char *serial, int64_t revoked_at,
                        enum certificate_reason reason)
{
    (void)context;
    (void)serial;
    (void)revoked_at;
    (void)reason;
    return STATUS_GONE;
}

Test(certificate_store, a_crl_gets_the_revoked_that_had_not_expired_by_then)
{
    reserve(at.db, "0a", "anna", NOW - 365 * 86400 - 1);
    reserve(at.db, "0b", "anna", NOW + 2);
    reserve(at.db, "0c", "anna", NOW + 1);
    reserve(at.db, "0d", "anna", NOW);
    expect_ok(revoke_one("0a"));
    expect_ok(revoke_one("0b"));
    expect_ok(revoke_one("0c"));
    char serials[16] = "";
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(certificate_store_each_revoked(tx, "issuing", NOW, note_serial, serials));
    cr_assert_str_eq(serials, "0c0b");
    expect_ok(certificate_store_each_revoked(tx, "root", NOW, note_serial, serials));
    cr_assert_str_eq(serials, "0c0b");
    cr_assert_eq(certificate_store_each_revoked(tx, "issuing", NOW, stop, NULL), STATUS_GONE);
}

static const enum certificate_state issued = CERTIFICATE_ISSUED;

/* Serials 0a to 0f, newest last; 0b and 0e are issued; anna has a to c, bob the rest. */
static const struct {
    struct certificate_filter filter;
    const char *found;
} filters[] = {
    {{0}, "fedcba"},
    {{.state = &issued}, "eb"},
    {{.user = "anna"}, "cba"},
    {{.user = "BOB"}, "fed"},
    {{.user = "bo"}, ""},
    {{.user = "anna", .state = &issued}, "b"},
    {{.search = "0c"}, "c"},
    {{.search = "schm"}, "fedcba"},
    {{.search = "bo", .state = &issued}, "e"},
};

Test(certificate_store, lists_by_state_user_and_search)
{
    char serial[8];
    for (int i = 0; i < 6; i++) {
        snprintf(serial, sizeof serial, "0%c", "abcdef"[i]);
        reserve(at.db, serial, i < 3 ? "anna" : "bob", NOW + i);
    }
    expect_ok(complete("0b"));
    expect_ok(complete("0e"));
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        char found[16] = "";
        char after[PAGE_CURSOR_SIZE] = "";
        do {
            struct certificate_page page defer(certificate_page_clear) = {0};
            struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
            expect_ok(certificate_store_list(tx, &filters[i].filter,
                                             &(struct page_request){2, after}, &page));
            for (size_t j = 0; j < page.count; j++)
                found[strlen(found)] = page.rows[j].serial[1];
            memcpy(after, page.next, sizeof after);
        } while (after[0] != '\0');
        cr_assert_str_eq(found, filters[i].found, "filter %zu gave '%s'", i, found);
    }
}

Test(certificate_store, lists_what_expires_first)
{
    static const char *const serials[] = {"0a", "0b", "0c", "0d", "0e"};
    for (int i = 0; i < 5; i++)
        reserve(at.db, serials[i], "anna", NOW + (i * 7) % 5);
    for (int i = 0; i < 4; i++)
        expect_ok(complete(serials[i]));
    expect_ok(revoke_one("0b"));
    struct certificate_page page defer(certificate_page_clear) = {0};
    struct certificate_page rest defer(certificate_page_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    const struct certificate_filter filter = {.expiring_before = NOW + 365 * 86400 + 5};
    expect_ok(certificate_store_list(tx, &filter, &(struct page_request){2, NULL}, &page));
    cr_assert_eq(page.count, 2);
    cr_assert_str_eq(page.rows[0].serial, "0a");
    cr_assert_str_eq(page.rows[1].serial, "0d");
    expect_ok(certificate_store_list(tx, &filter, &(struct page_request){2, page.next}, &rest));
    cr_assert_eq(rest.count, 1);
    cr_assert_str_eq(rest.rows[0].serial, "0c");
    const struct certificate_filter before = {.expiring_from = NOW + 365 * 86400 + 4,
                                              .expiring_before = NOW + 400 * 86400};
    certificate_page_clear(&rest);
    expect_ok(certificate_store_list(tx, &before, &(struct page_request){2, NULL}, &rest));
    cr_assert_eq(rest.count, 1);
    cr_assert_str_eq(rest.rows[0].serial, "0c");
}

Test(certificate_store, states_are_read_back_from_their_texts)
{
    enum certificate_state state;
    for (unsigned i = 0; i < CERTIFICATE_STATE_COUNT; i++) {
        expect_ok(
            certificate_state_parse(certificate_state_text((enum certificate_state)i), &state));
        cr_assert_eq(state, i);
    }
    cr_assert_eq(certificate_state_parse("", &state), STATUS_INVALID);
}

/* Issued, and ends `days` after NOW. */
static void issue_until(const char *serial, int64_t days)
{
    struct certificate_row row = certificate_input(serial, "anna", NOW);
    row.not_after = NOW + days * 86400;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_reserve(tx, &row));
    finish(tx);
    expect_ok(complete(serial));
}

Test(certificate_store, lists_what_ends_soon_in_the_order_of_its_end)
{
    issue_until("0a", 10);
    issue_until("0b", 5);
    issue_until("0c", 5);
    issue_until("0d", 30);
    issue_until("0e", 6);
    expect_ok(revoke_one("0e"));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct certificate_page page defer(certificate_page_clear) = {0};
    expect_ok(certificate_store_list_expiring(tx, NOW, "", NOW + 10 * 86400, 10, &page));
    cr_assert_eq(page.count, 3);
    cr_assert_str_eq(page.rows[0].serial, "0b");
    cr_assert_str_eq(page.rows[1].serial, "0c");
    cr_assert_str_eq(page.rows[2].serial, "0a");
    certificate_page_clear(&page);
    expect_ok(
        certificate_store_list_expiring(tx, NOW + 5 * 86400, "0b", NOW + 10 * 86400, 1, &page));
    cr_assert_eq(page.count, 1);
    cr_assert_str_eq(page.rows[0].serial, "0c");
    int64_t count;
    expect_ok(certificate_store_count_expiring(tx, NOW, NOW + 10 * 86400, &count));
    cr_assert_eq(count, 3);
}
