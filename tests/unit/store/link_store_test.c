#include "fixture.h"

#include <pthread.h>
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

TestSuite(link_store, .init = setup, .fini = teardown);

static enum status change(enum status (*function)(struct db_tx *, const char *, int64_t),
                          const char *id, int64_t now)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(function(tx, id, now));
    return db_commit(tx);
}

static int64_t wrong_pin(const char *id, int64_t now)
{
    int64_t left = -1;
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_count_wrong_pin(tx, id, 5, now, &left));
    finish(tx);
    return left;
}

/* The key that was visited last. */
static enum status take_key(void *context, const char *key)
{
    snprintf(context, PAGE_CURSOR_SIZE, "%s", key);
    return STATUS_OK;
}

Test(link_store, gives_back_what_was_created)
{
    struct link_row input = link_input("abc", "anna@example.org", NOW);
    input.mail = "anna@example.org";
    input.sid = "S-1-5-21-1";
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_create(tx, &input));
    finish(tx);

    tx = begin(at.db, DB_READ);
    struct link_row row defer(link_row_clear) = {0};
    expect_ok(link_store_find(tx, hash_of("abc"), &row));
    db_end(tx);
    cr_assert_str_eq(row.id, "abc");
    cr_assert(span_equal(row.token_hash, hash_of("abc")));
    cr_assert(span_equal(row.pin_mac, hash_of("123456")));
    cr_assert_str_eq(row.user, "anna@example.org");
    cr_assert_str_eq(row.name, "Anna Schmidt");
    cr_assert_str_eq(row.mail, "anna@example.org");
    cr_assert_str_eq(row.sid, "S-1-5-21-1");
    cr_assert_str_eq(row.device, "Pixel 9");
    cr_assert_str_eq(row.packing, "compat");
    cr_assert_eq(row.window, 900);
    cr_assert_eq(row.created_at, NOW);
    cr_assert_str_eq(row.created_by, "operator:bob");
    cr_assert_eq(row.expires_at, NOW + 86400);
    cr_assert_eq(row.claimed_at, 0);
    cr_assert_str_eq(row.claim_serial, "");
    cr_assert_str_eq(row.rearmed_as, "");
    cr_assert_eq(row.state, LINK_ISSUED);
}

Test(link_store, refuses_an_id_or_a_token_that_is_taken)
{
    make_link(at.db, "abc", "anna", NOW);
    struct link_row same_id = link_input("abc", "bob", NOW);
    same_id.token_hash = hash_of("other");
    struct link_row same_token = link_input("def", "bob", NOW);
    same_token.token_hash = hash_of("abc");
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    cr_assert_eq(link_store_create(tx, &same_id), STATUS_CONFLICT);
    cr_assert_eq(link_store_create(tx, &same_token), STATUS_CONFLICT);
}

Test(link_store, knows_no_other_link)
{
    struct link_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    cr_assert_eq(link_store_get(tx, "none", &row), STATUS_NOT_FOUND);
    cr_assert_eq(link_store_find(tx, hash_of("none"), &row), STATUS_NOT_FOUND);
    cr_assert_eq(link_store_find(tx, SPAN_EMPTY, &row), STATUS_NOT_FOUND);
    cr_assert_null(row.storage);
}

Test(link_store, opening_notes_the_first_time_and_counts)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(change(link_store_note_opened, "abc", NOW + 1));
    expect_ok(change(link_store_note_opened, "abc", NOW + 2));
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct link_row row defer(link_row_clear) = {0};
    expect_ok(link_store_get(tx, "abc", &row));
    cr_assert_eq(row.opened_at, NOW + 1);
    cr_assert_eq(row.opened_count, 2);
    cr_assert_eq(row.state, LINK_OPENED);
}

Test(link_store, locks_at_the_fifth_wrong_pin)
{
    make_link(at.db, "abc", "anna", NOW);
    for (int64_t left = 4; left >= 0; left--)
        cr_assert_eq(wrong_pin("abc", NOW), left);
    cr_assert_eq(wrong_pin("abc", NOW), 0);
    cr_assert_eq(state_of(at.db, "abc", NOW), LINK_LOCKED);
    cr_assert_eq(begin_claim(at.db, "abc", "0a", NOW), STATUS_CONFLICT);
}

