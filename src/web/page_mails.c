/*
 * GET /admin/mail: the queue of mails and what became of them, fetched again while somebody looks
 * (static/live.js). POST /admin/mail/test: whether the mail server takes a mail at all.
 */
#include "config/config.h"
#include "service/mail_send.h"
#include "service/mail_settings.h"
#include "web/mail_view.h"

#include <stdio.h>

#define MAILS_PAGE "/admin/mail"

enum { CHOICES = MAIL_STATE_COUNT + 1 };

/* What is looked for, and what the test said. */
struct asked {
    const char *state;
    const char *after;
    const char *wrong;
    const char *address; /* of the test */
};

struct mails {
    struct mail_page page;
    bool bad; /* what is looked for is no state or no page */
    struct view_mail_line *lines;
    char (*hrefs)[DESK_HREF_SIZE];
    struct view_tile tiles[MAIL_STATE_COUNT];
    char tile_hrefs[MAIL_STATE_COUNT][DESK_HREF_SIZE];
    struct view_option choices[CHOICES];
    char next[2 * DESK_HREF_SIZE];
};

static void mails_clear(struct mails *mails)
{
    mail_page_clear(&mails->page);
    free(mails->lines);
    free(mails->hrefs);
}
CLEANUP_VALUE(struct mails, mails_clear)

static struct view_mail_line line_of(const struct mail_row *mail, const char *href)
{
    struct desk_state state = mail_view_state(mail->state);
    return (struct view_mail_line){
        .href = href,
        .recipient = mail->recipient,
        .kind = mail_view_kind(mail->kind),
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .created_at = mail->created_at,
        .tries = mail->tries,
        .error = mail->error,
        .next_at = mail->next_at,
        .done_at = mail->done_at,
    };
}

static enum status make_lines(struct mails *mails)
{
    mails->lines = calloc(mails->page.count + 1, sizeof *mails->lines);
    mails->hrefs = calloc(mails->page.count + 1, sizeof *mails->hrefs);
    if (mails->lines == NULL || mails->hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of mails");
    for (size_t i = 0; i < mails->page.count; i++) {
        desk_href(mails->hrefs[i], MAILS_PAGE "/", mails->page.rows[i].id, "");
        mails->lines[i] = line_of(&mails->page.rows[i], mails->hrefs[i]);
    }
    return STATUS_OK;
}

static void make_states(const char *chosen, const int64_t counts[static MAIL_STATE_COUNT],
                        struct mails *mails)
{
    mails->choices[0] = (struct view_option){"", TEXT_MAILS_ANY, false};
    for (int i = 0; i < MAIL_STATE_COUNT; i++) {
        const char *value = mail_state_text((enum mail_state)i);
        enum text_key label = mail_view_state((enum mail_state)i).label;
        desk_href(mails->tile_hrefs[i], MAILS_PAGE "?state=", value, "");
        mails->tiles[i] = (struct view_tile){mails->tile_hrefs[i], label, counts[i]};
        mails->choices[i + 1] = (struct view_option){value, label, strcmp(value, chosen) == 0};
    }
}

static enum status read_mails(const struct web *web, const struct asked *asked, struct mails *mails)
{
    int64_t counts[MAIL_STATE_COUNT];
    TRY(mail_counts(web->service, counts));
    make_states(asked->state, counts, mails);
    enum status status = mail_list(web->service, desk_or_null(asked->state),
                                   &(struct page_request){.after = asked->after}, &mails->page);
    mails->bad = status == STATUS_INVALID;
    if (!mails->bad)
        TRY(status);
    if (mails->page.next[0] != '\0') /* then the state is one of ours */
        snprintf(mails->next, sizeof mails->next, MAILS_PAGE "?state=%s&after=%s", asked->state,
                 mails->page.next);
    return make_lines(mails);
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct asked *asked)
{
    struct mails mails defer(mails_clear) = {0};
    TRY(read_mails(web, asked, &mails));
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_MAIL, &shell);
    bool is_on = mail_is_on(web_config(web));
    const struct view_desk_mails fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .is_on = is_on,
        .may_test = is_on && admin_may(request, ROLE_ADMIN),
        .filtered = asked->state[0] != '\0' || asked->after[0] != '\0',
        .bad_search = mails.bad,
        .tiles = mails.tiles,
        .tiles_count = MAIL_STATE_COUNT,
        .states = mails.choices,
        .states_count = CHOICES,
        .mails = mails.lines,
        .mails_count = mails.page.count,
        .next = mails.next,
        .wrong = asked->wrong,
        .address = asked->address,
    };
    view_desk_mails(response_body(response), page_texts(request), &fields);
    if (mails.bad || asked->wrong[0] != '\0')
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_mails(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    const struct asked asked = {form_text(query, "state"), form_text(query, "after"), "", ""};
    return render(application, request, response, &asked);
}

enum status page_mails_test(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct actor actor = admin_actor(request);
    const char *address = form_text(form, "address");
    enum status status = mail_test(web->service, &actor, address, NULL);
    if (status == STATUS_OK) {
        admin_redirect(response, MAILS_PAGE, ADMIN_SAID_MAIL_TESTED);
        return STATUS_OK;
    }
    if (status_kind(status) != STATUS_KIND_REFUSAL && status != STATUS_CONFIG)
        return status;
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return render(web, request, response, &(struct asked){"", "", why, address});
}
