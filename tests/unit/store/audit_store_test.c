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

static struct audit_report verify_against(struct audit_head kept)
{
    struct audit_chain chain = {.known = {kept}};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_verify(tx, &chain));
    return chain.report;
}

static struct audit_head head(void)
{
    struct audit_head head = {.id = -1};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_head(tx, &head));
    return head;
}

static struct audit_report verify(void)
{
    return verify_against((struct audit_head){0});
}

Test(audit_store, an_empty_chain_is_whole)
{
    struct audit_report report = verify();
    cr_assert_eq(report.rows, 0);
    cr_assert_eq(report.first_broken, 0);
    cr_assert_eq(head().id, 0);
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
    struct audit_head last = head();
    cr_assert_eq(last.id, 1);
    cr_assert_arr_eq(last.hash, expected, sizeof last.hash);
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
    expect_ok(audit_store_list(tx, &(struct audit_filter){0}, &(struct page_request){0}, &list));
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

/* Only a head that was kept elsewhere can tell. */
Test(audit_store, rows_cut_off_the_end_show_against_a_head_that_was_kept)
{
    append("link.create", "abc");
    append("link.cancel", "abc");
    append("link.rearm", "abc");
    struct audit_head kept = head();
    cr_assert_eq(verify_against(kept).first_broken, 0);
    run_sql(at.path, "DROP TRIGGER audit_never_shrinks; DELETE FROM audit WHERE id >= 2");
    cr_assert_eq(verify().first_broken, 0);
    struct audit_report report = verify_against(kept);
    cr_assert_eq(report.first_broken, 2);
    cr_assert_not_null(strstr(report.reason, "cut off"));
    cr_assert_eq(report.head.id, 1);
}

Test(audit_store, a_chain_written_anew_shows_against_a_head_that_was_kept)
{
    append("link.create", "abc");
    append("link.cancel", "abc");
    struct audit_head kept = head();
    append("link.create", "def");
    run_sql(at.path, "DROP TRIGGER audit_never_shrinks; DELETE FROM audit WHERE id >= 2");
    append("link.rearm", "abc");
    append("link.create", "def");
    cr_assert_eq(verify().first_broken, 0);
    cr_assert_eq(verify_against(kept).first_broken, 2);
}

static bool holds(struct audit_head kept)
{
    bool holds = false;
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_holds(tx, &kept, &holds));
    return holds;
}

Test(audit_store, a_head_is_held_while_its_row_stands)
{
    cr_assert(holds(head()));
    append("link.create", "abc");
    struct audit_head kept = head();
    append("link.cancel", "abc");
    cr_assert(holds(kept));
    kept.hash[0] ^= 1;
    cr_assert_not(holds(kept));
    cr_assert_not(holds((struct audit_head){.id = 3}));
}

/* Row n, of 24, at NOW + n / 4. */
static void append_mixture(void)
{
    static const char *const actors[] = {"operator:anna", "phone"};
    static const char *const actions[] = {"link.create", "link.claim", "link.cancel"};
    static const char *const objects[] = {"abc", "def", "ghi", "jkl"};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    for (int n = 1; n <= 24; n++) {
        struct audit_row row = {.at = NOW + n / 4,
                                .actor = actors[n % 2],
                                .action = actions[n % 3],
                                .object_kind = "link",
                                .object_id = objects[n % 4]};
        expect_ok(audit_store_append(tx, &row));
    }
    finish(tx);
}

static bool fits(const struct audit_filter *filter, const struct audit_row *row)
{
    return (filter->actor == NULL || strcmp(filter->actor, row->actor) == 0) &&
           (filter->action == NULL || strcmp(filter->action, row->action) == 0) &&
           (filter->object_id == NULL || strcmp(filter->object_id, row->object_id) == 0) &&
           (filter->from == 0 || row->at >= filter->from) &&
           (filter->to == 0 || row->at < filter->to);
}

/* Which rows of the table fit, newest first; 0 behind the last. */
static void expect_rows(const struct audit_filter *filter, int64_t expected[static 25])
{
    size_t count = 0;
    struct audit_list all defer(audit_list_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(audit_store_list(tx, &(struct audit_filter){0}, &(struct page_request){0}, &all));
    cr_assert_eq(all.count, 24);
    for (size_t i = 0; i < all.count; i++)
        if (fits(filter, &all.rows[i]))
            expected[count++] = all.rows[i].id;
    expected[count] = 0;
}

static void expect_pages(const struct audit_filter *filter)
{
    int64_t expected[25];
    expect_rows(filter, expected);
    const int64_t *next = expected;
    char after[PAGE_CURSOR_SIZE] = "";
    do {
        struct audit_list list defer(audit_list_clear) = {0};
        struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
        expect_ok(audit_store_list(tx, filter, &(struct page_request){2, after}, &list));
        for (size_t i = 0; i < list.count; i++)
            cr_assert_eq(list.rows[i].id, *next++);
        memcpy(after, list.next, sizeof after);
    } while (after[0] != '\0');
    cr_assert_eq(*next, 0);
}

Test(audit_store, every_combination_of_filters_lists_what_fits_newest_first)
{
    append_mixture();
    for (unsigned bits = 0; bits < 32; bits++)
        expect_pages(&(struct audit_filter){
            .actor = bits & 1 ? "phone" : NULL,
            .action = bits & 2 ? "link.claim" : NULL,
            .object_id = bits & 4 ? "def" : NULL,
            .from = bits & 8 ? NOW + 2 : 0,
            .to = bits & 16 ? NOW + 5 : 0,
        });
}

Test(audit_store, the_kind_of_an_object_is_asked_for_with_the_object_only)
{
    append("link.create", "abc");
    struct audit_list list defer(audit_list_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    const struct page_request page = {0};
    expect_ok(audit_store_list(
        tx, &(struct audit_filter){.object_kind = "operator", .object_id = "abc"}, &page, &list));
    cr_assert_eq(list.count, 0);
    expect_ok(audit_store_list(
        tx, &(struct audit_filter){.object_kind = "link", .object_id = "abc"}, &page, &list));
    cr_assert_eq(list.count, 1);
    cr_assert_eq(audit_store_list(tx, &(struct audit_filter){.object_kind = "link"}, &page, &list),
                 STATUS_INVALID);
}

Test(audit_store, refuses_a_cursor_that_is_no_row)
{
    struct audit_list list defer(audit_list_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    static const char *const cursors[] = {"x", "0", "-1", "7"};
    for (size_t i = 0; i < sizeof cursors / sizeof cursors[0]; i++)
        cr_assert_eq(audit_store_list(tx, &(struct audit_filter){0},
                                      &(struct page_request){0, cursors[i]}, &list),
                     STATUS_INVALID, "%s", cursors[i]);
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
