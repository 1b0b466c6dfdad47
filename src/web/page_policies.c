/* GET and POST /admin/policies: the policies of the organisation, and a new one. */
#include "config/config.h"
#include "web/desk_view.h"
#include "web/policy_view.h"

#include <stdio.h>

#define POLICIES_PAGE "/admin/policies"

struct policies {
    struct policy_records list;
    struct view_policy_line *lines;
    char (*hrefs)[DESK_HREF_SIZE];
    char next[DESK_HREF_SIZE];
};

static void policies_clear(struct policies *policies)
{
    policy_records_clear(&policies->list);
    free(policies->lines);
    free(policies->hrefs);
}
CLEANUP_VALUE(struct policies, policies_clear)

static struct view_policy_line line_of(const struct policy_record *record, const char *href)
{
    return (struct view_policy_line){
        .href = href,
        .name = record->row.name,
        .everybody = record->everybody,
        .unreadable = record->unreadable,
        .users = record->users,
        .values = __builtin_popcountll(eas_choice_policies(&record->choice)),
        .changed_at = record->row.changed_at,
    };
}

static enum status read_list(const struct web *web, const char *after, struct policies *policies)
{
    const struct page_request page = {.after = after};
    TRY(policies_list(web->service, &page, &policies->list));
    policies->lines = calloc(policies->list.count + 1, sizeof *policies->lines);
    policies->hrefs = calloc(policies->list.count + 1, sizeof *policies->hrefs);
    if (policies->lines == NULL || policies->hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of policies");
    for (size_t i = 0; i < policies->list.count; i++) {
        desk_href(policies->hrefs[i], POLICIES_PAGE "/", policies->list.records[i].row.name, "");
        policies->lines[i] = line_of(&policies->list.records[i], policies->hrefs[i]);
    }
    if (policies->list.next[0] != '\0')
        desk_href(policies->next, POLICIES_PAGE "?after=", policies->list.next, "");
    return STATUS_OK;
}

/* `name` and `wrong` are of a policy that was not made; NULL without one. */
static enum status render(const struct web *web, struct request *request, struct response *response,
                          const char *after, const char *name, const char *wrong)
{
    struct policies policies defer(policies_clear) = {.lines = NULL};
    TRY(read_list(web, after, &policies));
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_POLICIES, &shell);
    const struct view_policies fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .policies = policies.lines,
        .policies_count = policies.list.count,
        .may_change = admin_may(request, ROLE_ADMIN),
        .given = web_config(web)->eas_policy,
        .next = policies.next,
        .wrong = wrong,
        .name = name,
    };
    view_policies(response_body(response), page_texts(request), &fields);
    if (wrong != NULL)
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_policies(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    return render(application, request, response, form_text(query, "after"), NULL, NULL);
}

enum status page_policies_make(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    const struct form *form;
    enum policy_change change;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    const struct policy_request wanted = {.name = form_text(form, "name"), .fresh = true};
    enum status status = policies_set(web->service, &actor, &wanted, &change);
    if (status == STATUS_INVALID || status == STATUS_CONFLICT) {
        char why[STATUS_DETAIL_MAX];
        snprintf(why, sizeof why, "%s", status_detail());
        return render(web, request, response, NULL, wanted.name, why);
    }
    TRY(status);
    char href[DESK_HREF_SIZE];
    desk_href(href, POLICIES_PAGE "/", wanted.name, "");
    admin_redirect(response, href, ADMIN_SAID_POLICY_MADE);
    return STATUS_OK;
}
