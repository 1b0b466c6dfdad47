/*
 * Pages of a long list. A page ends with the key of its last row (a link's id, a certificate's
 * serial, an audit row's number), and the next page starts behind that row: the millionth page
 * costs what the first one does, and rows that arrive meanwhile shift nothing.
 */
#pragma once

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_LIMIT_DEFAULT = 50,
    PAGE_LIMIT_MOST = 500,
    PAGE_CURSOR_SIZE = 64, /* with the NUL; letters and digits only: fits a URL as it is */
};

struct page_request {
    int64_t limit;     /* rows wanted; 0 means PAGE_LIMIT_DEFAULT; more than MOST is INVALID */
    const char *after; /* the key of the last row of the page before; NULL or "" for the first page;
                          INVALID when there is no such row */
};
