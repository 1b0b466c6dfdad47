/*
 * Two passes: each row by itself, then all keys (user and device) sorted, so that equal ones stand
 * side by side. Sorting keeps its cost whatever names somebody invents.
 */
#include "service/import_check.h"

#include "base/limits.h"
#include "service/import_read.h"

#include <stdio.h>

/* Texts stand in one buffer, since it may move while it grows they are known by their offsets. */
struct note {
    size_t line;
    size_t text;
};

struct notes {
    struct note *notes;
    size_t count;
    size_t capacity;
    struct buf texts;
};

struct check {
    const struct service *service;
    struct import_reader reader;
    struct notes keys;
    struct notes faults;
    int64_t total;
};

static void check_clear(struct check *check)
{
    import_reader_clear(&check->reader);
    free(check->keys.notes);
    free(check->faults.notes);
    buf_clear(&check->keys.texts);
    buf_clear(&check->faults.texts);
}
CLEANUP_VALUE(struct check, check_clear)

static const char *text_of(const struct notes *notes, size_t index)
{
    return (const char *)notes->texts.ptr + notes->notes[index].text;
}

static enum status add_note(struct notes *notes, size_t line, const char *text)
{
    if (notes->count == notes->capacity) {
        size_t capacity = notes->capacity == 0 ? 64 : 2 * notes->capacity;
        struct note *more = reallocarray(notes->notes, capacity, sizeof *more);
        if (more == NULL)
            return status_fail(STATUS_NO_MEMORY, "no memory to check a file of users");
        notes->notes = more;
        notes->capacity = capacity;
    }
    notes->notes[notes->count++] = (struct note){line, notes->texts.len};
    buf_append(&notes->texts, span_of(text, strlen(text) + 1));
    return notes->texts.failure;
}

static enum status add_fault(struct check *check, enum status status)
{
    if (status != STATUS_INVALID)
        return status;
    return add_note(&check->faults, check->reader.csv.line, status_detail());
}

/* The user in lower case and the device, with a control between them that neither has. */
static enum status add_key(struct check *check, const struct enrol_request *request)
{
    char key[LIMIT_USER + 1 + 4 * LIMIT_DEVICE_LABEL + 1];
    snprintf(key, sizeof key, "%s\n%s", request->user,
             request->device == NULL ? "" : request->device);
    for (char *c = key; *c != '\0' && *c != '\n'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return add_note(&check->keys, check->reader.csv.line, key);
}

static enum status check_rows(struct check *check)
{
    for (;;) {
        bool any = false;
        struct enrol_request request;
        enum status status = import_reader_next(&check->reader, &any, &request);
        if (!any)
            return status;
        check->total++;
        if (check->total > LIMIT_IMPORT_ROWS)
            return status_fail(STATUS_INVALID, "a file has at most %d users", LIMIT_IMPORT_ROWS);
        if (status == STATUS_OK)
            status = enrol_check(check->service, &request);
        TRY(status == STATUS_OK ? add_key(check, &request) : add_fault(check, status));
    }
}

/* By text, then by line. */
static int compare_keys(const void *a, const void *b, void *context)
{
    const struct note *left = a;
    const struct note *right = b;
    const char *texts = context;
    int order = strcmp(texts + left->text, texts + right->text);
    if (order != 0)
        return order;
    return left->line < right->line ? -1 : left->line > right->line;
}

static int compare_lines(const void *a, const void *b)
{
    const struct note *left = a;
    const struct note *right = b;
    return left->line < right->line ? -1 : left->line > right->line;
}

static enum status check_twins(struct check *check)
{
    struct notes *keys = &check->keys;
    if (keys->count == 0)
        return STATUS_OK;
    qsort_r(keys->notes, keys->count, sizeof *keys->notes, compare_keys, keys->texts.ptr);
    for (size_t i = 1; i < keys->count; i++) {
        if (strcmp(text_of(keys, i - 1), text_of(keys, i)) != 0)
            continue;
        char text[96];
        snprintf(text, sizeof text, "the user and device of line %zu once more",
                 keys->notes[i - 1].line);
        TRY(add_note(&check->faults, keys->notes[i].line, text));
    }
    return STATUS_OK;
}

static enum status write_report(struct check *check, struct buf *report)
{
    struct notes *faults = &check->faults;
    if (faults->count == 0)
        return STATUS_OK;
    qsort(faults->notes, faults->count, sizeof *faults->notes, compare_lines);
    static const char *const head[] = {"line", "problem"};
    csv_append_record(report, head, 2);
    for (size_t i = 0; i < faults->count; i++) {
        char line[24];
        snprintf(line, sizeof line, "%zu", faults->notes[i].line);
        const char *const cells[] = {line, text_of(faults, i)};
        csv_append_record(report, cells, 2);
    }
    return report->failure;
}

static enum status check_all(struct check *check, struct span file, struct import_verdict *verdict)
{
    TRY(import_reader_begin(&check->reader, file));
    verdict->position = (int64_t)check->reader.csv.at;
    verdict->line = (int64_t)check->reader.csv.next_line;
    TRY(check_rows(check));
    if (check->total == 0)
        return status_fail(STATUS_INVALID, "the file has no user behind the first row");
    return check_twins(check);
}

enum status import_check_file(const struct service *service, struct span file, struct buf *report,
                              struct import_verdict *ret_verdict)
{
    struct check check defer(check_clear) = {
        .service = service,
        .keys.texts = BUF_INIT(2 * LIMIT_IMPORT_FILE),
        .faults.texts = BUF_INIT(LIMIT_IMPORT_REPORT),
    };
    struct import_verdict verdict = {0};
    enum status status = check_all(&check, file, &verdict);
    if (status != STATUS_OK)
        TRY(add_fault(&check, status));
    TRY(write_report(&check, report));
    verdict.total = check.total;
    verdict.faults = (int64_t)check.faults.count;
    *ret_verdict = verdict;
    return STATUS_OK;
}
