/* certferry backup, restore: all that makes an authority, in one encrypted file and back. */
#include "service/backup.h"

#include "base/clock.h"
#include "base/text.h"
#include "command/ask.h"
#include "command/command.h"
#include "command/output.h"
#include "command/session.h"
#include "service/restore.h"

#define OTHERWISE "give --passphrase-file FILE"

enum { TEXT_ROOM = 16 * 1024 };

/* ---- backup ---------------------------------------------------------------------------------- */

/* What was mistyped now would be missed on the day of the fire. */
static enum status ask_twice(struct secret **ret_passphrase)
{
    struct secret *first defer(secret_free) = NULL;
    struct secret *second defer(secret_free) = NULL;
    TRY(ask_terminal("Passphrase of the backup: ", OTHERWISE, &first));
    TRY(ask_terminal("The same again: ", OTHERWISE, &second));
    if (!span_equal_constant_time(secret_span(first), secret_span(second)))
        return status_fail(STATUS_INVALID, "the two passphrases are not the same");
    *ret_passphrase = take(first);
    return STATUS_OK;
}

static enum status print_backup(const struct invocation *invocation,
                                const struct backup_result *result)
{
    const char *path = invocation_text(invocation, "FILE");
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:I, s:I}", "file", path, "files",
                                     (json_int_t)result->files, "bytes",
                                     (json_int_t)result->bytes));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_ROOM);
    buf_printf(
        &text,
        "%s holds %lld files, %lld bytes: database, keys, certificates, configuration.\n"
        "It opens with its passphrase alone: keep that elsewhere, and not on this machine.\n",
        path, (long long)result->files, (long long)result->bytes);
    return output_text(&text);
}

static enum status backup(const struct invocation *invocation)
{
    struct secret *passphrase defer(secret_free) = NULL;
    const char *file = invocation_text(invocation, "passphrase-file");
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(file == NULL ? ask_twice(&passphrase) : ask_file(file, &passphrase));
    const struct backup_request request = {
        .path = invocation_text(invocation, "FILE"),
        .config_path = session.config_path,
        .passphrase = passphrase,
    };
    struct actor actor = session_actor(&session);
    struct backup_result result;
    TRY(backup_create(session.service, &actor, &request, &result));
    return print_backup(invocation, &result);
}

/* ---- restore --------------------------------------------------------------------------------- */

static void append_advice(struct buf *text, const struct restored *restored)
{
    char made_at[CLOCK_TEXT_SIZE];
    clock_format(restored->made_at, made_at);
    buf_printf(
        text,
        "\nNothing that happened after %s is known here. Before you serve:\n"
        "  - Stop the old server for good: two servers would give out different lists.\n"
        "  - Revoke again what was revoked since.\n"
        "  - Certificates that were issued since are valid and unknown here; their users "
        "need new\n"
        "    ones. The old audit, if there is one, names them (certificate.issue).\n"
        "  - Links that were claimed since can be claimed once more: cancel or rearm them.\n"
        "  - Mails that waited then are 'unsure' and imports are stopped: mail retry and the page\n"
        "    Import go on with those that the old server had not done.\n"
        "  - Operators that were disabled, passwords that were changed and API keys that were\n"
        "    revoked since are as before: operator list, key list.\n"
        "  - The numbers of revocation lists were raised by %lld, so that the next list "
        "counts as\n"
        "    newer than any that was published.\n"
        "  - As root: chown -R certferry: the folder.\n",
        made_at, (long long)restored->crl_jump);
}

static enum status print_restored_json(const struct restored *restored)
{
    bool broken = restored->audit.first_broken != 0;
    return output_json(json_pack("{s:s, s:s, s:o, s:I, s:I, s:b}", "config", restored->config_path,
                                 "organisation", restored->organisation, "made_at",
                                 json_time(restored->made_at), "files", (json_int_t)restored->files,
                                 "crl_jump", (json_int_t)restored->crl_jump, "audit_whole",
                                 !broken));
}

static enum status print_restored(const struct invocation *invocation,
                                  const struct restored *restored)
{
    if (invocation_has(invocation, "json"))
        return print_restored_json(restored);
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_ROOM);
    buf_append_text(&text, "The authority is back.\n\n");
    append_row(&text, "organisation", restored->organisation);
    append_row(&text, "configuration", restored->config_path);
    append_time_row(&text, "backup made", restored->made_at);
    if (restored->audit.first_broken == 0)
        buf_printf(&text, "  %-18s %lld rows, unbroken\n", "audit",
                   (long long)restored->audit.rows);
    else
        buf_printf(&text, "  %-18s BROKEN at row %lld in the backup: %s\n", "audit",
                   (long long)restored->audit.first_broken, restored->audit.reason);
    append_advice(&text, restored);
    return output_text(&text);
}

static enum status restore(const struct invocation *invocation)
{
    struct secret *passphrase defer(secret_free) = NULL;
    const char *file = invocation_text(invocation, "passphrase-file");
    TRY(file == NULL ? ask_terminal("Passphrase of the backup: ", OTHERWISE, &passphrase)
                     : ask_file(file, &passphrase));
    char user[SESSION_USER_SIZE];
    session_find_user(user);
    const struct restore_request request = {
        .path = invocation_text(invocation, "FILE"),
        .folder = invocation_text(invocation, "into"),
        .passphrase = passphrase,
        .asked_by = user,
    };
    struct restored restored defer(restored_clear) = {0};
    TRY(restore_run(&request, &restored));
    return print_restored(invocation, &restored);
}

/* clang-format off */
static const struct argument backup_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "FILE", .help = "Where the backup goes; nothing may be there"},
    {.kind = ARGUMENT_TEXT, .name = "passphrase-file", .value = "FILE",
     .help = "Its passphrase, of 12 characters or more; asked at the terminal unless given"},
    ARGUMENT_JSON,
};

static const struct argument restore_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "FILE", .help = "The backup"},
    {.kind = ARGUMENT_TEXT, .name = "into", .value = "DIR", .required = true,
     .help = "Folder for everything; it must be empty or not exist"},
    {.kind = ARGUMENT_TEXT, .name = "passphrase-file", .value = "FILE",
     .help = "The passphrase of the backup; asked at the terminal unless given"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command backup_command = {
    .name = "backup",
    .summary = "Writes all that makes this authority into one encrypted file, while it serves",
    .arguments = backup_arguments,
    .argument_count = sizeof backup_arguments / sizeof backup_arguments[0],
    .run = backup,
};

const struct command restore_command = {
    .name = "restore",
    .summary = "Brings an authority back from a backup, in a new folder",
    .arguments = restore_arguments,
    .argument_count = sizeof restore_arguments / sizeof restore_arguments[0],
    .run = restore,
};
