/*
 * GET and POST /admin/devices/{id}/probe: how far a probe of this device may go, and who agreed.
 * What service/probes.h refuses is said beside the field that it is about.
 */
#include "base/text.h"
#include "eas/command.h"
#include "service/devices.h"
#include "service/probes.h"
#include "web/device_view.h"
#include "web/probe_view.h"

#include <stdio.h>
#include <string.h>

enum { RISKS = 4, NAMED_MOST = EAS_POLICIES, NAME_SIZE = 64 };

/* What was typed. */
struct typed {
    int64_t risk;                  /* -1: none of the four */
    const char *named[NAMED_MOST]; /* elements that were ticked */
    size_t named_count;
    bool one_by_one;
    const char *consent;
    const char *confirm;
};

struct start_page {
    struct device_record device;
    struct view_risk_option risks[RISKS];
    struct view_named_option policies[EAS_POLICIES];
    char names[EAS_POLICIES][NAME_SIZE]; /* "AllowWiFi = 0" */
    size_t policy_count;
    char device_href[DESK_HREF_SIZE];
    char action[DESK_HREF_SIZE];
    char open_href[DESK_HREF_SIZE]; /* of the probe that is not over; "" without one */
};

static void start_page_clear(struct start_page *page)
{
    device_record_clear(&page->device);
}
CLEANUP_VALUE(struct start_page, start_page_clear)

/* ---- the form -------------------------------------------------------------------------------- */

/* Policies of risk 3 count with that risk only, as the page says. */
static void read_named(const struct form *form, struct typed *typed)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        if (row->risk == EAS_RISK_DESTRUCTIVE && form_text(form, row->element)[0] != '\0')
            typed->named[typed->named_count++] = row->element;
    }
}

static struct typed typed_in(const struct form *form)
{
    struct typed typed = {
        .one_by_one = form_text(form, "one_by_one")[0] != '\0',
        .consent = form_text(form, "consent"),
        .confirm = form_text(form, "confirm"),
    };
    if (text_parse_int(form_text(form, "risk"), 0, EAS_RISK_DESTRUCTIVE, &typed.risk) != STATUS_OK)
        typed.risk = -1;
    read_named(form, &typed);
    return typed;
}

static void fill_risks(const struct typed *typed, struct view_risk_option risks[static RISKS])
{
    static const enum text_key meanings[RISKS] = {
        TEXT_STARTPROBE_RISK_0_TEXT,
        TEXT_STARTPROBE_RISK_1_TEXT,
        TEXT_STARTPROBE_RISK_2_TEXT,
        TEXT_STARTPROBE_RISK_3_TEXT,
    };
    static const char *const ids[RISKS] = {"risk-0", "risk-1", "risk-2", "risk-3"};
    for (int i = 0; i < RISKS; i++)
        risks[i] = (struct view_risk_option){
            .risk = i,
            .id = ids[i],
            .label = probe_risk_text(i),
            .meaning = meanings[i],
            .chosen = typed->risk == i,
        };
}

static bool is_named(const struct typed *typed, const char *element)
{
    for (size_t i = 0; i < typed->named_count; i++)
        if (strcmp(typed->named[i], element) == 0)
            return true;
    return false;
}

/* Those of risk 3 that the device's version has. */
static void fill_policies(const struct typed *typed, struct start_page *page)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        if (row->risk != EAS_RISK_DESTRUCTIVE ||
            !eas_policy_is_in((enum eas_policy)i, (int)page->device.row.version))
            continue;
        char *name = page->names[page->policy_count];
        snprintf(name, NAME_SIZE, "%s = %s", row->element, row->probe);
        page->policies[page->policy_count++] = (struct view_named_option){
            .value = row->element,
            .name = name,
            .meaning = probe_policy_text((enum eas_policy)i),
            .chosen = is_named(typed, row->element),
        };
    }
}

/* ---- the page -------------------------------------------------------------------------------- */

