/*
 * The enrolment link. GET shows and never consumes; it is the same for a person and for a scanner.
 * POST with the right PIN claims; what came of it is one table from outcome to answer.
 *
 * A fault during the claim leaves the link as it was, and the page says so: 503, same PIN, later.
 */
#include "base/clock.h"
#include "base/log.h"
#include "service/collect.h"
#include "web/claimer.h"
#include "web/json.h"
#include "web/page_claimed.h"
#include "web/page_notice.h"

enum { PIN_TEXT_MAX = 64 };

/* ---- the page that asks for the PIN ------------------------------------------------------------
 */

static void ask_for_pin(const struct web *web, const struct request *request,
                        struct response *response, const struct view_link *fields, int http)
{
    page_begin(web, request, response, RESPONSE_SECRET);
    response_set_status(response, http);
    view_link(response_body(response), page_texts(request), fields);
}

static struct view_link link_fields(const struct web *web, const struct enrolment *link)
{
    return (struct view_link){
        .site = site_view(web_content(web)->site),
        .digits = web_config(web)->link_pin_digits,
        .expires_at = link->claimed_at == 0 ? link->expires_at : link->window_ends_at,
    };
}

/* The link's own address, for trying again; the path is followed by a NUL. */
static const char *own_address(const struct request *request)
{
    return (const char *)request_path(request).ptr;
}

static enum notice notice_of_state(enum link_state state)
{
    switch (state) {
    case LINK_EXPIRED:
        return NOTICE_EXPIRED;
    case LINK_CANCELLED:
    case LINK_REARMED:
        return NOTICE_CANCELLED;
    case LINK_LOCKED:
        return NOTICE_LOCKED;
    case LINK_IN_USE:
    case LINK_CLOSED:
    case LINK_DELIVERED:
    case LINK_CLAIMED:
    case LINK_CLAIMING:
    case LINK_OPENED:
    case LINK_ISSUED:
        return NOTICE_CLOSED;
    }
    return NOTICE_CLOSED;
}

/* The answer to a status other than OK: unknown, not now; any other goes to the error page. */
static enum status answer_failure(const struct web *web, const struct request *request,
                                  struct response *response, enum status status, const char *again)
{
    if (status == STATUS_NOT_FOUND) {
        page_notice(web, request, response, NOTICE_UNKNOWN, 404, NULL);
        return STATUS_OK;
    }
    if (status_kind(status) != STATUS_KIND_FAULT)
        return status;
    log_status("link", status, request_pattern(request));
    page_notice(web, request, response, NOTICE_BUSY, 503, again);
    return STATUS_OK;
}

enum status page_link(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct claim_view view = {0};
    enum status status = claim_open(web->service, request_parameter(request, "token"), &view);
    if (status != STATUS_OK)
        return answer_failure(web, request, response, status, own_address(request));
    if (!view.claimable) {
        page_notice(web, request, response, notice_of_state(view.link.state), 410, NULL);
        return STATUS_OK;
    }
    const struct view_link fields = link_fields(web, &view.link);
    ask_for_pin(web, request, response, &fields, 200);
    return STATUS_OK;
}

/* ---- the claim ---------------------------------------------------------------------------------
 */

static void answer_wrong_pin(const struct web *web, const struct request *request,
                             struct response *response, const struct claim *claim)
{
    bool wrong = claim->outcome == CLAIM_WRONG_PIN;
    int http = wrong ? 403 : 400;
    struct view_link fields = link_fields(web, &claim->link);
    fields.wrong = wrong;
    fields.malformed = !wrong;
    fields.tries_left = claim->tries_left;
    if (!request_prefers(request, "application/json")) {
        ask_for_pin(web, request, response, &fields, http);
        return;
    }
    page_begin_problem(request, response, http, wrong ? TEXT_LINK_WRONG : TEXT_LINK_NOT_COUNTED,
                       wrong ? "wrong_pin" : "malformed_pin");
    json_add_number(response_body(response), "tries_left", claim->tries_left);
    json_end(response_body(response));
}

