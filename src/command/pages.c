/* One page after the other: never more in memory than PAGE_LIMIT_MOST rows. */
#include "command/pages.h"

#include <stdio.h>
#include <string.h>

struct pages pages_of(int64_t most, const char *after)
{
    struct pages pages = {.left = most};
    snprintf(pages.after, sizeof pages.after, "%s", after == NULL ? "" : after);
    return pages;
}

bool pages_next(struct pages *pages, struct page_request *ret_request)
{
    if (pages->ended || pages->left <= 0)
        return false;
    *ret_request = (struct page_request){
        .limit = pages->left < PAGE_LIMIT_MOST ? pages->left : PAGE_LIMIT_MOST,
        .after = pages->after,
    };
    return true;
}

void pages_took(struct pages *pages, size_t count, const char next[static PAGE_CURSOR_SIZE])
{
    pages->left -= (int64_t)count;
    memcpy(pages->after, next, sizeof pages->after);
    pages->ended = next[0] == '\0';
}
