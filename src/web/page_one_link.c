/*
 * GET /admin/links/{id}, and its acts. The log-in that made the link sees its address and PIN here
 * for some minutes (service/handout.h): the page may be loaded again, printed, and left open on the
 * telephone, while its news come by themselves.
 */
#include "base/clock.h"
#include "base/text.h"
#include "http/target.h"
#include "service/desk.h"
#include "service/mail_send.h"
#include "service/mail_settings.h"
#include "view/qr.h"
#include "web/device_view.h"
#include "web/mail_view.h"
#include "web/people_view.h"

#include <stdio.h>

enum {
    STEPS_MOST = 10,
    PIN_GROUP = 3,
    PIN_GROUPS = 8,
    ADDRESS_MOST = 1024,
    QR_MOST = 32 * 1024,
    MESSAGE_MOST = 4096,
    MAILTO_MOST = 16 * 1024,
    FROM_SIZE = ENROLMENT_AGENT_SIZE + ENROLMENT_ADDRESS_SIZE + 4,
};

/* ---- what happened --------------------------------------------------------------------------- */

struct timeline {
    struct view_desk_step steps[STEPS_MOST];
    size_t count;
    char from[FROM_SIZE];
};

static void add_step(struct timeline *timeline, enum text_key label, int64_t at)
{
    timeline->steps[timeline->count++] =
        (struct view_desk_step){.label = label, .done = at != 0, .at = at};
}

/* A step that no link must take. */
static void add_if(struct timeline *timeline, enum text_key label, int64_t at)
{
    if (at != 0)
        add_step(timeline, label, at);
}

static void add_end(struct timeline *timeline, const struct enrolment *link)
{
    add_if(timeline, TEXT_STEP_LOCKED, link->locked_at);
    add_if(timeline, TEXT_STEP_CANCELLED, link->cancelled_at);
    if (link->state == LINK_EXPIRED)
        add_step(timeline, TEXT_STEP_EXPIRED, link->expires_at);
}

static bool goes_on(enum link_state state)
{
    return state != LINK_CANCELLED && state != LINK_EXPIRED && state != LINK_LOCKED &&
           state != LINK_REARMED;
}

/* A step of every link: still to come while the link is open, or done. */
static void add_stage(struct timeline *timeline, const struct enrolment *link, enum text_key label,
                      int64_t at, const struct view_desk_step *more)
{
    if (at == 0 && !goes_on(link->state))
        return;
    add_step(timeline, label, at);
    struct view_desk_step *step = &timeline->steps[timeline->count - 1];
    if (at != 0) {
        step->detail = more->detail;
        step->count = more->count;
    }
}

static void make_timeline(const struct enrolment *link, const char *device,
                          struct timeline *timeline)
{
    snprintf(timeline->from, sizeof timeline->from, "%s%s%s", link->claim_agent,
             link->claim_agent[0] == '\0' ? "" : ", ", link->claim_address);
    const struct view_desk_step by = {.detail = desk_actor(link->created_by)};
    const struct view_desk_step opened = {.count = link->opened_count};
    const struct view_desk_step claimed = {.detail = timeline->from};
    const struct view_desk_step fetched = {.count = link->fetch_count};
    const struct view_desk_step in_use = {.detail = device};
    add_stage(timeline, link, TEXT_STEP_MADE, link->created_at, &by);
    add_stage(timeline, link, TEXT_STEP_OPENED, link->opened_at, &opened);
    add_stage(timeline, link, TEXT_STEP_CLAIMED, link->claimed_at, &claimed);
    add_stage(timeline, link, TEXT_STEP_FETCHED, link->delivered_at, &fetched);
    add_stage(timeline, link, TEXT_STEP_IN_USE, link->in_use_at, &in_use);
    add_end(timeline, link);
}

/* ---- what is handed over --------------------------------------------------------------------- */

struct handover {
    struct desk_secrets secrets;
    struct buf address;
    struct buf qr_path;
    char qr_box[32];
    char pin[PIN_GROUPS][PIN_GROUP + 1];
    struct view_word groups[PIN_GROUPS];
    size_t group_count;
    struct buf message;
    struct buf mailto;
};

static void handover_clear(struct handover *handover)
{
    desk_secrets_clear(&handover->secrets);
    buf_clear(&handover->address);
    buf_clear(&handover->qr_path);
    buf_clear(&handover->message);
    buf_clear(&handover->mailto);
    explicit_bzero(handover->pin, sizeof handover->pin);
}
CLEANUP_VALUE(struct handover, handover_clear)

