/*
 * GET and POST /admin/mint, GET /admin/mint/{id} and its file: bundles for an admin to hand over.
 * The sheet of passwords and the file are apart: the one is printed, the other downloaded.
 */
#include "base/clock.h"
#include "base/csv.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/mint_batch.h"
#include "web/desk_view.h"

#include <stdio.h>

enum {
    DAYS_MOST = 3650,
    GROUP = 4,
    GROUPS_MOST = LIMIT_PASSWORD_MAX / GROUP,
    SHEET_TEXT = 4 * LIMIT_DEVICE_LABEL + 1,
    FILE_NAME_SIZE = 80,
};

/* ---- the form -------------------------------------------------------------------------------- */

static enum status render(const struct web *web, struct request *request, struct response *response,
                          const struct form *form, const char *detail)
{
    struct secret *key defer(secret_free) = NULL;
    TRY(handout_new_key(&key));
    struct view_option packings[DESK_PACKINGS];
    desk_packings(form_text(form, "packing"), packings);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_MINT, &shell);
    const struct view_desk_mint fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .form_key = secret_text(key),
        .detail = detail,
        .user = form_text(form, "user"),
        .name = form_text(form, "name"),
        .device = form_text(form, "device"),
        .days = form_text(form, "days"),
        .most_days = DAYS_MOST,
        .password_least = LIMIT_PASSWORD_MIN,
        .batch_most = LIMIT_MINT_BATCH,
        .users = form_text(form, "users"),
        .example = "ann@example.org, Ann Example, iPhone",
        .packings = packings,
        .packings_count = DESK_PACKINGS,
    };
    view_desk_mint(response_body(response), page_texts(request), &fields);
    if (detail[0] != '\0')
        response_set_status(response, 422);
    return STATUS_OK;
}

enum status page_mint(struct request *request, struct response *response, void *application)
{
    const struct form *query;
    TRY(request_query(request, &query));
    return render(application, request, response, query, "");
}

/* ---- what it asks for ------------------------------------------------------------------------ */

struct wanted {
    struct mint_request requests[LIMIT_MINT_BATCH];
    size_t count;
    struct secret *password;
    struct buf texts; /* of the lines; reserved once, so that it never moves */
};

static void wanted_clear(struct wanted *wanted)
{
    secret_free(wanted->password);
    buf_clear(&wanted->texts);
    free(wanted);
}
CLEANUP_POINTER(struct wanted, wanted_clear)

static enum status read_days(const struct form *form, int64_t *ret_seconds)
{
    const char *days = form_text(form, "days");
    int64_t number = 0;
    if (days[0] != '\0' && text_parse_int(days, 1, DAYS_MOST, &number) != STATUS_OK)
        return status_fail(STATUS_INVALID, "the days are 1 to %d", DAYS_MOST);
    *ret_seconds = number * CLOCK_DAY;
    return STATUS_OK;
}

static enum status read_one(const struct form *form, struct wanted *wanted)
{
    struct span password = form_value(form, "password");
    if (password.len > 0)
        TRY(secret_copy(password, &wanted->password));
    wanted->requests[wanted->count++] = (struct mint_request){
        .user = form_text(form, "user"),
        .name = desk_or_null(form_text(form, "name")),
        .device = desk_or_null(form_text(form, "device")),
        .password = wanted->password,
    };
    return STATUS_OK;
}

/* A cell without the spaces around it, kept for as long as `wanted`; NULL when empty. */
static const char *keep_cell(struct wanted *wanted, const char *text)
{
    size_t from = strspn(text, " ");
    size_t len = strlen(text + from);
    while (len > 0 && text[from + len - 1] == ' ')
        len--;
    if (len == 0)
        return NULL;
    size_t at = wanted->texts.len;
    buf_append(&wanted->texts, span_of(text + from, len));
    buf_append_byte(&wanted->texts, '\0');
    return wanted->texts.failure == STATUS_OK ? (const char *)wanted->texts.ptr + at : NULL;
}

static enum status add_line(const struct csv *csv, struct wanted *wanted)
{
    if (csv->count > 3)
        return status_fail(STATUS_INVALID, "line %zu: a line is user, name, device", csv->line);
    if (wanted->count == LIMIT_MINT_BATCH)
        return status_fail(STATUS_INVALID, "there are 1 to %d bundles at once", LIMIT_MINT_BATCH);
    wanted->requests[wanted->count++] = (struct mint_request){
        .user = keep_cell(wanted, csv_cell(csv, 0)),
        .name = keep_cell(wanted, csv_cell(csv, 1)),
        .device = keep_cell(wanted, csv_cell(csv, 2)),
    };
    return wanted->texts.failure;
}

/* One user a line: "user, name, device". */
static enum status read_several(struct span users, struct wanted *wanted)
{
    struct csv csv defer(csv_clear);
    csv_begin(&csv, users);
    if (buf_reserve(&wanted->texts, users.len + LIMIT_MINT_BATCH * 3 + 1) == NULL)
        return wanted->texts.failure;
    for (bool any = true; any;) {
        enum status status = csv_next(&csv, &any);
        if (status != STATUS_OK) {
            char detail[STATUS_DETAIL_MAX];
            snprintf(detail, sizeof detail, "%s", status_detail());
            return status_fail(status, "line %zu: %.400s", csv.line, detail);
        }
        if (any)
            TRY(add_line(&csv, wanted));
    }
    return STATUS_OK;
}

