/*
 * certferry link import: links for everybody in a CSV file, and a CSV file with their addresses and
 * PINs, of mode 0600. What is made is kept by the database (service/import.h), so that a command
 * that was cut off is run again with --resume and the id that it printed.
 */
#include "service/import.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/limits.h"
#include "command/command.h"
#include "command/output.h"
#include "command/session.h"

#include <stdio.h>

/* "users.csv:7: the user is missing", one a line, on standard error. */
static enum status print_report(const char *path, struct span report)
{
    struct csv csv defer(csv_clear);
    csv_begin(&csv, report);
    bool any;
    TRY(csv_next(&csv, &any));
    for (;;) {
        TRY(csv_next(&csv, &any));
        if (!any)
            return STATUS_OK;
        fprintf(stderr, "%s:%s: %s\n", path, csv_cell(&csv, 0), csv_cell(&csv, 1));
    }
}

static enum status refuse(const char *path, struct span report, int64_t faults)
{
    TRY(print_report(path, report));
    return status_fail(STATUS_INVALID, "%s has bad rows: %lld; nothing was made", path,
                       (long long)faults);
}

static enum status print_checked(const struct invocation *invocation, const char *path,
                                 int64_t total)
{
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:I}", "users", (json_int_t)total));
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PATH + 100);
    buf_printf(&text, "%s is well: %lld users.\n", path, (long long)total);
    return output_text(&text);
}

static int64_t count_faults(struct span report)
{
    int64_t lines = 0;
    for (size_t i = 0; i < report.len; i++)
        lines += report.ptr[i] == '\n';
    return lines - 1;
}

static enum status check(const struct invocation *invocation, const struct session *session,
                         const char *path, struct span file)
{
    struct buf report defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_REPORT);
    int64_t total;
    TRY(import_check(session->service, file, &report, &total));
    struct span text = span_of(report.ptr, report.len);
    if (report.len > 0)
        return refuse(path, text, count_faults(text));
    return print_checked(invocation, path, total);
}

static enum status submit(const struct session *session, const char *path, struct span file,
                          struct import *ret_import)
{
    struct actor actor = session_actor(session);
    TRY(import_submit(session->service, &actor, file, path, ret_import));
    if (ret_import->state != IMPORT_REFUSED) {
        fprintf(stderr, "The import is %s: if it is cut off, go on with --resume %s\n",
                ret_import->id, ret_import->id);
        return STATUS_OK;
    }
    struct buf report defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_REPORT);
    TRY(import_report(session->service, ret_import->id, &report));
    return refuse(path, span_of(report.ptr, report.len), ret_import->faults);
}

static enum status resume(const struct session *session, const char *id, struct import *ret_import)
{
    struct actor actor = session_actor(session);
    TRY(import_show(session->service, id, ret_import));
    if (ret_import->state == IMPORT_STOPPED)
        TRY(import_resume(session->service, &actor, id));
    return STATUS_OK;
}

static enum status print_done(const struct invocation *invocation, const struct import *import,
                              const char *out)
{
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s, s:I, s:s}", "id", import->id, "state",
                                     import_state_text(import->state), "links",
                                     (json_int_t)import->made, "file", out));
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PATH + 200);
    buf_printf(&text,
               "%lld links are made; %s has their addresses and PINs. Send them apart: the address "
               "by mail, the PIN by voice.\n",
               (long long)import->made, out);
    return output_text(&text);
}

/* The rows that are left, then the file with everything. */
static enum status finish(const struct invocation *invocation, const struct session *session,
                          const struct import *submitted)
{
    const char *out = invocation_text(invocation, "out");
    struct actor actor = session_actor(session);
    struct import import;
    TRY(import_work(session->service, submitted->id));
    TRY(import_show(session->service, submitted->id, &import));
    if (import.state == IMPORT_STOPPED)
        return status_fail(STATUS_CONFLICT, "the import %s was stopped: %s", import.id,
                           import.why[0] == '\0' ? "an operator did it" : import.why);
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    TRY(import_result(session->service, &actor, import.id, &result));
    TRY(file_replace(out, span_of(result.ptr, result.len), 0600));
    return print_done(invocation, &import, out);
}

static enum status read_input(const struct invocation *invocation, struct buf *file)
{
    bool checks = invocation_has(invocation, "check");
    bool resumes = invocation_has(invocation, "resume");
    if (checks == (invocation_text(invocation, "out") != NULL))
        return status_fail(STATUS_USAGE, "link import takes either --out or --check");
    if (checks && resumes)
        return status_fail(STATUS_USAGE, "--check and --resume do not go together");
    return resumes ? STATUS_OK : file_read(invocation_text(invocation, "FILE"), file);
}

static enum status run(const struct invocation *invocation)
{
    const char *word = invocation_text(invocation, "FILE");
    struct buf file defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_FILE);
    TRY(read_input(invocation, &file));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct span contents = span_of(file.ptr, file.len);
    if (invocation_has(invocation, "check"))
        return check(invocation, &session, word, contents);
    struct import import;
    TRY(invocation_has(invocation, "resume") ? resume(&session, word, &import)
                                             : submit(&session, word, contents, &import));
    return finish(invocation, &session, &import);
}

/* clang-format off */
static const struct argument arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "FILE",
     .help = "CSV file whose first row has user and, in any order, name, mail, sid, device, packing, lifetime"},
    {.kind = ARGUMENT_TEXT, .name = "out", .value = "RESULT",
     .help = "Where the addresses and PINs go, as CSV"},
    {.kind = ARGUMENT_FLAG, .name = "check", .help = "Only say whether every row is well"},
    {.kind = ARGUMENT_FLAG, .name = "resume", .help = "FILE is the id of an import that was cut off"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command link_import_command = {
    .group = "link",
    .name = "import",
    .summary = "Makes a link for every user of a CSV file",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
