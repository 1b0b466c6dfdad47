/*
 * The pages of a list that a command prints to its end, or up to --limit rows.
 *
 *     struct pages pages = pages_of(most, NULL);
 *     for (struct page_request request; pages_next(&pages, &request);) {
 *         struct link_page page defer(link_page_clear) = {0};
 *         TRY(link_list(service, &request, &page));       and print it
 *         pages_took(&pages, page.count, page.next);
 *     }
 */
#pragma once

#include "store/page.h"

#include <stdbool.h>

struct pages {
    int64_t left;                 /* rows that are still wanted */
    char after[PAGE_CURSOR_SIZE]; /* where the next page begins */
    bool ended;
};

/* At most so many rows, behind the one with the key `after`; NULL: from the first. */
struct pages pages_of(int64_t most, const char *after);
/* What to ask for next, valid until pages_took(); false when no more is wanted or there. */
bool pages_next(struct pages *pages, struct page_request *ret_request);
/* So many rows came; `next` is the page's. */
void pages_took(struct pages *pages, size_t count, const char next[static PAGE_CURSOR_SIZE]);
