/* certferry probe import: what a probe of another site found out, to be compared with our own. */
#include "service/probe_import.h"

#include "base/file.h"
#include "base/limits.h"
#include "command/command.h"
#include "command/output.h"
#include "command/session.h"

#include <jansson.h>

static enum status run(const struct invocation *invocation)
{
    const char *path = invocation_text(invocation, "FILE");
    const char *site = invocation_text(invocation, "site");
    char id[PROBE_KEY_SIZE];
    struct session session defer(session_clear) = {0};
    struct buf file defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    TRY(file_read(path, &file));
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct actor actor = session_actor(&session);
    TRY(probe_import_add(session.service, &actor, site, span_of(file.ptr, file.len), id));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s}", "id", id, "site", site));
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&text, "%s is what the probe found out at %s; probe show and the pages show it.\n",
               id, site);
    return output_text(&text);
}

/* clang-format off */
static const struct argument arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "FILE",
     .help = "What certferry probe show ID --json printed at the other site"},
    {.kind = ARGUMENT_TEXT, .name = "site", .value = "NAME", .required = true,
     .help = "Whose it is, in your words"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command probe_import_command = {
    .group = "probe",
    .name = "import",
    .summary = "Takes in what a probe of another site found out, to be compared with your own",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
