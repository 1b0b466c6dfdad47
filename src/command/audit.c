/* certferry audit list, verify, export: who did what, and the proof that nothing of it was changed.
 */
#include "base/clock.h"
#include "base/text.h"
#include "command/command.h"
#include "command/output.h"
#include "command/pages.h"
#include "command/session.h"
#include "service/audit_export.h"
#include "service/audit_list.h"
#include "service/audit_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

enum { LINE_ROOM = 64 * 1024, CELL_MOST = 5000 };

/* ---- list ------------------------------------------------------------------------------------ */

/* The detail is an object, unless somebody changed the database. */
static json_t *detail_json(const struct audit_row *row)
{
    json_t *detail = json_loads(row->detail, JSON_REJECT_DUPLICATES, NULL);
    return detail == NULL ? json_string(row->detail) : detail;
}

static json_t *row_json(const struct audit_row *row)
{
    return json_pack("{s:I, s:o, s:s, s:s, s:s, s:s, s:s, s:o}", "id", (json_int_t)row->id, "at",
                     json_time(row->at), "actor", row->actor, "action", row->action, "object_kind",
                     row->object_kind, "object_id", row->object_id, "address", row->address,
                     "detail", detail_json(row));
}

static void append_cell(struct buf *text, const char *value)
{
    buf_append_byte(text, ' ');
    text_append_line(text, span_of_text(value[0] == '\0' ? "-" : value), CELL_MOST);
}

static enum status print_row(const struct invocation *invocation, const struct audit_row *row)
{
    if (invocation_has(invocation, "json"))
        return output_json(row_json(row));
    struct buf text defer(buf_clear) = BUF_INIT(LINE_ROOM);
    buf_printf(&text, "%lld ", (long long)row->id);
    append_time_cell(&text, row->at);
    append_cell(&text, row->actor);
    append_cell(&text, row->action);
    append_cell(&text, row->object_id);
    append_cell(&text, row->address);
    append_cell(&text, row->detail);
    buf_append_byte(&text, '\n');
    return output_text(&text);
}

