/* GET /api/v1/audit: what `certferry audit list` shows, with the same names. */
#include "base/clock.h"
#include "base/text.h"
#include "service/audit_list.h"
#include "web/api.h"

#include <jansson.h>

/* As it was written; null when somebody changed the database so that it is no object. */
static void add_detail(struct buf *out, const char *detail)
{
    json_t *object = json_loads(detail, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        json_add_value(out, "detail", detail);
    else
        json_add_null(out, "detail");
    json_decref(object);
}

static enum status add_row(struct buf *out, const struct audit_row *row)
{
    struct buf hash defer(buf_clear) = BUF_INIT(2 * AUDIT_HASH_SIZE);
    text_append_hex(&hash, row->hash);
    TRY(hash.failure);
    json_begin(out);
    json_add_number(out, "id", row->id);
    json_add_time(out, "at", row->at);
    json_add_text(out, "actor", row->actor);
    json_add_text(out, "action", row->action);
    json_add_known_text(out, "object_kind", row->object_kind);
    json_add_known_text(out, "object_id", row->object_id);
    json_add_known_text(out, "address", row->address);
    add_detail(out, row->detail);
    json_add_text(out, "hash", (const char *)hash.ptr);
    json_end(out);
    return STATUS_OK;
}

static enum status read_time(const struct form *query, const char *name, int64_t *ret_seconds)
{
    const char *text = form_text(query, name);
    if (text[0] != '\0' && clock_parse(text, ret_seconds) != STATUS_OK)
        return status_fail(STATUS_INVALID, "%s: must be a time as 2026-01-31T23:59:59Z", name);
    return STATUS_OK;
}

static enum status read_filter(const struct form *query, struct audit_filter *filter)
{
    filter->actor = form_text(query, "actor");
    filter->action = form_text(query, "action");
    filter->object_id = form_text(query, "object_id");
    filter->object_kind = form_text(query, "object_kind");
    TRY(read_time(query, "from", &filter->from));
    TRY(read_time(query, "to", &filter->to));
    if (filter->object_kind[0] != '\0' && filter->object_id[0] == '\0')
        return status_fail(STATUS_INVALID, "object_kind: only together with object_id");
    return STATUS_OK;
}

enum status api_audit_list(struct request *request, struct response *response, void *application)
{
    static const char *const names[] = {"limit",     "cursor",      "actor", "action",
                                        "object_id", "object_kind", "from",  "to"};
    const struct web *web = application;
    const struct form *query;
    struct page_request page;
    struct audit_filter filter = {0};
    TRY(api_query(request, names, sizeof names / sizeof *names, &query, &page));
    TRY(read_filter(query, &filter));
    struct audit_list list defer(audit_list_clear) = {0};
    TRY(audit_list(web->service, &filter, &page, &list));

    struct buf *out = api_begin(response, 200);
    json_begin(out);
    json_begin_list(out, "items");
    for (size_t i = 0; i < list.count; i++)
        TRY(add_row(out, &list.rows[i]));
    api_end_list(out, list.next);
    return STATUS_OK;
}
