/* Reading links. */
#include "service/enrol.h"

#include "base/clock.h"
#include "service/enrol_row.h"
#include "store/link_store.h"

enum status enrol_show(const struct service *service, const char *id, struct enrolment *ret_link)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct link_row row defer(link_row_clear) = {0};
    TRY(link_store_get(tx, id, &row));
    enrolment_from_row(&row, clock_now(), ret_link);
    return STATUS_OK;
}

void enrolment_list_clear(struct enrolment_list *list)
{
    free(list->links);
    *list = (struct enrolment_list){0};
}

static enum status copy_list(const struct link_list *rows, struct enrolment_list *ret_list)
{
    struct enrolment_list list = {.count = rows->count};
    list.links = calloc(rows->count == 0 ? 1 : rows->count, sizeof *list.links);
    if (list.links == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of links");
    int64_t now = clock_now();
    for (size_t i = 0; i < rows->count; i++)
        enrolment_from_row(&rows->rows[i], now, &list.links[i]);
    memcpy(list.next, rows->next, sizeof list.next);
    *ret_list = list;
    return STATUS_OK;
}

enum status enrol_list(const struct service *service, const struct enrol_filter *filter,
                       const struct page_request *page, struct enrolment_list *ret_list)
{
    enum link_state state;
    bool by_state = filter->state != NULL && filter->state[0] != '\0';
    if (by_state)
        TRY(link_state_parse(filter->state, &state));
    const struct link_filter wanted = {by_state ? &state : NULL, filter->user, filter->search};

    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct link_list rows defer(link_list_clear) = {0};
    TRY(link_store_list(tx, &wanted, page, &rows));
    return copy_list(&rows, ret_list);
}

enum status enrol_totals(const struct service *service, int64_t ret_totals[static LINK_STATE_COUNT])
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return link_store_counts(tx, ret_totals);
}
