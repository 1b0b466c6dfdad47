/*
 * GET and POST /admin/keys, POST /admin/keys/revoke. A key is in the answer to the POST that made
 * it, and nowhere else.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/api_key.h"
#include "web/admin.h"
#include "web/desk_view.h"

#include <stdio.h>

#define KEYS_PAGE "/admin/keys"

enum { HREF_MAX = 128, KEYS_A_PAGE = 50, DAYS_MOST = API_KEY_LIFETIME_MOST / CLOCK_DAY };

/* What the page says besides the list. */
struct said {
    const char *wrong;
    const char *added;
    const struct secret *secret;
    const char *name;
    const char *after;
};

static void fill(const struct api_key *key, int64_t now, struct view_api_key *row)
{
    *row = (struct view_api_key){
        .id = key->id,
        .name = key->name,
        .role = admin_role_text(key->role),
        .created_by = desk_actor(key->created_by),
        .created_at = key->created_at,
        .expires_at = key->expires_at,
        .last_used_at = key->last_used_at,
        .revoked = key->revoked_at != 0,
        .expired = now >= key->expires_at,
    };
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct said *said)
{
    struct api_keys list defer(api_keys_clear) = {0};
    const struct page_request page = {.limit = KEYS_A_PAGE, .after = said->after};
    TRY(api_key_list_page(web->service, &page, &list));
    struct view_api_key *rows defer(free) = calloc(list.count + 1, sizeof *rows);
    if (rows == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < list.count; i++)
        fill(&list.keys[i], clock_now(), &rows[i]);
    char next[HREF_MAX] = "";
    if (list.next[0] != '\0')
        snprintf(next, sizeof next, KEYS_PAGE "?after=%s", list.next);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_KEYS, &shell);
    const struct view_keys fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .keys = rows,
        .keys_count = list.count,
        .next = next,
        .wrong = said->wrong,
        .added = said->added,
        .secret = said->secret == NULL ? "" : secret_text(said->secret),
        .name = said->name,
    };
    view_keys(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

enum status page_keys(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    return render(application, request, response,
                  &(struct said){.after = form_text(query, "after")});
}

static enum status add(const struct web *web, struct request *request, const struct form *form,
                       struct api_key_created *ret_created)
{
    const struct actor actor = admin_actor(request);
    struct api_key_request wanted = {.name = form_text(form, "name")};
    int64_t days;
    TRY(operator_role_parse(form_text(form, "role"), &wanted.role));
    TRY(text_parse_int(form_text(form, "days"), 1, DAYS_MOST, &days));
    wanted.lifetime = days * CLOCK_DAY;
    return api_key_create(web->service, &actor, &wanted, ret_created);
}

static enum status refuse(const struct web *web, struct request *request, struct response *response,
                          enum status status, const char *name)
{
    char why[STATUS_DETAIL_MAX];
    if (status_kind(status) != STATUS_KIND_REFUSAL)
        return status;
    snprintf(why, sizeof why, "%s", status_detail());
    TRY(render(web, request, response, &(struct said){.wrong = why, .name = name}));
    response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_keys_add(struct request *request, struct response *response, void *application)
{
    const struct form *form;
    struct api_key_created created defer(api_key_created_clear) = {0};
    TRY(request_form(request, &form));
    enum status status = add(application, request, form, &created);
    if (status != STATUS_OK)
        return refuse(application, request, response, status, form_text(form, "name"));
    const struct said said = {.added = created.key.name, .secret = created.text};
    return render(application, request, response, &said);
}

enum status page_keys_revoke(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    enum status status = api_key_revoke(web->service, &actor, form_text(form, "id"));
    if (status != STATUS_OK)
        return refuse(web, request, response, status, "");
    admin_redirect(response, KEYS_PAGE, ADMIN_SAID_KEY_REVOKED);
    return STATUS_OK;
}
