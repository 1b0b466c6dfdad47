#include "store/mail_store.h"

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

TestSuite(mail_store, .init = setup, .fini = teardown);

enum { LEASE = 60, GIVE_UP = 1000, KEEP = 2000 };

static struct mail_row input(const char *id, int64_t now)
{
    return (struct mail_row){
        .id = id,
        .kind = "ca",
        .recipient = "ann@example.org",
        .language = "en",
        .message_id = id,
        .created_at = now,
        .created_by = "operator:bob",
        .give_up_at = now + GIVE_UP,
        .keep_until = now + KEEP,
        .sealed = SPAN_LITERAL("sealed"),
    };
}

static void add(const char *id, int64_t now)
{
    struct mail_row row = input(id, now);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(mail_store_add(tx, &row));
    finish(tx);
}

static struct mail_row get(const char *id)
{
    struct mail_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(mail_store_get(tx, id, &row));
    return row;
}

static enum mail_state state_now(const char *id)
{
    struct mail_row row defer(mail_row_clear) = get(id);
    return row.state;
}

/* Runs one change in a transaction of its own. */
#define IN_TRANSACTION(call)                                                                       \
    ({                                                                                             \
        struct db_tx *tx = begin(at.db, DB_WRITE);                                                 \
        enum status done_ = (call);                                                                \
        if (done_ == STATUS_OK)                                                                    \
            done_ = db_commit(tx);                                                                 \
        db_end(tx);                                                                                \
        done_;                                                                                     \
    })

static void try_it(const char *id, int64_t now)
{
    expect_ok(IN_TRANSACTION(mail_store_begin(tx, id, now + LEASE, now)));
}

static enum status end(const char *id, int64_t tries, enum mail_state state, int64_t now)
{
    return IN_TRANSACTION(mail_store_finish(tx, id, tries, state, "why", now));
}

static bool has_text(const char *id)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(64);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    enum status status = mail_store_get_sealed(tx, id, &sealed);
    cr_assert(status == STATUS_OK || status == STATUS_NOT_FOUND);
    return status == STATUS_OK &&
           span_equal(span_of(sealed.ptr, sealed.len), SPAN_LITERAL("sealed"));
}

Test(mail_store, a_new_mail_is_queued_and_due_at_once)
{
    add("a", NOW);
    struct mail_row row defer(mail_row_clear) = get("a");
    cr_assert_eq(row.state, MAIL_QUEUED);
    cr_assert_eq(row.next_at, NOW);
    cr_assert_eq(row.tries, 0);
    cr_assert_str_eq(row.recipient, "ann@example.org");
    cr_assert_str_eq(row.link_id, "");
    cr_assert(row.kept && has_text("a"));

    bool any;
    char id[MAIL_ID_SIZE];
    int64_t when;
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(mail_store_due(tx, &any, id, &when));
    cr_assert(any);
    cr_assert_str_eq(id, "a");
    cr_assert_eq(when, NOW);
}

Test(mail_store, nothing_is_due_in_an_empty_queue)
{
    bool any = true;
    char id[MAIL_ID_SIZE];
    int64_t when;
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(mail_store_due(tx, &any, id, &when));
    cr_assert_not(any);
}

Test(mail_store, one_try_at_a_time)
{
    add("a", NOW);
    try_it("a", NOW);
    cr_assert_eq(IN_TRANSACTION(mail_store_begin(tx, "a", NOW + LEASE, NOW)), STATUS_CONFLICT);
    cr_assert_eq(state_now("a"), MAIL_SENDING);
}

Test(mail_store, a_mail_is_not_tried_before_its_time)
{
    add("a", NOW);
    cr_assert_eq(IN_TRANSACTION(mail_store_begin(tx, "a", NOW, NOW - 1)), STATUS_CONFLICT);
}

Test(mail_store, what_was_sent_is_erased_and_over)
{
    add("a", NOW);
    try_it("a", NOW);
    expect_ok(IN_TRANSACTION(mail_store_note_ending(tx, "a", 1, NOW)));
    expect_ok(end("a", 1, MAIL_SENT, NOW + 1));
    struct mail_row row defer(mail_row_clear) = get("a");
    cr_assert_eq(row.state, MAIL_SENT);
    cr_assert_eq(row.done_at, NOW + 1);
    cr_assert_not(row.kept || has_text("a"));
    cr_assert_eq(IN_TRANSACTION(mail_store_retry(tx, "a", NOW + GIVE_UP, NOW)), STATUS_CONFLICT);
    cr_assert_eq(IN_TRANSACTION(mail_store_cancel(tx, "a", "", NOW)), STATUS_CONFLICT);
    cr_assert_not_null(strstr(status_detail(), "is sent"), "%s", status_detail());
}

