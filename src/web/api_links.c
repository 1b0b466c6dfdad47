/* /api/v1/links: what `certferry link` does, with the same names. */
#include "service/enrol.h"
#include "web/api.h"

enum { SECONDS_MOST = 366 * 86400 }; /* the use case has narrower bounds */

/* ---- writing --------------------------------------------------------------------------------- */

static void add_person(struct buf *out, const struct enrolment *link)
{
    json_add_text(out, "user", link->user);
    json_add_known_text(out, "name", link->name);
    json_add_known_text(out, "mail", link->mail);
    json_add_known_text(out, "sid", link->sid);
    json_add_known_text(out, "device", link->device);
    json_add_text(out, "packing", link->packing);
}

static void add_life(struct buf *out, const struct enrolment *link)
{
    json_add_text(out, "created_by", link->created_by);
    json_add_time(out, "created_at", link->created_at);
    json_add_time(out, "expires_at", link->expires_at);
    json_add_number(out, "window", link->window);
    json_add_number(out, "tries", link->tries);
    json_add_known_time(out, "opened_at", link->opened_at);
    json_add_number(out, "opened_count", link->opened_count);
    json_add_known_time(out, "cancelled_at", link->cancelled_at);
    json_add_known_time(out, "locked_at", link->locked_at);
    json_add_known_text(out, "rearmed_as", link->rearmed_as);
}

static void add_claim(struct buf *out, const struct enrolment *link)
{
    json_add_known_time(out, "claimed_at", link->claimed_at);
    json_add_known_text(out, "claim_address", link->claim_address);
    json_add_known_text(out, "claim_agent", link->claim_agent);
    json_add_known_text(out, "serial", link->serial);
    json_add_known_time(out, "window_ends_at", link->window_ends_at);
    json_add_known_time(out, "delivered_at", link->delivered_at);
    json_add_number(out, "fetch_count", link->fetch_count);
    json_add_known_time(out, "in_use_at", link->in_use_at);
    json_add_known_time(out, "closed_at", link->closed_at);
}

static void add_link(struct buf *out, const struct enrolment *link)
{
    json_begin(out);
    json_add_text(out, "id", link->id);
    json_add_text(out, "state", link_state_text(link->state));
    add_person(out, link);
    add_life(out, link);
    add_claim(out, link);
}

/* With what is shown once. */
static enum status add_created(const struct service *service, const struct enrol_created *created,
                               struct buf *out)
{
    struct buf url defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_TARGET);
    enrol_append_url(service, created->token, &url);
    TRY(url.failure);
    add_link(out, &created->link);
    json_add_text(out, "url", (const char *)url.ptr);
    json_add_text(out, "pin", secret_text(created->pin));
    json_end(out);
    return STATUS_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

#define TEXT(member)                                                                               \
    {                                                                                              \
#member, JSON_MEMBER_TEXT, offsetof(struct enrol_request, member), 0, 0                    \
    }
#define SECONDS(member)                                                                            \
    {                                                                                              \
#member, JSON_MEMBER_NUMBER, offsetof(struct enrol_request, member), 1, SECONDS_MOST       \
    }

static const struct json_member members[] = {
    TEXT(user),   TEXT(name),    TEXT(mail),        TEXT(sid),
    TEXT(device), TEXT(packing), SECONDS(lifetime), SECONDS(window),
};

struct creation {
    struct actor actor;
    struct enrol_request wanted;
};

static enum status create(const struct service *service, struct db_tx *tx, void *context,
                          struct buf *answer)
{
    const struct creation *creation = context;
    struct enrol_created created defer(enrol_created_clear) = {0};
    TRY(enrol_create_in(service, tx, &creation->actor, &creation->wanted, &created));
    return add_created(service, &created, answer);
}

enum status api_links_create(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct creation creation = {.actor = api_actor(request)};
    struct json_input *input defer(json_input_free) = NULL;
    struct once room;
    struct once *once;
    bool again;
    TRY(api_body(request, members, sizeof members / sizeof *members, &creation.wanted, &input));
    TRY(api_once(request, &room, &once));
    TRY(once_do(web->service, once, create, &creation, api_begin(response, 201), &again));
    if (again)
        api_say_again(response);
    return STATUS_OK;
}

enum status api_links_rearm(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = api_actor(request);
    char id[API_ID_SIZE];
    TRY(api_id(request, "id", id));
    struct enrol_created created defer(enrol_created_clear) = {0};
    TRY(enrol_rearm(web->service, &actor, id, &created));
    return add_created(web->service, &created, api_begin(response, 201));
}

/* ---- reading and ending ---------------------------------------------------------------------- */

enum status api_links_list(struct request *request, struct response *response, void *application)
{
    static const char *const names[] = {"limit", "cursor", "state", "user", "q"};
    const struct web *web = application;
    const struct form *query;
    struct page_request page;
    TRY(api_query(request, names, sizeof names / sizeof *names, &query, &page));
    const struct enrol_filter filter = {
        .state = form_text(query, "state"),
        .user = form_text(query, "user"),
        .search = form_text(query, "q"),
    };
    struct enrolment_list list defer(enrolment_list_clear) = {0};
    TRY(enrol_list(web->service, &filter, &page, &list));

    struct buf *out = api_begin(response, 200);
    json_begin(out);
    json_begin_list(out, "items");
    for (size_t i = 0; i < list.count; i++) {
        add_link(out, &list.links[i]);
        json_end(out);
    }
    api_end_list(out, list.next);
    return STATUS_OK;
}

static enum status give_link(struct response *response, const struct enrolment *link)
{
    struct buf *out = api_begin(response, 200);
    add_link(out, link);
    json_end(out);
    return STATUS_OK;
}

enum status api_links_show(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[API_ID_SIZE];
    struct enrolment link;
    TRY(api_id(request, "id", id));
    TRY(enrol_show(web->service, id, &link));
    return give_link(response, &link);
}

enum status api_links_cancel(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = api_actor(request);
    char id[API_ID_SIZE];
    struct enrolment link;
    TRY(api_id(request, "id", id));
    TRY(enrol_cancel(web->service, &actor, id, &link));
    return give_link(response, &link);
}
