#include "store/api_key_store.h"

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

TestSuite(api_key_store, .init = setup, .fini = teardown);

static enum status create(const char *id, int64_t created_at)
{
    const struct api_key_row row = {
        .id = id,
        .key_hash = hash_of(id),
        .name = "monitoring",
        .role = OPERATOR_AUDITOR,
        .created_at = created_at,
        .created_by = "operator:anna",
        .expires_at = created_at + 100,
    };
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(api_key_store_create(tx, &row));
    return db_commit(tx);
}

static enum status revoke_key(const char *id)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(api_key_store_revoke(tx, id, NOW + 3));
    return db_commit(tx);
}

static struct api_key_row get(const char *id)
{
    struct api_key_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(api_key_store_get(tx, id, &row));
    return row;
}

Test(api_key_store, is_found_by_the_hash_of_the_key)
{
    expect_ok(create("k1", NOW));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct api_key_row row defer(api_key_row_clear) = {0};
    cr_assert_eq(api_key_store_find(tx, hash_of("k2"), &row), STATUS_NOT_FOUND);
    expect_ok(api_key_store_find(tx, hash_of("k1"), &row));
    cr_assert_str_eq(row.id, "k1");
    cr_assert_str_eq(row.name, "monitoring");
    cr_assert_eq(row.role, OPERATOR_AUDITOR);
    cr_assert_eq(row.expires_at, NOW + 100);
    cr_assert_eq(row.last_used_at, 0);
    cr_assert_eq(row.revoked_at, 0);
}

Test(api_key_store, an_id_is_taken_once)
{
    expect_ok(create("k1", NOW));
    cr_assert_eq(create("k1", NOW), STATUS_CONFLICT);
}

static void use(int64_t now)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(api_key_store_note_use(tx, "k1", 60, now));
    finish(tx);
}

Test(api_key_store, notes_a_use_once_in_the_interval)
{
    expect_ok(create("k1", NOW));
    static const struct {
        int64_t at;
        int64_t noted;
    } uses[] = {{NOW, NOW}, {NOW + 59, NOW}, {NOW + 60, NOW + 60}};
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        use(uses[i].at);
        struct api_key_row row defer(api_key_row_clear) = get("k1");
        cr_assert_eq(row.last_used_at, uses[i].noted, "use %zu", i);
    }
}

Test(api_key_store, is_revoked_once)
{
    expect_ok(create("k1", NOW));
    expect_ok(revoke_key("k1"));
    cr_assert_eq(revoke_key("k1"), STATUS_CONFLICT);
    cr_assert_eq(revoke_key("k2"), STATUS_NOT_FOUND);
    struct api_key_row row defer(api_key_row_clear) = get("k1");
    cr_assert_eq(row.revoked_at, NOW + 3);
}

Test(api_key_store, lists_by_pages_newest_first)
{
    expect_ok(create("a", NOW));
    expect_ok(create("b", NOW + 1));
    expect_ok(create("c", NOW + 1));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct api_key_list first defer(api_key_list_clear) = {0};
    expect_ok(api_key_store_list(tx, &(struct page_request){.limit = 2}, &first));
    cr_assert_eq(first.count, 2);
    cr_assert_str_eq(first.rows[0].id, "c");
    cr_assert_str_eq(first.next, "b");
    struct api_key_list second defer(api_key_list_clear) = {0};
    const struct page_request next = {.limit = 2, .after = first.next};
    expect_ok(api_key_store_list(tx, &next, &second));
    cr_assert_eq(second.count, 1);
    cr_assert_str_eq(second.rows[0].id, "a");
    cr_assert_str_eq(second.next, "");
    const struct page_request nowhere = {.after = "z"};
    struct api_key_list none defer(api_key_list_clear) = {0};
    cr_assert_eq(api_key_store_list(tx, &nowhere, &none), STATUS_INVALID);
}
