/* GET and POST /admin/settings: the options that an admin may change without a file. */
#include "base/log.h"
#include "service/settings.h"

#include "web/admin.h"

#include <stdio.h>

enum { BACK_SIZE = 96 };

struct setting_text {
    const char *id;
    enum text_key label;
    enum text_key hint;
    int64_t most; /* characters, as options.def has it */
};

static const struct setting_text setting_texts[SETTING_COUNT] = {
    [SETTING_ORGANISATION] = {"organisation", TEXT_SETTINGS_ORGANISATION,
                              TEXT_SETTINGS_ORGANISATION_HINT, 64},
    [SETTING_COLOR] = {"color", TEXT_SETTINGS_COLOR, TEXT_SETTINGS_COLOR_HINT, 7},
    [SETTING_CONTACT] = {"contact", TEXT_SETTINGS_CONTACT, TEXT_SETTINGS_CONTACT_HINT, 200},
};

static enum text_key origin_text(enum setting_origin origin)
{
    switch (origin) {
    case SETTING_DEFAULT:
        return TEXT_SETTINGS_FROM_DEFAULT;
    case SETTING_FILE:
        return TEXT_SETTINGS_FROM_FILE;
    case SETTING_PAGE:
        return TEXT_SETTINGS_FROM_PAGE;
    case SETTING_ENVIRONMENT:
        return TEXT_SETTINGS_FROM_ENVIRONMENT;
    }
    return TEXT_SETTINGS_FROM_DEFAULT;
}

static void back_name(enum setting setting, char ret_name[static BACK_SIZE])
{
    snprintf(ret_name, BACK_SIZE, "back.%s", setting_name(setting));
}

static struct view_setting setting_view(enum setting setting, const struct setting_value *value,
                                        const char *typed, const char *back)
{
    return (struct view_setting){
        .id = setting_texts[setting].id,
        .label = setting_texts[setting].label,
        .hint = setting_texts[setting].hint,
        .name = setting_name(setting),
        .back_name = back,
        .value = typed == NULL ? value->value : typed,
        .fixed = value->origin == SETTING_ENVIRONMENT,
        .on_page = value->origin == SETTING_PAGE,
        .origin = origin_text(value->origin),
        .most = setting_texts[setting].most,
    };
}

/* `form` and `detail` are of a change that was refused; NULL without one. */
static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct form *form, const char *detail)
{
    struct setting_value values[SETTING_COUNT];
    TRY(settings_read(web->service, values));
    struct view_setting views[SETTING_COUNT];
    char backs[SETTING_COUNT][BACK_SIZE];
    for (int i = 0; i < SETTING_COUNT; i++) {
        back_name((enum setting)i, backs[i]);
        struct span typed = SPAN_EMPTY;
        bool any = form != NULL && form_find(form, setting_name((enum setting)i), &typed);
        views[i] =
            setting_view((enum setting)i, &values[i],
                         any ? form_text(form, setting_name((enum setting)i)) : NULL, backs[i]);
    }
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_SETTINGS, &shell);
    const struct view_settings fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .settings = views,
        .settings_count = SETTING_COUNT,
        .bad = detail != NULL,
        .detail = detail,
    };
    view_settings(response_body(response), page_texts(request), &fields);
    if (detail != NULL)
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_settings(struct request *request, struct response *response, void *application)
{
    return render(application, request, response, NULL, NULL);
}

static void read_changes(const struct form *form, struct setting_change changes[SETTING_COUNT])
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        char back[BACK_SIZE];
        struct span value;
        back_name((enum setting)i, back);
        changes[i].back = form_find(form, back, &value);
        const char *name = setting_name((enum setting)i);
        changes[i].value = form_find(form, name, &value) ? form_text(form, name) : NULL;
    }
}

enum status page_settings_change(struct request *request, struct response *response,
                                 void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    struct setting_change changes[SETTING_COUNT];
    read_changes(form, changes);
    const struct actor actor = admin_actor(request);
    enum status status = settings_change(web->service, &actor, changes);
    if (status == STATUS_INVALID || status == STATUS_CONFLICT) {
        char detail[STATUS_DETAIL_MAX];
        snprintf(detail, sizeof detail, "%s", status_detail());
        return render(web, request, response, form, detail);
    }
    TRY(status);
    enum status reloaded = web->reload(web->reload_context);
    if (reloaded != STATUS_OK)
        log_status("settings", reloaded, "what was saved counts from the next reload");
    admin_redirect(response, "/admin/settings",
                   reloaded == STATUS_OK ? ADMIN_SAID_SETTINGS : ADMIN_SAID_SETTINGS_LATER);
    return STATUS_OK;
}
