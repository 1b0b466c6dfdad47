#include "store/device_store.h"

#include "fixture.h"

#include <stdio.h>

static struct fixture at;
static const char owner[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(device_store, .init = setup, .fini = teardown);

static void add(struct db_tx *tx, const char *id, const char *device_id, const char *user,
                int64_t when)
{
    const struct device_row row = {.id = id,
                                   .owner = owner,
                                   .device_id = device_id,
                                   .user = user,
                                   .serial = "0badcafe",
                                   .first_seen_at = when};
    expect_ok(device_store_create(tx, &row));
}

static void see(struct db_tx *tx, const char *id, const char *reason, int64_t when)
{
    const struct device_seen seen = {
        .at = when, .reason = reason, .address = "192.0.2.7", .proven = true};
    int64_t sightings;
    expect_ok(device_store_note_sighting(tx, id, &seen, &sightings));
}

static void expect_list(struct db_tx *tx, const struct device_filter *filter, const char *ids)
{
    struct device_list list defer(device_list_clear) = {0};
    char found[256] = "";
    expect_ok(device_store_list(tx, filter, &(struct page_request){.limit = 10}, &list));
    for (size_t i = 0; i < list.count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i == 0 ? "" : " ",
                 list.rows[i].id);
    cr_assert_str_eq(found, ids);
}

Test(device_store, gives_back_what_was_created)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_row row defer(device_row_clear) = {0};
    add(tx, "one", "ABC", "anna@example.org", NOW);
    expect_ok(device_store_get(tx, "one", &row));
    cr_assert_str_eq(row.device_id, "ABC");
    cr_assert_str_eq(row.user, "anna@example.org");
    cr_assert_str_eq(row.serial, "0badcafe");
    cr_assert_eq(row.first_seen_at, NOW);
    cr_assert_eq(row.last_seen_at, NOW);
    cr_assert_eq(row.allowed_at, 0);
    cr_assert_str_eq(row.reason, "");
}

Test(device_store, is_found_by_certificate_and_device_id_in_any_case)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_row row defer(device_row_clear) = {0};
    add(tx, "one", "ABC", "anna", NOW);
    expect_ok(device_store_find(tx, owner, "abc", &row));
    cr_assert_str_eq(row.id, "one");
    device_row_clear(&row);
    cr_assert_eq(device_store_find(tx, owner, "abd", &row), STATUS_NOT_FOUND);
    cr_assert_eq(device_store_find(tx, "~anna", "abc", &row), STATUS_NOT_FOUND);
}

Test(device_store, a_device_stands_once)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    const struct device_row again = {
        .id = "two", .owner = owner, .device_id = "abc", .first_seen_at = NOW};
    add(tx, "one", "ABC", "anna", NOW);
    cr_assert_eq(device_store_create(tx, &again), STATUS_CONFLICT);
}

Test(device_store, takes_a_device_id_once)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_row row defer(device_row_clear) = {0};
    add(tx, "one", "", "anna", NOW);
    expect_ok(device_store_name(tx, "one", "ABC"));
    expect_ok(device_store_name(tx, "one", "DEF"));
    expect_ok(device_store_get(tx, "one", &row));
    cr_assert_str_eq(row.device_id, "ABC");
    expect_list(tx, &(struct device_filter){.search = "abc"}, "one");
}

Test(device_store, a_sighting_counts_and_leaves_what_it_does_not_say)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_row row defer(device_row_clear) = {0};
    const struct device_seen first = {NOW + 5,     "allowed", "WP", "MSFT-WP/8",
                                      "192.0.2.7", 141,       true};
    const struct device_seen second = {NOW + 9, "revoked", "", "", "", 0, true};
    int64_t sightings;
    add(tx, "one", "ABC", "anna", NOW);
    expect_ok(device_store_note_sighting(tx, "one", &first, &sightings));
    cr_assert_eq(sightings, 1);
    expect_ok(device_store_note_sighting(tx, "one", &second, &sightings));
    cr_assert_eq(sightings, 2);
    expect_ok(device_store_get(tx, "one", &row));
    cr_assert_str_eq(row.device_type, "WP");
    cr_assert_str_eq(row.agent, "MSFT-WP/8");
    cr_assert_eq(row.version, 141);
    cr_assert_str_eq(row.reason, "revoked");
    cr_assert_eq(row.allowed_count, 1);
    cr_assert_eq(row.refused_count, 1);
    cr_assert_eq(row.allowed_at, NOW + 5);
    cr_assert_eq(row.last_seen_at, NOW + 9);
    cr_assert(row.finding_due);
}

