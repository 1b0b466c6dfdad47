#include "store/sighting_store.h"

#include "fixture.h"
#include "store/device_store.h"

#include <stdio.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    const struct device_row row = {
        .id = "one", .owner = "~anna", .device_id = "ABC", .user = "anna", .first_seen_at = NOW};
    expect_ok(device_store_create(tx, &row));
    finish(tx);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(sighting_store, .init = setup, .fini = teardown);

static struct sighting_row sighting(const char *device, int64_t when)
{
    return (struct sighting_row){
        .device = device, .at = when, .reason = "allowed", .policy_key = -1};
}

static void add(struct db_tx *tx, const char *device, int64_t when)
{
    const struct sighting_row row = sighting(device, when);
    expect_ok(sighting_store_add(tx, &row));
}

static size_t count(struct db_tx *tx, const char *device)
{
    struct sighting_list list defer(sighting_list_clear) = {0};
    expect_ok(sighting_store_list(tx, device, &(struct page_request){.limit = 100}, &list));
    return list.count;
}

Test(sighting_store, gives_back_what_was_added)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct sighting_list list defer(sighting_list_clear) = {0};
    struct sighting_row row = sighting("one", NOW);
    row.front = SIGHTING_AUTH;
    row.certificate = SIGHTING_CERTIFICATE_RESUMED;
    row.query = SIGHTING_QUERY_BASE64;
    row.fingerprint = hash_of("leaf");
    row.not_after = NOW + 9;
    row.policy_key = 4294967295;
    row.authorization_user = "CORP\\anna";
    row.http = 403;
    row.body = 70000;
    row.asked = true;
    row.cut_off = true;
    row.status = 142;
    expect_ok(sighting_store_add(tx, &row));
    expect_ok(sighting_store_list(tx, "one", &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 1);
    const struct sighting_row *got = &list.rows[0];
    cr_assert_eq(got->kind, SIGHTING_REQUEST);
    cr_assert_eq(got->front, SIGHTING_AUTH);
    cr_assert_eq(got->certificate, SIGHTING_CERTIFICATE_RESUMED);
    cr_assert_eq(got->query, SIGHTING_QUERY_BASE64);
    cr_assert(span_equal(got->fingerprint, hash_of("leaf")));
    cr_assert_eq(got->not_after, NOW + 9);
    cr_assert_eq(got->policy_key, 4294967295);
    cr_assert_str_eq(got->authorization_user, "CORP\\anna");
    cr_assert_eq(got->http, 403);
    cr_assert_eq(got->body, 70000);
    cr_assert(got->asked && got->cut_off);
    cr_assert_eq(got->status, 142);
}

Test(sighting_store, a_policy_key_of_zero_is_not_a_missing_one)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct sighting_list list defer(sighting_list_clear) = {0};
    struct sighting_row row = sighting("one", NOW);
    expect_ok(sighting_store_add(tx, &row));
    row.policy_key = 0;
    expect_ok(sighting_store_add(tx, &row));
    expect_ok(sighting_store_list(tx, "one", &(struct page_request){0}, &list));
    cr_assert_eq(list.rows[0].policy_key, 0);
    cr_assert_eq(list.rows[1].policy_key, -1);
}

Test(sighting_store, pages_go_from_new_to_old_and_have_each_once)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    char after[PAGE_CURSOR_SIZE] = "";
    int64_t expected = NOW + 6;
    for (int i = 0; i < 7; i++) {
        add(tx, "one", NOW + i);
        add(tx, "", NOW + i);
    }
    do {
        struct sighting_list list defer(sighting_list_clear) = {0};
        expect_ok(sighting_store_list(tx, "one", &(struct page_request){3, after}, &list));
        for (size_t i = 0; i < list.count; i++)
            cr_assert_eq(list.rows[i].at, expected--);
        memcpy(after, list.next, sizeof after);
    } while (after[0] != '\0');
    cr_assert_eq(expected, NOW - 1);
    cr_assert_eq(count(tx, ""), 7);
}

Test(sighting_store, refuses_a_cursor_that_is_none)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct sighting_list list defer(sighting_list_clear) = {0};
    cr_assert_eq(sighting_store_list(tx, "one", &(struct page_request){3, "x"}, &list),
                 STATUS_INVALID);
}

