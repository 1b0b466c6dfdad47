/*
 * /admin/policies/NAME: what a policy asks for, who has it, and the form that changes it as a
 * whole. What is refused is said beside its field, with all that was typed.
 */
#include "base/limits.h"
#include "web/desk_view.h"
#include "web/policy_view.h"

#include <stdio.h>

#define POLICY_PAGE "/admin/policies/"

enum { USERS_MOST = 256 };

/* What was refused, and the form that it was in; all NULL without one. */
struct refused {
    const struct form *values; /* of the policy */
    const struct form *users;
    const char *why;
};

struct policy_page {
    char name[DESK_ID_SIZE]; /* as in the address */
    struct policy_record record;
    struct policy_user_list list;
    struct view_policy_user *users;
    struct view_policy_fact facts[EAS_POLICIES];
    struct policy_form form;
    char href[DESK_HREF_SIZE];
    char assign_href[DESK_HREF_SIZE];
    char unassign_href[DESK_HREF_SIZE];
    char default_href[DESK_HREF_SIZE];
    char no_default_href[DESK_HREF_SIZE];
    char remove_href[DESK_HREF_SIZE];
    char wrong_href[DESK_HREF_SIZE];
    char next[2 * DESK_HREF_SIZE];
};

static void policy_page_free(struct policy_page *page)
{
    if (page == NULL)
        return;
    policy_record_clear(&page->record);
    policy_user_list_clear(&page->list);
    free(page->users);
    free(page);
}
CLEANUP_POINTER(struct policy_page, policy_page_free)

/* ---- reading --------------------------------------------------------------------------------- */

static void make_hrefs(struct policy_page *page)
{
    const char *name = page->record.row.name;
    desk_href(page->href, POLICY_PAGE, name, "");
    desk_href(page->assign_href, POLICY_PAGE, name, "/assign");
    desk_href(page->unassign_href, POLICY_PAGE, name, "/unassign");
    desk_href(page->default_href, POLICY_PAGE, name, "/default");
    desk_href(page->no_default_href, POLICY_PAGE, name, "/no-default");
    desk_href(page->remove_href, POLICY_PAGE, name, "/remove");
    if (page->list.next[0] != '\0')
        snprintf(page->next, sizeof page->next, "%s?after=%s", page->href, page->list.next);
}

