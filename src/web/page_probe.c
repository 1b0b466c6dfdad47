/*
 * GET /admin/probes/{id}: what one phone does with each policy, and every question that it was
 * asked, as they come; the same as CSV and JSON; and stopping it.
 */
#include "base/limits.h"
#include "base/text.h"
#include "service/probes.h"
#include "web/people_view.h"
#include "web/probe_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* `FEW` policies of a round are named at once. */
enum { ROUNDS_SHOWN = 15, FEW = 2, NAMES_MAX = 2048 };

struct probe_page {
    struct probe_sheet sheet;
    struct view_probe_policy policies[EAS_POLICIES];
    struct view_probe_result results[EAS_POLICIES];
    struct view_probe_round rounds[ROUNDS_SHOWN];
    struct buf names[ROUNDS_SHOWN];
    size_t round_count;
    char href[DESK_HREF_SIZE];
    char user_href[HREF_SIZE];
    char device_href[DESK_HREF_SIZE];
    char stop_href[DESK_HREF_SIZE];
    char delete_href[DESK_HREF_SIZE];
    char csv_href[DESK_HREF_SIZE];
    char json_href[DESK_HREF_SIZE];
    char compare_href[DESK_HREF_SIZE];
    char earlier[DESK_HREF_SIZE + 40];
    char newest[DESK_HREF_SIZE + 40];
};

static void probe_page_free(struct probe_page *page)
{
    if (page == NULL)
        return;
    for (size_t i = 0; i < page->round_count; i++)
        buf_clear(&page->names[i]);
    probe_sheet_clear(&page->sheet);
    free(page);
}
CLEANUP_POINTER(struct probe_page, probe_page_free)

/* ---- the matrix ------------------------------------------------------------------------------ */

static void fill_policies(struct probe_page *page)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        bool asked = page->sheet.entries[i].result != EAS_RESULT_NOT_OFFERED;
        page->results[i] = probe_result(page->sheet.entries[i]);
        page->policies[i] = (struct view_probe_policy){
            .element = row->element,
            .meaning = probe_policy_text((enum eas_policy)i),
            .value = asked ? row->probe : "",
            .risk = row->risk,
            .result = &page->results[i],
        };
    }
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static enum status fill_round(struct probe_page *page, const struct probe_round_row *row)
{
    size_t i = page->round_count++;
    struct buf *names = &page->names[i];
    int count = __builtin_popcountll((unsigned long long)row->policies);
    const struct desk_state answer = probe_answer(row->acknowledgment);
    *names = (struct buf)BUF_INIT(NAMES_MAX);
    buf_append_text(names, "");
    probes_append_policies(names, row->policies, ", ");
    page->rounds[i] = (struct view_probe_round){
        .number = row->number,
        .kind = probe_round_text(row->kind),
        .policies = (const char *)names->ptr,
        .count = count,
        .few = count > 0 && count <= FEW,
        .offered_at = row->offered_at,
        .answer = answer.label,
        .is_good = answer.is_good,
        .is_note = answer.is_note,
        .is_bad = answer.is_bad,
    };
    return names->failure;
}

/* The newest of those before a number, which is past the last one for the newest of all. */
static enum status fill_rounds(struct probe_page *page, size_t before)
{
    size_t end = before <= page->sheet.round_count ? before - 1 : page->sheet.round_count;
    size_t first = end > ROUNDS_SHOWN ? end - ROUNDS_SHOWN : 0;
    for (size_t i = end; i > first; i--)
        TRY(fill_round(page, &page->sheet.rounds[i - 1]));
    if (first > 0)
        snprintf(page->earlier, sizeof page->earlier, "%s?before=%zu#rounds", page->href,
                 first + 1);
    if (end < page->sheet.round_count)
        snprintf(page->newest, sizeof page->newest, "%s#rounds", page->href);
    return STATUS_OK;
}

/* ---- the page -------------------------------------------------------------------------------- */

static void make_hrefs(struct probe_page *page)
{
    const struct probe_row *row = &page->sheet.row;
    desk_href(page->href, PROBE_PAGE, row->id, "");
    desk_href(page->stop_href, PROBE_PAGE, row->id, "/stop");
    desk_href(page->delete_href, PROBE_PAGE, row->id, "/delete");
    desk_href(page->csv_href, PROBE_PAGE, row->id, "/probe.csv");
    if (!page->sheet.unreadable || page->sheet.site[0] == '\0')
        desk_href(page->json_href, PROBE_PAGE, row->id, "/probe.json");
    desk_href(page->compare_href, "/admin/probes/compare?a=", row->id, "");
    if (page->sheet.site[0] != '\0')
        return;
    desk_href(page->device_href, "/admin/devices/", row->device, "");
    if (row->user[0] != '\0')
        href_of_person(page->user_href, row->user);
}