Test(device_store, a_sighting_of_no_device_is_none)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    const struct device_seen seen = {.at = NOW, .reason = "allowed"};
    int64_t sightings = 7;
    expect_ok(device_store_note_sighting(tx, "none", &seen, &sightings));
    cr_assert_eq(sightings, 0);
}

Test(device_store, keeps_policy_keys_and_what_a_phone_says_of_itself)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_row row defer(device_row_clear) = {0};
    add(tx, "one", "ABC", "anna", NOW);
    expect_ok(device_store_provision(tx, "one", "1 4294967295 7"));
    expect_ok(device_store_describe(tx, "one", "Lumia 930", "WP 8.1", "Anna's phone"));
    expect_ok(device_store_get(tx, "one", &row));
    cr_assert_str_eq(row.provisioning, "1 4294967295 7");
    cr_assert_str_eq(row.model, "Lumia 930");
    expect_list(tx, &(struct device_filter){.search = "930"}, "one");
    cr_assert_eq(device_store_provision(tx, "two", "1"), STATUS_NOT_FOUND);
    cr_assert_eq(device_store_describe(tx, "two", "", "", ""), STATUS_NOT_FOUND);
}

Test(device_store, a_block_is_there_once_and_lifted_once)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_row row defer(device_row_clear) = {0};
    add(tx, "one", "ABC", "anna", NOW);
    cr_assert_eq(device_store_unblock(tx, "one"), STATUS_CONFLICT);
    expect_ok(device_store_block(tx, "one", "operator:bob", NOW));
    cr_assert_eq(device_store_block(tx, "one", "operator:eve", NOW + 1), STATUS_CONFLICT);
    expect_ok(device_store_get(tx, "one", &row));
    cr_assert_eq(row.blocked_at, NOW);
    cr_assert_str_eq(row.blocked_by, "operator:bob");
    expect_ok(device_store_unblock(tx, "one"));
    cr_assert_eq(device_store_block(tx, "two", "operator:bob", NOW), STATUS_NOT_FOUND);
}

Test(device_store, lists_what_was_seen_last_first)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    add(tx, "one", "A", "anna", NOW);
    add(tx, "two", "B", "ben", NOW + 1);
    add(tx, "three", "C", "Anna", NOW + 2);
    see(tx, "one", "allowed", NOW + 3);
    see(tx, "two", "expired", NOW + 3);
    expect_list(tx, &(struct device_filter){0}, "two one three");
    expect_list(tx, &(struct device_filter){.user = "anna"}, "one three");
    expect_list(tx, &(struct device_filter){.refused = true}, "two");
    expect_list(tx, &(struct device_filter){.user = "anna", .refused = true}, "");
    expect_list(tx, &(struct device_filter){.search = "ann"}, "three one");
    expect_list(tx, &(struct device_filter){.search = "ben", .refused = true}, "two");
    expect_list(tx, &(struct device_filter){.search = "ann", .refused = true}, "");
    expect_list(tx, &(struct device_filter){.search = "0bad"}, "three two one");
}

static void walk(struct db_tx *tx, const struct device_filter *filter, size_t wanted)
{
    char after[PAGE_CURSOR_SIZE] = "";
    size_t count = 0;
    do {
        struct device_list list defer(device_list_clear) = {0};
        expect_ok(device_store_list(tx, filter, &(struct page_request){2, after}, &list));
        count += list.count;
        memcpy(after, list.next, sizeof after);
    } while (after[0] != '\0');
    cr_assert_eq(count, wanted);
}

Test(device_store, pages_have_every_device_once)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    char id[16];
    for (int i = 0; i < 7; i++) {
        snprintf(id, sizeof id, "d%d", i);
        add(tx, id, id, "anna", NOW + i / 3);
        see(tx, id, "revoked", NOW + i / 3);
    }
    walk(tx, &(struct device_filter){0}, 7);
    walk(tx, &(struct device_filter){.refused = true}, 7);
    walk(tx, &(struct device_filter){.user = "anna"}, 7);
    walk(tx, &(struct device_filter){.search = "anna"}, 7);
}

