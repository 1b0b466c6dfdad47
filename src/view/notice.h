/*
 * The pages that say why there is nothing to get, and what to do next.
 */
#pragma once

#include "view/pages.h"

enum notice {
    NOTICE_EXPIRED,   /* a link that nobody claimed in its lifetime */
    NOTICE_CANCELLED, /* a link that an operator ended */
    NOTICE_LOCKED,    /* too many wrong PINs */
    NOTICE_CLOSED,    /* a link whose claim window is over */
    NOTICE_GONE,      /* a bundle whose claim window is over */
    NOTICE_UNKNOWN,   /* no such link, or one that is malformed */
    NOTICE_RUNNING,   /* a claim is being made by another request; the link is still good */
    NOTICE_BUSY,      /* a fault in the claim: 503; the link is still good */
};

/* The fields of the page; `again` is the link's own address, or NULL: it is offered where trying
 * again helps. */
struct view_notice notice_fields(enum notice notice, const struct view_site *site,
                                 const char *again);
/* The page of an error by its HTTP status; one without texts of its own reads like 400 or 500.
 * `detail` may be NULL. */
struct view_notice notice_of_error(int http_status, const char *detail,
                                   const struct view_site *site);