static enum status read_page(const struct web *web, const struct request *request,
                             const char *after, struct policy_page **ret_page)
{
    struct policy_page *page defer(policy_page_free) = calloc(1, sizeof *page);
    if (page == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a policy");
    const struct page_request users = {.after = after};
    desk_id(request, page->name);
    TRY(policies_show(web->service, page->name, &page->record));
    TRY(policies_users(web->service, page->name, &users, &page->list));
    page->users = calloc(page->list.count + 1, sizeof *page->users);
    if (page->users == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for who has a policy");
    for (size_t i = 0; i < page->list.count; i++)
        page->users[i] =
            (struct view_policy_user){.who = page->list.rows[i].who,
                                      .assigned_at = page->list.rows[i].assigned_at,
                                      .assigned_by = desk_actor(page->list.rows[i].assigned_by)};
    make_hrefs(page);
    *ret_page = take(page);
    return STATUS_OK;
}

/* ---- rendering ------------------------------------------------------------------------------- */

static void set_policy(struct policy_page *page, struct view_policy *fields)
{
    const struct policy_row *row = &page->record.row;
    fields->name = row->name;
    fields->mark = page->record.mark;
    fields->everybody = page->record.everybody;
    fields->unreadable = page->record.unreadable;
    fields->partial = row->partial_allowed;
    fields->external = row->external_allowed;
    fields->non_provisionable = row->legacy_allowed;
    fields->changed_at = row->changed_at;
    fields->changed_by = desk_actor(row->changed_by);
    fields->facts = page->facts;
    fields->facts_count = policy_view_facts(&page->record.choice, page->facts);
    fields->users = page->users;
    fields->users_count = page->list.count;
    fields->next = page->next;
}

static void set_hrefs(const struct policy_page *page, struct view_policy *fields)
{
    fields->href = page->href;
    fields->assign_href = page->assign_href;
    fields->unassign_href = page->unassign_href;
    fields->default_href = page->default_href;
    fields->no_default_href = page->no_default_href;
    fields->remove_href = page->remove_href;
}

static void set_form(struct policy_page *page, const struct refused *refused,
                     struct view_policy *fields)
{
    const struct form *typed = refused->values;
    const char *about = policy_view_form(&page->record.choice, typed,
                                         typed == NULL ? NULL : refused->why, &page->form);
    fields->kinds = page->form.kinds;
    fields->kinds_count = POLICY_KINDS;
    fields->form_partial = typed == NULL ? fields->partial : policy_view_ticked(typed, "partial");
    fields->form_external =
        typed == NULL ? fields->external : policy_view_ticked(typed, "external");
    fields->form_non_provisionable =
        typed == NULL ? fields->non_provisionable : policy_view_ticked(typed, "non_provisionable");
    if (about != NULL)
        desk_href(page->wrong_href, "#", about, "");
    fields->wrong_href = page->wrong_href;
    if (refused->users != NULL) {
        fields->wrong_users = refused->why;
        fields->typed_users = form_text(refused->users, "users");
    } else {
        fields->wrong = refused->why;
    }
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const char *after, const struct refused *refused)
{
    struct policy_page *page defer(policy_page_free) = NULL;
    TRY(read_page(web, request, after, &page));
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_POLICIES, &shell);
    struct view_policy fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .may_change = admin_may(request, ROLE_ADMIN),
    };
    set_policy(page, &fields);
    set_hrefs(page, &fields);
    set_form(page, refused, &fields);
    view_policy(response_body(response), page_texts(request), &fields);
    if (refused->why != NULL)
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_policy(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    return render(application, request, response, form_text(query, "after"), &(struct refused){0});
}

/* ---- acts ------------------------------------------------------------------------------------ */

/* Back to the policy; or the page again, with what was refused. */
static enum status answer(const struct web *web, struct request *request, struct response *response,
                          enum status status, struct refused refused, enum admin_said said)
{
    char id[DESK_ID_SIZE];
    char href[DESK_HREF_SIZE];
    char why[STATUS_DETAIL_MAX];
    desk_id(request, id);
    if (status == STATUS_INVALID || status == STATUS_CONFLICT) {
        snprintf(why, sizeof why, "%s", status_detail());
        refused.why = why;
        return render(web, request, response, NULL, &refused);
    }
    TRY(status);
    desk_href(href, POLICY_PAGE, id, "");
    admin_redirect(response, href, said);
    return STATUS_OK;
}

static enum policy_decision decision_of(const struct form *form, const char *name)
{
    return policy_view_ticked(form, name) ? POLICY_ALLOW : POLICY_REFUSE;
}

static enum status change(const struct web *web, const struct request *request,
                          const struct form *form)
{
    char id[DESK_ID_SIZE];
    struct policy_record record defer(policy_record_clear) = {.users = 0};
    struct policy_typed typed;
    enum policy_change kind;
    desk_id(request, id);
    TRY(policies_show(web->service, id, &record));
    policy_view_read(form, &typed);
    const struct policy_request wanted = {
        .name = id,
        .values = typed.values,
        .value_count = EAS_POLICIES,
        .whole = true,
        .mark = form_text(form, "mark"),
        .accepted = typed.accepted,
        .accepted_count = typed.accepted_count,
        .partial = decision_of(form, "partial"),
        .external = decision_of(form, "external"),
        .legacy = decision_of(form, "non_provisionable"),
    };
    const struct actor actor = admin_actor(request);
    return policies_set(web->service, &actor, &wanted, &kind);
}

enum status page_policy_change(struct request *request, struct response *response,
                               void *application)
{
    const struct form *form;
    TRY(request_form(request, &form));
    enum status status = change(application, request, form);
    const struct refused refused = {.values = form};
    return answer(application, request, response, status, refused, ADMIN_SAID_POLICY_SAVED);
}

/* A name may have blanks and commas in it, and then no second '@'. */
static bool is_several(const char *line)
{
    const char *at = strchr(line, '@');
    return strpbrk(line, "\t ,;") != NULL && at != NULL && strchr(at + 1, '@') != NULL;
}

/* One a line; blanks around a name do not belong to it. Each is ended by a NUL in `text`. */
static enum status read_users(char *text, const char *users[static USERS_MOST], size_t *ret_count)
{
    static const char between[] = "\r\n\t ";
    size_t count = 0;
    for (char *at = text + strspn(text, between); *at != '\0'; at += strspn(at, between)) {
        size_t len = strcspn(at, "\r\n");
        char *end = at + len + (at[len] != '\0');
        while (strchr(between, at[len - 1]) != NULL)
            len--;
        at[len] = '\0';
        if (count == USERS_MOST)
            return status_fail(STATUS_INVALID, "users: at most %d at once", USERS_MOST);
        if (is_several(at))
            return status_fail(STATUS_INVALID, "users: '%.120s' is not one a line", at);
        users[count++] = at;
        at = end;
    }
    *ret_count = count;
    return count > 0 ? STATUS_OK : status_fail(STATUS_INVALID, "users: name somebody");
}

static enum status assign(const struct web *web, const struct request *request,
                          const struct form *form)
{
    char id[DESK_ID_SIZE];
    const char *users[USERS_MOST];
    size_t count;
    char *text defer(free) = strdup(form_text(form, "users"));
    if (text == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the users of a policy");
    desk_id(request, id);
    TRY(read_users(text, users, &count));
    const struct actor actor = admin_actor(request);
    return policies_assign(web->service, &actor, id, users, count);
}

enum status page_policy_assign(struct request *request, struct response *response,
                               void *application)
{
    const struct form *form;
    TRY(request_form(request, &form));
    enum status status = assign(application, request, form);
    const struct refused refused = {.users = form};
    return answer(application, request, response, status, refused, ADMIN_SAID_POLICY_USERS);
}

enum status page_policy_unassign(struct request *request, struct response *response,
                                 void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    const char *who = form_text(form, "who");
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    enum status status = policies_unassign(web->service, &actor, id, &who, 1);
    return answer(web, request, response, status, (struct refused){0}, ADMIN_SAID_POLICY_USERS);
}

enum status page_policy_default(struct request *request, struct response *response,
                                void *application)
{
    const struct web *web = application;
    const struct actor actor = admin_actor(request);
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    enum status status = policies_set_default(web->service, &actor, id);
    return answer(web, request, response, status, (struct refused){0}, ADMIN_SAID_POLICY_USERS);
}

enum status page_policy_no_default(struct request *request, struct response *response,
                                   void *application)
{
    const struct web *web = application;
    const struct actor actor = admin_actor(request);
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    enum status status = policies_end_default(web->service, &actor, id);
    return answer(web, request, response, status, (struct refused){0}, ADMIN_SAID_POLICY_USERS);
}

enum status page_policy_remove(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    const struct actor actor = admin_actor(request);
    char id[DESK_ID_SIZE];
    int64_t users;
    desk_id(request, id);
    TRY(policies_remove(web->service, &actor, id, &users));
    admin_redirect(response, "/admin/policies", ADMIN_SAID_POLICY_REMOVED);
    return STATUS_OK;
}
