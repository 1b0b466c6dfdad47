/* Lists of links: pages, filters, search, counts. */
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

TestSuite(link_list, .init = setup, .fini = teardown);

static enum status change(enum status (*function)(struct db_tx *, const char *, int64_t),
                          const char *id, int64_t now)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_WRITE);
    TRY(function(tx, id, now));
    return db_commit(tx);
}

static void list(const struct link_filter *filter, const struct page_request *page,
                 struct link_list *ret_list)
{
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(link_store_list(tx, filter, page, ret_list));
}

Test(link_list, pages_show_each_link_once_newest_first)
{
    char id[16];
    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof id, "link%02d", i);
        make_link(at.db, id, "anna", NOW + i / 3);
    }
    char after[PAGE_CURSOR_SIZE] = "";
    int seen = 0;
    for (int page = 0; page < 3; page++) {
        struct link_list found defer(link_list_clear) = {0};
        list(&(struct link_filter){0}, &(struct page_request){10, after}, &found);
        for (size_t i = 0; i < found.count; i++) {
            snprintf(id, sizeof id, "link%02d", 24 - seen++);
            cr_assert_str_eq(found.rows[i].id, id);
        }
        memcpy(after, found.next, sizeof after);
    }
    cr_assert_eq(seen, 25);
    cr_assert_str_eq(after, "");
}

Test(link_list, lists_one_state)
{
    make_link(at.db, "a", "anna", NOW);
    make_link(at.db, "b", "bob", NOW + 1);
    make_link(at.db, "c", "carl", NOW + 2);
    expect_ok(change(link_store_cancel, "b", NOW + 3));
    enum link_state state = LINK_CANCELLED;
    struct link_list found defer(link_list_clear) = {0};
    list(&(struct link_filter){.state = &state}, &(struct page_request){0}, &found);
    cr_assert_eq(found.count, 1);
    cr_assert_str_eq(found.rows[0].id, "b");
}

Test(link_list, counts_follow_every_change)
{
    make_link(at.db, "a", "anna", NOW);
    make_link(at.db, "b", "bob", NOW);
    expect_ok(change(link_store_note_opened, "a", NOW));
    expect_ok(change(link_store_cancel, "b", NOW));
    int64_t counts[LINK_STATE_COUNT];
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(link_store_counts(tx, counts));
    for (unsigned i = 0; i < LINK_STATE_COUNT; i++)
        cr_assert_eq(counts[i], i == LINK_OPENED || i == LINK_CANCELLED);
}

static const struct {
    const char *search;
    const char *ids; /* found, in order */
} searches[] = {{"ann", "ba"}, {"ANNA", "ba"},      {"anna sch", "ba"}, {"schm", "ba"},
                {"bob", "b"},  {"\xc3\xb6rg", "c"}, {"jo", "c"},        {"pixel", "bac"},
                {"9", "bac"},  {"chmidt", ""},      {"example", ""},    {"anna@ex", "a"},
                {"zzz", ""},   {" anna ", "ba"}};

Test(link_list, search_finds_the_start_of_any_word)
{
    make_link(at.db, "a", "anna@example.org", NOW);
    make_link(at.db, "b", "bob@example.org", NOW + 1);
    struct link_row third = link_input("c", "carl@example.org", NOW - 1);
    third.name = "J\xc3\xb6rg \xc3\x96rg\xc3\xbcn";
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_create(tx, &third));
    finish(tx);
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        struct link_list found defer(link_list_clear) = {0};
        list(&(struct link_filter){.search = searches[i].search}, &(struct page_request){0},
             &found);
        char ids[8] = "";
        for (size_t j = 0; j < found.count; j++)
            ids[j] = found.rows[j].id[0];
        cr_assert_str_eq(ids, searches[i].ids, "search %zu gave '%s'", i, ids);
    }
}

Test(link_list, search_pages_show_each_link_once)
{
    char id[16];
    char user[32];
    for (int i = 0; i < 23; i++) {
        snprintf(id, sizeof id, "link%02d", i);
        snprintf(user, sizeof user, "anna%d-ann%d", i % 4, i);
        make_link(at.db, id, user, NOW + i);
    }
    bool seen[23] = {false};
    char after[PAGE_CURSOR_SIZE] = "";
    int count = 0;
    do {
        struct link_list found defer(link_list_clear) = {0};
        list(&(struct link_filter){.search = "ann"}, &(struct page_request){4, after}, &found);
        for (size_t i = 0; i < found.count; i++, count++) {
            int number = (found.rows[i].id[4] - '0') * 10 + found.rows[i].id[5] - '0';
            cr_assert(!seen[number]);
            seen[number] = true;
        }
        memcpy(after, found.next, sizeof after);
    } while (after[0] != '\0');
    cr_assert_eq(count, 23);
}

Test(link_list, lists_one_user_in_any_case)
{
    make_link(at.db, "a", "Anna", NOW);
    make_link(at.db, "b", "anna2", NOW + 1);
    make_link(at.db, "c", "anna", NOW + 2);
    struct link_list found defer(link_list_clear) = {0};
    list(&(struct link_filter){.user = "ANNA"}, &(struct page_request){0}, &found);
    cr_assert_eq(found.count, 2);
    cr_assert_str_eq(found.rows[0].id, "c");
    cr_assert_str_eq(found.rows[1].id, "a");
}

Test(link_list, refuses_pages_that_are_none)
{
    make_link(at.db, "abc", "anna", NOW);
    static const struct page_request pages[] = {{-1, NULL}, {501, NULL}, {10, "none"}};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    struct link_list found = {0};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        cr_assert_eq(link_store_list(tx, &(struct link_filter){0}, &pages[i], &found),
                     STATUS_INVALID);
    struct link_filter search = {.search = "bob"};
    cr_assert_eq(link_store_list(tx, &search, &(struct page_request){10, "abc"}, &found),
                 STATUS_INVALID);
    search.search = " -%' ";
    cr_assert_eq(link_store_list(tx, &search, &(struct page_request){0}, &found), STATUS_INVALID);
    cr_assert_null(found.rows);
}
