/* Tables, so that a new state does not compile before it has a name. */
#include "web/desk_view.h"

#include "base/clock.h"
#include "base/text.h"
#include "web/admit.h"

#include <stdio.h>

struct desk_state desk_state_of_link(enum link_state state)
{
    static const struct desk_state states[LINK_STATE_COUNT] = {
        [LINK_IN_USE] = {.label = TEXT_LINKSTATE_IN_USE, .is_good = true},
        [LINK_REARMED] = {.label = TEXT_LINKSTATE_REARMED},
        [LINK_CANCELLED] = {.label = TEXT_LINKSTATE_CANCELLED},
        [LINK_CLOSED] = {.label = TEXT_LINKSTATE_CLOSED, .is_good = true},
        [LINK_DELIVERED] = {.label = TEXT_LINKSTATE_DELIVERED, .is_good = true},
        [LINK_CLAIMED] = {.label = TEXT_LINKSTATE_CLAIMED, .is_note = true},
        [LINK_LOCKED] = {.label = TEXT_LINKSTATE_LOCKED, .is_bad = true},
        [LINK_EXPIRED] = {.label = TEXT_LINKSTATE_EXPIRED, .is_bad = true},
        [LINK_CLAIMING] = {.label = TEXT_LINKSTATE_CLAIMING, .is_note = true},
        [LINK_OPENED] = {.label = TEXT_LINKSTATE_OPENED, .is_note = true},
        [LINK_ISSUED] = {.label = TEXT_LINKSTATE_ISSUED},
    };
    return states[state];
}

struct desk_state desk_state_of_import(enum import_state state)
{
    static const struct desk_state states[] = {
        [IMPORT_REFUSED] = {.label = TEXT_IMPORTSTATE_REFUSED, .is_bad = true},
        [IMPORT_RUNNING] = {.label = TEXT_IMPORTSTATE_RUNNING, .is_note = true},
        [IMPORT_STOPPED] = {.label = TEXT_IMPORTSTATE_STOPPED, .is_bad = true},
        [IMPORT_FINISHED] = {.label = TEXT_IMPORTSTATE_FINISHED, .is_good = true},
        [IMPORT_ERASED] = {.label = TEXT_IMPORTSTATE_ERASED},
    };
    return states[state];
}

void desk_packings(const char *chosen, struct view_option ret_choices[static DESK_PACKINGS])
{
    static const struct view_option choices[DESK_PACKINGS] = {
        {"", TEXT_PACKING_CONFIGURED, false},
        {"compat", TEXT_PACKING_COMPAT, false},
        {"modern", TEXT_PACKING_MODERN, false},
    };
    for (int i = 0; i < DESK_PACKINGS; i++) {
        ret_choices[i] = choices[i];
        ret_choices[i].chosen = strcmp(choices[i].value, chosen) == 0;
    }
}

void desk_lifetimes(const char *chosen, struct view_option ret_choices[static DESK_LIFETIMES])
{
    static const struct view_option choices[DESK_LIFETIMES] = {
        {"", TEXT_LIFETIME_CONFIGURED, false}, {"1h", TEXT_LIFETIME_HOUR, false},
        {"1d", TEXT_LIFETIME_DAY, false},      {"3d", TEXT_LIFETIME_DAYS_3, false},
        {"7d", TEXT_LIFETIME_DAYS_7, false},   {"30d", TEXT_LIFETIME_DAYS_30, false},
    };
    for (int i = 0; i < DESK_LIFETIMES; i++) {
        ret_choices[i] = choices[i];
        ret_choices[i].chosen = strcmp(choices[i].value, chosen) == 0;
    }
}

void desk_languages(const char *chosen, struct view_option ret_choices[static DESK_LANGUAGES])
{
    static const struct view_option choices[DESK_LANGUAGES] = {
        {"", TEXT_MAILLANGUAGE_CONFIGURED, false},
        {"en", TEXT_MAILLANGUAGE_EN, false},
        {"de", TEXT_MAILLANGUAGE_DE, false},
    };
    for (int i = 0; i < DESK_LANGUAGES; i++) {
        ret_choices[i] = choices[i];
        ret_choices[i].chosen = strcmp(choices[i].value, chosen) == 0;
    }
}

enum status desk_read_lifetime(const char *value, int64_t *ret_seconds)
{
    if (value[0] == '\0') {
        *ret_seconds = 0;
        return STATUS_OK;
    }
    return text_parse_duration(value, ret_seconds);
}

const char *desk_actor(const char *created_by)
{
    static const char operator[] = "operator:";
    size_t len = sizeof operator- 1;
    return strncmp(created_by, operator, len) == 0 ? created_by + len : created_by;
}

const char *desk_or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

struct span desk_session(const struct request *request)
{
    return request_cookie(request, ADMIT_COOKIE);
}

struct handout_caller desk_caller(const struct request *request, const struct form *form,
                                  struct actor *actor)
{
    *actor = admin_actor(request);
    return (struct handout_caller){actor, desk_session(request), form_value(form, "form")};
}

void desk_href(char ret_href[static DESK_HREF_SIZE], const char *before, const char *id,
               const char *after)
{
    snprintf(ret_href, DESK_HREF_SIZE, "%s%s%s", before, id, after);
}

void desk_id(const struct request *request, char ret_id[static DESK_ID_SIZE])
{
    struct span id = request_parameter(request, "id");
    size_t len = id.len < DESK_ID_SIZE ? id.len : 0;
    memcpy(ret_id, id.ptr, len);
    ret_id[len] = '\0';
}

void desk_go(struct response *response, const char *href)
{
    response_set_class(response, RESPONSE_SECRET);
    response_redirect(response, 303, href);
}

enum status desk_read_upload(struct request *request, struct multipart *ret_form)
{
    struct span boundary;
    struct span body;
    TRY(multipart_boundary(request_header(request, "Content-Type"), &boundary));
    TRY(request_body(request, &body));
    return multipart_parse(body, boundary, ret_form);
}