Test(sighting_store, drops_the_oldest_ones_in_steps)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    int64_t dropped;
    for (int i = 0; i < 5; i++)
        add(tx, i % 2 == 0 ? "one" : "", NOW + i);
    expect_ok(sighting_store_delete_old(tx, NOW + 3, 2, &dropped));
    cr_assert_eq(dropped, 2);
    expect_ok(sighting_store_delete_old(tx, NOW + 3, 2, &dropped));
    cr_assert_eq(dropped, 1);
    cr_assert_eq(count(tx, "one"), 1);
    cr_assert_eq(count(tx, ""), 1);
}

static void surplus(const char *device)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    int64_t dropped;
    for (int i = 0; i < 9; i++) {
        add(tx, "one", NOW + i);
        add(tx, "", NOW + i);
    }
    expect_ok(sighting_store_delete_surplus(tx, device, 5, 3, &dropped));
    cr_assert_eq(dropped, 3);
    expect_ok(sighting_store_delete_surplus(tx, device, 5, 3, &dropped));
    cr_assert_eq(dropped, 1);
    expect_ok(sighting_store_delete_surplus(tx, device, 5, 3, &dropped));
    cr_assert_eq(dropped, 0);
    cr_assert_eq(count(tx, device), 5);
    cr_assert_eq(count(tx, device[0] == '\0' ? "one" : ""), 9);
}

Test(sighting_store, keeps_the_newest_ones_of_a_device)
{
    surplus("one");
}

Test(sighting_store, keeps_the_newest_ones_of_no_device)
{
    surplus("");
}

Test(sighting_store, a_sighting_cannot_be_of_a_device_that_is_not_there)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    const struct sighting_row row = sighting("two", NOW);
    cr_assert_eq(sighting_store_add(tx, &row), STATUS_INTERNAL);
}

static void add_reason(struct db_tx *tx, const char *reason, int64_t when)
{
    struct sighting_row row = sighting("one", when);
    row.reason = reason;
    expect_ok(sighting_store_add(tx, &row));
}

Test(sighting_store, lists_and_counts_what_was_refused_newest_first)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct sighting_list list defer(sighting_list_clear) = {0};
    int64_t total;
    add_reason(tx, "revoked", NOW - 60);
    add_reason(tx, "revoked", NOW);
    add_reason(tx, "allowed", NOW);
    add_reason(tx, "", NOW);
    add_reason(tx, "expired", NOW + 1);
    expect_ok(sighting_store_list_refused(tx, NOW, 10, &list));
    cr_assert_eq(list.count, 2);
    cr_assert_str_eq(list.rows[0].reason, "expired");
    cr_assert_str_eq(list.rows[1].reason, "revoked");
    expect_ok(sighting_store_count_refused(tx, NOW - 60, 10, &total));
    cr_assert_eq(total, 3);
    expect_ok(sighting_store_count_refused(tx, NOW - 60, 2, &total));
    cr_assert_eq(total, 2);
}

static void add_refused(struct db_tx *tx, int64_t when)
{
    struct sighting_row row = sighting("one", when);
    row.reason = "no_certificate";
    expect_ok(sighting_store_add(tx, &row));
}

Test(sighting_store, lists_the_last_that_was_let_in_and_what_came_after_it)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct sighting_list none defer(sighting_list_clear) = {0};
    struct sighting_list turn defer(sighting_list_clear) = {0};
    struct sighting_list edge defer(sighting_list_clear) = {0};
    add_refused(tx, NOW);
    add(tx, "one", NOW + 1);
    add(tx, "one", NOW + 2);
    for (int i = 3; i < 8; i++)
        add_refused(tx, NOW + i);
    expect_ok(sighting_store_list_turn(tx, "one", 2, &none));
    cr_assert_eq(none.count, 0);
    expect_ok(sighting_store_list_turn(tx, "one", 7, &turn));
    cr_assert_eq(turn.count, 2);
    cr_assert_eq(turn.rows[0].at, NOW + 2);
    cr_assert_eq(turn.rows[1].at, NOW + 3);
    expect_ok(sighting_store_list_turn(tx, "one", 4, &edge));
    cr_assert_eq(edge.count, 1);
    cr_assert_eq(edge.rows[0].at, NOW + 2);
}
