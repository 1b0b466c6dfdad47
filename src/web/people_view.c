/* Tables from state to word, and loops that fill rows. */
#include "web/people_view.h"

#include "base/clock.h"
#include "http/target.h"

#include <stdio.h>

void href_format(char ret_href[static HREF_SIZE], const char *before, const char *value)
{
    struct buf href defer(buf_clear) = BUF_INIT(HREF_SIZE - 1);
    buf_append_text(&href, before);
    target_append_component(&href, span_of_text(value));
    struct span text;
    bool fits = buf_finish(&href, &text) == STATUS_OK;
    snprintf(ret_href, HREF_SIZE, "%s", fits ? (const char *)text.ptr : "#");
}

void href_of_person(char ret_href[static HREF_SIZE], const char *user)
{
    bool segment = strpbrk(user, "/\\") == NULL && user[0] != '.' && user[0] != '\0';
    href_format(ret_href, segment ? "/admin/people/" : "/admin/people?user=", user);
}

void href_of_renewal(char ret_href[static HREF_SIZE], const struct certificate_row *row,
                     const char *sid)
{
    const struct {
        const char *name;
        const char *value;
    } fields[] = {
        {"?user=", row->user},     {"&name=", row->name}, {"&mail=", row->mail},
        {"&device=", row->device}, {"&sid=", sid},
    };
    struct buf href defer(buf_clear) = BUF_INIT(HREF_SIZE - 1);
    buf_append_text(&href, "/admin/links/new");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        buf_append_text(&href, fields[i].name);
        target_append_component(&href, span_of_text(fields[i].value));
    }
    struct span text;
    bool fits = buf_finish(&href, &text) == STATUS_OK;
    snprintf(ret_href, HREF_SIZE, "%s", fits ? (const char *)text.ptr : "/admin/links/new");
}

struct desk_state state_of_certificate(const struct certificate_row *row, int64_t now)
{
    switch (row->state) {
    case CERTIFICATE_RESERVED:
        return (struct desk_state){.label = TEXT_PEOPLE_STATE_RESERVED};
    case CERTIFICATE_ABANDONED:
        return (struct desk_state){.label = TEXT_PEOPLE_STATE_ABANDONED};
    case CERTIFICATE_REVOKED:
        return (struct desk_state){.label = TEXT_PEOPLE_STATE_REVOKED, .is_bad = true};
    case CERTIFICATE_ISSUED:
        break;
    }
    if (row->not_after < now)
        return (struct desk_state){.label = TEXT_PEOPLE_STATE_EXPIRED};
    if (row->not_after - now < CERTIFICATES_SOON)
        return (struct desk_state){.label = TEXT_PEOPLE_STATE_EXPIRING, .is_note = true};
    return (struct desk_state){.label = TEXT_PEOPLE_STATE_VALID, .is_good = true};
}

/* ---- certificates ---------------------------------------------------------------------------- */

void certificate_lines_clear(struct certificate_lines *lines)
{
    free(lines->lines);
    free(lines->hrefs);
    *lines = (struct certificate_lines){0};
}

static void fill_certificate(const struct certificate_row *row, int64_t now,
                             char (*hrefs)[HREF_SIZE], struct view_certificate_line *line)
{
    struct desk_state state = state_of_certificate(row, now);
    href_format(hrefs[0], "/admin/certificates/", row->serial);
    href_of_person(hrefs[1], row->user);
    *line = (struct view_certificate_line){
        .href = hrefs[0],
        .serial = row->serial,
        .user_href = hrefs[1],
        .user = row->user,
        .name = strcmp(row->name, row->user) == 0 ? "" : row->name,
        .device = row->device,
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .not_after = row->not_after,
        .issued_at = row->issued_at,
    };
}

enum status certificate_lines_make(const struct certificate_page *page, int64_t now,
                                   struct certificate_lines *ret_lines)
{
    struct certificate_lines lines defer(certificate_lines_clear) = {.count = page->count};
    lines.lines = calloc(page->count + 1, sizeof *lines.lines);
    lines.hrefs = calloc(2 * page->count + 1, sizeof *lines.hrefs);
    if (lines.lines == NULL || lines.hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < page->count; i++)
        fill_certificate(&page->rows[i], now, &lines.hrefs[2 * i], &lines.lines[i]);
    *ret_lines = lines;
    lines = (struct certificate_lines){0};
    return STATUS_OK;
}

/* ---- links ----------------------------------------------------------------------------------- */

void link_lines_clear(struct link_lines *lines)
{
    free(lines->lines);
    free(lines->hrefs);
    *lines = (struct link_lines){0};
}

