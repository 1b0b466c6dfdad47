#include "store/probe_import_store.h"

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

TestSuite(probe_import_store, .init = setup, .fini = teardown);

static struct probe_import_row row_of(const char *id, const char *site, const char *probe,
                                      const char *device)
{
    return (struct probe_import_row){
        .id = id,
        .site = site,
        .probe = probe,
        .imported_at = NOW,
        .imported_by = "operator:anna",
        .device = device,
        .user = "Ben@example.org",
        .document = "{}",
    };
}

static void add(struct db_tx *tx, const char *id, const char *site, const char *probe,
                const char *device)
{
    const struct probe_import_row row = row_of(id, site, probe, device);
    expect_ok(probe_import_store_create(tx, &row));
}

static void expect_list(struct db_tx *tx, const struct probe_import_filter *filter, const char *ids)
{
    struct probe_import_list list defer(probe_import_list_clear) = {0};
    char found[256] = "";
    expect_ok(probe_import_store_list(tx, filter, &(struct page_request){.limit = 10}, &list));
    for (size_t i = 0; i < list.count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s ", list.rows[i].id);
    cr_assert_str_eq(found, ids);
}

Test(probe_import_store, gives_back_what_was_created_until_it_is_removed)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct probe_import_row row defer(probe_import_row_clear) = {0};
    add(tx, "one", "North", "p1", "d1");
    expect_ok(probe_import_store_get(tx, "one", &row));
    cr_assert_str_eq(row.site, "North");
    cr_assert_str_eq(row.probe, "p1");
    cr_assert_str_eq(row.document, "{}");
    cr_assert_eq(row.imported_at, NOW);
    expect_ok(probe_import_store_remove(tx, "one"));
    cr_assert_eq(probe_import_store_remove(tx, "one"), STATUS_NOT_FOUND);
    struct probe_import_row gone = {0};
    cr_assert_eq(probe_import_store_get(tx, "one", &gone), STATUS_NOT_FOUND);
}

Test(probe_import_store, a_probe_of_a_site_is_there_once)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    const struct probe_import_row again = row_of("two", "North", "p1", "d2");
    add(tx, "one", "North", "p1", "d1");
    cr_assert_eq(probe_import_store_create(tx, &again), STATUS_CONFLICT);
    add(tx, "three", "South", "p1", "d1");
}

Test(probe_import_store, lists_what_came_last_first_by_user_and_newest_of_each_device)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    add(tx, "one", "North", "p1", "d1");
    add(tx, "two", "North", "p2", "d1");
    add(tx, "three", "South", "p1", "d1");
    expect_list(tx, &(struct probe_import_filter){0}, "three two one ");
    expect_list(tx, &(struct probe_import_filter){.user = "ben@EXAMPLE.org"}, "three two one ");
    expect_list(tx, &(struct probe_import_filter){.user = "nobody"}, "");
    expect_list(tx, &(struct probe_import_filter){.newest = true}, "three two ");
}

Test(probe_import_store, devices_that_a_file_does_not_name_are_not_one_device)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    add(tx, "one", "North", "p1", "");
    add(tx, "two", "North", "p2", "");
    expect_list(tx, &(struct probe_import_filter){.newest = true}, "two one ");
}

Test(probe_import_store, pages_end_with_the_number_of_their_last_row)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    struct probe_import_list first defer(probe_import_list_clear) = {0};
    struct probe_import_list second defer(probe_import_list_clear) = {0};
    const struct probe_import_filter all = {0};
    add(tx, "one", "North", "p1", "d1");
    add(tx, "two", "North", "p2", "d1");
    expect_ok(probe_import_store_list(tx, &all, &(struct page_request){.limit = 1}, &first));
    cr_assert_str_eq(first.rows[0].id, "two");
    expect_ok(probe_import_store_list(
        tx, &all, &(struct page_request){.limit = 1, .after = first.next}, &second));
    cr_assert_str_eq(second.rows[0].id, "one");
    struct probe_import_list none = {0};
    cr_assert_eq(probe_import_store_list(tx, &all, &(struct page_request){.after = "x"}, &none),
                 STATUS_INVALID);
}
