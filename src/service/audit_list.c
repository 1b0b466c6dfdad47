/* One read transaction a page. */
#include "service/audit_list.h"

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum status audit_list(const struct service *service, const struct audit_filter *filter,
                       const struct page_request *page, struct audit_list *ret_list)
{
    bool by_object = is_given(filter->object_kind);
    if (by_object != is_given(filter->object_id))
        return status_fail(STATUS_INVALID, "an object has a kind and an id: give both");
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return audit_store_list(tx, by_object ? filter->object_kind : NULL,
                            by_object ? filter->object_id : NULL, page, ret_list);
}
