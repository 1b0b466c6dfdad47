/* GET /admin/certificates/{serial}: all that is known of one, and what became of it. */
#include "base/clock.h"
#include "view/fingerprint.h"
#include "web/admin.h"
#include "web/device_view.h"
#include "web/people_view.h"

#include <stdio.h>

enum { SERIAL_ROOM = 512 };

struct certificate_view {
    struct certificate_record record;
    struct audit_list history;
    struct act_lines acts;
    struct device_list devices;
    struct device_lines device_lines;
    struct fingerprint fingerprint;
    struct view_option reasons[REASON_OPTIONS];
    char user_href[HREF_SIZE];
    char link_href[HREF_SIZE];
    char revoke_href[HREF_SIZE];
    char renew_href[HREF_SIZE];
};

static void certificate_view_clear(struct certificate_view *view)
{
    device_lines_clear(&view->device_lines);
    device_list_clear(&view->devices);
    act_lines_clear(&view->acts);
    audit_list_clear(&view->history);
    certificate_record_clear(&view->record);
}
CLEANUP_VALUE(struct certificate_view, certificate_view_clear)

static enum status read_view(const struct web *web, const struct request *request,
                             struct certificate_view *view)
{
    struct buf serial defer(buf_clear) = BUF_INIT(SERIAL_ROOM);
    buf_append(&serial, request_parameter(request, "serial"));
    struct span text;
    if (buf_finish(&serial, &text) != STATUS_OK)
        return status_fail(STATUS_NOT_FOUND, "no certificate has so long a serial");
    TRY(certificates_show(web->service, (const char *)text.ptr, &view->record));
    TRY(certificates_history(web->service, view->record.row.serial, &(struct page_request){0},
                             &view->history));
    TRY(device_lines_of_serial(web, view->record.row.serial, &view->devices, &view->device_lines));
    return act_lines_make(&view->history, &view->acts);
}

/* What stands in the certificate itself. */
static void set_contents(const struct text_catalogue *texts, struct certificate_view *view,
                         struct view_certificate *fields)
{
    if (view->record.certificate == NULL)
        return;
    const struct certificate_info *info = certificate_info(view->record.certificate);
    fingerprint_init(&view->fingerprint, texts, info->sha256);
    fields->subject = info->subject;
    fields->issuer = info->issuer;
    fields->key = info->key_label;
    fields->sid = info->sid;
    fields->groups = view->fingerprint.groups;
    fields->groups_count = FINGERPRINT_GROUPS;
}

/* What the database says of it. */
static void set_row(struct certificate_view *view, struct view_certificate *fields)
{
    const struct certificate_row *row = &view->record.row;
    const struct desk_state state = state_of_certificate(row, clock_now());
    href_of_person(view->user_href, row->user);
    href_format(view->link_href, "/admin/links/", row->link_id);
    fields->serial = row->serial;
    fields->user = row->user;
    fields->user_href = view->user_href;
    fields->name = row->name;
    fields->mail = row->mail;
    fields->device = row->device;
    fields->profile = row->profile;
    fields->created_by = desk_actor(row->created_by);
    fields->link = row->link_id;
    fields->link_href = view->link_href;
    fields->state = state.label;
    fields->is_good = state.is_good;
    fields->is_note = state.is_note;
    fields->is_bad = state.is_bad;
    fields->not_before = row->not_before;
    fields->not_after = row->not_after;
    fields->issued_at = row->issued_at;
    fields->revoked_at = row->revoked_at;
    fields->reason = reason_text(row->reason);
}

/* CA certificates are revoked by their own ways; what was never signed, or is revoked, by none. */
static void set_acts(const struct request *request, struct certificate_view *view,
                     struct view_certificate *fields)
{
    const struct certificate_row *row = &view->record.row;
    bool ca = strcmp(row->profile, "root") == 0 || strcmp(row->profile, "issuing") == 0;
    bool may = admin_may(request, ROLE_HELPDESK);
    char before[HREF_SIZE];
    snprintf(before, sizeof before, "/admin/certificates/%s/", row->serial);
    href_format(view->revoke_href, before, "revoke");
    href_of_renewal(view->renew_href, row, fields->sid);
    fields->revoke_href = view->revoke_href;
    fields->renew_href = view->renew_href;
    bool within = admin_may(request, ROLE_ADMIN) || strcmp(row->profile, "user") == 0;
    fields->may_revoke = may && !ca && within && row->state == CERTIFICATE_ISSUED;
    fields->may_renew = may && strcmp(row->profile, "user") == 0;
}

enum status page_certificate(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct certificate_view view defer(certificate_view_clear) = {0};
    TRY(read_view(web, request, &view));
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_PEOPLE, &shell);
    struct view_certificate fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .acts = view.acts.lines,
        .acts_count = view.acts.count,
        .devices = view.device_lines.lines,
        .devices_count = view.device_lines.count,
        .reasons = view.reasons,
        .reasons_count = REASON_OPTIONS,
    };
    reason_options(view.reasons);
    set_row(&view, &fields);
    set_contents(page_texts(request), &view, &fields);
    set_acts(request, &view, &fields);
    view_certificate(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}
