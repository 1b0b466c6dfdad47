/* certferry mint: a bundle now, into a file of mode 0600, and its password on the terminal. */
#include "service/mint.h"

#include "base/clock.h"
#include "base/file.h"
#include "command/ask.h"
#include "command/command.h"
#include "command/output.h"
#include "command/session.h"
#include <libgen.h>
#include <sys/stat.h>

static enum status read_request(const struct invocation *invocation, struct secret **ret_password,
                                struct mint_request *ret_request)
{
    const char *password_file = invocation_text(invocation, "password-file");
    if (password_file != NULL)
        TRY(ask_file(password_file, ret_password));
    *ret_request = (struct mint_request){
        .user = invocation_text(invocation, "USER"),
        .name = invocation_text(invocation, "name"),
        .mail = invocation_text(invocation, "mail"),
        .sid = invocation_text(invocation, "sid"),
        .device = invocation_text(invocation, "device"),
        .packing = invocation_text(invocation, "packing"),
        .lifetime = invocation_number(invocation, "days", 0) * CLOCK_DAY,
        .password = *ret_password,
    };
    return STATUS_OK;
}

/* Before a certificate is made that could not be handed over. A device would be replaced. */
static enum status check_target(const char *path)
{
    struct stat info;
    bool there = lstat(path, &info) == 0;
    if (path[0] == '\0' || (there && !S_ISREG(info.st_mode)))
        return status_fail(STATUS_INVALID, "--out: '%s' is not the name of a file", path);
    char *copy defer(free) = strdup(path);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a path");
    const char *folder = dirname(copy);
    if (access(folder, W_OK) != 0)
        return status_fail_errno(STATUS_INVALID, "--out: nothing can be written in %s", folder);
    return STATUS_OK;
}

static enum status print(const struct invocation *invocation, const struct mint_request *request,
                         const struct mint_result *result)
{
    const char *out = invocation_text(invocation, "out");
    if (invocation_has(invocation, "json"))
        return output_json(
            json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}", "serial", result->serial, "user",
                      request->user, "not_after", json_time(result->not_after), "password",
                      secret_text(result->password), "packing", result->packing, "file", out));
    struct buf text defer(buf_clear) = BUF_INIT((size_t)16 * 1024);
    buf_printf(&text, "The bundle for %s is in %s.\n\n", request->user, out);
    append_row(&text, "password", secret_text(result->password));
    append_row(&text, "packing", result->packing);
    append_row(&text, "serial", result->serial);
    append_time_row(&text, "valid until", result->not_after);
    return output_text(&text);
}

static enum status run(const struct invocation *invocation)
{
    struct secret *password defer(secret_free) = NULL;
    struct mint_request request;
    TRY(read_request(invocation, &password, &request));
    TRY(check_target(invocation_text(invocation, "out")));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_SIGNER, &session));

    struct actor actor = session_actor(&session);
    struct mint_result result defer(mint_result_clear) = {0};
    TRY(mint_bundle(session.service, &actor, &request, &result));
    struct span bytes;
    TRY(buf_finish(&result.file, &bytes));
    TRY(file_replace(invocation_text(invocation, "out"), bytes, 0600));
    return print(invocation, &request, &result);
}

static const struct argument arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "USER", .help = "User principal name, such as ann@example.org"},
    {.kind = ARGUMENT_TEXT,
     .name = "out",
     .value = "FILE",
     .required = true,
     .help = "Where the bundle goes"},
    {.kind = ARGUMENT_TEXT, .name = "name", .value = "NAME", .help = "Name of the person"},
    {.kind = ARGUMENT_TEXT, .name = "mail", .value = "ADDRESS", .help = "Mail address"},
    {.kind = ARGUMENT_TEXT, .name = "sid", .value = "SID", .help = "Active Directory SID"},
    {.kind = ARGUMENT_TEXT,
     .name = "device",
     .value = "LABEL",
     .help = "What to call the device in lists"},
    {.kind = ARGUMENT_TEXT,
     .name = "packing",
     .value = "P",
     .help = "compat or modern, as configured unless given"},
    {.kind = ARGUMENT_NUMBER,
     .name = "days",
     .value = "N",
     .help = "Validity of the certificate, as configured unless given",
     .least = 1,
     .most = 3650},
    {.kind = ARGUMENT_TEXT,
     .name = "password-file",
     .value = "FILE",
     .help = "Password for the bundle; a good one is generated unless given"},
    ARGUMENT_JSON,
};

const struct command mint_command = {
    .name = "mint",
    .summary = "Makes a certificate with its key for a user, as a password-protected bundle",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
