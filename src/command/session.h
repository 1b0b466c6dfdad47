/*
 * What most commands begin with: the configuration, the service on top of it, and who acts. Logs go
 * to standard error from level warning, so that a command's own answer stays readable; `serve` sets
 * what is configured.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "command/command.h"
#include "config/config.h"
#include "service/audit.h"
#include "service/service.h"

enum { SESSION_USER_SIZE = 64 };

struct session {
    char *config_path;
    struct config *config;
    struct service *service;
    char user[SESSION_USER_SIZE]; /* the system's name of who runs the command */
};

/* The system's name of who runs the command, its number when it has none. */
void session_find_user(char ret_user[static SESSION_USER_SIZE]);

/* The configuration only. */
enum status session_configure(const struct invocation *invocation, struct session *ret_session);
/* The configuration and the service; `parts` as for service_open(). */
enum status session_open(const struct invocation *invocation, unsigned parts,
                         struct session *ret_session);
void session_clear(struct session *session);
CLEANUP_VALUE(struct session, session_clear)

/* Valid as long as the session. */
struct actor session_actor(const struct session *session);
