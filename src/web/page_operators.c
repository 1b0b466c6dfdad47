/*
 * GET and POST /admin/operators, POST /admin/operators/password, role, disable, enable, totp.
 *
 * A first password is in the answer to the POST that made it, and nowhere else: it cannot be
 * fetched again. What is refused is said above the list.
 */
#include "base/limits.h"
#include "service/totp.h"
#include "web/admin.h"

#include <stdio.h>

#define OPERATORS_PAGE "/admin/operators"

/* What the page says besides the list. */
struct said {
    const char *wrong;
    const char *added;
    const struct secret *password;
    const char *name;
};

static void fill(const struct operator_entry *entry, struct view_operator *row)
{
    *row = (struct view_operator){
        .name = entry->name,
        .role = admin_role_text(entry->role),
        .admin = entry->role == OPERATOR_ADMIN,
        .helpdesk = entry->role == OPERATOR_HELPDESK,
        .auditor = entry->role == OPERATOR_AUDITOR,
        .disabled = entry->disabled_at != 0,
        .totp = entry->totp,
        .must_change = entry->must_change,
        .created_at = entry->created_at,
    };
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct said *said)
{
    struct operator_entries list defer(operator_entries_clear) = {0};
    TRY(operator_list_all(web->service, &list));
    struct view_operator *rows defer(free) = calloc(list.count + 1, sizeof *rows);
    if (rows == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < list.count; i++)
        fill(&list.entries[i], &rows[i]);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_OPERATORS, &shell);
    const struct view_operators fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .operators = rows,
        .operators_count = list.count,
        .wrong = said->wrong,
        .added = said->added,
        .password = said->password == NULL ? "" : secret_text(said->password),
        .name = said->name,
    };
    view_operators(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

enum status page_operators(struct request *request, struct response *response, void *application)
{
    return render(application, request, response, &(struct said){0});
}

/* The page with the password, or with the sentence that says why there is none. */
static enum status answer(const struct web *web, struct request *request, struct response *response,
                          enum status status, struct said said)
{
    char why[STATUS_DETAIL_MAX];
    if (status_kind(status) != STATUS_KIND_REFUSAL)
        TRY(status);
    if (status != STATUS_OK) {
        snprintf(why, sizeof why, "%s", status_detail());
        said.wrong = why;
    }
    TRY(render(web, request, response, &said));
    if (status != STATUS_OK)
        response_set_status(response, 422);
    return STATUS_OK;
}

static enum status add(const struct web *web, struct request *request, const struct form *form,
                       struct secret **ret_password)
{
    const struct actor actor = admin_actor(request);
    enum operator_role role;
    TRY(operator_role_parse(form_text(form, "role"), &role));
    return operator_add(web->service, &actor, form_text(form, "name"), role, NULL, ret_password);
}

enum status page_operators_add(struct request *request, struct response *response,
                               void *application)
{
    const struct form *form;
    struct secret *password defer(secret_free) = NULL;
    TRY(request_form(request, &form));
    enum status status = add(application, request, form, &password);
    const char *name = form_text(form, "name");
    const struct said said = {
        .added = name, .password = password, .name = status == STATUS_OK ? "" : name};
    return answer(application, request, response, status, said);
}

enum status page_operators_password(struct request *request, struct response *response,
                                    void *application)
{
    const struct web *web = application;
    const struct form *form;
    struct secret *password defer(secret_free) = NULL;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    const char *name = form_text(form, "name");
    enum status status = operator_set_password(web->service, &actor, name, NULL, &password);
    const struct said said = {.added = name, .password = password};
    return answer(web, request, response, status, said);
}

/* An act without anything to show: back to the list. */
static enum status go_back(const struct web *web, struct request *request,
                           struct response *response, enum status status)
{
    if (status != STATUS_OK)
        return answer(web, request, response, status, (struct said){0});
    admin_redirect(response, OPERATORS_PAGE, ADMIN_SAID_CHANGED);
    return STATUS_OK;
}

static enum status set_role(const struct web *web, struct request *request, const struct form *form)
{
    const struct actor actor = admin_actor(request);
    enum operator_role role;
    TRY(operator_role_parse(form_text(form, "role"), &role));
    return operator_set_role(web->service, &actor, form_text(form, "name"), role);
}

enum status page_operators_role(struct request *request, struct response *response,
                                void *application)
{
    const struct form *form;
    TRY(request_form(request, &form));
    return go_back(application, request, response, set_role(application, request, form));
}

typedef enum status change_function(const struct service *service, const struct actor *actor,
                                    const char *name);

static enum status change(struct request *request, struct response *response, void *application,
                          change_function *function)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    enum status status = function(web->service, &actor, form_text(form, "name"));
    return go_back(web, request, response, status);
}

enum status page_operators_disable(struct request *request, struct response *response,
                                   void *application)
{
    return change(request, response, application, operator_disable);
}

enum status page_operators_enable(struct request *request, struct response *response,
                                  void *application)
{
    return change(request, response, application, operator_enable);
}

enum status page_operators_totp(struct request *request, struct response *response,
                                void *application)
{
    return change(request, response, application, totp_remove);
}
