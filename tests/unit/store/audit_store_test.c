#include "fixture.h"

#include "base/digest.h"

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

TestSuite(audit_store, .init = setup, .fini = teardown);

static void append(const char *action, const char *object_id)
{
    struct audit_row row = {.at = NOW,
                            .actor = "operator:anna",
                            .action = action,
                            .object_kind = "link",
                            .object_id = object_id,
                            .address = "192.0.2.7",
                            .detail = "{\"user\":\"bob\"}"};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(audit_store_append(tx, &row));
    finish(tx);
}

static struct audit_report verify(void)
{
    struct audit_report report = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_verify(tx, &report));
    return report;
}

Test(audit_store, an_empty_chain_is_whole)
{
    struct audit_report report = verify();
    cr_assert_eq(report.rows, 0);
    cr_assert_eq(report.first_broken, 0);
    int64_t id = -1;
    uint8_t hash[AUDIT_HASH_SIZE];
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_head(tx, &id, hash));
    cr_assert_eq(id, 0);
}

Test(audit_store, the_hash_is_over_the_bytes_that_the_header_says)
{
    append("link.create", "abc");
    static const char canonical[] =
        "certferry audit 1\n"
        "64:0000000000000000000000000000000000000000000000000000000000000000\n"
        "1:1\n10:1800000000\n13:operator:anna\n11:link.create\n4:link\n3:abc\n9:192.0.2.7\n"
        "14:{\"user\":\"bob\"}\n";
    uint8_t expected[DIGEST_SHA256_SIZE];
    expect_ok(digest_sha256(span_of_text(canonical), expected));
    int64_t id = 0;
    uint8_t hash[AUDIT_HASH_SIZE];
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_head(tx, &id, hash));
    cr_assert_eq(id, 1);
    cr_assert_arr_eq(hash, expected, sizeof hash);
}

Test(audit_store, a_row_of_a_rolled_back_change_does_not_stand)
{
    append("link.create", "abc");
    struct audit_row row = {.at = NOW, .actor = "system", .action = "link.cancel"};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(audit_store_append(tx, &row));
    db_end(tx);
    append("link.show", "abc");
    struct audit_report report = verify();
    cr_assert_eq(report.rows, 2);
    cr_assert_eq(report.first_broken, 0);
}

Test(audit_store, missing_texts_are_empty_and_a_missing_detail_an_empty_object)
{
    struct audit_row row = {.at = NOW, .actor = "system", .action = "start"};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(audit_store_append(tx, &row));
    finish(tx);
    struct audit_list list defer(audit_list_clear) = {0};
    tx = begin(at.db, DB_READ);
    expect_ok(audit_store_list(tx, NULL, NULL, &(struct page_request){0}, &list));
    db_end(tx);
    cr_assert_eq(list.count, 1);
    cr_assert_str_eq(list.rows[0].object_id, "");
    cr_assert_str_eq(list.rows[0].detail, "{}");
}

/* Whoever opens the file with another program meets the triggers. */
static const char *const refused[] = {
    "UPDATE audit SET actor = 'x' WHERE id = 2",
    "DELETE FROM audit WHERE id = 3",
    "DELETE FROM audit",
    "INSERT INTO audit SELECT 7, at, actor, action, object_kind, object_id, address, detail, hash"
    " FROM audit WHERE id = 1",
    "INSERT OR REPLACE INTO audit SELECT 1, at, 'x', action, object_kind, object_id, address,"
    " detail, hash FROM audit WHERE id = 1",
};

Test(audit_store, the_database_refuses_to_change_or_delete_a_row)
{
    for (int i = 0; i < 3; i++)
        append("link.create", "abc");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        cr_assert(!sql_runs(at.path, refused[i]), "%s", refused[i]);
    cr_assert_eq(verify().first_broken, 0);
}