Test(link_store, counts_wrong_pins_inside_the_window_too_and_not_after)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    expect_ok(finish_claim(at.db, "abc", "0a", NOW));
    cr_assert_eq(wrong_pin("abc", NOW + 899), 4);
    int64_t left;
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    cr_assert_eq(link_store_count_wrong_pin(tx, "abc", 5, NOW + 900, &left), STATUS_CONFLICT);
    cr_assert_eq(link_store_count_wrong_pin(tx, "none", 5, NOW, &left), STATUS_NOT_FOUND);
}

Test(link_store, refuses_second_claim_of_a_spent_link)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    cr_assert_eq(state_of(at.db, "abc", NOW), LINK_CLAIMING);
    cr_assert_eq(begin_claim(at.db, "abc", "0b", NOW), STATUS_CONFLICT);
    expect_ok(finish_claim(at.db, "abc", "0a", NOW));
    cr_assert_eq(state_of(at.db, "abc", NOW), LINK_CLAIMED);
    cr_assert_eq(begin_claim(at.db, "abc", "0b", NOW + 100), STATUS_CONFLICT);
    cr_assert_str_eq(status_detail(), "the link abc is claimed");
}

Test(link_store, a_lost_claim_leaves_no_reserved_serial)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    cr_assert_eq(begin_claim(at.db, "abc", "0b", NOW), STATUS_CONFLICT);
    struct certificate_row row = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    cr_assert_eq(certificate_store_get(tx, "0b", &row), STATUS_NOT_FOUND);
}

Test(link_store, is_claimable_again_when_the_lease_has_run_out)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    cr_assert_eq(begin_claim(at.db, "abc", "0b", NOW + 29), STATUS_CONFLICT);
    cr_assert_eq(state_of(at.db, "abc", NOW + 30), LINK_ISSUED);
    expect_ok(begin_claim(at.db, "abc", "0b", NOW + 30));
    cr_assert_eq(finish_claim(at.db, "abc", "0a", NOW + 31), STATUS_CONFLICT);
    expect_ok(finish_claim(at.db, "abc", "0b", NOW + 32));
}

Test(link_store, a_released_claim_is_claimable_at_once)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_claim_release(tx, "abc", "0b"));
    finish(tx);
    cr_assert_eq(state_of(at.db, "abc", NOW), LINK_CLAIMING);
    tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_claim_release(tx, "abc", "0a"));
    finish(tx);
    cr_assert_eq(state_of(at.db, "abc", NOW), LINK_ISSUED);
    expect_ok(begin_claim(at.db, "abc", "0c", NOW));
}

Test(link_store, a_claim_that_was_cancelled_meanwhile_does_not_finish)
{
    make_link(at.db, "abc", "anna", NOW);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    expect_ok(change(link_store_cancel, "abc", NOW));
    cr_assert_eq(finish_claim(at.db, "abc", "0a", NOW + 1), STATUS_CONFLICT);
    struct bundle_row bundle = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    cr_assert_eq(bundle_store_get(tx, "abc", &bundle), STATUS_NOT_FOUND);
}

Test(link_store, a_claim_under_way_outlives_the_lifetime)
{
    make_link(at.db, "abc", "anna", NOW);
    int64_t last = NOW + 86399;
    char last_key[PAGE_CURSOR_SIZE] = "";
    expect_ok(begin_claim(at.db, "abc", "0a", last));
    struct db_tx *tx = begin(at.db, DB_WRITE);
    int64_t count;
    expect_ok(link_store_expire(tx, last + 2, 100, take_key, last_key, &count));
    finish(tx);
    cr_assert_eq(count, 0);
    cr_assert_str_eq(last_key, "");
    expect_ok(finish_claim(at.db, "abc", "0a", last + 3));
}

/* Every state against every change: what is refused, and with what. */
static void expire(void)
{
    int64_t count;
    char last_key[PAGE_CURSOR_SIZE] = "";
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_expire(tx, NOW + 86400, 100, take_key, last_key, &count));
    cr_assert_eq(count, 1);
    cr_assert_str_neq(last_key, "");
    finish(tx);
}

static void rearm_cancelled(const char *id)
{
    expect_ok(change(link_store_cancel, id, NOW));
    make_link(at.db, "new", "anna", NOW);
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_rearm(tx, id, "new", NOW));
    finish(tx);
}