static enum status print_pages(const struct invocation *invocation, const struct service *service,
                               const struct audit_filter *filter)
{
    struct pages pages = pages_of(invocation_number(invocation, "limit", INT64_MAX),
                                  invocation_text(invocation, "cursor"));
    for (struct page_request request; pages_next(&pages, &request);) {
        struct audit_list page defer(audit_list_clear) = {0};
        TRY(audit_list(service, filter, &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_row(invocation, &page.rows[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

/* A day is its first second. */
static enum status read_time(const struct invocation *invocation, const char *name,
                             int64_t *ret_time)
{
    const char *text = invocation_text(invocation, name);
    if (text == NULL)
        return STATUS_OK;
    if (clock_parse_day_or_time(text, ret_time) != STATUS_OK)
        return status_fail(STATUS_USAGE,
                           "--%s: '%.40s' is neither a day (2026-01-31) nor a time "
                           "(2026-01-31T12:00:00Z)",
                           name, text);
    return STATUS_OK;
}

static enum status list(const struct invocation *invocation)
{
    struct audit_filter filter = {
        .actor = invocation_text(invocation, "actor"),
        .action = invocation_text(invocation, "action"),
        .object_id = invocation_text(invocation, "object"),
    };
    TRY(read_time(invocation, "from", &filter.from));
    TRY(read_time(invocation, "to", &filter.to));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    return print_pages(invocation, session.service, &filter);
}

/* ---- verify ---------------------------------------------------------------------------------- */

static enum status print_report(const struct invocation *invocation,
                                const struct audit_report *report, const struct audit_head *kept)
{
    char head[AUDIT_HEAD_TEXT_SIZE];
    audit_head_format(&report->head, head);
    bool broken = report->first_broken != 0;
    if (invocation_has(invocation, "json"))
        return output_json(json_pack(
            "{s:b, s:I, s:s, s:o, s:o, s:o}", "whole", !broken, "rows", (json_int_t)report->rows,
            "head", head, "kept", kept->id == 0 ? json_null() : json_integer(kept->id),
            "first_broken", broken ? json_integer(report->first_broken) : json_null(), "reason",
            json_text(report->reason)));
    if (broken)
        return STATUS_OK; /* the sentence on standard error says it all */
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&text, "%lld rows form an unbroken chain.\n\n", (long long)report->rows);
    append_row(&text, "head", head);
    if (kept->id == 0 && !invocation_has(invocation, "file"))
        buf_append_text(&text, "\nNo head is kept beside the database: rows that were cut off the "
                               "end would not show.\n");
    return output_text(&text);
}

static enum status finish_verify(const struct invocation *invocation,
                                 const struct audit_report *report, const struct audit_head *kept)
{
    TRY(print_report(invocation, report, kept));
    if (report->first_broken != 0)
        return status_fail(STATUS_CONFLICT, "the audit is broken at row %lld: %s",
                           (long long)report->first_broken, report->reason);
    return STATUS_OK;
}

static enum status verify_database(const struct invocation *invocation,
                                   const struct audit_head *also)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct audit_report report;
    struct audit_head kept;
    TRY(audit_verify(session.service->db, session.config->database_path, also, &kept, &report));
    return finish_verify(invocation, &report, &kept);
}

static enum status verify(const struct invocation *invocation)
{
    struct audit_head also;
    const char *head = invocation_text(invocation, "head");
    if (head != NULL && audit_head_parse(head, &also) != STATUS_OK)
        return status_fail(STATUS_USAGE, "--head: '%.100s' is not NUMBER:HASH", head);
    const char *path = invocation_text(invocation, "file");
    if (path == NULL)
        return verify_database(invocation, head == NULL ? NULL : &also);
    struct audit_report report;
    TRY(audit_verify_file(path, head == NULL ? NULL : &also, &report));
    return finish_verify(invocation, &report, &(struct audit_head){0});
}

/* ---- export ---------------------------------------------------------------------------------- */

static enum status put_line(void *context, struct span line)
{
    if (fwrite(line.ptr, 1, line.len, context) != line.len)
        return status_fail_errno(STATUS_IO, "the export cannot be written");
    return STATUS_OK;
}

static void stream_close(FILE *stream)
{
    fclose(stream);
}
CLEANUP_POINTER(FILE, stream_close)

static enum status make_file(const char *path, FILE **ret_stream)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return status_fail(STATUS_CONFLICT, "%s exists already", path);
    if (fd < 0)
        return status_fail_errno(STATUS_IO, "%s cannot be created", path);
    *ret_stream = fdopen(fd, "w");
    if (*ret_stream == NULL) {
        close(fd);
        return status_fail(STATUS_NO_MEMORY, "no memory for a file");
    }
    return STATUS_OK;
}

static enum status finish_file(FILE *stream, const char *path)
{
    if (fflush(stream) != 0 || fsync(fileno(stream)) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be written", path);
    return STATUS_OK;
}

/* Half an export is of no use to anybody. */
static enum status export_to_file(const struct session *session, const struct actor *actor,
                                  const char *path)
{
    FILE *stream defer(stream_close) = NULL;
    TRY(make_file(path, &stream));
    enum status status = audit_export(session->service, actor, put_line, stream);
    if (status == STATUS_OK)
        status = finish_file(stream, path);
    if (status != STATUS_OK)
        unlink(path);
    return status;
}

static enum status export(const struct invocation *invocation) {
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    const char *path = invocation_text(invocation, "out");
    if (path != NULL) return export_to_file(&session, &actor, path);
    return audit_export(session.service, &actor, put_line, stdout);
}

/* clang-format off */
static const struct argument list_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "actor", .value = "WHO",
     .help = "Only what WHO did: operator:anna, key:NAME, command:root, phone or system"},
    {.kind = ARGUMENT_TEXT, .name = "action", .value = "WHAT",
     .help = "Only this action, such as link.create"},
    {.kind = ARGUMENT_TEXT, .name = "object", .value = "ID",
     .help = "Only what was done to the link, serial or operator ID"},
    {.kind = ARGUMENT_TEXT, .name = "from", .value = "TIME",
     .help = "Only from this day or time on: 2026-01-31, 2026-01-31T12:00:00Z"},
    {.kind = ARGUMENT_TEXT, .name = "to", .value = "TIME", .help = "Only before this day or time"},
    {.kind = ARGUMENT_NUMBER, .name = "limit", .value = "N", .help = "Only the newest N",
     .least = 1, .most = 1000000000},
    {.kind = ARGUMENT_TEXT, .name = "cursor", .value = "ID",
     .help = "Only rows older than row ID, the last one of a list before"},
    ARGUMENT_JSON,
};

static const struct argument verify_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "file", .value = "EXPORT",
     .help = "Prove an export instead; needs no configuration and no database"},
    {.kind = ARGUMENT_TEXT, .name = "head", .value = "NUMBER:HASH",
     .help = "A head that was written down before, which must be met"},
    ARGUMENT_JSON,
};

static const struct argument export_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "out", .value = "FILE",
     .help = "Write here rather than to standard output"},
};
/* clang-format on */

const struct command audit_list_command = {
    .group = "audit",
    .name = "list",
    .summary = "Lists who did what to what from where, newest first",
    .arguments = list_arguments,
    .argument_count = sizeof list_arguments / sizeof list_arguments[0],
    .run = list,
};

const struct command audit_verify_command = {
    .group = "audit",
    .name = "verify",
    .summary = "Proves that no row of the audit was changed, removed or cut off",
    .arguments = verify_arguments,
    .argument_count = sizeof verify_arguments / sizeof verify_arguments[0],
    .run = verify,
};

const struct command audit_export_command = {
    .group = "audit",
    .name = "export",
    .summary = "Writes the audit as JSON lines that prove themselves elsewhere",
    .arguments = export_arguments,
    .argument_count = sizeof export_arguments / sizeof export_arguments[0],
    .run = export,
};