/* Changes behind the triggers' back, and the first row that shows it. */
static const struct {
    const char *sql;
    int64_t first_broken;
} tampered[] = {
    {"UPDATE audit SET at = at + 1 WHERE id = 4", 4},
    {"UPDATE audit SET actor = 'operator:annb' WHERE id = 1", 1},
    {"UPDATE audit SET action = 'link.creatf' WHERE id = 5", 5},
    {"UPDATE audit SET object_kind = '', object_id = 'linkabc' WHERE id = 2", 2},
    {"UPDATE audit SET object_id = 'abd' WHERE id = 3", 3},
    {"UPDATE audit SET address = '' WHERE id = 3", 3},
    {"UPDATE audit SET detail = '{}' WHERE id = 3", 3},
    {"UPDATE audit SET hash = zeroblob(32) WHERE id = 5", 5},
    {"DELETE FROM audit WHERE id = 1", 1},
    {"DELETE FROM audit WHERE id = 3", 3},
    {"UPDATE audit SET id = 100 WHERE id = 3", 3},
    {"UPDATE audit SET id = -1 WHERE id = 1", 1},
    {"UPDATE audit SET id = -id WHERE id IN (2, 3); UPDATE audit SET id = 3 WHERE id = -2;"
     "UPDATE audit SET id = 2 WHERE id = -3",
     2},
};

Test(audit_store, verify_names_the_first_row_that_was_tampered_with)
{
    for (size_t i = 0; i < sizeof tampered / sizeof tampered[0]; i++) {
        const char *const objects[] = {"abc", "def", "ghi", "jkl", "mno"};
        for (int j = 0; j < 5; j++)
            append("link.create", objects[j]);
        cr_assert_eq(verify().rows, 5);
        run_sql(at.path, "DROP TRIGGER audit_never_changes; DROP TRIGGER audit_never_shrinks");
        run_sql(at.path, tampered[i].sql);
        struct audit_report report = verify();
        cr_assert_eq(report.first_broken, tampered[i].first_broken, "%s: row %lld", tampered[i].sql,
                     (long long)report.first_broken);
        cr_assert(report.reason[0] != '\0');
        fixture_close(&at);
        fixture_open(&at);
    }
}

Test(audit_store, the_head_shows_rows_cut_off_the_end)
{
    append("link.create", "abc");
    append("link.cancel", "abc");
    run_sql(at.path, "DROP TRIGGER audit_never_shrinks; DELETE FROM audit WHERE id = 2");
    cr_assert_eq(verify().first_broken, 0);
    int64_t id = 0;
    uint8_t hash[AUDIT_HASH_SIZE];
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_head(tx, &id, hash));
    cr_assert_eq(id, 1);
}

Test(audit_store, lists_newest_first_and_by_object)
{
    for (int i = 0; i < 7; i++)
        append("link.show", i % 2 == 0 ? "even" : "odd");
    char after[PAGE_CURSOR_SIZE] = "";
    int64_t expected = 7;
    do {
        struct audit_list list defer(audit_list_clear) = {0};
        struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
        expect_ok(audit_store_list(tx, NULL, NULL, &(struct page_request){3, after}, &list));
        for (size_t i = 0; i < list.count; i++)
            cr_assert_eq(list.rows[i].id, expected--);
        memcpy(after, list.next, sizeof after);
    } while (after[0] != '\0');
    cr_assert_eq(expected, 0);
    struct audit_list list defer(audit_list_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_list(tx, "link", "odd", &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 3);
    cr_assert_eq(list.rows[0].id, 6);
    cr_assert_eq(audit_store_list(tx, NULL, NULL, &(struct page_request){0, "x"}, &list),
                 STATUS_INVALID);
}

static enum status count_rows(void *context, const struct audit_row *row)
{
    int64_t *count = context;
    cr_assert_eq(row->id, ++*count);
    return row->id == 2 ? STATUS_GONE : STATUS_OK;
}

Test(audit_store, the_walk_is_oldest_first_and_ends_when_the_visitor_says_so)
{
    for (int i = 0; i < 4; i++)
        append("link.show", "abc");
    int64_t count = 0;
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    cr_assert_eq(audit_store_each(tx, count_rows, &count), STATUS_GONE);
    cr_assert_eq(count, 2);
}
