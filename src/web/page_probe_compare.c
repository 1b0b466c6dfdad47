/*
 * GET /admin/probes/compare?a=ID&b=ID: two probes beside each other, of two devices or of one
 * before and after an update: first what differs, then what one of them at most tells, then what is
 * the same.
 */
#include "base/clock.h"
#include "eas/command.h"
#include "web/probe_view.h"

#include <stdio.h>
#include <string.h>

/* Probes to choose from: the newest ones, and the two that are chosen. */
enum { CHOICES = 30, OPTIONS_MOST = CHOICES + 2, NAME_SIZE = 1200, FACTS = 6 };

struct options {
    struct view_named_option options[OPTIONS_MOST];
    char names[OPTIONS_MOST][NAME_SIZE];
    size_t count;
};

struct group {
    struct view_compared_policy policies[EAS_POLICIES];
    size_t count;
};

struct comparison {
    struct probe_sheet_list list;
    struct probe_sheet first; /* without a row: it is not there */
    struct probe_sheet second;
    bool unknown;
    struct options firsts;
    struct options seconds;
    struct view_compared_fact facts[FACTS];
    size_t fact_count;
    struct view_probe_result results[EAS_POLICIES][2];
    struct group differences;
    struct group one_sided;
    struct group same;
    char first_href[DESK_HREF_SIZE];
    char second_href[DESK_HREF_SIZE];
};

static void comparison_free(struct comparison *comparison)
{
    if (comparison == NULL)
        return;
    probe_sheet_clear(&comparison->first);
    probe_sheet_clear(&comparison->second);
    probe_sheet_list_clear(&comparison->list);
    free(comparison);
}
CLEANUP_POINTER(struct comparison, comparison_free)

static bool is_there(const struct probe_sheet *sheet)
{
    return sheet->row.id != NULL;
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* "anna@example.org, Phone, OS 9, 2026-11-26" and the site of an imported one. */
static void write_name(const struct probe_sheet *sheet, char ret_name[static NAME_SIZE])
{
    const struct probe_row *row = &sheet->row;
    char day[CLOCK_TEXT_SIZE] = "?";
    if (row->started_at != 0)
        clock_format(row->started_at, day);
    snprintf(ret_name, NAME_SIZE, "%s, %s%s%s, %.10s%s%s", probe_user(row), probe_name(row),
             row->os[0] == '\0' ? "" : ", ", row->os, day, sheet->site[0] == '\0' ? "" : ", ",
             sheet->site);
}

static void add_option(struct options *options, const struct probe_sheet *sheet,
                       const struct probe_sheet *chosen)
{
    const char *id = sheet->row.id;
    size_t i = options->count++;
    write_name(sheet, options->names[i]);
    options->options[i] = (struct view_named_option){
        .value = id,
        .name = options->names[i],
        .chosen = is_there(chosen) && strcmp(chosen->row.id, id) == 0,
    };
}

/* One that is chosen may be older than all that are offered. */
static void fill_options(const struct probe_sheet_list *list, const struct probe_sheet *chosen,
                         struct options *options)
{
    bool found = !is_there(chosen);
    for (size_t i = 0; i < list->count; i++) {
        add_option(options, &list->sheets[i], chosen);
        found = found || options->options[i].chosen;
    }
    if (!found)
        add_option(options, chosen, chosen);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool is_same(struct eas_probe_entry first, struct eas_probe_entry second)
{
    return first.result == second.result && first.reason == second.reason;
}

static struct group *group_of(struct comparison *comparison, struct eas_probe_entry first,
                              struct eas_probe_entry second)
{
    if (is_same(first, second))
        return &comparison->same;
    bool both = probe_sheet_tells(first.result) && probe_sheet_tells(second.result);
    if (both && first.result != second.result)
        return &comparison->differences;
    return both ? &comparison->same : &comparison->one_sided;
}

static void compare_policies(struct comparison *comparison)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        struct eas_probe_entry first = comparison->first.entries[i];
        struct eas_probe_entry second = comparison->second.entries[i];
        struct group *group = group_of(comparison, first, second);
        comparison->results[i][0] = probe_result(first);
        comparison->results[i][1] = probe_result(second);
        group->policies[group->count++] = (struct view_compared_policy){
            .element = eas_policy_row((enum eas_policy)i)->element,
            .meaning = probe_policy_text((enum eas_policy)i),
            .first = &comparison->results[i][0],
            .second = &comparison->results[i][1],
        };
    }
}

