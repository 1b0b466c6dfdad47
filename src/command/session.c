/* Opening in the one right order; everything is taken down in the opposite one. */
#include "command/session.h"

#include <pwd.h>
#include <stdio.h>

void session_find_user(char ret_user[static SESSION_USER_SIZE])
{
    char room[2048];
    struct passwd entry;
    struct passwd *found = NULL;
    if (getpwuid_r(getuid(), &entry, room, sizeof room, &found) == 0 && found != NULL)
        snprintf(ret_user, SESSION_USER_SIZE, "%s", found->pw_name);
    else
        snprintf(ret_user, SESSION_USER_SIZE, "%ld", (long)getuid());
}

enum status session_configure(const struct invocation *invocation, struct session *ret_session)
{
    struct session session defer(session_clear) = {0};
    TRY(config_find(invocation->config_option, &session.config_path));
    TRY(config_load(session.config_path, &session.config));
    session_find_user(session.user);
    *ret_session = session;
    session = (struct session){0};
    return STATUS_OK;
}

enum status session_open(const struct invocation *invocation, unsigned parts,
                         struct session *ret_session)
{
    struct session session defer(session_clear) = {0};
    TRY(session_configure(invocation, &session));
    TRY(service_open(session.config, parts, &session.service));
    *ret_session = session;
    session = (struct session){0};
    return STATUS_OK;
}

void session_clear(struct session *session)
{
    service_free(session->service);
    config_free(session->config);
    free(session->config_path);
}

struct actor session_actor(const struct session *session)
{
    return (struct actor){.kind = ACTOR_COMMAND, .name = session->user};
}
