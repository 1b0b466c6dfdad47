/* GET and POST /admin/links/new. What the form made is shown by the link's own page. */
#include "service/desk.h"
#include "service/mail_settings.h"
#include "web/desk_view.h"

struct typed {
    const char *user;
    const char *name;
    const char *mail;
    const char *device;
    const char *sid;
    const char *packing;
    const char *lifetime;
    const char *send; /* "" or not */
    const char *language;
};

static struct typed typed_in(const struct form *form)
{
    return (struct typed){
        .user = form_text(form, "user"),
        .name = form_text(form, "name"),
        .mail = form_text(form, "mail"),
        .device = form_text(form, "device"),
        .sid = form_text(form, "sid"),
        .packing = form_text(form, "packing"),
        .lifetime = form_text(form, "lifetime"),
        .send = form_text(form, "send"),
        .language = form_text(form, "language"),
    };
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct typed *typed, const char *detail)
{
    struct secret *key defer(secret_free) = NULL;
    TRY(handout_new_key(&key));
    struct view_option packings[DESK_PACKINGS];
    struct view_option lifetimes[DESK_LIFETIMES];
    desk_packings(typed->packing, packings);
    struct view_option languages[DESK_LANGUAGES];
    desk_lifetimes(typed->lifetime, lifetimes);
    desk_languages(typed->language, languages);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_NEW_LINK, &shell);
    const struct view_desk_new fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .form_key = secret_text(key),
        .detail = detail,
        .user = typed->user,
        .name = typed->name,
        .mail = typed->mail,
        .device = typed->device,
        .sid = typed->sid,
        .packings = packings,
        .packings_count = DESK_PACKINGS,
        .lifetimes = lifetimes,
        .lifetimes_count = DESK_LIFETIMES,
        .may_send = mail_is_on(web_config(web)),
        .send = typed->send[0] != '\0',
        .languages = languages,
        .languages_count = DESK_LANGUAGES,
    };
    view_desk_new(response_body(response), page_texts(request), &fields);
    if (detail[0] != '\0')
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_new_link(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    const struct typed typed = typed_in(query);
    return render(application, request, response, &typed, "");
}

static enum status create(const struct web *web, const struct request *request,
                          const struct form *form, const struct typed *typed,
                          char ret_id[static ENROLMENT_ID_SIZE])
{
    struct enrol_request wanted = {
        .user = typed->user,
        .name = desk_or_null(typed->name),
        .mail = desk_or_null(typed->mail),
        .device = desk_or_null(typed->device),
        .sid = desk_or_null(typed->sid),
        .packing = desk_or_null(typed->packing),
        .send = typed->send[0] != '\0',
        .language = desk_or_null(typed->language),
    };
    TRY(desk_read_lifetime(typed->lifetime, &wanted.lifetime));
    struct actor actor;
    const struct handout_caller caller = desk_caller(request, form, &actor);
    return desk_create(web->service, &caller, &wanted, ret_id);
}

enum status page_new_link_make(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct typed typed = typed_in(form);
    char id[ENROLMENT_ID_SIZE];
    enum status status = create(web, request, form, &typed, id);
    bool off = status == STATUS_CONFLICT && typed.send[0] != '\0'; /* mail, since the form came */
    if (status == STATUS_INVALID || off)
        return render(web, request, response, &typed, status_detail());
    TRY(status);
    char href[DESK_HREF_SIZE];
    desk_href(href, "/admin/links/", id, "");
    desk_go(response, href);
    return STATUS_OK;
}
