/*
 * GET /admin/mail/{id}, and its acts. What the mail says is not shown: that of a link holds the
 * link, which is for its owner only.
 */
#include "base/clock.h"
#include "web/mail_view.h"

#define MAIL_PAGE "/admin/mail/"

struct hrefs {
    char link[DESK_HREF_SIZE];
    char certificate[DESK_HREF_SIZE];
    char retry[DESK_HREF_SIZE];
    char cancel[DESK_HREF_SIZE];
};

static void make_hrefs(const struct mail_row *mail, struct hrefs *hrefs)
{
    desk_href(hrefs->link, "/admin/links/", mail->link_id, "");
    desk_href(hrefs->certificate, "/admin/certificates/", mail->serial, "");
    desk_href(hrefs->retry, MAIL_PAGE, mail->id, "/retry");
    desk_href(hrefs->cancel, MAIL_PAGE, mail->id, "/cancel");
}

static struct view_desk_mail fields_of(const struct mail_row *mail, const struct hrefs *hrefs)
{
    struct desk_state state = mail_view_state(mail->state);
    return (struct view_desk_mail){
        .id = mail->id,
        .recipient = mail->recipient,
        .kind = mail_view_kind(mail->kind),
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .is_unsure = mail->state == MAIL_UNSURE,
        .language_tag = mail->language,
        .message_id = mail->message_id,
        .link_id = mail->link_id,
        .link_href = hrefs->link,
        .serial = mail->serial,
        .serial_href = hrefs->certificate,
        .created_by = desk_actor(mail->created_by),
        .created_at = mail->created_at,
        .tries = mail->tries,
        .error = mail->error,
        .next_at = mail->next_at,
        .give_up_at = mail->state == MAIL_QUEUED ? mail->give_up_at : 0,
        .done_at = mail->done_at,
        .retry_href = hrefs->retry,
        .cancel_href = hrefs->cancel,
    };
}

enum status page_one_mail(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    struct mail_row mail defer(mail_row_clear) = {0};
    TRY(mail_show(web->service, id, &mail));
    struct hrefs hrefs;
    make_hrefs(&mail, &hrefs);
    bool may_act = admin_may(request, ROLE_HELPDESK);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_MAIL, &shell);
    struct view_desk_mail fields = fields_of(&mail, &hrefs);
    fields.site = site_view(web_content(web)->site);
    fields.shell = &shell.view;
    fields.may_retry = may_act && mail_view_may_retry(&mail, clock_now());
    fields.may_cancel = may_act && mail_view_may_cancel(&mail);
    view_desk_mail(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

/* What retry and cancel have in common. */
typedef enum status mail_act(const struct service *service, const struct actor *actor,
                             const char *id, struct mail_row *ret_mail);

static enum status change(const struct web *web, struct request *request, struct response *response,
                          mail_act *act, enum admin_said said)
{
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    const struct actor actor = admin_actor(request);
    struct mail_row mail defer(mail_row_clear) = {0};
    TRY(act(web->service, &actor, id, &mail));
    char href[DESK_HREF_SIZE];
    desk_href(href, MAIL_PAGE, mail.id, "");
    admin_redirect(response, href, said);
    return STATUS_OK;
}

enum status page_mail_retry(struct request *request, struct response *response, void *application)
{
    return change(application, request, response, mail_retry, ADMIN_SAID_MAIL_RETRIED);
}

enum status page_mail_cancel(struct request *request, struct response *response, void *application)
{
    return change(application, request, response, mail_cancel, ADMIN_SAID_MAIL_CANCELLED);
}
