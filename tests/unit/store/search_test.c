#include "store/search.h"

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

TestSuite(search, .init = setup, .fini = teardown);

static void cancel(const char *id)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(link_store_cancel(tx, id, NOW));
    finish(tx);
}

static void complete(const char *serial)
{
    struct db_tx *tx = begin(at.db, DB_WRITE);
    expect_ok(certificate_store_complete(tx, serial, SPAN_LITERAL("der"), NOW + 5));
    finish(tx);
}

static const enum certificate_state issued = CERTIFICATE_ISSUED;

Test(search, links_in_a_rare_state_stops_and_goes_on_at_the_next_page)
{
    char id[16];
    for (int i = 0; i < SEARCH_VISITS_MOST + 30; i++) {
        snprintf(id, sizeof id, "link%03d", i);
        make_link(at.db, id, "anna", NOW + i);
    }
    cancel("link007");
    static const enum link_state cancelled = LINK_CANCELLED;
    const struct link_filter filter = {.search = "anna", .state = &cancelled};
    struct link_list page defer(link_list_clear) = {0};
    struct link_list rest defer(link_list_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(link_store_list(tx, &filter, &(struct page_request){0}, &page));
    cr_assert_eq(page.count, 0);
    expect_ok(link_store_list(tx, &filter, &(struct page_request){0, page.next}, &rest));
    cr_assert_eq(rest.count, 1);
    cr_assert_str_eq(rest.rows[0].id, "link007");
    cr_assert_str_eq(rest.next, "");
}

Test(search, certificates_in_a_rare_state_stops_and_goes_on_at_the_next_page)
{
    enum { MANY = SEARCH_VISITS_MOST + 30 };
    char serial[8];
    for (int i = 0; i < MANY; i++) {
        snprintf(serial, sizeof serial, "%04x", i);
        reserve(at.db, serial, "anna", NOW + i);
    }
    complete("0007");
    const struct certificate_filter filter = {.search = "anna", .state = &issued};
    struct certificate_page page defer(certificate_page_clear) = {0};
    struct certificate_page rest defer(certificate_page_clear) = {0};
    struct db_tx *tx defer(db_end) = begin(at.db, DB_READ);
    expect_ok(certificate_store_list(tx, &filter, &(struct page_request){0}, &page));
    cr_assert_eq(page.count, 0);
    cr_assert_str_neq(page.next, "");
    expect_ok(certificate_store_list(tx, &filter, &(struct page_request){0, page.next}, &rest));
    cr_assert_eq(rest.count, 1);
    cr_assert_str_eq(rest.rows[0].serial, "0007");
    cr_assert_str_eq(rest.next, "");
}
