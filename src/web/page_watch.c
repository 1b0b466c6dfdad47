/*
 * GET /admin/devices/live: what the phone of one user does at this moment, for somebody who is on
 * the telephone with its owner. static/live.js fetches the page again each second; without it the
 * page has a link to itself.
 */
#include "base/clock.h"
#include "web/admin.h"
#include "web/connection_view.h"
#include "web/device_view.h"
#include "web/people_view.h"

enum {
    WATCHED_SECONDS = 15 * 60,
    STEPS = 6,
    EAS_SUCCESS = 1, /* MS-ASCMD 2.2.2: Status of what was done */
};

/* What a set-up consists of, in its order; a later step says that the earlier ones were done. */
static const struct {
    enum text_key label;
    const char *command; /* of the request that is this step; NULL: any */
    const char *method;
} steps[STEPS] = {
    {TEXT_WATCH_CONNECTED, NULL, NULL},         {TEXT_WATCH_CERTIFICATE, NULL, NULL},
    {TEXT_WATCH_OPTIONS, "", "OPTIONS"},        {TEXT_WATCH_POLICIES, "Provision", "POST"},
    {TEXT_WATCH_FOLDERS, "FolderSync", "POST"}, {TEXT_WATCH_MAIL, "Sync", "POST"},
};

enum { STEP_CONNECTED, STEP_CERTIFICATE, STEP_OPTIONS };

struct watch_page {
    struct device_watch watch;
    struct connection_lines known;
    struct connection_lines unclaimed;
    struct view_desk_step steps[STEPS];
    char href[HREF_SIZE];
    char user_href[HREF_SIZE];
};

static void watch_page_clear(struct watch_page *page)
{
    connection_lines_clear(&page->known);
    connection_lines_clear(&page->unclaimed);
    device_watch_clear(&page->watch);
}
CLEANUP_VALUE(struct watch_page, watch_page_clear)

static bool is_allowed(const struct sighting_row *row)
{
    return strcmp(row->reason, verdict_reason_text(VERDICT_ALLOWED)) == 0;
}

/* Answered with something else than "first this" (HTTP 449, since 14.0 a Status) or a fault. */
static bool succeeded(const struct sighting_row *row)
{
    return is_allowed(row) && row->http == 200 && (row->status == 0 || row->status == EAS_SUCCESS);
}

static bool is_step(const struct sighting_row *row, int step)
{
    if (step == STEP_CONNECTED)
        return true;
    if (step == STEP_CERTIFICATE)
        return is_allowed(row);
    return succeeded(row) && strcmp(row->command, steps[step].command) == 0 &&
           strcmp(row->method, steps[step].method) == 0;
}

/* When each was done first. */
static void make_steps(struct watch_page *page)
{
    const struct sighting_list *list = &page->watch.known;
    for (int step = 0; step < STEPS; step++) {
        page->steps[step].label = steps[step].label;
        for (size_t i = 0; i < list->count; i++)
            if (is_step(&list->rows[i], step))
                page->steps[step].at = list->rows[i].at;
        page->steps[step].done = page->steps[step].at != 0;
    }
}

static struct device_words words_of_refusal(const struct device_watch *watch)
{
    if (watch->unclear)
        return (struct device_words){TEXT_FINDING_UNKNOWN_DOMAIN, TEXT_FINDING_UNKNOWN_DOMAIN_NEXT};
    return device_words_of_reason(watch->known.rows[0].reason);
}

/* The newest sighting says how it stands. */
static void set_news(const struct watch_page *page, struct view_watch *fields)
{
    const struct sighting_list *list = &page->watch.known;
    struct device_words words = {TEXT_WATCH_WAITING, TEXT_WATCH_WAITING_TEXT};
    if (list->count > 0 && !is_allowed(&list->rows[0])) {
        words = words_of_refusal(&page->watch);
        fields->is_bad = true;
    } else if (list->count > 0 && connection_is_refused(&list->rows[0])) {
        words = (struct device_words){TEXT_WATCH_REQUEST_REFUSED, TEXT_WATCH_REQUEST_REFUSED_TEXT};
        fields->is_bad = true;
    } else if (list->count > 0 && page->steps[STEPS - 1].done) {
        words = (struct device_words){TEXT_WATCH_DONE, TEXT_WATCH_DONE_TEXT};
        fields->is_good = true;
    } else if (list->count > 0) {
        words = (struct device_words){TEXT_WATCH_ON_THE_WAY, TEXT_WATCH_ON_THE_WAY_TEXT};
    }
    fields->news = words.sentence;
    fields->news_next = words.next;
    fields->is_note = !fields->is_bad && !fields->is_good;
    fields->news_at = list->count > 0 ? list->rows[0].at : 0;
}

static enum status read_page(const struct web *web, const char *user, struct watch_page *page)
{
    TRY(devices_watch(web->service, user, clock_now() - WATCHED_SECONDS, &page->watch));
    TRY(connection_lines_make(&page->watch.known, &page->known));
    TRY(connection_lines_make(&page->watch.unclaimed, &page->unclaimed));
    make_steps(page);
    href_format(page->href, DEVICE_PAGE "live?user=", user);
    href_of_person(page->user_href, user);
    return STATUS_OK;
}

enum status page_watch(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    const char *user = form_text(query, "user");
    struct watch_page page defer(watch_page_clear) = {0};
    TRY(read_page(web, user, &page));
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_DEVICES, &shell);
    struct view_watch fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .user = user,
        .href = page.href,
        .user_href = page.user_href,
        .steps = page.steps,
        .steps_count = STEPS,
        .connections = page.known.connections,
        .connections_count = page.known.count,
        .unclaimed = page.unclaimed.connections,
        .unclaimed_count = page.unclaimed.count,
    };
    set_news(&page, &fields);
    view_watch(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}
