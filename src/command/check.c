/*
 * certferry check: looks at everything that a working server needs, without changing anything, and
 * says of each thing what is wrong and how to mend it. It goes on after an error, so that one run
 * names them all.
 */
#include "command/check_report.h"
#include "command/command.h"
#include "command/session.h"

#include "base/log.h"

static enum status run(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_configure(invocation, &session));
    struct check_report report = {.json = invocation_has(invocation, "json")};
    TRY(check_say(&report, CHECK_OK, "configuration", "", "%s is valid", session.config_path));
    TRY(check_keys(&report, session.config));
    TRY(check_certificates(&report, session.config));
    TRY(check_database(&report, session.config));
    TRY(check_ocsp(&report, session.config));
    TRY(check_trust(&report, session.config));
    TRY(check_machine(&report, session.config));
    TRY(check_listeners(&report, session.config));
    TRY(check_mail(&report, session.config));
    if (report.errors > 0)
        return status_fail(STATUS_CONFLICT, "%d of these things must be mended", report.errors);
    return STATUS_OK;
}

static const struct argument arguments[] = {ARGUMENT_JSON};

const struct command check_command = {
    .name = "check",
    .summary =
        "Looks for what is wrong with configuration, keys, database, listeners, mail and machine",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
