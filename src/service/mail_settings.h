/*
 * The section `mail` of the configuration as the mail layer takes it. Mail is off while no server
 * is named: what would send one refuses then, in a sentence that says what to do.
 */
#pragma once

#include "base/secret.h"
#include "config/config.h"
#include "mail/smtp.h"

bool mail_is_on(const struct config *config);
/* CONFLICT when mail is off; CONFIG when a server is named but the section does not fit together.
 */
enum status mail_settings_check(const struct config *config);

/* The server; its texts point into the configuration. */
struct mail_server {
    struct smtp_server row;
    struct secret *password;
};
void mail_server_clear(struct mail_server *server);
CLEANUP_VALUE(struct mail_server, mail_server_clear)
/* Also reads the password: FORBIDDEN when others may read its file, NOT_FOUND, IO. */
enum status mail_server_load(const struct config *config, struct mail_server *ret_server);
