/*
 * GET /admin/devices/{id}, and its acts: what is wrong with one phone and what to do, in the words
 * of somebody who helps on the telephone; then all that is known of it, and what it did.
 */
#include "eas/command.h"
#include "eas/provision.h"
#include "web/admin.h"
#include "web/connection_view.h"
#include "web/device_view.h"
#include "web/people_view.h"
#include "web/probe_view.h"

#include <stdio.h>

enum { PROBES_SHOWN = 5 };

struct device_page {
    struct device_record record;
    struct diagnosis diagnosis;
    struct view_device_finding finding;
    struct sighting_list sightings;
    struct connection_lines connections;
    struct probe_sheet_list probes; /* the newest ones */
    struct probe_lines probe_lines;
    struct certificate_record certificate; /* when it is one of ours */
    char certificate_href[DESK_HREF_SIZE];
    char user_href[HREF_SIZE];
    char watch_href[HREF_SIZE];
    char block_href[DESK_HREF_SIZE];
    char unblock_href[DESK_HREF_SIZE];
    char unpin_href[DESK_HREF_SIZE];
    char probe_href[DESK_HREF_SIZE];
    char probes_href[DESK_HREF_SIZE];
    char next[2 * DESK_HREF_SIZE];
};

static void device_page_clear(struct device_page *page)
{
    connection_lines_clear(&page->connections);
    probe_lines_clear(&page->probe_lines);
    probe_sheet_list_clear(&page->probes);
    sighting_list_clear(&page->sightings);
    certificate_record_clear(&page->certificate);
    device_record_clear(&page->record);
}
CLEANUP_VALUE(struct device_page, device_page_clear)

