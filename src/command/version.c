/* certferry version */
#include "command/command.h"
#include "command/output.h"

static enum status run(const struct invocation *invocation)
{
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s}", "version", CERTFERRY_VERSION));
    struct buf text defer(buf_clear) = BUF_INIT(256);
    buf_append_text(&text, "certferry " CERTFERRY_VERSION "\n");
    return output_text(&text);
}

static const struct argument arguments[] = {ARGUMENT_JSON};

const struct command version_command = {
    .name = "version",
    .summary = "Prints the version",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
