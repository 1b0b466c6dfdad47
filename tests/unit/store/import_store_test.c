#include "store/import_store.h"

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

TestSuite(import_store, .init = setup, .fini = teardown);

static struct import_row input(const char *id, int64_t created_at)
{
    return (struct import_row){
        .id = id,
        .created_at = created_at,
        .created_by = "operator:anna",
        .address = "192.0.2.1",
        .file_name = "users.csv",
        .total = 4,
        .position = 5,
        .line = 2,
    };
}

static void create(const struct import_row *row)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    struct span report = row->faults > 0 ? SPAN_LITERAL("line 2") : SPAN_EMPTY;
    expect_ok(import_store_create(tx, row, SPAN_LITERAL("user\nann\n"), report));
    finish(tx);
}

static void make(const char *id)
{
    const struct import_row row = input(id, NOW);
    create(&row);
}

static enum status advance(const char *id, int64_t before, int64_t count)
{
    const struct import_batch batch = {
        .before = before,
        .count = count,
        .position = 5 + 4 * (before + count),
        .line = 2 + before + count,
        .sealed = span_of_text(before == 0 ? "first" : "second"),
    };
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(import_store_advance(tx, id, &batch));
    return db_commit(tx);
}

enum step { STEP_FINISH, STEP_STOP, STEP_RESUME, STEP_FETCHED, STEP_ERASE };

static enum status take_step(struct db_tx *tx, enum step step, const char *id, int64_t now)
{
    switch (step) {
    case STEP_FINISH:
        return import_store_finish(tx, id, now, now + 1000);
    case STEP_STOP:
        return import_store_stop(tx, id, "because", now, now + 1000);
    case STEP_RESUME:
        return import_store_resume(tx, id);
    case STEP_FETCHED:
        return import_store_note_fetched(tx, id, now, now + 10);
    case STEP_ERASE:
        return import_store_erase(tx, id, now);
    }
    return STATUS_INTERNAL;
}

static enum status change(enum step step, const char *id, int64_t now)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(take_step(tx, step, id, now));
    return db_commit(tx);
}

static struct import_row get(const char *id)
{
    struct db_tx *tx = begin(at.db, DB_READ);
    struct import_row row = {0};
    expect_ok(import_store_get(tx, id, &row));
    db_end(tx);
    return row;
}

Test(import_store, gives_back_what_was_created)
{
    make("abc");
    struct import_row row defer(import_row_clear) = get("abc");
    cr_assert_str_eq(row.created_by, "operator:anna");
    cr_assert_str_eq(row.address, "192.0.2.1");
    cr_assert_str_eq(row.file_name, "users.csv");
    cr_assert_eq(row.total, 4);
    cr_assert_eq(row.made, 0);
    cr_assert_eq(row.position, 5);
    cr_assert_eq(row.line, 2);
    cr_assert_eq(row.finished_at, 0);

    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct buf file defer(buf_clear) = BUF_INIT(100);
    struct buf report defer(buf_clear) = BUF_INIT(100);
    expect_ok(import_store_get_file(tx, "abc", &file, &report));
    cr_assert(span_equal_text(span_of(file.ptr, file.len), "user\nann\n"));
    cr_assert_eq(report.len, 0);
    struct import_row none;
    cr_assert_eq(import_store_get(tx, "other", &none), STATUS_NOT_FOUND);
}

Test(import_store, a_batch_is_made_once)
{
    make("abc");
    expect_ok(advance("abc", 0, 2));
    cr_assert_eq(advance("abc", 0, 2), STATUS_CONFLICT);
    cr_assert_eq(advance("abc", 3, 1), STATUS_CONFLICT);
    struct import_row row defer(import_row_clear) = get("abc");
    cr_assert_eq(row.made, 2);
    cr_assert_eq(row.position, 13);
    cr_assert_eq(row.line, 4);
}

Test(import_store, only_a_whole_import_is_finished)
{
    make("abc");
    expect_ok(advance("abc", 0, 2));
    cr_assert_eq(change(STEP_FINISH, "abc", NOW), STATUS_CONFLICT);
    expect_ok(advance("abc", 2, 2));
    expect_ok(change(STEP_FINISH, "abc", NOW));
    cr_assert_eq(change(STEP_FINISH, "abc", NOW), STATUS_CONFLICT);
    cr_assert_eq(advance("abc", 4, 1), STATUS_CONFLICT);
}

Test(import_store, gives_the_results_in_order)
{
    make("abc");
    expect_ok(advance("abc", 0, 2));
    expect_ok(advance("abc", 2, 2));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct buf results defer(buf_clear) = BUF_INIT(100);
    bool any;
    int64_t row = -1;
    expect_ok(import_store_next_result(tx, "abc", row, &any, &row, &results));
    cr_assert(any && row == 0);
    expect_ok(import_store_next_result(tx, "abc", row, &any, &row, &results));
    cr_assert(any && row == 2);
    expect_ok(import_store_next_result(tx, "abc", row, &any, &row, &results));
    cr_assert_not(any);
    cr_assert(span_equal_text(span_of(results.ptr, results.len), "firstsecond"));
}

