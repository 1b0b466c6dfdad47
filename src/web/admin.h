/*
 * What all operators' pages share: the shell around them, who acts, and the way back after an act.
 *
 *     struct admin_shell shell;
 *     admin_begin(web, request, response, ADMIN_LINKS, &shell);
 *     const struct view_links fields = {.site = ..., .shell = &shell.view, ...};
 *     view_links(response_body(response), page_texts(request), &fields);
 */
#pragma once

#include "service/audit.h"
#include "web/page.h"

/* X(NAME, address, text of the menu, least role): in the order of the menu. */
#define ADMIN_SECTION_TABLE(X) X(HOME, "/admin", TEXT_ADMIN_HOME, ROLE_AUDITOR)

enum admin_section {
#define ADMIN_SECTION_ENUM(name, href, label, role) ADMIN_##name,
    ADMIN_SECTION_TABLE(ADMIN_SECTION_ENUM)
#undef ADMIN_SECTION_ENUM
        ADMIN_SECTIONS,
    ADMIN_NO_SECTION, /* a page that is not in the menu */
};

/* X(NAME, word in the address, text): what a page says about the act that led to it. */
#define ADMIN_SAID_TABLE(X) X(PASSWORD, "password", TEXT_ADMIN_SAID_PASSWORD)

enum admin_said {
#define ADMIN_SAID_ENUM(name, word, text) ADMIN_SAID_##name,
    ADMIN_SAID_TABLE(ADMIN_SAID_ENUM)
#undef ADMIN_SAID_ENUM
        ADMIN_SAID_COUNT,
};

struct admin_shell {
    struct view_section sections[ADMIN_SECTIONS];
    struct view_shell view; /* points to the request's caller */
};

/* Status 200, the headers of an operator's page, and the shell with what the caller may see. */
void admin_begin(const struct web *web, struct request *request, struct response *response,
                 enum admin_section section, struct admin_shell *shell);

/* Whether the caller's role is at least this. */
bool admin_may(const struct request *request, enum role role);
/* Who acts, valid until the end of the request. */
struct actor admin_actor(const struct request *request);
/* 303 after an act, to a page of ours that says what was done. `path` may have a query. */
void admin_redirect(struct response *response, const char *path, enum admin_said said);
