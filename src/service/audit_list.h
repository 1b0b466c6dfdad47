/* Reading the audit: for the command line, the page of auditors and the API. */
#pragma once

#include "service/service.h"
#include "store/audit_store.h"

/*
 * One page, newest first, of what fits all that the filter gives; free it with audit_list_clear().
 * A row's texts hold no control character unless somebody changed the database. INVALID: an
 * object's kind without its id, a limit or cursor out of bounds (store/page.h).
 */
enum status audit_list(const struct service *service, const struct audit_filter *filter,
                       const struct page_request *page, struct audit_list *ret_list);
