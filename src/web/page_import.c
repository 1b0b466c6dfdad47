/*
 * GET and POST /admin/import; GET /admin/import/{id} and its acts. The file comes as
 * multipart/form-data, the only way without a script; it is read into memory whole, by a few at a
 * time, and then it is the database's.
 */
#include "base/csv.h"
#include "base/limits.h"
#include "http/multipart.h"
#include "web/desk_view.h"

#include <stdatomic.h>
#include <stdio.h>

enum { UPLOADS_MOST = 2, FAULTS_SHOWN = 100, PROBLEM_SIZE = 256, LINE_SIZE = 24 };

/* ---- the list and the upload ----------------------------------------------------------------- */

struct lines {
    struct view_desk_import *lines;
    char (*hrefs)[DESK_HREF_SIZE];
};

static void lines_clear(struct lines *lines)
{
    free(lines->lines);
    free(lines->hrefs);
}
CLEANUP_VALUE(struct lines, lines_clear)

static const struct view_desk_column columns[] = {
    {"user", TEXT_IMPORTS_COLUMN_USER},         {"name", TEXT_IMPORTS_COLUMN_NAME},
    {"mail", TEXT_IMPORTS_COLUMN_MAIL},         {"device", TEXT_IMPORTS_COLUMN_DEVICE},
    {"sid", TEXT_IMPORTS_COLUMN_SID},           {"packing", TEXT_IMPORTS_COLUMN_PACKING},
    {"lifetime", TEXT_IMPORTS_COLUMN_LIFETIME},
};
static const char example[] = "user,name,mail,device\n"
                              "ann@example.org,Ann Example,ann@example.org,iPhone\n"
                              "ben@example.org,Ben Example,,\n";

static const char *name_of(const struct import *import)
{
    return import->file_name[0] == '\0' ? import->id : import->file_name;
}

static struct view_desk_import line_of(const struct import *import, const char *href)
{
    struct desk_state state = desk_state_of_import(import->state);
    return (struct view_desk_import){
        .href = href,
        .name = name_of(import),
        .by = desk_actor(import->created_by),
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .made = import->made,
        .total = import->total,
        .created_at = import->created_at,
    };
}

static enum status make_lines(const struct imports *imports, struct lines *lines)
{
    size_t count = imports->count == 0 ? 1 : imports->count;
    lines->lines = calloc(count, sizeof *lines->lines);
    lines->hrefs = calloc(count, sizeof *lines->hrefs);
    if (lines->lines == NULL || lines->hrefs == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of imports");
    for (size_t i = 0; i < imports->count; i++) {
        desk_href(lines->hrefs[i], "/admin/import/", imports->imports[i].id, "");
        lines->lines[i] = line_of(&imports->imports[i], lines->hrefs[i]);
    }
    return STATUS_OK;
}

static enum status render_list(const struct web *web, struct request *request,
                               struct response *response, const char *detail)
{
    const struct form *query;
    TRY(request_query(request, &query));
    struct imports imports defer(imports_clear) = {0};
    TRY(import_list(web->service, &(struct page_request){.after = form_text(query, "after")},
                    &imports));
    struct lines lines defer(lines_clear) = {0};
    TRY(make_lines(&imports, &lines));
    char next[DESK_HREF_SIZE] = "";
    if (imports.next[0] != '\0')
        desk_href(next, "/admin/import?after=", imports.next, "");
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_IMPORT, &shell);
    const struct view_desk_imports fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .may_act = admin_may(request, ROLE_HELPDESK),
        .detail = detail,
        .rows = LIMIT_IMPORT_ROWS,
        .columns = columns,
        .columns_count = sizeof columns / sizeof *columns,
        .example = example,
        .imports = lines.lines,
        .imports_count = imports.count,
        .next = next,
    };
    view_desk_imports(response_body(response), page_texts(request), &fields);
    if (detail[0] != '\0')
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_import(struct request *request, struct response *response, void *application)
{
    return render_list(application, request, response, "");
}

