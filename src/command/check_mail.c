/* The mail server: connected to, agreed on TLS with and logged in to, as serve would. */
#include "command/check_report.h"
#include "service/mail_settings.h"

enum status check_mail(struct check_report *report, const struct config *config)
{
    static const char mend[] =
        "Correct the section mail, or mend the mail server; until then mails "
        "wait in the queue";
    struct mail_server server defer(mail_server_clear) = {0};
    if (!mail_is_on(config))
        return check_say(report, CHECK_OK, "mail", "", "off: no mail server is configured");
    enum status status = mail_server_load(config, &server);
    if (status == STATUS_OK)
        status = smtp_probe(&server.row);
    if (status != STATUS_OK)
        return check_say(report, CHECK_ERROR, "mail", mend, "%s: %s", config->mail_server,
                         status_detail());
    return check_say(report, CHECK_OK, "mail", "", "%s answers", config->mail_server);
}