static enum status read_form(const struct form *form, struct wanted *wanted)
{
    int64_t lifetime = 0;
    struct span users;
    TRY(read_days(form, &lifetime));
    TRY(form_find(form, "users", &users) ? read_several(users, wanted) : read_one(form, wanted));
    for (size_t i = 0; i < wanted->count; i++) {
        wanted->requests[i].lifetime = lifetime;
        wanted->requests[i].packing = desk_or_null(form_text(form, "packing"));
    }
    return STATUS_OK;
}

static enum status make(const struct web *web, const struct request *request,
                        const struct form *form, char ret_id[static HANDOUT_ID_SIZE])
{
    struct wanted *wanted defer(wanted_clear) = calloc(1, sizeof *wanted);
    if (wanted == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a form");
    wanted->texts = (struct buf)BUF_INIT(2 * LIMIT_BODY_JSON);
    TRY(read_form(form, wanted));
    struct actor actor;
    const struct handout_caller caller = desk_caller(request, form, &actor);
    return mint_batch(web->service, &caller, wanted->requests, wanted->count, ret_id);
}

enum status page_mint_make(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct form *form;
    TRY(request_form(request, &form));
    char id[HANDOUT_ID_SIZE];
    enum status status = make(web, request, form, id);
    if (status == STATUS_INVALID)
        return render(web, request, response, form, status_detail());
    TRY(status);
    char href[DESK_HREF_SIZE];
    desk_href(href, "/admin/mint/", id, "");
    desk_go(response, href);
    return STATUS_OK;
}

/* ---- what was made --------------------------------------------------------------------------- */

/* One line of the sheet. */
struct sheet_line {
    char user[LIMIT_USER + 1];
    char name[SHEET_TEXT];
    char device[SHEET_TEXT];
    char serial[64];
    char letters[GROUPS_MOST][GROUP + 1];
    struct view_word groups[GROUPS_MOST];
};

struct sheet {
    struct sheet_line lines[LIMIT_MINT_BATCH];
    struct view_desk_bundle rows[LIMIT_MINT_BATCH];
    size_t count;
};

static void sheet_clear(struct sheet *sheet)
{
    explicit_bzero(sheet, sizeof *sheet);
    free(sheet);
}
CLEANUP_POINTER(struct sheet, sheet_clear)

#define COPY_TEXT(target, source) snprintf((target), sizeof(target), "%s", (source))

static size_t make_groups(const char *password, struct sheet_line *line)
{
    size_t count = 0;
    for (size_t left = strlen(password); left > 0 && count < GROUPS_MOST; count++) {
        size_t len = left < GROUP ? left : GROUP;
        memcpy(line->letters[count], password, len);
        line->groups[count].text = line->letters[count];
        password += len;
        left -= len;
    }
    return count;
}

static void add_row(const struct csv *csv, struct sheet *sheet)
{
    struct sheet_line *line = &sheet->lines[sheet->count];
    COPY_TEXT(line->user, csv_cell(csv, 0));
    COPY_TEXT(line->name, csv_cell(csv, 1));
    COPY_TEXT(line->device, csv_cell(csv, 2));
    COPY_TEXT(line->serial, csv_cell(csv, 3));
    int64_t not_after = 0;
    if (text_parse_int(csv_cell(csv, 5), 0, INT64_MAX, &not_after) != STATUS_OK)
        not_after = 0;
    sheet->rows[sheet->count++] = (struct view_desk_bundle){
        .user = line->user,
        .name = line->name,
        .device = line->device,
        .serial = line->serial,
        .groups = line->groups,
        .groups_count = make_groups(csv_cell(csv, 4), line),
        .not_after = not_after,
    };
}

static enum status read_sheet(struct span text, struct sheet *sheet)
{
    struct csv csv defer(csv_clear);
    csv_begin(&csv, text);
    csv.separator = ','; /* we wrote it */
    while (sheet->count < LIMIT_MINT_BATCH) {
        bool any;
        TRY(csv_next(&csv, &any));
        if (!any)
            break;
        add_row(&csv, sheet);
    }
    return STATUS_OK;
}

static enum status open_minted(const struct web *web, const struct request *request,
                               struct minted *ret_minted)
{
    char id[DESK_ID_SIZE];
    desk_id(request, id);
    return mint_batch_open(web->service, desk_session(request), id, ret_minted);
}

enum status page_minted(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct minted minted defer(minted_clear) = {0};
    TRY(open_minted(web, request, &minted));
    struct sheet *sheet defer(sheet_clear) = calloc(1, sizeof *sheet);
    if (sheet == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a sheet of passwords");
    TRY(read_sheet(minted.sheet, sheet));
    char href[DESK_HREF_SIZE];
    char name[FILE_NAME_SIZE];
    desk_href(href, "/admin/mint/", minted.handout.id, "/file");
    snprintf(name, sizeof name, "%.*s", (int)minted.file_name.len,
             (const char *)minted.file_name.ptr);
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_MINT, &shell);
    const struct view_desk_minted fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .bundles = sheet->rows,
        .bundles_count = sheet->count,
        .count = (int64_t)sheet->count,
        .file = href,
        .file_name = name,
        .shown_until = minted.handout.expires_at,
    };
    view_desk_minted(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}

enum status page_minted_file(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct minted minted defer(minted_clear) = {0};
    TRY(open_minted(web, request, &minted));
    char name[FILE_NAME_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)minted.file_name.len,
             (const char *)minted.file_name.ptr);
    bool archive = strcmp(name, "bundles.zip") == 0;
    struct buf file defer(buf_clear) = BUF_INIT((size_t)8 * LIMIT_BUNDLE);
    buf_append(&file, minted.file);
    TRY(file.failure);
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, archive ? "application/zip" : "application/x-pkcs12");
    response_set_download(response, name, true);
    response_take_body(response, &file);
    return STATUS_OK;
}