Test(mail_store, a_try_that_came_to_nothing_is_made_again_later)
{
    add("a", NOW);
    try_it("a", NOW);
    expect_ok(IN_TRANSACTION(mail_store_note_ending(tx, "a", 1, NOW)));
    expect_ok(IN_TRANSACTION(mail_store_again(tx, "a", 1, "451 later", NOW + 60)));
    struct mail_row row defer(mail_row_clear) = get("a");
    cr_assert_eq(row.state, MAIL_QUEUED);
    cr_assert_eq(row.next_at, NOW + 60);
    cr_assert_eq(row.tries, 1);
    cr_assert_eq(row.ending_at, 0);
    cr_assert_str_eq(row.error, "451 later");
}

Test(mail_store, a_try_whose_lease_is_over_may_not_send_the_end)
{
    add("a", NOW);
    try_it("a", NOW);
    cr_assert_eq(IN_TRANSACTION(mail_store_note_ending(tx, "a", 1, NOW + LEASE)), STATUS_CONFLICT);
}

Test(mail_store, a_try_cannot_do_anything_for_the_one_after_it)
{
    add("a", NOW);
    try_it("a", NOW);
    expect_ok(IN_TRANSACTION(mail_store_again(tx, "a", 1, "cut off", NOW)));
    try_it("a", NOW);
    cr_assert_eq(IN_TRANSACTION(mail_store_note_ending(tx, "a", 1, NOW)), STATUS_CONFLICT);
    cr_assert_eq(end("a", 1, MAIL_SENT, NOW), STATUS_CONFLICT);
    cr_assert_eq(IN_TRANSACTION(mail_store_again(tx, "a", 1, "", NOW)), STATUS_CONFLICT);
    expect_ok(end("a", 2, MAIL_SENT, NOW));
}

Test(mail_store, an_answer_after_the_lease_still_counts)
{
    add("a", NOW);
    try_it("a", NOW);
    expect_ok(end("a", 1, MAIL_UNSURE, NOW + LEASE));
    cr_assert(has_text("a"));
    expect_ok(end("a", 1, MAIL_SENT, NOW + LEASE + 1));
    cr_assert_eq(state_now("a"), MAIL_SENT);
    cr_assert_not(has_text("a"));
}

