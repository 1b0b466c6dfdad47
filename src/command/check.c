/*
 * certferry check: looks at everything that a working server needs, without changing anything, and
 * says of each thing what is wrong and how to mend it. It goes on after an error, so that one run
 * names them all.
 */
#include "command/check_report.h"
#include "command/command.h"
#include "command/session.h"

#include "base/log.h"

static enum status look_at_all(struct check_report *report, const struct session *session)
{
    TRY(check_say(report, CHECK_OK, "configuration", "", "%s is valid", session->config_path));
    TRY(check_keys(report, session->config));
    TRY(check_certificates(report, session->config));
    TRY(check_database(report, session->config));
    TRY(check_ocsp(report, session->config));
    TRY(check_trust(report, session->config));
    TRY(check_machine(report, session->config));
    TRY(check_listeners(report, session->config));
    return check_mail(report, session->config);
}

static enum status attack(struct check_report *report, struct session *session, const char *url,
                          const char *ca_file)
{
    TRY(service_open(session->config, SERVICE_DATABASE | SERVICE_STATEMENTS, &session->service));
    return check_proxy(report, session->service, url, ca_file);
}

static enum status run(const struct invocation *invocation)
{
    const char *proxy = invocation_text(invocation, "proxy");
    const char *ca_file = invocation_text(invocation, "ca");
    struct session session defer(session_clear) = {0};
    if (ca_file != NULL && proxy == NULL)
        return status_fail(STATUS_USAGE, "--ca goes with --proxy");
    TRY(session_configure(invocation, &session));
    struct check_report report = {.json = invocation_has(invocation, "json")};
    if (proxy != NULL)
        TRY(attack(&report, &session, proxy, ca_file));
    else
        TRY(look_at_all(&report, &session));
    if (report.errors > 0)
        return status_fail(STATUS_CONFLICT, "%d of these things must be mended", report.errors);
    return STATUS_OK;
}

static const struct argument arguments[] = {
    {.kind = ARGUMENT_TEXT,
     .name = "proxy",
     .value = "URL",
     .help = "Attack the proxy at this address instead: nothing that is forged may get through"},
    {.kind = ARGUMENT_TEXT,
     .name = "ca",
     .value = "FILE",
     .help = "CA certificates for the proxy's own certificate, PEM; default those of the system"},
    ARGUMENT_JSON,
};

const struct command check_command = {
    .name = "check",
    .summary =
        "Looks for what is wrong with configuration, keys, database, listeners, mail and machine",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
