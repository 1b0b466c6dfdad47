#include "command/pages.h"

#include <criterion/criterion.h>

static const char more[PAGE_CURSOR_SIZE] = "k7";
static const char end[PAGE_CURSOR_SIZE] = "";

Test(pages, go_on_behind_the_last_row_until_there_is_no_next)
{
    struct pages pages = {.left = INT64_MAX};
    struct page_request request;
    cr_assert(pages_next(&pages, &request));
    cr_assert_eq(request.limit, PAGE_LIMIT_MOST);
    cr_assert_str_eq(request.after, "");
    pages_took(&pages, PAGE_LIMIT_MOST, more);
    cr_assert(pages_next(&pages, &request));
    cr_assert_str_eq(request.after, "k7");
    pages_took(&pages, 3, end);
    cr_assert_not(pages_next(&pages, &request));
}

Test(pages, ask_for_no_more_than_the_limit)
{
    struct pages pages = {.left = PAGE_LIMIT_MOST + 2};
    struct page_request request;
    cr_assert(pages_next(&pages, &request));
    pages_took(&pages, PAGE_LIMIT_MOST, more);
    cr_assert(pages_next(&pages, &request));
    cr_assert_eq(request.limit, 2);
    pages_took(&pages, 2, more);
    cr_assert_not(pages_next(&pages, &request));
}

/* A search may give a page without rows that has a next one all the same. */
Test(pages, an_empty_page_is_not_the_end)
{
    struct pages pages = {.left = INT64_MAX};
    struct page_request request;
    cr_assert(pages_next(&pages, &request));
    pages_took(&pages, 0, more);
    cr_assert(pages_next(&pages, &request));
}