static void make_groups(struct handover *handover)
{
    struct span pin = secret_span(handover->secrets.pin);
    for (size_t at = 0; at < pin.len && handover->group_count < PIN_GROUPS; at += PIN_GROUP) {
        size_t len = pin.len - at < PIN_GROUP ? pin.len - at : PIN_GROUP;
        char *group = handover->pin[handover->group_count];
        memcpy(group, pin.ptr + at, len);
        handover->groups[handover->group_count++].text = group;
    }
}

static void append(struct buf *out, const struct text_catalogue *texts, enum text_key key,
                   const struct catalogue_argument *arguments, size_t count, const char *after)
{
    catalogue_append(out, texts, key, CATALOGUE_PLAIN, arguments, count);
    buf_append_text(out, after);
}

static void make_message(const struct web *web, const struct text_catalogue *texts,
                         const struct enrolment *link, struct handover *handover)
{
    const char *organisation = web_config(web)->organisation_name;
    const struct catalogue_argument arguments[] = {
        catalogue_text("name", link->name[0] == '\0' ? link->user : link->name),
        catalogue_text("organisation", organisation),
        catalogue_moment("until", link->expires_at),
    };
    struct buf *out = &handover->message;
    append(out, texts, TEXT_MESSAGE_HELLO, arguments, 1, "\n\n");
    append(out, texts, TEXT_MESSAGE_OPEN, &arguments[1], 1, "\n");
    buf_append(out, span_of(handover->address.ptr, handover->address.len));
    buf_append_text(out, "\n\n");
    append(out, texts, TEXT_MESSAGE_PIN, NULL, 0, "\n");
    append(out, texts, TEXT_MESSAGE_UNTIL, &arguments[2], 1, "\n");
}

static void make_mailto(const struct text_catalogue *texts, const char *organisation,
                        const struct enrolment *link, struct handover *handover)
{
    struct buf subject defer(buf_clear) = BUF_INIT(MESSAGE_MOST);
    const struct catalogue_argument argument = catalogue_text("organisation", organisation);
    append(&subject, texts, TEXT_MESSAGE_SUBJECT, &argument, 1, "");
    struct buf *out = &handover->mailto;
    buf_append_text(out, "mailto:");
    target_append_component(out, span_of_text(link->mail));
    buf_append_text(out, "?subject=");
    target_append_component(out, span_of(subject.ptr, subject.len));
    buf_append_text(out, "&body=");
    for (size_t i = 0; i < handover->message.len; i++) {
        struct span one = span_of(handover->message.ptr + i, 1);
        if (one.ptr[0] == '\n')
            buf_append_text(out, "%0D");
        target_append_component(out, one);
    }
}

/* Leaves it empty when there is nothing to hand over here (any more). */
static enum status make_handover(const struct web *web, const struct request *request,
                                 const struct enrolment *link, struct handover *handover)
{
    enum status status =
        desk_secrets_of(web->service, desk_session(request), link->id, &handover->secrets);
    if (status == STATUS_NOT_FOUND || status == STATUS_GONE)
        return STATUS_OK;
    TRY(status);
    enrol_append_url(web->service, handover->secrets.token, &handover->address);
    struct span address;
    TRY(buf_finish(&handover->address, &address));
    int size = 0;
    TRY(qr_append_path(&handover->qr_path, (const char *)address.ptr, &size));
    snprintf(handover->qr_box, sizeof handover->qr_box, "0 0 %d %d", size, size);
    make_groups(handover);
    make_message(web, page_texts(request), link, handover);
    make_mailto(page_texts(request), web_config(web)->organisation_name, link, handover);
    TRY(handover->message.failure);
    return handover->mailto.failure;
}

/* ---- the page -------------------------------------------------------------------------------- */

static bool may_be_ended(enum link_state state)
{
    return state == LINK_ISSUED || state == LINK_OPENED || state == LINK_CLAIMING ||
           state == LINK_CLAIMED || state == LINK_DELIVERED;
}

static bool may_be_rearmed(const struct enrolment *link)
{
    return link->claimed_at == 0 && link->rearmed_as[0] == '\0' && link->state != LINK_CLAIMING;
}

struct hrefs {
    char cancel[DESK_HREF_SIZE];
    char rearm[DESK_HREF_SIZE];
    char successor[DESK_HREF_SIZE];
    char mail[DESK_HREF_SIZE];
    char watch[HREF_SIZE];
};

static void make_hrefs(const struct enrolment *link, struct hrefs *hrefs)
{
    desk_href(hrefs->cancel, "/admin/links/", link->id, "/cancel");
    desk_href(hrefs->rearm, "/admin/links/", link->id, "/rearm");
    desk_href(hrefs->successor, "/admin/links/", link->rearmed_as, "");
    href_format(hrefs->watch, DEVICE_PAGE "live?user=", link->user);
}