static enum status take_file(const struct web *web, struct request *request,
                             struct import *ret_import)
{
    struct multipart form;
    TRY(desk_read_upload(request, &form));
    const struct multipart_part *file = multipart_find(&form, "file");
    if (file == NULL || file->value.len == 0)
        return status_fail(STATUS_INVALID, "no file was chosen, or it is empty");
    char name[LIMIT_PATH];
    snprintf(name, sizeof name, "%.*s", (int)file->filename.len, (const char *)file->filename.ptr);
    const struct actor actor = admin_actor(request);
    return import_submit(web->service, &actor, file->value, name, ret_import);
}

/* So that many files at one time do not take the server's memory. */
static enum status take_turn(struct web *web, struct request *request, struct import *ret_import)
{
    if (atomic_fetch_add(&web->uploads, 1) >= UPLOADS_MOST) {
        atomic_fetch_sub(&web->uploads, 1);
        return status_fail(STATUS_TOO_MANY, "other files are being read at this moment");
    }
    enum status status = take_file(web, request, ret_import);
    atomic_fetch_sub(&web->uploads, 1);
    return status;
}

enum status page_import_upload(struct request *request, struct response *response,
                               void *application)
{
    struct web *web = application;
    struct import import;
    enum status status = take_turn(web, request, &import);
    if (status == STATUS_INVALID)
        return render_list(web, request, response, status_detail());
    TRY(status);
    char href[DESK_HREF_SIZE];
    desk_href(href, "/admin/import/", import.id, "");
    desk_go(response, href);
    return STATUS_OK;
}

/* ---- one import ------------------------------------------------------------------------------ */

struct faults {
    struct view_desk_fault rows[FAULTS_SHOWN];
    char lines[FAULTS_SHOWN][LINE_SIZE];
    char problems[FAULTS_SHOWN][PROBLEM_SIZE];
    size_t count;
};

/* The first of the bad rows; the others are in the report. */
static enum status read_faults(struct span report, struct faults *faults)
{
    struct csv csv defer(csv_clear);
    csv_begin(&csv, report);
    bool any;
    TRY(csv_next(&csv, &any));
    while (faults->count < FAULTS_SHOWN) {
        TRY(csv_next(&csv, &any));
        if (!any)
            return STATUS_OK;
        size_t i = faults->count++;
        snprintf(faults->lines[i], LINE_SIZE, "%s", csv_cell(&csv, 0));
        snprintf(faults->problems[i], PROBLEM_SIZE, "%s", csv_cell(&csv, 1));
        faults->rows[i] = (struct view_desk_fault){faults->lines[i], faults->problems[i]};
    }
    return STATUS_OK;
}

static enum status find_faults(const struct web *web, const struct import *import,
                               struct faults *faults)
{
    if (import->state != IMPORT_REFUSED)
        return STATUS_OK;
    struct buf report defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_REPORT);
    TRY(import_report(web->service, import->id, &report));
    return read_faults(span_of(report.ptr, report.len), faults);
}

struct hrefs {
    char stop[DESK_HREF_SIZE];
    char resume[DESK_HREF_SIZE];
    char result[DESK_HREF_SIZE];
    char erase[DESK_HREF_SIZE];
    char report[DESK_HREF_SIZE];
};

static void make_hrefs(const char *id, struct hrefs *hrefs)
{
    desk_href(hrefs->stop, "/admin/import/", id, "/stop");
    desk_href(hrefs->resume, "/admin/import/", id, "/resume");
    desk_href(hrefs->result, "/admin/import/", id, "/result.csv");
    desk_href(hrefs->erase, "/admin/import/", id, "/erase");
    desk_href(hrefs->report, "/admin/import/", id, "/report.csv");
}

