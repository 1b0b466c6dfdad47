/*
 * GET /admin/account and what operators change there for themselves; GET /admin/account/codes while
 * one-time codes are set up. The secret and the recovery codes are wiped with the response.
 */
#include "base/clock.h"
#include "service/account.h"
#include "service/totp.h"
#include "view/qr.h"
#include "web/admin.h"
#include "web/admit.h"

#include <stdio.h>

#define ACCOUNT_PAGE "/admin/account"
#define CODES_PAGE   "/admin/account/codes"

enum { QR_PATH_MAX = 64 * 1024, QR_BOX = 32 };

/* ---- the account ----------------------------------------------------------------------------- */

static void fill(const struct account_session *session, struct view_log_in *row)
{
    *row = (struct view_log_in){
        .id = session->id,
        .agent = session->agent,
        .address = session->address,
        .created_at = session->created_at,
        .seen_at = session->seen_at,
        .current = session->current,
    };
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          bool wrong_code)
{
    const struct caller *caller = request_caller(request);
    struct account_sessions list defer(account_sessions_clear) = {0};
    struct totp_state codes;
    TRY(account_list_sessions(web->service, caller->name, caller->proof, &list));
    TRY(totp_state_of(web->service, caller->name, &codes));
    struct view_log_in *rows defer(free) = calloc(list.count + 1, sizeof *rows);
    if (rows == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < list.count; i++)
        fill(&list.sessions[i], &rows[i]);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_NO_SECTION, &shell);
    const struct view_account fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .log_ins = rows,
        .log_ins_count = list.count,
        .others = list.count > 1,
        .totp = codes.active,
        .recovery_left = codes.recovery_left,
        .wrong_code = wrong_code,
    };
    view_account(response_body(response), page_texts(request), &fields);
    if (wrong_code)
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_account(struct request *request, struct response *response, void *application)
{
    return render(application, request, response, false);
}

enum status page_account_end(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    TRY(account_end_session(web->service, &actor, form_text(form, "id")));
    admin_redirect(response, ACCOUNT_PAGE, ADMIN_SAID_ENDED);
    return STATUS_OK;
}

enum status page_account_end_others(struct request *request, struct response *response,
                                    void *application)
{
    const struct web *web = application;
    const struct actor actor = admin_actor(request);
    TRY(account_end_others(web->service, &actor, request_caller(request)->proof));
    admin_redirect(response, ACCOUNT_PAGE, ADMIN_SAID_ENDED);
    return STATUS_OK;
}

/* ---- one-time codes -------------------------------------------------------------------------- */

enum status page_codes_begin(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = admin_actor(request);
    struct totp_setup setup defer(totp_setup_clear) = {0};
    TRY(totp_begin(web->service, &actor, actor.name, &setup));
    response_set_class(response, RESPONSE_SECRET);
    response_redirect(response, 303, CODES_PAGE);
    return STATUS_OK;
}

static enum status render_setup(const struct web *web, struct request *request,
                                struct response *response, bool wrong)
{
    struct totp_setup setup defer(totp_setup_clear) = {0};
    struct buf path defer(buf_clear) = BUF_INIT(QR_PATH_MAX);
    char box[QR_BOX];
    int size;
    TRY(totp_pending(web->service, request_caller(request)->name, &setup));
    TRY(qr_append_path(&path, secret_text(setup.uri), &size));
    snprintf(box, sizeof box, "0 0 %d %d", size, size);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_NO_SECTION, &shell);
    const struct view_codes fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .qr_path = (const char *)path.ptr,
        .qr_box = box,
        .secret = secret_text(setup.text),
        .wrong = wrong,
    };
    view_codes(response_body(response), page_texts(request), &fields);
    if (wrong)
        response_set_status(response, 422);
    return STATUS_OK;
}

/* Whoever comes back to this page after the codes were switched on sees the account. */
enum status page_codes(struct request *request, struct response *response, void *application)
{
    enum status status = render_setup(application, request, response, false);
    if (status != STATUS_CONFLICT)
        return status;
    response_set_class(response, RESPONSE_SECRET);
    response_redirect(response, 303, ACCOUNT_PAGE);
    return STATUS_OK;
}

static void render_recovery(const struct web *web, struct request *request,
                            struct response *response, const struct recovery_codes *codes)
{
    struct view_word words[RECOVERY_CODES];
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        words[i] = (struct view_word){.text = secret_text(codes->codes[i])};
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_NO_SECTION, &shell);
    const struct view_codes fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .recovery = words,
        .recovery_count = RECOVERY_CODES,
    };
    view_codes(response_body(response), page_texts(request), &fields);
}

enum status page_codes_confirm(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    enum status status = totp_confirm(web->service, &actor, actor.name, form_value(form, "code"),
                                      clock_now(), &codes);
    if (status == STATUS_INVALID)
        return render_setup(web, request, response, true);
    TRY(status);
    render_recovery(web, request, response, &codes);
    return STATUS_OK;
}

enum status page_codes_off(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    enum status status = account_remove_totp(web->service, &actor, form_value(form, "code"),
                                             request_cookie(request, ADMIT_DEVICE_COOKIE));
    if (status == STATUS_FORBIDDEN)
        return render(web, request, response, true);
    TRY(status);
    admin_redirect(response, ACCOUNT_PAGE, ADMIN_SAID_TOTP_OFF);
    return STATUS_OK;
}
