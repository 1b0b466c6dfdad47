/*
 * Two tables are read a page each and merged; a cursor holds where both stand: "12x7" is behind our
 * twelfth probe and the seventh import.
 */
#include "service/probe_sheet.h"

#include "base/text.h"
#include "service/probes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void probe_sheet_clear(struct probe_sheet *sheet)
{
    probe_row_clear(&sheet->row);
    probe_round_list_clear(&sheet->own_rounds);
    probe_import_row_clear(&sheet->imported);
    probe_document_free(sheet->document);
    *sheet = (struct probe_sheet){0};
}

/* ---- one ------------------------------------------------------------------------------------- */

static void tell_nothing(struct probe_sheet *sheet)
{
    sheet->unreadable = true;
    for (int i = 0; i < EAS_POLICIES; i++)
        sheet->entries[i] = (struct eas_probe_entry){EAS_RESULT_CANNOT_TELL, EAS_REASON_NONE};
}

/* Takes the row. */
static enum status make_own(struct probe_row *row, struct probe_sheet *sheet)
{
    struct eas_probe probe;
    *sheet = (struct probe_sheet){.row = *row, .site = "", .imported_by = ""};
    *row = (struct probe_row){0};
    enum status status = eas_probe_parse(span_of_text(sheet->row.state), &probe);
    if (status == STATUS_INVALID) {
        tell_nothing(sheet);
        return STATUS_OK;
    }
    TRY(status);
    sheet->kind = probe.kind;
    sheet->out = probe.out;
    sheet->returned = probe.returned;
    sheet->asked = probe.rounds;
    for (int i = 0; i < EAS_POLICIES; i++)
        sheet->entries[i] = eas_probe_entry(&probe, (enum eas_policy)i);
    return STATUS_OK;
}

static void use_document(struct probe_sheet *sheet)
{
    const struct probe_document *document = sheet->document;
    sheet->row = document->row;
    sheet->returned = document->returned;
    sheet->asked = document->asked;
    sheet->rounds = document->rounds;
    sheet->round_count = document->round_count;
    memcpy(sheet->entries, document->entries, sizeof sheet->entries);
}

/* What is known of one whose document this program cannot read. */
static void use_columns(struct probe_sheet *sheet)
{
    tell_nothing(sheet);
    sheet->row = probe_row_empty;
    sheet->row.device = sheet->imported.device;
    sheet->row.user = sheet->imported.user;
}

/* Takes the row. */
static enum status make_imported(struct probe_import_row *row, struct probe_sheet *sheet)
{
    *sheet = (struct probe_sheet){.imported = *row, .kind = EAS_ROUND_NONE};
    *row = (struct probe_import_row){0};
    sheet->site = sheet->imported.site;
    sheet->imported_by = sheet->imported.imported_by;
    sheet->imported_at = sheet->imported.imported_at;
    enum status status =
        probe_document_read(span_of_text(sheet->imported.document), &sheet->document);
    if (status == STATUS_OK)
        use_document(sheet);
    else if (status == STATUS_INVALID || status == STATUS_TOO_LARGE)
        use_columns(sheet);
    else
        return status;
    sheet->row.id = sheet->imported.id;
    sheet->row.number = sheet->imported.number;
    return STATUS_OK;
}

static enum status get_own(struct db_tx *tx, const char *id, struct probe_sheet *sheet)
{
    struct probe_row row defer(probe_row_clear) = {0};
    const struct page_request whole = {.limit = PAGE_LIMIT_MOST};
    TRY(probe_store_get(tx, id, &row));
    TRY(make_own(&row, sheet));
    TRY(probe_store_list_rounds(tx, sheet->row.number, &whole, &sheet->own_rounds));
    sheet->rounds = sheet->own_rounds.rows;
    sheet->round_count = sheet->own_rounds.count;
    if (sheet->unreadable)
        sheet->asked = (int64_t)sheet->round_count;
    return STATUS_OK;
}