static struct view_desk_import_page fields_of(const struct import *import,
                                              const struct faults *faults,
                                              const struct hrefs *hrefs)
{
    const struct desk_state state = desk_state_of_import(import->state);
    return (struct view_desk_import_page){
        .name = name_of(import),
        .by = desk_actor(import->created_by),
        .created_at = import->created_at,
        .state = state.label,
        .is_good = state.is_good,
        .is_note = state.is_note,
        .is_bad = state.is_bad,
        .made = import->made,
        .total = import->total,
        .faults = import->faults,
        .left_out = import->faults - (int64_t)faults->count,
        .bad_rows = faults->rows,
        .bad_rows_count = faults->count,
        .report = hrefs->report,
        .refused = import->state == IMPORT_REFUSED,
        .running = import->state == IMPORT_RUNNING,
        .stopped = import->state == IMPORT_STOPPED,
        .finished = import->state == IMPORT_FINISHED,
        .erased = import->state == IMPORT_ERASED,
        .why = import->why,
        .fetched = import->fetched_at != 0,
        .erase_at = import->erase_at,
        .stop = hrefs->stop,
        .resume = hrefs->resume,
        .result = hrefs->result,
        .erase = hrefs->erase,
    };
}

static bool has_acts(const struct view_desk_import_page *fields)
{
    return fields->running || fields->stopped || fields->has_result;
}

enum status page_one_import(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    struct import import;
    TRY(import_show(web->service, id, &import));
    struct faults faults = {0};
    TRY(find_faults(web, &import, &faults));
    struct hrefs hrefs;
    make_hrefs(import.id, &hrefs);
    char who[ACTOR_TEXT_MAX];
    const struct actor actor = admin_actor(request);
    actor_format(&actor, who);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_IMPORT, &shell);
    struct view_desk_import_page fields = fields_of(&import, &faults, &hrefs);
    fields.site = site_view(web_content(web)->site);
    fields.shell = &shell.view;
    fields.is_mine = strcmp(who, import.created_by) == 0;
    bool made = fields.finished || (fields.stopped && fields.made > 0);
    fields.has_result = made && fields.is_mine;
    fields.may_act = admin_may(request, ROLE_HELPDESK) && has_acts(&fields);
    view_desk_import_page(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

/* ---- acts ------------------------------------------------------------------------------------ */

typedef enum status import_act(const struct service *service, const struct actor *actor,
                               const char *id);

static enum status act(struct request *request, struct response *response, void *application,
                       import_act *function, enum admin_said said)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    const struct actor actor = admin_actor(request);
    TRY(function(web->service, &actor, id));
    char href[DESK_HREF_SIZE];
    desk_href(href, "/admin/import/", id, "");
    admin_redirect(response, href, said);
    return STATUS_OK;
}

enum status page_import_stop(struct request *request, struct response *response, void *application)
{
    return act(request, response, application, import_stop, ADMIN_SAID_IMPORT_STOPPED);
}

enum status page_import_resume(struct request *request, struct response *response,
                               void *application)
{
    return act(request, response, application, import_resume, ADMIN_SAID_IMPORT_RESUMED);
}

enum status page_import_erase(struct request *request, struct response *response, void *application)
{
    return act(request, response, application, import_erase, ADMIN_SAID_IMPORT_ERASED);
}

static void give_csv(struct response *response, const char *name, struct buf *csv)
{
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, "text/csv; charset=utf-8; header=present");
    response_set_download(response, name, true);
    response_take_body(response, csv);
}

enum status page_import_result(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    const struct actor actor = admin_actor(request);
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    TRY(import_result(web->service, &actor, id, &result));
    give_csv(response, "links.csv", &result);
    return STATUS_OK;
}

enum status page_import_report(struct request *request, struct response *response,
                               void *application)
{
    const struct web *web = application;
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    struct buf report defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_REPORT);
    TRY(import_report(web->service, id, &report));
    give_csv(response, "bad-rows.csv", &report);
    return STATUS_OK;
}
