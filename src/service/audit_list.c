/* One read transaction a page. */
#include "service/audit_list.h"

enum status audit_list(const struct service *service, const struct audit_filter *filter,
                       const struct page_request *page, struct audit_list *ret_list)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return audit_store_list(tx, filter, page, ret_list);
}
