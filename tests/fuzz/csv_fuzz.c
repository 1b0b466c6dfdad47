/* Records of a file that a stranger made: whatever is read can be written and read again. */
#include "base/csv.h"

#include "base/text.h"

#include <assert.h>

static void read_again(const struct csv *csv)
{
    const char *cells[CSV_CELLS_MOST];
    for (size_t i = 0; i < csv->count; i++) {
        cells[i] = csv_cell(csv, i);
        assert(text_is_utf8(span_of_text(cells[i])));
    }
    if (strncmp(cells[0], "\xef\xbb\xbf", 3) == 0)
        return; /* at the start of a file this is no text */
    struct buf out defer(buf_clear) = BUF_INIT(4 * CSV_RECORD_MOST);
    csv_append_record(&out, cells, csv->count);
    struct csv again defer(csv_clear);
    csv_begin(&again, span_of(out.ptr, out.len));
    again.separator = ',';
    bool any;
    enum status status = csv_next(&again, &any);
    if (status != STATUS_OK || !any)
        return; /* apostrophes made it too long, or there was nothing but one empty cell */
    assert(again.count == csv->count);
    for (size_t i = 0; i < csv->count; i++) {
        const char *cell = csv_cell(&again, i);
        assert(strcmp(cell, cells[i]) == 0 || (cell[0] == '\'' && !strcmp(cell + 1, cells[i])));
        assert(cell[0] == '\0' || strchr("=+-@\t\r\n", cell[0]) == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct csv csv defer(csv_clear);
    csv_begin(&csv, span_of(bytes, len));
    bool any = true;
    size_t line = 0;
    while (any) {
        enum status status = csv_next(&csv, &any);
        assert(status == STATUS_OK || (status == STATUS_INVALID && any));
        assert(!any || csv.line > line);
        line = csv.line;
        if (any && status == STATUS_OK)
            read_again(&csv);
    }
    assert(csv.at == len);
    return 0;
}