Test(device_store, a_search_for_few_refused_among_many_stops_and_goes_on)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    char id[16];
    for (int i = 0; i < 230; i++) {
        snprintf(id, sizeof id, "d%d", i);
        add(tx, id, id, "anna", NOW + i);
        see(tx, id, i == 0 ? "revoked" : "allowed", NOW + i);
    }
    walk(tx, &(struct device_filter){.search = "anna", .refused = true}, 1);
}

Test(device_store, refuses_a_cursor_that_is_none)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    static const char *const cursors[] = {"x",     "12", "12y",
                                          "1e4xa", "-x", "99999999999999999999xa"};
    struct device_list list defer(device_list_clear) = {0};
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++)
        cr_assert_eq(device_store_list(tx, &(struct device_filter){0},
                                       &(struct page_request){2, cursors[i]}, &list),
                     STATUS_INVALID, "%s", cursors[i]);
}

Test(device_store, a_finding_is_due_until_it_is_made)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_list due defer(device_list_clear) = {0};
    struct device_row row defer(device_row_clear) = {0};
    add(tx, "one", "A", "anna", NOW);
    see(tx, "one", "allowed", NOW);
    expect_ok(device_store_list_finding_due(tx, 5, &due));
    cr_assert_eq(due.count, 1);
    device_list_clear(&due);
    expect_ok(device_store_set_finding(tx, "one", &(struct device_finding){"r1", NOW, NOW + 9, 3}));
    expect_ok(device_store_list_finding_due(tx, 5, &due));
    cr_assert_eq(due.count, 0);
    expect_ok(device_store_get(tx, "one", &row));
    cr_assert_str_eq(row.finding, "r1");
    cr_assert_eq(row.finding_until, NOW + 9);
    cr_assert_eq(row.finding_number, 3);
}

Test(device_store, only_what_was_never_let_in_may_go_for_its_age)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_list list defer(device_list_clear) = {0};
    add(tx, "proven", "A", "anna", NOW);
    add(tx, "blocked", "B", "anna", NOW);
    add(tx, "old", "C", "anna", NOW);
    add(tx, "new", "D", "anna", NOW + 100);
    see(tx, "proven", "allowed", NOW);
    expect_ok(device_store_block(tx, "blocked", "operator:bob", NOW));
    expect_ok(device_store_list_unproven_old(tx, NOW + 50, 10, &list));
    cr_assert_eq(list.count, 1);
    cr_assert_str_eq(list.rows[0].id, "old");
    device_list_clear(&list);
    expect_ok(device_store_list_unproven(tx, 1, 10, &list));
    cr_assert_eq(list.count, 1);
    cr_assert_str_eq(list.rows[0].id, "old");
    device_list_clear(&list);
    expect_ok(device_store_list_surplus(tx, owner, 2, 10, &list));
    cr_assert_eq(list.count, 1);
    cr_assert_str_eq(list.rows[0].id, "old");
}

Test(device_store, a_deleted_device_is_not_found_any_more)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_row row defer(device_row_clear) = {0};
    add(tx, "one", "A", "anna", NOW);
    add(tx, "two", "B", "anna", NOW);
    expect_ok(device_store_block(tx, "two", "operator:bob", NOW));
    expect_ok(device_store_delete(tx, "one"));
    expect_ok(device_store_delete(tx, "two"));
    cr_assert_eq(device_store_get(tx, "one", &row), STATUS_NOT_FOUND);
    expect_list(tx, &(struct device_filter){.search = "anna"}, "two");
}

Test(device_store, finds_the_devices_of_an_address_and_of_a_device_id)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct device_list list defer(device_list_clear) = {0};
    add(tx, "one", "A", "anna", NOW);
    see(tx, "one", "allowed", NOW);
    expect_ok(device_store_list_by_address(tx, "192.0.2.7", NOW, 2, &list));
    cr_assert_eq(list.count, 1);
    device_list_clear(&list);
    expect_ok(device_store_list_by_address(tx, "192.0.2.7", NOW + 1, 2, &list));
    cr_assert_eq(list.count, 0);
    expect_ok(device_store_list_by_device_id(tx, "a", 2, &list));
    cr_assert_eq(list.count, 1);
}
