/* Small pieces; the rules are those of the use cases. */
#include "web/api.h"

#include "base/text.h"
#include "http/head_check.h"
#include "web/admit.h"

#define IDEMPOTENCY_KEY "Idempotency-Key"

/* The path as sent counts too: it may be one that cannot be decoded. */
bool api_is_asked(const struct request *request)
{
    static const size_t len = sizeof API_ADDRESS - 1;
    struct span target = request_target(request);
    struct span path = request_path(request);
    return (target.len >= len && memcmp(target.ptr, API_ADDRESS, len) == 0) ||
           (path.len >= len && memcmp(path.ptr, API_ADDRESS, len) == 0);
}

struct actor api_actor(const struct request *request)
{
    return (struct actor){ACTOR_KEY, request_caller(request)->name, request_peer_text(request)};
}

struct buf *api_begin(struct response *response, int http)
{
    struct buf body defer(buf_clear) = BUF_INIT(LIMIT_ANSWER_JSON);
    response_set_status(response, http);
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, "application/json");
    response_take_body(response, &body);
    return response_body(response);
}

enum status api_id(const struct request *request, const char *name, char ret_id[static API_ID_SIZE])
{
    struct span id = request_parameter(request, name);
    if (id.len >= API_ID_SIZE)
        return status_fail(STATUS_NOT_FOUND, "nothing here has so long a name");
    memcpy(ret_id, id.ptr, id.len);
    ret_id[id.len] = '\0';
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum status read_limit(const struct form *query, int64_t *ret_limit)
{
    const char *text = form_text(query, "limit");
    if (text[0] != '\0' && text_parse_int(text, 1, PAGE_LIMIT_MOST, ret_limit) != STATUS_OK)
        return status_fail(STATUS_INVALID, "limit: must be 1 to %d", PAGE_LIMIT_MOST);
    return STATUS_OK;
}

enum status api_query(struct request *request, const char *const *names, size_t count,
                      const struct form **ret_query, struct page_request *ret_page)
{
    const struct form *query;
    struct page_request page = {0};
    TRY(request_query(request, &query));
    TRY(form_check_names(query, names, count));
    TRY(read_limit(query, &page.limit));
    page.after = form_text(query, "cursor");
    if (form_value(query, "user").len > 0 && form_value(query, "q").len > 0)
        return status_fail(STATUS_INVALID, "q: not together with user");
    *ret_query = query;
    *ret_page = page;
    return STATUS_OK;
}

void api_end_list(struct buf *out, const char *next)
{
    json_end_list(out);
    json_add_known_text(out, "next", next);
    json_end(out);
}

/* ---- bodies ---------------------------------------------------------------------------------- */

enum status api_body(struct request *request, const struct json_member *members, size_t count,
                     void *record, struct json_input **ret_input)
{
    struct span body;
    TRY(request_check_type(request, "application/json"));
    TRY(request_body(request, &body));
    return json_read(body, members, count, record, ret_input);
}

enum status api_once(struct request *request, struct once *once, struct once **ret_once)
{
    struct span body;
    size_t keys = head_count(request_head(request), IDEMPOTENCY_KEY);
    *ret_once = NULL;
    if (keys == 0)
        return STATUS_OK;
    if (keys > 1)
        return status_fail(STATUS_INVALID, IDEMPOTENCY_KEY ": stands more than once");
    TRY(request_body(request, &body));
    TRY(once_init(admit_bearer(request), request_header(request, IDEMPOTENCY_KEY),
                  request_pattern(request), body, once));
    *ret_once = once;
    return STATUS_OK;
}

void api_say_again(struct response *response)
{
    response_add_header(response, "Idempotent-Replayed", "true");
}