/* What neither of them said is left out. */
static void add_fact(struct comparison *comparison, enum text_key label, const char *first,
                     const char *second)
{
    if (first[0] == '\0' && second[0] == '\0')
        return;
    comparison->facts[comparison->fact_count++] =
        (struct view_compared_fact){label, first, second, strcmp(first, second) != 0};
}

static void compare_facts(struct comparison *comparison)
{
    const struct probe_row *first = &comparison->first.row;
    const struct probe_row *second = &comparison->second.row;
    add_fact(comparison, TEXT_PROBE_DEVICE, first->device, second->device);
    add_fact(comparison, TEXT_PROBE_TYPE, first->device_type, second->device_type);
    add_fact(comparison, TEXT_PROBE_MODEL, first->model, second->model);
    add_fact(comparison, TEXT_PROBE_OS, first->os, second->os);
    add_fact(comparison, TEXT_PROBE_AGENT, first->agent, second->agent);
    add_fact(comparison, TEXT_PROBE_VERSION, eas_version_text((int)first->version),
             eas_version_text((int)second->version));
}

/* ---- the page -------------------------------------------------------------------------------- */

/* Nothing was chosen, or it is not there. */
static enum status read_one(const struct web *web, const char *id, struct comparison *comparison,
                            struct probe_sheet *sheet)
{
    if (id[0] == '\0')
        return STATUS_OK;
    enum status status = probe_sheet_get(web->service, id, sheet);
    if (status != STATUS_NOT_FOUND)
        return status;
    comparison->unknown = true;
    return STATUS_OK;
}

static enum status read_both(const struct web *web, const struct form *query,
                             struct comparison *comparison)
{
    const struct probe_filter all = {0};
    const struct page_request newest = {.limit = CHOICES};
    TRY(probe_sheet_list(web->service, &all, &newest, &comparison->list));
    TRY(read_one(web, form_text(query, "a"), comparison, &comparison->first));
    TRY(read_one(web, form_text(query, "b"), comparison, &comparison->second));
    fill_options(&comparison->list, &comparison->first, &comparison->firsts);
    fill_options(&comparison->list, &comparison->second, &comparison->seconds);
    return STATUS_OK;
}

static void compare(struct comparison *comparison)
{
    desk_href(comparison->first_href, PROBE_PAGE, comparison->first.row.id, "");
    desk_href(comparison->second_href, PROBE_PAGE, comparison->second.row.id, "");
    compare_facts(comparison);
    compare_policies(comparison);
}

static void set_compared(const struct comparison *comparison, struct view_probe_compare *fields)
{
    fields->compared = true;
    fields->first_href = comparison->first_href;
    fields->second_href = comparison->second_href;
    fields->first_name = probe_user(&comparison->first.row);
    fields->second_name = probe_user(&comparison->second.row);
    fields->first_site = comparison->first.site;
    fields->second_site = comparison->second.site;
    fields->first_started = comparison->first.row.started_at;
    fields->second_started = comparison->second.row.started_at;
    fields->facts = comparison->facts;
    fields->facts_count = comparison->fact_count;
    fields->difference_count = (int64_t)comparison->differences.count;
    fields->differences = comparison->differences.policies;
    fields->differences_count = comparison->differences.count;
    fields->one_sided = comparison->one_sided.policies;
    fields->one_sided_count = comparison->one_sided.count;
    fields->same = comparison->same.policies;
    fields->same_count = comparison->same.count;
}

static void render(const struct web *web, struct request *request, struct response *response,
                   const struct comparison *comparison)
{
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_PROBES, &shell);
    struct view_probe_compare fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .firsts = comparison->firsts.options,
        .firsts_count = comparison->firsts.count,
        .seconds = comparison->seconds.options,
        .seconds_count = comparison->seconds.count,
        .too_few = comparison->list.count < 2,
        .unknown = comparison->unknown,
    };
    if (is_there(&comparison->first) && is_there(&comparison->second))
        set_compared(comparison, &fields);
    view_probe_compare(response_body(response), page_texts(request), &fields);
    if (comparison->unknown)
        response_set_status(response, 404);
}

enum status page_probe_compare(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    struct comparison *comparison defer(comparison_free) = calloc(1, sizeof *comparison);
    if (comparison == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a page");
    TRY(read_both(web, query, comparison));
    if (is_there(&comparison->first) && is_there(&comparison->second))
        compare(comparison);
    render(web, request, response, comparison);
    return STATUS_OK;
}