static enum status read_certificate(const struct web *web, struct device_page *page)
{
    const char *serial = page->record.row.serial;
    enum status status = serial[0] == '\0'
                             ? STATUS_NOT_FOUND
                             : certificates_show(web->service, serial, &page->certificate);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status read_probes(const struct web *web, struct device_page *page)
{
    const struct probe_filter filter = {.device = page->record.row.id};
    const struct page_request some = {.limit = PROBES_SHOWN};
    TRY(probe_sheet_list(web->service, &filter, &some, &page->probes));
    return probe_lines_make(&page->probes, &page->probe_lines);
}

static enum status read_page(const struct web *web, const char *id, const char *after,
                             struct device_page *page)
{
    const struct page_request request = {.after = after};
    TRY(devices_show(web->service, id, &page->record));
    TRY(devices_diagnose(web->service, id, &page->diagnosis));
    TRY(devices_timeline(web->service, id, &request, &page->sightings));
    TRY(read_certificate(web, page));
    TRY(read_probes(web, page));
    page->finding = device_finding(&page->diagnosis);
    return connection_lines_make(&page->sightings, &page->connections);
}

static void make_hrefs(struct device_page *page)
{
    const struct device_row *row = &page->record.row;
    if (page->certificate.row.serial != NULL) {
        desk_href(page->certificate_href, "/admin/certificates/", row->serial, "");
        href_of_person(page->user_href, page->certificate.row.user);
    }
    href_format(page->watch_href, DEVICE_PAGE "live?user=", row->user);
    desk_href(page->block_href, DEVICE_PAGE, row->id, "/block");
    desk_href(page->unblock_href, DEVICE_PAGE, row->id, "/unblock");
    desk_href(page->unpin_href, DEVICE_PAGE, row->id, "/unpin");
    desk_href(page->probe_href, DEVICE_PAGE, row->id, "/probe");
    desk_href(page->probes_href, "/admin/probes?device=", row->id, "");
    if (page->sightings.next[0] != '\0')
        snprintf(page->next, sizeof page->next, DEVICE_PAGE "%s?after=%s", row->id,
                 page->sightings.next);
}

static enum text_key standing_of(const struct device_row *row)
{
    static const enum text_key standings[] = {
        [EAS_STANDING_NOT_YET] = TEXT_DEVICE_STANDING_NOT_YET,
        [EAS_STANDING_FULL] = TEXT_DEVICE_STANDING_FULL,
        [EAS_STANDING_PARTIAL] = TEXT_DEVICE_STANDING_PARTIAL,
        [EAS_STANDING_NON_PROVISIONABLE] = TEXT_DEVICE_STANDING_NON_PROVISIONABLE,
        [EAS_STANDING_MANAGED] = TEXT_DEVICE_STANDING_MANAGED,
    };
    return standings[devices_standing(row)];
}

static void set_row(const struct device_page *page, struct view_device *fields)
{
    const struct device_row *row = &page->record.row;
    fields->user = row->user[0] == '\0' ? "?" : row->user;
    fields->name = devices_name(row);
    fields->device_id = row->device_id;
    fields->device_type = row->device_type;
    fields->model = row->model;
    fields->os = row->os;
    fields->friendly_name = row->friendly_name;
    fields->agent = row->agent;
    fields->version = eas_version_text((int)row->version);
    fields->address = row->address;
    fields->serial = row->serial;
    fields->first_seen_at = row->first_seen_at;
    fields->last_seen_at = row->last_seen_at;
    fields->allowed_at = row->allowed_at;
    fields->allowed = row->allowed_count;
    fields->refused = row->refused_count;
    fields->standing = standing_of(row);
    fields->policy = page->record.policy;
    fields->blocked_at = row->blocked_at;
    fields->blocked_by = desk_actor(row->blocked_by);
}

static void set_pin(const struct device_record *record, struct view_device *fields)
{
    fields->user_blocked_at = record->user_blocked_at;
    if (record->pin.pinned_at == 0)
        return;
    fields->pinned_at = record->pin.pinned_at;
    fields->pinned_to = record->pin.device_id;
    fields->alarm_at = record->pin.alarm_at;
    fields->alarm_device = record->pin.alarm_device;
}

static void set_state(const struct device_page *page, struct view_device *fields)
{
    const struct device_row *row = &page->record.row;
    const struct desk_state state = device_state(row);
    const struct device_words words = device_words(row, &page->diagnosis);
    bool fine = page->diagnosis.rule == DIAGNOSIS_NONE && !state.is_bad;
    fields->state = state.label;
    fields->is_good = state.is_good;
    fields->is_note = state.is_note;
    fields->is_bad = state.is_bad;
    fields->sentence = words.sentence;
    fields->next_step = words.next;
    fields->finding = &page->finding;
    fields->finding_good = fine && state.is_good;
    fields->finding_note = !state.is_bad && !fields->finding_good;
    fields->finding_bad = state.is_bad;
}

static void set_hrefs(const struct device_page *page, struct view_device *fields)
{
    fields->certificate_href = page->certificate_href;
    fields->user_href = page->user_href;
    fields->watch_href = page->watch_href;
    fields->block_href = page->block_href;
    fields->unblock_href = page->unblock_href;
    fields->unpin_href = page->unpin_href;
    fields->next = page->next;
}

static void set_acts(const struct request *request, struct view_device *fields)
{
    bool may = admin_may(request, ROLE_HELPDESK);
    fields->may_block = may && fields->blocked_at == 0;
    fields->may_unblock = may && fields->blocked_at != 0;
    fields->may_unpin = may && fields->pinned_at != 0;
}

static struct view_device_probes probing_of(const struct request *request,
                                            const struct device_page *page)
{
    return (struct view_device_probes){
        .lines = page->probe_lines.lines,
        .lines_count = page->probe_lines.count,
        .may_start = admin_may(request, ROLE_HELPDESK),
        .start_href = page->probe_href,
        .all_href = page->probes_href,
    };
}

enum status page_device(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *query;
    TRY(request_query(request, &query));
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    struct device_page page defer(device_page_clear) = {0};
    TRY(read_page(web, id, form_text(query, "after"), &page));
    make_hrefs(&page);
    const struct view_device_probes probing = probing_of(request, &page);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_DEVICES, &shell);
    struct view_device fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .probing = &probing,
        .connections = page.connections.connections,
        .connections_count = page.connections.count,
    };
    set_row(&page, &fields);
    set_pin(&page.record, &fields);
    set_state(&page, &fields);
    set_hrefs(&page, &fields);
    set_acts(request, &fields);
    view_device(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

/* ---- acts ------------------------------------------------------------------------------------ */

typedef enum status device_act(const struct service *service, const struct actor *actor,
                               const char *id);

static enum status change(const struct web *web, struct request *request, struct response *response,
                          device_act *act, enum admin_said said)
{
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    const struct actor actor = admin_actor(request);
    TRY(act(web->service, &actor, id));
    char href[DESK_HREF_SIZE];
    desk_href(href, DEVICE_PAGE, id, "");
    admin_redirect(response, href, said);
    return STATUS_OK;
}

enum status page_device_block(struct request *request, struct response *response, void *application)
{
    return change(application, request, response, devices_block, ADMIN_SAID_BLOCKED);
}

enum status page_device_unblock(struct request *request, struct response *response,
                                void *application)
{
    return change(application, request, response, devices_unblock, ADMIN_SAID_UNBLOCKED);
}

enum status page_device_unpin(struct request *request, struct response *response, void *application)
{
    return change(application, request, response, devices_unpin, ADMIN_SAID_UNPINNED);
}