static void answer_elsewhere(const struct web *web, const struct request *request,
                             struct response *response, const struct claim *claim)
{
    const struct view_elsewhere fields = {
        .site = site_view(web_content(web)->site),
        .claimed_at = claim->link.claimed_at,
        .device = claim->link.claim_agent,
    };
    if (request_prefers(request, "application/json")) {
        page_begin_problem(request, response, 409, TEXT_ELSEWHERE_TITLE, "claimed_elsewhere");
        json_add_time(response_body(response), "claimed_at", claim->link.claimed_at);
        json_add_text(response_body(response), "claim_agent", claim->link.claim_agent);
        json_end(response_body(response));
        return;
    }
    page_begin(web, request, response, RESPONSE_SECRET);
    response_set_status(response, 409);
    view_elsewhere(response_body(response), page_texts(request), &fields);
}

static void answer_done(const struct web *web, const struct request *request,
                        struct response *response, const struct claim *claim, bool repacked)
{
    page_claimed(web, request, response, claim, repacked);
    int64_t left = claim->link.window_ends_at - clock_now();
    if (claim->cookie != NULL)
        response_set_cookie(response, CLAIM_COOKIE, secret_span(claim->cookie),
                            left < 0 ? 0 : left);
}

static void answer_claim(const struct web *web, const struct request *request,
                         struct response *response, const struct claim *claim)
{
    switch (claim->outcome) {
    case CLAIM_DONE:
        answer_done(web, request, response, claim, false);
        return;
    case CLAIM_MALFORMED_PIN:
    case CLAIM_WRONG_PIN:
        answer_wrong_pin(web, request, response, claim);
        return;
    case CLAIM_ELSEWHERE:
        answer_elsewhere(web, request, response, claim);
        return;
    case CLAIM_LOCKED:
        page_notice(web, request, response, NOTICE_LOCKED, 410, NULL);
        return;
    case CLAIM_EXPIRED:
        page_notice(web, request, response, NOTICE_EXPIRED, 410, NULL);
        return;
    case CLAIM_CANCELLED:
        page_notice(web, request, response, NOTICE_CANCELLED, 410, NULL);
        return;
    case CLAIM_CLOSED:
        page_notice(web, request, response, NOTICE_CLOSED, 410, NULL);
        return;
    case CLAIM_BUSY:
        page_notice(web, request, response, NOTICE_RUNNING, 503, own_address(request));
        return;
    }
}

/* Phones put spaces between groups of digits; a text that is too long stays a malformed PIN. */
static struct span without_spaces(struct span pin, char room[static PIN_TEXT_MAX])
{
    size_t len = 0;
    if (pin.len > PIN_TEXT_MAX)
        return SPAN_EMPTY;
    for (size_t i = 0; i < pin.len; i++)
        if (pin.ptr[i] != ' ')
            room[len++] = (char)pin.ptr[i];
    return span_of(room, len);
}

enum status page_link_claim(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    char room[PIN_TEXT_MAX];
    struct span pin = without_spaces(form_value(form, "pin"), room);
    const struct claimer claimer = claimer_of(request);
    struct claim claim defer(claim_clear) = {0};
    enum status status =
        claim_link(web->service, request_parameter(request, "token"), pin, &claimer, &claim);
    explicit_bzero(room, sizeof room);
    if (status != STATUS_OK)
        return answer_failure(web, request, response, status, own_address(request));
    answer_claim(web, request, response, &claim);
    return STATUS_OK;
}

/* ---- repack ------------------------------------------------------------------------------------
 */

enum status page_repack(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    const struct claimer claimer = claimer_of(request);
    struct claim claim defer(claim_clear) = {0};
    enum status status = collect_repack(web->service, request_parameter(request, "ticket"),
                                        form_value(form, "packing"), &claimer, &claim);
    if (status == STATUS_GONE) {
        page_notice(web, request, response, NOTICE_GONE, 404, NULL);
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return answer_failure(web, request, response, status, NULL);
    answer_done(web, request, response, &claim, true);
    return STATUS_OK;
}