static void lock(const char *id)
{
    for (int i = 0; i < 5; i++)
        wrong_pin(id, NOW);
}

static void bring_unclaimed_to(enum link_state state, const char *id)
{
    if (state == LINK_OPENED)
        expect_ok(change(link_store_note_opened, id, NOW));
    if (state == LINK_CLAIMING)
        expect_ok(begin_claim(at.db, id, "0a", NOW));
    if (state == LINK_CANCELLED)
        expect_ok(change(link_store_cancel, id, NOW));
    if (state == LINK_REARMED)
        rearm_cancelled(id);
    if (state == LINK_LOCKED)
        lock(id);
    if (state == LINK_EXPIRED)
        expire();
}

static void bring_claimed_to(enum link_state state, const char *id)
{
    expect_ok(begin_claim(at.db, id, "0a", NOW));
    expect_ok(finish_claim(at.db, id, "0a", NOW));
    if (state == LINK_DELIVERED)
        expect_ok(change(link_store_note_fetch, id, NOW));
    if (state == LINK_CLOSED)
        expect_ok(change(link_store_close, id, NOW));
    if (state == LINK_IN_USE)
        expect_ok(change(link_store_note_in_use, "0a", NOW));
}

static void bring_to(enum link_state state, const char *id)
{
    make_link(at.db, id, "anna", NOW);
    bool claims = state == LINK_CLAIMED || state == LINK_DELIVERED || state == LINK_CLOSED ||
                  state == LINK_IN_USE;
    if (claims)
        bring_claimed_to(state, id);
    else
        bring_unclaimed_to(state, id);
}

/* In the order of LINK_STATE_TABLE. */
static const struct {
    enum status claim;
    enum status cancel;
    enum status rearm;
    enum status fetch;
} answers[LINK_STATE_COUNT] = {
    [LINK_IN_USE] = {STATUS_CONFLICT, STATUS_CONFLICT, STATUS_CONFLICT, STATUS_OK},
    [LINK_REARMED] = {STATUS_CONFLICT, STATUS_CONFLICT, STATUS_CONFLICT, STATUS_GONE},
    [LINK_CANCELLED] = {STATUS_CONFLICT, STATUS_CONFLICT, STATUS_OK, STATUS_GONE},
    [LINK_CLOSED] = {STATUS_CONFLICT, STATUS_CONFLICT, STATUS_CONFLICT, STATUS_GONE},
    [LINK_DELIVERED] = {STATUS_CONFLICT, STATUS_OK, STATUS_CONFLICT, STATUS_OK},
    [LINK_CLAIMED] = {STATUS_CONFLICT, STATUS_OK, STATUS_CONFLICT, STATUS_OK},
    [LINK_LOCKED] = {STATUS_CONFLICT, STATUS_OK, STATUS_OK, STATUS_GONE},
    [LINK_EXPIRED] = {STATUS_CONFLICT, STATUS_CONFLICT, STATUS_OK, STATUS_GONE},
    [LINK_CLAIMING] = {STATUS_CONFLICT, STATUS_OK, STATUS_CONFLICT, STATUS_GONE},
    [LINK_OPENED] = {STATUS_OK, STATUS_OK, STATUS_CONFLICT, STATUS_GONE},
    [LINK_ISSUED] = {STATUS_OK, STATUS_OK, STATUS_CONFLICT, STATUS_GONE},
};

static enum status rearm(const char *id)
{
    struct link_row input = link_input("successor", "anna", NOW);
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    expect_ok(link_store_create(tx, &input));
    return link_store_rearm(tx, id, "successor", NOW);
}

static enum status without_commit(enum status (*function)(struct db_tx *, const char *, int64_t),
                                  const char *id)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    return function(tx, id, NOW);
}

Test(link_store, every_state_answers_every_change_as_the_table_says)
{
    for (unsigned i = 0; i < LINK_STATE_COUNT; i++) {
        enum link_state state = (enum link_state)i;
        const char *name = link_state_text(state);
        bring_to(state, "abc");
        int64_t now = state == LINK_EXPIRED ? NOW + 86400 : NOW;
        cr_assert_eq(state_of(at.db, "abc", now), state, "%s", name);
        cr_assert_eq(without_commit(link_store_cancel, "abc"), answers[i].cancel, "%s", name);
        cr_assert_eq(without_commit(link_store_note_fetch, "abc"), answers[i].fetch, "%s", name);
        cr_assert_eq(rearm("abc"), answers[i].rearm, "%s", name);
        cr_assert_eq(begin_claim(at.db, "abc", "0b", NOW), answers[i].claim, "%s", name);
        fixture_close(&at);
        fixture_open(&at);
    }
}

