#include "service/mail_settings.h"

#include "base/file.h"
#include "base/limits.h"

bool mail_is_on(const struct config *config)
{
    return config->mail_server[0] != '\0';
}

static enum smtp_tls tls_of(const struct config *config)
{
    if (strcmp(config->mail_tls, "implicit") == 0)
        return SMTP_IMPLICIT;
    return strcmp(config->mail_tls, "none") == 0 ? SMTP_NO_TLS : SMTP_STARTTLS;
}

static int64_t port_of(const struct config *config)
{
    static const int64_t standard[] = {
        [SMTP_STARTTLS] = 587, [SMTP_IMPLICIT] = 465, [SMTP_NO_TLS] = 25};
    return config->mail_port != 0 ? config->mail_port : standard[tls_of(config)];
}

enum status mail_settings_check(const struct config *config)
{
    bool user = config->mail_user[0] != '\0';
    if (!mail_is_on(config))
        return status_fail(STATUS_CONFLICT, "no mail server is configured: set server and from in "
                                            "the section mail, or hand it over in another way");
    if (config->mail_from[0] == '\0')
        return status_fail(STATUS_CONFIG, "mail.from is missing: mail needs a sender");
    if (user && config->mail_password_file[0] == '\0')
        return status_fail(STATUS_CONFIG, "mail.password_file is missing: mail.user needs it");
    if (user && tls_of(config) == SMTP_NO_TLS)
        return status_fail(STATUS_CONFIG,
                           "mail.user with mail.tls = none would send the password in the clear");
    return STATUS_OK;
}

void mail_server_clear(struct mail_server *server)
{
    secret_free(server->password);
    *server = (struct mail_server){0};
}

enum status mail_server_load(const struct config *config, struct mail_server *ret_server)
{
    TRY(mail_settings_check(config));
    struct secret *password defer(secret_free) = NULL;
    if (config->mail_user[0] != '\0') {
        TRY(file_check_private(config->mail_password_file));
        TRY(secret_read_file(config->mail_password_file, LIMIT_PASSPHRASE, true, &password));
    }
    *ret_server = (struct mail_server){
        .row =
            {
                .host = config->mail_server,
                .port = port_of(config),
                .tls = tls_of(config),
                .ca_file = config->mail_ca_file,
                .user = config->mail_user,
                .password = password,
                .own_name = config->public_host,
                .timeout = config->mail_timeout,
            },
        .password = password,
    };
    password = NULL;
    return STATUS_OK;
}
