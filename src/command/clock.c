/* certferry clock accept: the word of an admin that the clock is right now and was ahead before. */
#include "service/clock_guard.h"

#include "base/clock.h"
#include "command/command.h"
#include "command/output.h"
#include "command/session.h"

static enum status accept_clock(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    int64_t last;
    TRY(clock_guard_accept(session.service, &actor, &last));
    if (invocation_has(invocation, "json"))
        return output_json(
            json_pack("{s:o, s:o}", "last", json_time(last), "now", json_time(clock_now())));
    char text_last[CLOCK_TEXT_SIZE];
    clock_format(last, text_last);
    struct buf text defer(buf_clear) = BUF_INIT(512);
    buf_printf(
        &text,
        "The clock is taken for right; what was dated up to %s stays as it is.\n"
        "Start certferry serve again: it publishes a list of the present date. Certificates\n"
        "that begin in the future are of no use until then: 'certferry cert list' has them.\n",
        text_last);
    return output_text(&text);
}

static const struct argument arguments[] = {ARGUMENT_JSON};

const struct command clock_accept_command = {
    .group = "clock",
    .name = "accept",
    .summary = "Takes the clock for right that was ahead when something was signed",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = accept_clock,
};