Test(import_store, a_stopped_import_waits_until_it_is_resumed)
{
    make("abc");
    expect_ok(change(STEP_STOP, "abc", NOW));
    cr_assert_eq(change(STEP_STOP, "abc", NOW), STATUS_CONFLICT);
    cr_assert_eq(advance("abc", 0, 2), STATUS_CONFLICT);
    struct db_tx *tx = begin(at.db, DB_READ);
    struct import_row none;
    cr_assert_eq(import_store_first_running(tx, &none), STATUS_NOT_FOUND);
    db_end(tx);
    expect_ok(change(STEP_RESUME, "abc", NOW));
    cr_assert_eq(change(STEP_RESUME, "abc", NOW), STATUS_CONFLICT);
    expect_ok(advance("abc", 0, 2));
    struct import_row row defer(import_row_clear) = get("abc");
    cr_assert_str_eq(row.stopped_why, "");
    cr_assert_eq(row.erase_at, 0);
}

Test(import_store, the_oldest_that_runs_comes_first)
{
    const struct import_row rows[] = {input("new", NOW + 1), input("old", NOW)};
    struct import_row refused = input("bad", NOW - 1);
    refused.faults = 1;
    create(&rows[0]);
    create(&rows[1]);
    create(&refused);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct import_row row defer(import_row_clear) = {0};
    expect_ok(import_store_first_running(tx, &row));
    cr_assert_str_eq(row.id, "old");
}

Test(import_store, a_fetched_result_is_erased_earlier_never_later)
{
    make("abc");
    expect_ok(advance("abc", 0, 4));
    cr_assert_eq(change(STEP_FETCHED, "abc", NOW), STATUS_GONE);
    expect_ok(change(STEP_FINISH, "abc", NOW));
    expect_ok(change(STEP_FETCHED, "abc", NOW + 5));
    expect_ok(change(STEP_FETCHED, "abc", NOW + 7));
    struct import_row row defer(import_row_clear) = get("abc");
    cr_assert_eq(row.fetched_at, NOW + 5);
    cr_assert_eq(row.erase_at, NOW + 15);
}

Test(import_store, erasing_leaves_no_file_and_no_result)
{
    make("abc");
    expect_ok(advance("abc", 0, 4));
    cr_assert_eq(change(STEP_ERASE, "abc", NOW), STATUS_CONFLICT);
    expect_ok(change(STEP_FINISH, "abc", NOW));
    struct db_tx *tx = begin(at.db, DB_READ);
    bool any;
    char id[IMPORT_STORE_ID_SIZE];
    expect_ok(import_store_due(tx, NOW + 999, &any, id));
    cr_assert_not(any);
    expect_ok(import_store_due(tx, NOW + 1000, &any, id));
    cr_assert(any);
    cr_assert_str_eq(id, "abc");
    db_end(tx);

    expect_ok(change(STEP_ERASE, "abc", NOW + 1000));
    cr_assert_eq(change(STEP_ERASE, "abc", NOW + 1000), STATUS_CONFLICT);
    cr_assert_eq(change(STEP_FETCHED, "abc", NOW + 1000), STATUS_GONE);
    tx = begin(at.db, DB_READ);
    struct buf file defer(buf_clear) = BUF_INIT(100);
    cr_assert_eq(import_store_get_file(tx, "abc", &file, NULL), STATUS_GONE);
    int64_t row = -1;
    expect_ok(import_store_next_result(tx, "abc", -1, &any, &row, &file));
    cr_assert_not(any);
    expect_ok(import_store_due(tx, NOW + 2000, &any, id));
    cr_assert_not(any);
    db_end(tx);
}

Test(import_store, lists_the_newest_first_page_by_page)
{
    const struct import_row rows[] = {input("a", NOW), input("b", NOW + 1), input("c", NOW + 2)};
    for (int i = 0; i < 3; i++)
        create(&rows[i]);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct import_list first defer(import_list_clear) = {0};
    expect_ok(import_store_list(tx, &(struct page_request){.limit = 2}, &first));
    cr_assert_eq(first.count, 2);
    cr_assert_str_eq(first.rows[0].id, "c");
    struct import_list second defer(import_list_clear) = {0};
    expect_ok(import_store_list(tx, &(struct page_request){2, first.next}, &second));
    cr_assert_eq(second.count, 1);
    cr_assert_str_eq(second.rows[0].id, "a");
    cr_assert_str_eq(second.next, "");
    struct import_list none = {0};
    cr_assert_eq(import_store_list(tx, &(struct page_request){2, "x"}, &none), STATUS_INVALID);
}