static struct view_desk_link fields_of(const struct enrolment *link,
                                       const struct handover *handover)
{
    const struct desk_state state = desk_state_of_link(link->state);
    return (struct view_desk_link){
        .id = link->id,
        .user = link->user,
        .name = link->name,
        .mail = link->mail,
        .device = link->device,
        .packing = link->packing,
        .created_by = desk_actor(link->created_by),
        .expires_at = link->expires_at,
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .tries = link->tries,
        .successor = link->rearmed_as,
        .serial = link->serial,
        .address = (const char *)handover->address.ptr,
        .qr_path = (const char *)handover->qr_path.ptr,
        .qr_box = handover->qr_box,
        .pin = handover->groups,
        .pin_count = handover->group_count,
        .message = (const char *)handover->message.ptr,
        .mailto = (const char *)handover->mailto.ptr,
        .shown_until = handover->secrets.handout.expires_at,
    };
}

/* The mail that took the link to its owner, if there is one. */
static enum status add_mail(const struct web *web, const struct enrolment *link,
                            struct mail_row *mail, struct hrefs *hrefs,
                            struct view_desk_link *fields)
{
    enum status status = mail_of_link(web->service, link->id, mail);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    const struct desk_state state = mail_view_state(mail->state);
    desk_href(hrefs->mail, "/admin/mail/", mail->id, "");
    fields->mail_href = hrefs->mail;
    fields->mailed_to = mail->recipient;
    fields->mail_state = state.label;
    fields->mail_good = state.is_good;
    fields->mail_note = state.is_note;
    fields->mail_bad = state.is_bad;
    return STATUS_OK;
}

static bool may_be_sent(const struct web *web, const struct enrolment *link)
{
    return mail_is_on(web_config(web)) && mail_address_of(link->user, link->mail)[0] != '\0';
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct enrolment *link)
{
    struct handover handover defer(handover_clear) = {
        .address = BUF_INIT(ADDRESS_MOST),
        .qr_path = BUF_INIT(QR_MOST),
        .message = BUF_INIT(MESSAGE_MOST),
        .mailto = BUF_INIT(MAILTO_MOST),
    };
    TRY(make_handover(web, request, link, &handover));
    struct secret *key defer(secret_free) = NULL;
    TRY(handout_new_key(&key));
    struct device_list devices defer(device_list_clear) = {0};
    struct device_lines device_lines defer(device_lines_clear) = {0};
    struct timeline timeline = {0};
    if (link->serial[0] != '\0')
        TRY(device_lines_of_serial(web, link->serial, &devices, &device_lines));
    make_timeline(link, devices.count > 0 ? devices_name(&devices.rows[0]) : "", &timeline);
    struct hrefs hrefs;
    make_hrefs(link, &hrefs);
    bool may_act = admin_may(request, ROLE_HELPDESK);

    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_LINKS, &shell);
    struct view_desk_link fields = fields_of(link, &handover);
    struct mail_row mail defer(mail_row_clear) = {0};
    TRY(add_mail(web, link, &mail, &hrefs, &fields));
    fields.site = site_view(web_content(web)->site);
    fields.shell = &shell.view;
    fields.watch_href = hrefs.watch;
    fields.devices = device_lines.lines;
    fields.devices_count = device_lines.count;
    fields.steps = timeline.steps;
    fields.steps_count = timeline.count;
    fields.may_cancel = may_act && may_be_ended(link->state);
    fields.may_rearm = may_act && may_be_rearmed(link);
    fields.may_send = may_be_sent(web, link);
    fields.cancel_href = hrefs.cancel;
    fields.rearm_href = hrefs.rearm;
    fields.successor_href = hrefs.successor;
    fields.form_key = secret_text(key);
    view_desk_link(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

enum status page_one_link(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    struct enrolment link;
    TRY(enrol_show(web->service, id, &link));
    return render(web, request, response, &link);
}

/* ---- acts ------------------------------------------------------------------------------------ */

enum status page_link_cancel(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    const struct actor actor = admin_actor(request);
    struct enrolment link;
    TRY(enrol_cancel(web->service, &actor, id, &link));
    char href[DESK_HREF_SIZE];
    desk_href(href, "/admin/links/", link.id, "");
    admin_redirect(response, href, ADMIN_SAID_LINK_CANCELLED);
    return STATUS_OK;
}

enum status page_link_rearm(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    struct actor actor;
    const struct handout_caller caller = desk_caller(request, form, &actor);
    char new_id[ENROLMENT_ID_SIZE];
    bool send = form_text(form, "send")[0] != '\0';
    TRY(desk_rearm(web->service, &caller, id, send, new_id));
    char href[DESK_HREF_SIZE];
    desk_href(href, "/admin/links/", new_id, "");
    admin_redirect(response, href, ADMIN_SAID_LINK_REARMED);
    return STATUS_OK;
}