Test(link_store, the_clock_alone_expires_and_closes)
{
    make_link(at.db, "abc", "anna", NOW);
    cr_assert_eq(state_of(at.db, "abc", NOW + 86399), LINK_ISSUED);
    cr_assert_eq(state_of(at.db, "abc", NOW + 86400), LINK_EXPIRED);
    cr_assert_eq(begin_claim(at.db, "abc", "0a", NOW + 86400), STATUS_CONFLICT);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    expect_ok(finish_claim(at.db, "abc", "0a", NOW));
    cr_assert_eq(state_of(at.db, "abc", NOW + 899), LINK_CLAIMED);
    cr_assert_eq(state_of(at.db, "abc", NOW + 900), LINK_CLOSED);
    cr_assert_eq(change(link_store_note_fetch, "abc", NOW + 900), STATUS_GONE);
}

static size_t due(int64_t now)
{
    struct link_list list defer(link_list_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(link_store_due_for_erase(tx, now, 10, &list));
    return list.count;
}

Test(link_store, is_due_for_erase_when_the_window_is_over_or_cancelled)
{
    make_link(at.db, "abc", "anna", NOW);
    cr_assert_eq(due(NOW + 86400), 0);
    expect_ok(begin_claim(at.db, "abc", "0a", NOW));
    expect_ok(finish_claim(at.db, "abc", "0a", NOW));
    cr_assert_eq(due(NOW + 899), 0);
    cr_assert_eq(due(NOW + 900), 1);
    expect_ok(change(link_store_cancel, "abc", NOW + 10));
    cr_assert_eq(due(NOW + 10), 1);
    expect_ok(change(link_store_close, "abc", NOW + 11));
    cr_assert_eq(due(NOW + 900), 0);
}

Test(link_store, closing_drops_the_pin_and_the_cookie)
{
    bring_to(LINK_CLOSED, "abc");
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct link_row row defer(link_row_clear) = {0};
    expect_ok(link_store_get(tx, "abc", &row));
    cr_assert_eq(row.pin_mac.len, 0);
    cr_assert_eq(row.claim_cookie_hash.len, 0);
    cr_assert_str_eq(row.claim_address, "192.0.2.7");
    cr_assert_eq(row.closed_at, NOW);
}

Test(link_store, states_are_read_back_from_their_texts)
{
    enum link_state state;
    for (unsigned i = 0; i < LINK_STATE_COUNT; i++) {
        expect_ok(link_state_parse(link_state_text((enum link_state)i), &state));
        cr_assert_eq(state, i);
    }
    cr_assert_eq(link_state_parse("Issued", &state), STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "in_use, rearmed, cancelled"));
}

struct claimer {
    pthread_t thread;
    char serial[16];
    enum status status;
};

static void *claim(void *context)
{
    struct claimer *claimer = context;
    claimer->status = begin_claim(at.db, "abc", claimer->serial, NOW);
    if (claimer->status == STATUS_OK)
        claimer->status = finish_claim(at.db, "abc", claimer->serial, NOW);
    return NULL;
}

Test(link_store, of_eight_threads_that_claim_one_wins)
{
    make_link(at.db, "abc", "anna", NOW);
    struct claimer claimers[8];
    for (int i = 0; i < 8; i++) {
        snprintf(claimers[i].serial, sizeof claimers[i].serial, "0%d", i);
        cr_assert_eq(pthread_create(&claimers[i].thread, NULL, claim, &claimers[i]), 0);
    }
    int winners = 0;
    for (int i = 0; i < 8; i++) {
        pthread_join(claimers[i].thread, NULL);
        winners += claimers[i].status == STATUS_OK;
        cr_assert(claimers[i].status == STATUS_OK || claimers[i].status == STATUS_CONFLICT);
    }
    cr_assert_eq(winners, 1);
    struct certificate_page found defer(certificate_page_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(certificate_store_list(tx, &(struct certificate_filter){0}, &(struct page_request){0},
                                     &found));
    cr_assert_eq(found.count, 1);
}
