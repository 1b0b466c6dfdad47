/*
 * Why there is nothing to get: a page for people, problem+json (RFC 9457) for programs.
 */
#pragma once

#include "view/notice.h"
#include "web/page.h"

/* `again` is the address where trying again helps, or NULL. */
void page_notice(const struct web *web, const struct request *request, struct response *response,
                 enum notice notice, int http, const char *again);

/*
 * The start of a problem object: {"type","title","status","reason"}; the caller may add members and
 * closes it with json_end(). `reason` is a stable word for programs.
 */
void page_begin_problem(const struct request *request, struct response *response, int http,
                        enum text_key title, const char *reason);
