/* Columns by their names. */
#include "service/import_read.h"

#include "base/text.h"

#include <strings.h>

static const char *const column_names[IMPORT_COLUMN_COUNT] = {
#define IMPORT_COLUMN_NAME(name, text) text,
    IMPORT_COLUMN_TABLE(IMPORT_COLUMN_NAME)
#undef IMPORT_COLUMN_NAME
};

#define IMPORT_COLUMN_LIST(name, text) " " text
static const char known_columns[] = "known are" IMPORT_COLUMN_TABLE(IMPORT_COLUMN_LIST);

void import_reader_clear(struct import_reader *reader)
{
    csv_clear(&reader->csv);
}

static enum status note_column(struct import_reader *reader, size_t cell)
{
    const char *name = csv_cell(&reader->csv, cell);
    for (size_t i = 0; i < IMPORT_COLUMN_COUNT; i++) {
        if (strcasecmp(name, column_names[i]) != 0)
            continue;
        if (reader->columns[i] != CSV_CELLS_MOST)
            return status_fail(STATUS_INVALID, "the column %s is there twice", column_names[i]);
        reader->columns[i] = cell;
        return STATUS_OK;
    }
    return status_fail(STATUS_INVALID, "the column '%.40s' is not known: %s", name, known_columns);
}

enum status import_reader_begin(struct import_reader *reader, struct span file)
{
    csv_begin(&reader->csv, file);
    for (size_t i = 0; i < IMPORT_COLUMN_COUNT; i++)
        reader->columns[i] = CSV_CELLS_MOST;
    bool any;
    TRY(csv_next(&reader->csv, &any));
    if (!any)
        return status_fail(STATUS_INVALID, "the file is empty");
    reader->cells = reader->csv.count;
    for (size_t i = 0; i < reader->cells; i++)
        TRY(note_column(reader, i));
    if (reader->columns[IMPORT_COLUMN_USER] == CSV_CELLS_MOST)
        return status_fail(STATUS_INVALID, "the first row has no column user: %s", known_columns);
    return STATUS_OK;
}

/* NULL for an empty cell. */
static const char *cell(const struct import_reader *reader, enum import_column column)
{
    const char *text = csv_cell(&reader->csv, reader->columns[column]);
    return text[0] == '\0' ? NULL : text;
}

enum status import_reader_next(struct import_reader *reader, bool *ret_any,
                               struct enrol_request *ret_request)
{
    TRY(csv_next(&reader->csv, ret_any));
    if (!*ret_any)
        return STATUS_OK;
    if (reader->csv.count != reader->cells)
        return status_fail(STATUS_INVALID, "the row has %zu cells, the first row %zu",
                           reader->csv.count, reader->cells);
    const char *lifetime = cell(reader, IMPORT_COLUMN_LIFETIME);
    struct enrol_request request = {
        .user = cell(reader, IMPORT_COLUMN_USER),
        .name = cell(reader, IMPORT_COLUMN_NAME),
        .mail = cell(reader, IMPORT_COLUMN_MAIL),
        .sid = cell(reader, IMPORT_COLUMN_SID),
        .device = cell(reader, IMPORT_COLUMN_DEVICE),
        .packing = cell(reader, IMPORT_COLUMN_PACKING),
    };
    if (lifetime != NULL &&
        (text_parse_duration(lifetime, &request.lifetime) != STATUS_OK || request.lifetime == 0))
        return status_fail(STATUS_INVALID, "the lifetime is not written as 3d or 36h");
    *ret_request = request;
    return STATUS_OK;
}