enum status probe_sheet_get(const struct service *service, const char *id,
                            struct probe_sheet *ret_sheet)
{
    struct probe_sheet sheet defer(probe_sheet_clear) = {0};
    struct probe_import_row row defer(probe_import_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    enum status status = get_own(tx, id, &sheet);
    if (status == STATUS_NOT_FOUND) {
        TRY(probe_import_store_get(tx, id, &row));
        status = make_imported(&row, &sheet);
    }
    TRY(status);
    *ret_sheet = sheet;
    sheet = (struct probe_sheet){0};
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

struct merge {
    struct probe_list own;
    struct probe_import_list imported;
    int64_t limit;
    size_t own_taken;
    size_t imported_taken;
    char own_after[PAGE_CURSOR_SIZE];
    char imported_after[PAGE_CURSOR_SIZE];
};

static void merge_clear(struct merge *merge)
{
    probe_list_clear(&merge->own);
    probe_import_list_clear(&merge->imported);
}
CLEANUP_VALUE(struct merge, merge_clear)

void probe_sheet_list_clear(struct probe_sheet_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        probe_sheet_clear(&list->sheets[i]);
    free(list->sheets);
    *list = (struct probe_sheet_list){0};
}

static enum status split_cursor(const char *after, struct merge *merge)
{
    const char *mark = strchr(after, 'x');
    if (after[0] == '\0')
        return STATUS_OK;
    if (mark == NULL || strlen(after) >= PAGE_CURSOR_SIZE)
        return status_fail(STATUS_INVALID, "cursor: no page ends with '%.40s'", after);
    snprintf(merge->own_after, sizeof merge->own_after, "%.*s", (int)(mark - after), after);
    snprintf(merge->imported_after, sizeof merge->imported_after, "%s", mark + 1);
    return STATUS_OK;
}

/* One more than is wanted of each tells whether there is another page. */
static enum status read_both(struct db_tx *tx, const struct probe_filter *filter,
                             struct merge *merge)
{
    const struct probe_import_filter foreign = {.user = filter->user, .newest = filter->newest};
    bool one_more = merge->limit > 0 && merge->limit < PAGE_LIMIT_MOST;
    const struct page_request own = {merge->limit + one_more, merge->own_after};
    const struct page_request imported = {merge->limit + one_more, merge->imported_after};
    TRY(probe_store_list(tx, filter, &own, &merge->own));
    if (filter->device != NULL && filter->device[0] != '\0')
        return STATUS_OK;
    return probe_import_store_list(tx, &foreign, &imported, &merge->imported);
}

/* Takes the newer one of the two that are next. */
static enum status take_next(struct merge *merge, struct probe_sheet *sheet)
{
    struct probe_row *own =
        merge->own_taken < merge->own.count ? &merge->own.rows[merge->own_taken] : NULL;
    struct probe_import_row *imported = merge->imported_taken < merge->imported.count
                                            ? &merge->imported.rows[merge->imported_taken]
                                            : NULL;
    if (imported == NULL || (own != NULL && own->started_at >= imported->imported_at)) {
        merge->own_taken++;
        snprintf(merge->own_after, sizeof merge->own_after, "%" PRId64, own->number);
        return make_own(own, sheet);
    }
    merge->imported_taken++;
    snprintf(merge->imported_after, sizeof merge->imported_after, "%" PRId64, imported->number);
    return make_imported(imported, sheet);
}

static enum status merge_page(struct merge *merge, struct probe_sheet_list *list)
{
    size_t found = merge->own.count + merge->imported.count;
    size_t count = found < (size_t)merge->limit ? found : (size_t)merge->limit;
    list->sheets = calloc(count + 1, sizeof *list->sheets);
    if (list->sheets == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list of probes");
    while (list->count < count)
        TRY(take_next(merge, &list->sheets[list->count++]));
    if (found > count || merge->own.next[0] != '\0' || merge->imported.next[0] != '\0')
        snprintf(list->next, sizeof list->next, "%.*sx%.*s", PAGE_CURSOR_SIZE / 2 - 2,
                 merge->own_after, PAGE_CURSOR_SIZE / 2 - 2, merge->imported_after);
    return STATUS_OK;
}

enum status probe_sheet_list(const struct service *service, const struct probe_filter *filter,
                             const struct page_request *page, struct probe_sheet_list *ret_list)
{
    struct probe_sheet_list list defer(probe_sheet_list_clear) = {0};
    struct merge merge defer(merge_clear) = {
        .limit = page->limit == 0 ? PAGE_LIMIT_DEFAULT : page->limit,
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(split_cursor(page->after == NULL ? "" : page->after, &merge));
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(read_both(tx, filter, &merge));
    TRY(merge_page(&merge, &list));
    *ret_list = list;
    list = (struct probe_sheet_list){0};
    return STATUS_OK;
}

/* ---- what was found out ---------------------------------------------------------------------- */

bool probe_sheet_tells(enum eas_probe_result result)
{
    switch (result) {
    case EAS_RESULT_APPLIED:
    case EAS_RESULT_PARTIAL:
    case EAS_RESULT_REFUSED:
    case EAS_RESULT_MANAGED:
    case EAS_RESULT_NO_ANSWER:
    case EAS_RESULT_BLIND:
        return true;
    case EAS_RESULT_PENDING:
    case EAS_RESULT_WAITING:
    case EAS_RESULT_NOT_OFFERED:
    case EAS_RESULT_CANNOT_TELL:
        break;
    }
    return false;
}

enum status probe_sheet_append_json(const struct service *service, const struct probe_sheet *sheet,
                                    struct buf *out)
{
    struct probe_record record defer(probe_record_clear) = {0};
    if (sheet->document != NULL)
        return probe_document_append(sheet->document, out);
    if (sheet->site[0] != '\0')
        return status_fail(STATUS_NOT_FOUND, "the probe %s cannot be read", sheet->row.id);
    TRY(probes_show(service, sheet->row.id, &record));
    return probes_append_json(&record, out);
}
