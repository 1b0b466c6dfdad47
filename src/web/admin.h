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
#include "service/operator.h"
#include "service/revoke.h"
#include "web/page.h"

/* X(NAME, address, text of the menu, least role): in the order of the menu. */
#define ADMIN_SECTION_TABLE(X)                                                                     \
    X(HOME, "/admin", TEXT_ADMIN_HOME, ROLE_AUDITOR)                                               \
    X(NEW_LINK, "/admin/links/new", TEXT_ADMIN_NEW_LINK, ROLE_HELPDESK)                            \
    X(LINKS, "/admin/links", TEXT_ADMIN_LINKS, ROLE_AUDITOR)                                       \
    X(PEOPLE, "/admin/people", TEXT_ADMIN_PEOPLE, ROLE_AUDITOR)                                    \
    X(MINT, "/admin/mint", TEXT_ADMIN_MINT, ROLE_ADMIN)                                            \
    X(IMPORT, "/admin/import", TEXT_ADMIN_IMPORT, ROLE_AUDITOR)                                    \
    X(DEVICES, "/admin/devices", TEXT_ADMIN_DEVICES, ROLE_AUDITOR)                                 \
    X(POLICIES, "/admin/policies", TEXT_ADMIN_POLICIES, ROLE_AUDITOR)                              \
    X(PROBES, "/admin/probes", TEXT_ADMIN_PROBES, ROLE_AUDITOR)                                    \
    X(MAIL, "/admin/mail", TEXT_ADMIN_MAIL, ROLE_AUDITOR)                                          \
    X(CA, "/admin/ca", TEXT_ADMIN_CA, ROLE_AUDITOR)                                                \
    X(AUDIT, "/admin/audit", TEXT_ADMIN_AUDIT, ROLE_AUDITOR)                                       \
    X(OPERATORS, "/admin/operators", TEXT_ADMIN_OPERATORS, ROLE_ADMIN)                             \
    X(KEYS, "/admin/keys", TEXT_ADMIN_KEYS, ROLE_ADMIN)                                            \
    X(SETTINGS, "/admin/settings", TEXT_ADMIN_SETTINGS, ROLE_ADMIN)

enum admin_section {
#define ADMIN_SECTION_ENUM(name, href, label, role) ADMIN_##name,
    ADMIN_SECTION_TABLE(ADMIN_SECTION_ENUM)
#undef ADMIN_SECTION_ENUM
        ADMIN_SECTIONS,
    ADMIN_NO_SECTION, /* a page that is not in the menu */
};

/* X(NAME, word in the address, text): what a page says about the act that led to it. */
#define ADMIN_SAID_TABLE(X)                                                                        \
    X(PASSWORD, "password", TEXT_ADMIN_SAID_PASSWORD)                                              \
    X(KEY_REVOKED, "key-revoked", TEXT_ADMIN_SAID_KEY_REVOKED)                                     \
    X(CHANGED, "changed", TEXT_ADMIN_SAID_CHANGED)                                                 \
    X(REVOKED, "revoked", TEXT_ADMIN_SAID_REVOKED)                                                 \
    X(ENDED, "ended", TEXT_ADMIN_SAID_ENDED)                                                       \
    X(TOTP_OFF, "codes_off", TEXT_ADMIN_SAID_TOTP_OFF)                                             \
    X(LINK_CANCELLED, "link-cancelled", TEXT_ADMIN_SAID_LINK_CANCELLED)                            \
    X(LINK_REARMED, "link-rearmed", TEXT_ADMIN_SAID_LINK_REARMED)                                  \
    X(IMPORT_STOPPED, "import-stopped", TEXT_ADMIN_SAID_IMPORT_STOPPED)                            \
    X(IMPORT_RESUMED, "import-resumed", TEXT_ADMIN_SAID_IMPORT_RESUMED)                            \
    X(IMPORT_ERASED, "import-erased", TEXT_ADMIN_SAID_IMPORT_ERASED)                               \
    X(MAIL_RETRIED, "mail-retried", TEXT_ADMIN_SAID_MAIL_RETRIED)                                  \
    X(MAIL_CANCELLED, "mail-cancelled", TEXT_ADMIN_SAID_MAIL_CANCELLED)                            \
    X(MAIL_TESTED, "mail-tested", TEXT_ADMIN_SAID_MAIL_TESTED)                                     \
    X(SETTINGS_LATER, "settings-later", TEXT_ADMIN_SAID_SETTINGS_LATER)                            \
    X(SETTINGS, "settings", TEXT_ADMIN_SAID_SETTINGS)                                              \
    X(ALL_REVOKED, "all-revoked", TEXT_ADMIN_SAID_ALL_REVOKED)                                     \
    X(PUBLISHED, "published", TEXT_ADMIN_SAID_PUBLISHED)                                           \
    X(UNPINNED, "unpinned", TEXT_ADMIN_SAID_UNPINNED)                                              \
    X(BLOCKED, "blocked", TEXT_ADMIN_SAID_BLOCKED)                                                 \
    X(POLICY_SAVED, "policy-saved", TEXT_ADMIN_SAID_POLICY_SAVED)                                  \
    X(POLICY_MADE, "policy-made", TEXT_ADMIN_SAID_POLICY_MADE)                                     \
    X(POLICY_USERS, "policy-users", TEXT_ADMIN_SAID_POLICY_USERS)                                  \
    X(POLICY_REMOVED, "policy-removed", TEXT_ADMIN_SAID_POLICY_REMOVED)                            \
    X(UNBLOCKED, "unblocked", TEXT_ADMIN_SAID_UNBLOCKED)                                           \
    X(PROBE_STARTED, "probe-started", TEXT_ADMIN_SAID_PROBE_STARTED)                               \
    X(PROBE_STOPPED, "probe-stopped", TEXT_ADMIN_SAID_PROBE_STOPPED)                               \
    X(PROBE_IMPORTED, "probe-imported", TEXT_ADMIN_SAID_PROBE_IMPORTED)                            \
    X(PROBE_DELETED, "probe-deleted", TEXT_ADMIN_SAID_PROBE_DELETED)

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
/* What people call a role. */
enum text_key admin_role_text(enum operator_role role);
/* Whose certificates the caller may revoke: the help desk those of users. */
enum revoke_reach admin_revoke_reach(const struct request *request);
/* Who acts, valid until the end of the request. */
struct actor admin_actor(const struct request *request);
/* 303 after an act, to a page of ours that says what was done. `path` may have a query. */
void admin_redirect(struct response *response, const char *path, enum admin_said said);