static void set_question(const struct probe_sheet *sheet, struct view_probe *fields)
{
    fields->round = sheet->out ? sheet->asked : sheet->asked + 1;
    fields->waits_since = sheet->row.waits_since;
    if (sheet->out)
        fields->no_answer = true;
    else if (sheet->row.waits_since != 0)
        fields->wait_fetch = true;
    else if (sheet->asked == 0)
        fields->wait_first = true;
    else
        fields->wait_next = true;
}

/* Where it stands, in one sentence. */
static void set_sentence(const struct probe_sheet *sheet, struct view_probe *fields)
{
    fields->running = sheet->row.ended_at == 0 && sheet->site[0] == '\0';
    fields->ending = probe_ending(sheet);
    if (sheet->unreadable)
        fields->cannot_read = true;
    else if (!fields->running)
        fields->over = true;
    else if (sheet->kind == EAS_ROUND_RETURN)
        fields->wait_return = true;
    else
        set_question(sheet, fields);
}

static void set_state(const struct probe_sheet *sheet, struct view_probe *fields)
{
    const struct desk_state state = probe_state(sheet);
    fields->state = state.label;
    fields->is_good = state.is_good;
    fields->is_note = state.is_note;
    fields->is_bad = state.is_bad;
    fields->risk = probe_risk_text(sheet->row.risk);
}

static void set_acts(const struct request *request, const struct probe_page *page,
                     struct view_probe *fields)
{
    bool may = admin_may(request, ROLE_HELPDESK);
    fields->may_stop = may && fields->running && !fields->wait_return;
    fields->stop_href = page->stop_href;
    fields->may_delete = may && page->sheet.site[0] != '\0';
    fields->delete_href = page->delete_href;
    fields->csv_href = page->csv_href;
    fields->json_href = page->json_href;
    fields->compare_href = page->compare_href;
    fields->user_href = page->user_href;
    fields->device_href = page->device_href;
    fields->earlier = page->earlier;
    fields->newest = page->newest;
}

static void render(const struct web *web, struct request *request, struct response *response,
                   const struct probe_page *page)
{
    const struct view_probe_facts facts = probe_facts(&page->sheet, page->href);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_PROBES, &shell);
    struct view_probe fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .facts = &facts,
        .rounds_known = page->sheet.site[0] == '\0' || page->sheet.asked == 0,
        .rounds = page->rounds,
        .rounds_count = page->round_count,
        .policies = page->policies,
        .policies_count = EAS_POLICIES,
    };
    set_sentence(&page->sheet, &fields);
    set_state(&page->sheet, &fields);
    set_acts(request, page, &fields);
    view_probe(response_body(response), page_texts(request), &fields);
}

/* The number that the rounds shown end before; the end for anything that is none. */
static size_t read_before(const struct form *query)
{
    int64_t number;
    enum status status = text_parse_int(form_text(query, "before"), 2, INT32_MAX, &number);
    return status == STATUS_OK ? (size_t)number : SIZE_MAX;
}

enum status page_probe(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    struct probe_page *page defer(probe_page_free) = calloc(1, sizeof *page);
    if (page == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a page");
    TRY(probe_sheet_get(web->service, id, &page->sheet));
    make_hrefs(page);
    fill_policies(page);
    TRY(fill_rounds(page, read_before(query)));
    render(web, request, response, page);
    return STATUS_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

typedef enum status append_sheet(const struct service *service, const struct probe_sheet *sheet,
                                 struct buf *out);

struct file_kind {
    const char *extension;
    const char *type;
    append_sheet *append;
};

static enum status append_csv(const struct service *service, const struct probe_sheet *sheet,
                              struct buf *out)
{
    (void)service;
    return probes_append_csv(&sheet->row, sheet->entries, out);
}

static enum status give(struct request *request, struct response *response, const struct web *web,
                        const struct file_kind *kind)
{
    char id[DESK_ID_SIZE];
    char name[DESK_ID_SIZE];
    struct probe_sheet sheet defer(probe_sheet_clear) = {0};
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_ANSWER_JSON);
    desk_id(request, id);
    TRY(probe_sheet_get(web->service, id, &sheet));
    TRY(kind->append(web->service, &sheet, &text));
    snprintf(name, sizeof name, "probe-%.30s.%s", sheet.row.id, kind->extension);
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, kind->type);
    response_set_download(response, name, true);
    response_take_body(response, &text);
    return STATUS_OK;
}

enum status page_probe_csv(struct request *request, struct response *response, void *application)
{
    static const struct file_kind csv = {"csv", "text/csv; charset=utf-8; header=present",
                                         append_csv};
    return give(request, response, application, &csv);
}

enum status page_probe_json(struct request *request, struct response *response, void *application)
{
    static const struct file_kind json = {"json", "application/json", probe_sheet_append_json};
    return give(request, response, application, &json);
}

/* ---- stopping -------------------------------------------------------------------------------- */

enum status page_probe_stop(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    const struct actor actor = admin_actor(request);
    TRY(probes_stop(web->service, &actor, id));
    char href[DESK_HREF_SIZE];
    desk_href(href, PROBE_PAGE, id, "");
    admin_redirect(response, href, ADMIN_SAID_PROBE_STOPPED);
    return STATUS_OK;
}