/* A device has one probe at a time, and that is its newest. */
static enum status find_open(const struct web *web, const char *device, struct start_page *page)
{
    struct probe_list list defer(probe_list_clear) = {0};
    const struct probe_filter filter = {.device = device};
    TRY(probes_list(web->service, &filter, &(struct page_request){.limit = 1}, &list));
    if (list.count == 1 && list.rows[0].ended_at == 0)
        desk_href(page->open_href, PROBE_PAGE, list.rows[0].id, "");
    return STATUS_OK;
}

static enum status read_page(const struct web *web, const char *id, const struct typed *typed,
                             struct start_page *page)
{
    TRY(devices_show(web->service, id, &page->device));
    TRY(find_open(web, page->device.row.id, page));
    desk_href(page->device_href, DEVICE_PAGE, page->device.row.id, "");
    desk_href(page->action, DEVICE_PAGE, page->device.row.id, "/probe");
    fill_risks(typed, page->risks);
    fill_policies(typed, page);
    return STATUS_OK;
}

static bool is_about(const char *detail, const char *member)
{
    size_t len = strlen(member);
    return strncmp(detail, member, len) == 0 && detail[len] == ':';
}

/* Each refusal is said in one place: beside its field, or above all. */
static void set_refusal(const char *detail, struct view_probe_start *fields)
{
    fields->bad_risk = is_about(detail, "risk");
    fields->bad_consent = is_about(detail, "consent");
    fields->bad_confirm = is_about(detail, "confirm");
    if (!fields->bad_risk && !fields->bad_consent && !fields->bad_confirm)
        fields->detail = detail;
}

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct typed *typed, const char *detail)
{
    struct start_page page defer(start_page_clear) = {0};
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    TRY(read_page(web, id, typed, &page));
    const struct device_row *row = &page.device.row;
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_DEVICES, &shell);
    struct view_probe_start fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .device_href = page.device_href,
        .name = devices_name(row)[0] == '\0' ? row->id : devices_name(row),
        .user = row->user,
        .model = row->model,
        .os = row->os,
        .version = eas_version_text((int)row->version),
        .suspends = page.device.policy,
        .open_href = page.open_href,
        .action = page.action,
        .risks = page.risks,
        .risks_count = RISKS,
        .policies = page.policies,
        .policies_count = page.policy_count,
        .consent = typed->consent,
        .one_by_one = typed->one_by_one,
    };
    set_refusal(detail, &fields);
    view_probe_start(response_body(response), page_texts(request), &fields);
    if (detail[0] != '\0')
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_probe_start(struct request *request, struct response *response, void *application)
{
    const struct typed typed = {.risk = EAS_RISK_DISRUPTIVE, .consent = "", .confirm = ""};
    return render(application, request, response, &typed, "");
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum status start(const struct web *web, struct request *request, const struct typed *typed,
                         char ret_id[static PROBE_KEY_SIZE])
{
    char device[DESK_ID_SIZE];
    desk_id(request, device);
    const struct actor actor = admin_actor(request);
    const struct probe_request wanted = {
        .device = device,
        .risk = typed->risk,
        .named = typed->named,
        .named_count = typed->risk == EAS_RISK_DESTRUCTIVE ? typed->named_count : 0,
        .one_by_one = typed->one_by_one,
        .consent = typed->consent,
        .confirmation = typed->confirm,
    };
    return probes_start(web->service, &actor, &wanted, ret_id);
}

enum status page_probe_start_make(struct request *request, struct response *response,
                                  void *application)
{
    const struct web *web = application;
    const struct form *form;
    char id[PROBE_KEY_SIZE];
    TRY(request_form(request, &form));
    const struct typed typed = typed_in(form);
    enum status status = start(web, request, &typed, id);
    if (status == STATUS_INVALID || status == STATUS_CONFLICT) {
        char detail[STATUS_DETAIL_MAX];
        snprintf(detail, sizeof detail, "%s", status_detail());
        return render(web, request, response, &typed, detail);
    }
    TRY(status);
    char href[DESK_HREF_SIZE];
    desk_href(href, PROBE_PAGE, id, "");
    admin_redirect(response, href, ADMIN_SAID_PROBE_STARTED);
    return STATUS_OK;
}