Test(mail_store, overdue_tries_are_found_with_whether_they_may_have_been_sent)
{
    add("a", NOW);
    add("b", NOW);
    add("c", NOW);
    try_it("a", NOW);
    try_it("b", NOW + 1);
    expect_ok(IN_TRANSACTION(mail_store_note_ending(tx, "b", 1, NOW + 2)));
    struct mail_page page defer(mail_page_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(mail_store_overdue(tx, NOW + LEASE - 1, 10, &page));
    cr_assert_eq(page.count, 0);
    mail_page_clear(&page);
    expect_ok(mail_store_overdue(tx, NOW + LEASE + 1, 10, &page));
    cr_assert_eq(page.count, 2);
    cr_assert_str_eq(page.rows[0].id, "a");
    cr_assert_eq(page.rows[0].ending_at, 0);
    cr_assert_eq(page.rows[1].ending_at, NOW + 2);
    cr_assert_eq(page.rows[1].tries, 1);
}

Test(mail_store, what_failed_can_be_tried_again_while_its_text_is_kept)
{
    add("a", NOW);
    try_it("a", NOW);
    expect_ok(end("a", 1, MAIL_FAILED, NOW));
    expect_ok(IN_TRANSACTION(mail_store_retry(tx, "a", NOW + 500, NOW + 10)));
    struct mail_row row defer(mail_row_clear) = get("a");
    cr_assert_eq(row.state, MAIL_QUEUED);
    cr_assert_eq(row.next_at, NOW + 10);
    cr_assert_eq(row.give_up_at, NOW + 500);
    cr_assert_eq(row.done_at, 0);

    try_it("a", NOW + 10);
    expect_ok(end("a", 2, MAIL_FAILED, NOW + 10));
    int64_t erased = 0;
    expect_ok(IN_TRANSACTION(mail_store_erase_old(tx, NOW + KEEP - 1, &erased)));
    cr_assert_eq(erased, 0);
    expect_ok(IN_TRANSACTION(mail_store_erase_old(tx, NOW + KEEP, &erased)));
    cr_assert_eq(erased, 1);
    cr_assert_not(has_text("a"));
    cr_assert_eq(state_now("a"), MAIL_FAILED);
    cr_assert_eq(IN_TRANSACTION(mail_store_retry(tx, "a", NOW + 500, NOW + 10)), STATUS_CONFLICT);
    cr_assert_not_null(strstr(status_detail(), "not kept"), "%s", status_detail());
}

Test(mail_store, the_text_of_what_still_waits_is_never_erased)
{
    add("a", NOW);
    add("b", NOW);
    try_it("b", NOW);
    int64_t erased = 0;
    expect_ok(IN_TRANSACTION(mail_store_erase_old(tx, NOW + 10 * KEEP, &erased)));
    cr_assert_eq(erased, 0);
    cr_assert(has_text("a") && has_text("b"));
}

Test(mail_store, a_cancelled_mail_is_erased_but_one_under_way_is_not_cancelled)
{
    add("a", NOW);
    add("b", NOW);
    try_it("b", NOW);
    expect_ok(IN_TRANSACTION(mail_store_cancel(tx, "a", "not wanted", NOW)));
    struct mail_row row defer(mail_row_clear) = get("a");
    cr_assert_eq(row.state, MAIL_CANCELLED);
    cr_assert_str_eq(row.error, "not wanted");
    cr_assert_not(has_text("a"));
    cr_assert_eq(IN_TRANSACTION(mail_store_cancel(tx, "b", "", NOW)), STATUS_CONFLICT);
    cr_assert_eq(IN_TRANSACTION(mail_store_cancel(tx, "c", "", NOW)), STATUS_NOT_FOUND);
}

Test(mail_store, an_unsure_mail_waits_for_somebody_to_decide)
{
    add("a", NOW);
    add("b", NOW);
    try_it("a", NOW);
    try_it("b", NOW);
    expect_ok(end("a", 1, MAIL_UNSURE, NOW));
    expect_ok(end("b", 1, MAIL_UNSURE, NOW));
    expect_ok(IN_TRANSACTION(mail_store_retry(tx, "a", NOW + 500, NOW)));
    expect_ok(IN_TRANSACTION(mail_store_cancel(tx, "b", "arrived", NOW)));
    cr_assert_eq(state_now("a"), MAIL_QUEUED);
    cr_assert_eq(state_now("b"), MAIL_CANCELLED);
}

Test(mail_store, lists_newest_first_by_pages_and_by_state)
{
    add("a", NOW);
    add("b", NOW + 1);
    add("c", NOW + 2);
    try_it("b", NOW + 3);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct mail_page page defer(mail_page_clear) = {0};
    expect_ok(mail_store_list(tx, NULL, &(struct page_request){.limit = 2}, &page));
    cr_assert_eq(page.count, 2);
    cr_assert_str_eq(page.rows[0].id, "c");
    cr_assert_str_eq(page.next, "b");
    mail_page_clear(&page);
    expect_ok(mail_store_list(tx, NULL, &(struct page_request){2, "b"}, &page));
    cr_assert_eq(page.count, 1);
    cr_assert_str_eq(page.rows[0].id, "a");
    cr_assert_str_eq(page.next, "");
    mail_page_clear(&page);
    const enum mail_state sending = MAIL_SENDING;
    expect_ok(mail_store_list(tx, &sending, &(struct page_request){0}, &page));
    cr_assert_eq(page.count, 1);
    cr_assert_str_eq(page.rows[0].id, "b");
    cr_assert_eq(mail_store_list(tx, NULL, &(struct page_request){2, "x"}, &page), STATUS_INVALID);
}

Test(mail_store, counts_by_state)
{
    add("a", NOW);
    add("b", NOW);
    try_it("b", NOW);
    expect_ok(end("b", 1, MAIL_FAILED, NOW));
    int64_t counts[MAIL_STATE_COUNT];
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(mail_store_counts(tx, counts));
    cr_assert_eq(counts[MAIL_QUEUED], 1);
    cr_assert_eq(counts[MAIL_FAILED], 1);
    cr_assert_eq(counts[MAIL_SENDING], 0);
}

Test(mail_store, finds_what_waits_of_a_link)
{
    make_link(at.db, "k", "ann@example.org", NOW);
    struct mail_row row = input("a", NOW);
    row.kind = "link";
    row.link_id = "k";
    expect_ok(IN_TRANSACTION(mail_store_add(tx, &row)));
    row.id = row.message_id = "b";
    expect_ok(IN_TRANSACTION(mail_store_add(tx, &row)));
    try_it("b", NOW);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct mail_page page defer(mail_page_clear) = {0};
    expect_ok(mail_store_waiting_of_link(tx, "k", &page));
    cr_assert_eq(page.count, 1);
    cr_assert_str_eq(page.rows[0].id, "a");
}

Test(mail_store, a_message_id_is_used_once)
{
    add("a", NOW);
    struct mail_row row = input("b", NOW);
    row.message_id = "a";
    cr_assert_eq(IN_TRANSACTION(mail_store_add(tx, &row)), STATUS_CONFLICT);
}
