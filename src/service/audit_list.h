/* Reading the audit, for the page of auditors. */
#pragma once

#include "service/service.h"
#include "store/audit_store.h"

struct audit_filter {
    const char *object_kind; /* "link", with the next; NULL or "" for all */
    const char *object_id;
};

/* One page, newest first; free it with audit_list_clear(). INVALID: one half of an object without
 * the other, a limit or cursor out of bounds (store/page.h). */
enum status audit_list(const struct service *service, const struct audit_filter *filter,
                       const struct page_request *page, struct audit_list *ret_list);
