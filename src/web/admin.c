/* Two tables: the menu, and what was done. */
#include "web/admin.h"

#include "base/limits.h"

#include <stdio.h>

struct section_row {
    const char *href;
    enum text_key label;
    enum role role;
};

static const struct section_row sections[ADMIN_SECTIONS] = {
#define SECTION_ROW(name, href, label, role) [ADMIN_##name] = {href, label, role},
    ADMIN_SECTION_TABLE(SECTION_ROW)
#undef SECTION_ROW
};

struct said_row {
    const char *word;
    enum text_key text;
};

static const struct said_row said_rows[ADMIN_SAID_COUNT] = {
#define SAID_ROW(name, word, text) [ADMIN_SAID_##name] = {word, text},
    ADMIN_SAID_TABLE(SAID_ROW)
#undef SAID_ROW
};

static const enum text_key roles[] = {
    [ROLE_ANYONE] = TEXT_ADMIN_ROLE_SELF,     [ROLE_SELF] = TEXT_ADMIN_ROLE_SELF,
    [ROLE_AUDITOR] = TEXT_ADMIN_ROLE_AUDITOR, [ROLE_HELPDESK] = TEXT_ADMIN_ROLE_HELPDESK,
    [ROLE_ADMIN] = TEXT_ADMIN_ROLE_ADMIN,
};

static size_t fill_sections(const struct request *request, enum admin_section current,
                            struct view_section *list)
{
    size_t count = 0;
    for (int i = 0; i < ADMIN_SECTIONS; i++)
        if (admin_may(request, sections[i].role))
            list[count++] = (struct view_section){
                .href = sections[i].href, .label = sections[i].label, .current = i == (int)current};
    return count;
}

static void find_said(struct request *request, struct view_shell *shell)
{
    const struct form *query;
    if (request_query(request, &query) != STATUS_OK)
        return;
    struct span word = form_value(query, "said");
    for (int i = 0; i < ADMIN_SAID_COUNT; i++)
        if (span_equal_text(word, said_rows[i].word)) {
            shell->has_said = true;
            shell->said = said_rows[i].text;
        }
}

void admin_begin(const struct web *web, struct request *request, struct response *response,
                 enum admin_section section, struct admin_shell *shell)
{
    page_begin(web, request, response, RESPONSE_SECRET);
    response_set_policy(response, site_operator_policy(web_content(web)->site));
    shell->view = (struct view_shell){
        .operator_name = request_caller(request)->name,
        .role = roles[request_caller(request)->role],
        .sections = shell->sections,
        .sections_count = fill_sections(request, section, shell->sections),
    };
    find_said(request, &shell->view);
}

bool admin_may(const struct request *request, enum role role)
{
    return request_caller(request)->role >= role;
}

enum text_key admin_role_text(enum operator_role role)
{
    static const enum text_key texts[] = {
        [OPERATOR_ADMIN] = TEXT_ADMIN_ROLE_ADMIN,
        [OPERATOR_HELPDESK] = TEXT_ADMIN_ROLE_HELPDESK,
        [OPERATOR_AUDITOR] = TEXT_ADMIN_ROLE_AUDITOR,
    };
    return texts[role];
}

enum revoke_reach admin_revoke_reach(const struct request *request)
{
    return admin_may(request, ROLE_ADMIN) ? REVOKE_ANY : REVOKE_USERS;
}

struct actor admin_actor(const struct request *request)
{
    return (struct actor){ACTOR_OPERATOR, request_caller(request)->name,
                          request_peer_text(request)};
}

void admin_redirect(struct response *response, const char *path, enum admin_said said)
{
    char location[LIMIT_REQUEST_TARGET];
    snprintf(location, sizeof location, "%s%ssaid=%s", path, strchr(path, '?') == NULL ? "?" : "&",
             said_rows[said].word);
    response_set_class(response, RESPONSE_SECRET);
    response_redirect(response, 303, location);
}
