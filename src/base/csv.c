/*
 * One pass, byte by byte: a cell is plain or quoted, and ends at the separator, the end of the line
 * or the end of the file. Cells are copied into one buffer, each with a NUL behind it.
 */
#include "base/csv.h"

#include "base/text.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

void csv_begin(struct csv *csv, struct span file)
{
    size_t mark = sizeof byte_order_mark - 1;
    bool marked = file.len >= mark && memcmp(file.ptr, byte_order_mark, mark) == 0;
    *csv = (struct csv){
        .file = file,
        .at = marked ? mark : 0,
        .next_line = 1,
        .text = BUF_INIT(CSV_RECORD_MOST + CSV_CELLS_MOST),
    };
}

void csv_clear(struct csv *csv)
{
    buf_clear(&csv->text);
}

void csv_go_on_at(struct csv *csv, size_t at, size_t line)
{
    csv->at = at < csv->file.len ? at : csv->file.len;
    csv->next_line = line;
}

const char *csv_cell(const struct csv *csv, size_t index)
{
    if (index >= csv->count)
        return "";
    size_t start = index == 0 ? 0 : csv->ends[index - 1] + 1;
    return (const char *)csv->text.ptr + start;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The byte at the place, -1 at the end of the file. */
static int look(const struct csv *csv)
{
    return csv->at < csv->file.len ? csv->file.ptr[csv->at] : -1;
}

static bool is_line_end(const struct csv *csv)
{
    int c = look(csv);
    bool crlf = c == '\r' && csv->at + 1 < csv->file.len && csv->file.ptr[csv->at + 1] == '\n';
    return c == '\n' || crlf;
}

static void pass_line_end(struct csv *csv)
{
    if (look(csv) == '\r')
        csv->at++;
    csv->at++;
    csv->next_line++;
}

static enum status add(struct csv *csv, int c)
{
    if (c == '\0')
        return status_fail(STATUS_INVALID, "there is a NUL byte");
    if (csv->text.len >= CSV_RECORD_MOST)
        return status_fail(STATUS_INVALID,
                           "the row has more than %d bytes, or a quote is not closed",
                           CSV_RECORD_MOST);
    buf_append_byte(&csv->text, (uint8_t)c);
    csv->at++;
    return csv->text.failure;
}

/* Up to the closing quote; two quotes are one. */
static enum status read_quoted(struct csv *csv)
{
    csv->at++;
    for (;;) {
        int c = look(csv);
        if (c < 0)
            return status_fail(STATUS_INVALID, "a quote is not closed");
        if (c == '\n')
            csv->next_line++;
        if (c == '"') {
            csv->at++;
            if (look(csv) != '"')
                break;
        }
        TRY(add(csv, c));
    }
    if (look(csv) >= 0 && look(csv) != csv->separator && !is_line_end(csv))
        return status_fail(STATUS_INVALID, "there is text behind a closing quote");
    return STATUS_OK;
}

static enum status read_plain(struct csv *csv)
{
    while (look(csv) >= 0 && look(csv) != csv->separator && !is_line_end(csv)) {
        int c = look(csv);
        if (c == '"')
            return status_fail(STATUS_INVALID, "a quote stands in the middle of a cell");
        if (c == '\r')
            return status_fail(STATUS_INVALID, "a carriage return stands without a line feed");
        TRY(add(csv, c));
    }
    return STATUS_OK;
}

static enum status read_cell(struct csv *csv)
{
    if (csv->count == CSV_CELLS_MOST)
        return status_fail(STATUS_INVALID, "the row has more than %d cells", CSV_CELLS_MOST);
    size_t start = csv->text.len;
    TRY(look(csv) == '"' ? read_quoted(csv) : read_plain(csv));
    size_t len = csv->text.len - start;
    if (len > 0 && !text_is_utf8(span_of(csv->text.ptr + start, len)))
        return status_fail(STATUS_INVALID,
                           "the text is not UTF-8: save the file as \"CSV UTF-8\" and try again");
    csv->ends[csv->count++] = csv->text.len;
    buf_append_byte(&csv->text, '\0');
    return csv->text.failure;
}

static enum status read_record(struct csv *csv)
{
    TRY(read_cell(csv));
    while (look(csv) == csv->separator) {
        csv->at++;
        TRY(read_cell(csv));
    }
    if (look(csv) >= 0)
        pass_line_end(csv);
    return STATUS_OK;
}

/* A comma unless a semicolon comes first in the line, outside of quotes. */
static char find_separator(const struct csv *csv)
{
    bool quoted = false;
    for (size_t at = csv->at; at < csv->file.len; at++) {
        char c = (char)csv->file.ptr[at];
        if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ',' || c == ';'))
            return c;
        else if (!quoted && c == '\n')
            break;
    }
    return ',';
}

static void skip_line(struct csv *csv, size_t from)
{
    const uint8_t *end = memchr(csv->file.ptr + from, '\n', csv->file.len - from);
    csv->at = end == NULL ? csv->file.len : (size_t)(end - csv->file.ptr) + 1;
    csv->next_line = csv->line + 1;
    csv->count = 0;
}

enum status csv_next(struct csv *csv, bool *ret_any)
{
    while (is_line_end(csv))
        pass_line_end(csv);
    csv->count = 0;
    buf_reset(&csv->text);
    *ret_any = look(csv) >= 0;
    if (!*ret_any)
        return STATUS_OK;
    if (csv->separator == '\0')
        csv->separator = find_separator(csv);
    size_t from = csv->at;
    csv->line = csv->next_line;
    enum status status = read_record(csv);
    if (status == STATUS_INVALID)
        skip_line(csv, from);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool is_formula(const char *text)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                       "\xef\xbc\xa0"};
    if (text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL)
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return true;
    return false;
}

static void append_cell(struct buf *out, const char *text, bool formula)
{
    bool quoted = formula || strpbrk(text, ",;\"\r\n\t ") != NULL;
    buf_append_text(out, quoted ? "\"" : "");
    buf_append_text(out, formula ? "'" : "");
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            buf_append_byte(out, '"');
        buf_append_byte(out, (uint8_t)*c);
    }
    buf_append_text(out, quoted ? "\"" : "");
}

void csv_append_cell(struct buf *out, const char *text)
{
    append_cell(out, text, is_formula(text));
}

void csv_append_record(struct buf *out, const char *const cells[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, i == 0 ? "" : ",");
        csv_append_cell(out, cells[i]);
    }
    buf_append_text(out, "\r\n");
}

void csv_append_exact_record(struct buf *out, const char *const cells[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, i == 0 ? "" : ",");
        append_cell(out, cells[i], false);
    }
    buf_append_text(out, "\r\n");
}
