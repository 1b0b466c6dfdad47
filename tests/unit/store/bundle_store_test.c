#include "fixture.h"

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
    make_link(at.db, "abc", "anna", NOW);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(bundle_store, .init = setup, .fini = teardown);

static void put(const struct bundle_row *row)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(bundle_store_put(tx, row));
    finish(tx);
}

static void erase(const char *link_id, int64_t now)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(bundle_store_erase(tx, link_id, now));
    finish(tx);
}

static struct bundle_row find(const char *ticket)
{
    struct bundle_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(bundle_store_find(tx, hash_of(ticket), &row));
    return row;
}

Test(bundle_store, gives_back_what_was_put)
{
    struct bundle_row input = bundle_input("abc");
    put(&input);
    struct bundle_row row defer(bundle_row_clear) = find("abc");
    cr_assert_str_eq(row.link_id, "abc");
    cr_assert_str_eq(row.packing, "compat");
    cr_assert(span_equal_text(row.file_sealed, "sealed file"));
    cr_assert(span_equal_text(row.page_sealed, "sealed page"));
    cr_assert(span_equal_text(row.repack_sealed, "sealed key"));
    cr_assert_str_eq(row.etag, "\"abc\"");
    cr_assert_eq(row.size, 2500);
    cr_assert_eq(row.created_at, NOW);
    cr_assert_eq(row.erased_at, 0);
}

Test(bundle_store, refuses_a_second_bundle_and_one_without_link)
{
    struct bundle_row input = bundle_input("abc");
    put(&input);
    struct bundle_row stray = bundle_input("stray");
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    cr_assert_eq(bundle_store_put(tx, &input), STATUS_CONFLICT);
    cr_assert_eq(bundle_store_put(tx, &stray), STATUS_INTERNAL);
}

Test(bundle_store, knows_no_other_ticket)
{
    struct bundle_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    cr_assert_eq(bundle_store_find(tx, hash_of("abc"), &row), STATUS_NOT_FOUND);
    cr_assert_eq(bundle_store_get(tx, "abc", &row), STATUS_NOT_FOUND);
}

Test(bundle_store, repacking_changes_the_file_alone)
{
    struct bundle_row input = bundle_input("abc");
    put(&input);
    struct bundle_row other = {.link_id = "abc",
                               .packing = "modern",
                               .file_sealed = SPAN_LITERAL("other"),
                               .etag = "\"x\"",
                               .size = 7};
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(bundle_store_repack(tx, &other));
    finish(tx);
    struct bundle_row row defer(bundle_row_clear) = find("abc");
    cr_assert_str_eq(row.packing, "modern");
    cr_assert(span_equal_text(row.file_sealed, "other"));
    cr_assert(span_equal_text(row.page_sealed, "sealed page"));
    cr_assert_str_eq(row.etag, "\"x\"");
    cr_assert_eq(row.size, 7);
}

Test(bundle_store, an_erased_bundle_keeps_only_its_ticket)
{
    struct bundle_row input = bundle_input("abc");
    put(&input);
    erase("abc", NOW + 900);
    erase("abc", NOW + 901);
    struct bundle_row row defer(bundle_row_clear) = find("abc");
    cr_assert_eq(row.erased_at, NOW + 900);
    cr_assert_eq(row.file_sealed.len + row.page_sealed.len + row.repack_sealed.len, 0);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    cr_assert_eq(bundle_store_repack(tx, &input), STATUS_GONE);
}

/* Sealed bytes that span several pages of the file, each with a mark that can be searched for. */
static void fill(uint8_t *bytes, size_t len, const char *mark)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(mark[i % strlen(mark)]);
}

Test(bundle_store, nothing_of_an_erased_bundle_stays_in_any_file)
{
    static uint8_t file[20000], page[300], key[3000];
    fill(file, sizeof file, "FILE-MARK-OF-THE-SEALED-P12.");
    fill(page, sizeof page, "PAGE-MARK-OF-PASSWORD-AND-TICKET.");
    fill(key, sizeof key, "KEY-MARK-OF-THE-PRIVATE-KEY.");
    struct bundle_row input = bundle_input("abc");
    input.file_sealed = span_of(file, sizeof file);
    input.page_sealed = span_of(page, sizeof page);
    input.repack_sealed = span_of(key, sizeof key);
    put(&input);
    cr_assert(files_contain(at.path, SPAN_LITERAL("FILE-MARK")));
    expect_ok(db_erase_traces(at.db));
    cr_assert(files_contain(at.path, SPAN_LITERAL("KEY-MARK")));

    struct db_tx *tx = begin(at.db, DB_WRITE);
    input.packing = "modern";
    expect_ok(bundle_store_repack(tx, &input));
    finish(tx);
    erase("abc", NOW + 900);
    expect_ok(db_erase_traces(at.db));
    cr_assert(!files_contain(at.path, SPAN_LITERAL("FILE-MARK")));
    cr_assert(!files_contain(at.path, SPAN_LITERAL("PAGE-MARK")));
    cr_assert(!files_contain(at.path, SPAN_LITERAL("KEY-MARK")));
}

Test(bundle_store, small_bundles_leave_nothing_among_their_neighbours)
{
    static const char *const links[] = {"l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7"};
    for (size_t i = 0; i < 8; i++) {
        make_link(at.db, links[i], "anna", NOW);
        struct bundle_row input = bundle_input(links[i]);
        input.page_sealed = i % 2 == 0 ? SPAN_LITERAL("MARK-EVEN") : SPAN_LITERAL("MARK-ODD");
        put(&input);
    }
    for (size_t i = 0; i < 8; i += 2)
        erase(links[i], NOW + 900);
    expect_ok(db_erase_traces(at.db));
    cr_assert(!files_contain(at.path, SPAN_LITERAL("MARK-EVEN")));
    cr_assert(files_contain(at.path, SPAN_LITERAL("MARK-ODD")));
}

Test(bundle_store, a_rolled_back_bundle_leaves_no_trace)
{
    struct bundle_row input = bundle_input("abc");
    input.page_sealed = SPAN_LITERAL("MARK-ROLLED-BACK");
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(bundle_store_put(tx, &input));
    db_end(tx);
    expect_ok(db_erase_traces(at.db));
    cr_assert(!files_contain(at.path, SPAN_LITERAL("MARK-ROLLED-BACK")));
}