static void fill_link(const struct enrolment *link, char href[static HREF_SIZE],
                      struct view_link_line *line)
{
    struct desk_state state = desk_state_of_link(link->state);
    href_format(href, "/admin/links/", link->id);
    *line = (struct view_link_line){
        .href = href,
        .id = link->id,
        .device = link->device,
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .created_at = link->created_at,
        .created_by = desk_actor(link->created_by),
    };
}

enum status link_lines_make(const struct enrolment_list *list, struct link_lines *ret_lines)
{
    struct link_lines lines defer(link_lines_clear) = {.count = list->count};
    lines.lines = calloc(list->count + 1, sizeof *lines.lines);
    lines.hrefs = calloc(list->count + 1, sizeof *lines.hrefs);
    if (lines.lines == NULL || lines.hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < list->count; i++)
        fill_link(&list->links[i], lines.hrefs[i], &lines.lines[i]);
    *ret_lines = lines;
    lines = (struct link_lines){0};
    return STATUS_OK;
}

/* ---- acts ------------------------------------------------------------------------------------ */

void act_lines_clear(struct act_lines *lines)
{
    free(lines->lines);
    free(lines->hrefs);
    *lines = (struct act_lines){0};
}

/* Where an object has a page, its name leads there. */
static void fill_act(const struct audit_row *row, char href[static HREF_SIZE],
                     struct view_act_line *line)
{
    static const struct {
        const char *kind;
        const char *before;
    } places[] = {
        {"link", "/admin/links/"},   {"certificate", "/admin/certificates/"},
        {"mail", "/admin/mail/"},    {"import", "/admin/import/"},
        {"probe", "/admin/probes/"},
    };
    href[0] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strcmp(row->object_kind, places[i].kind) == 0 && row->object_id[0] != '\0')
            href_format(href, places[i].before, row->object_id);
    *line = (struct view_act_line){
        .number = row->id,
        .at = row->at,
        .actor = row->actor,
        .action = row->action,
        .object = row->object_id,
        .object_href = href,
        .address = row->address,
        .detail = strcmp(row->detail, "{}") == 0 ? "" : row->detail,
    };
}

enum status act_lines_make(const struct audit_list *list, struct act_lines *ret_lines)
{
    struct act_lines lines defer(act_lines_clear) = {.count = list->count};
    lines.lines = calloc(list->count + 1, sizeof *lines.lines);
    lines.hrefs = calloc(list->count + 1, sizeof *lines.hrefs);
    if (lines.lines == NULL || lines.hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < list->count; i++)
        fill_act(&list->rows[i], lines.hrefs[i], &lines.lines[i]);
    *ret_lines = lines;
    lines = (struct act_lines){0};
    return STATUS_OK;
}

/* ---- reasons --------------------------------------------------------------------------------- */

void reason_options(struct view_option ret_options[static REASON_OPTIONS])
{
    static const struct view_option options[REASON_OPTIONS] = {
        {.value = "keyCompromise", .label = TEXT_REVOKE_KEY_COMPROMISE, .chosen = true},
        {.value = "cessationOfOperation", .label = TEXT_REVOKE_CESSATION},
        {.value = "superseded", .label = TEXT_REVOKE_SUPERSEDED},
        {.value = "affiliationChanged", .label = TEXT_REVOKE_AFFILIATION},
        {.value = "privilegeWithdrawn", .label = TEXT_REVOKE_PRIVILEGE},
        {.value = "unspecified", .label = TEXT_REVOKE_UNSPECIFIED},
    };
    memcpy(ret_options, options, sizeof options);
}

enum text_key reason_text(enum certificate_reason reason)
{
    switch (reason) {
    case REASON_KEY_COMPROMISE:
    case REASON_CA_COMPROMISE:
    case REASON_AA_COMPROMISE:
        return TEXT_REVOKE_KEY_COMPROMISE;
    case REASON_AFFILIATION_CHANGED:
        return TEXT_REVOKE_AFFILIATION;
    case REASON_SUPERSEDED:
        return TEXT_REVOKE_SUPERSEDED;
    case REASON_CESSATION_OF_OPERATION:
        return TEXT_REVOKE_CESSATION;
    case REASON_PRIVILEGE_WITHDRAWN:
        return TEXT_REVOKE_PRIVILEGE;
    case REASON_CERTIFICATE_HOLD:
    case REASON_REMOVE_FROM_CRL:
    case REASON_UNSPECIFIED:
        break;
    }
    return TEXT_REVOKE_UNSPECIFIED;
}
