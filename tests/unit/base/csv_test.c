#include "base/csv.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The whole file as one text: cells between bars, "line N: why" for what is refused. */
static void read_all(struct span file, struct buf *out)
{
    struct csv csv defer(csv_clear);
    csv_begin(&csv, file);
    for (;;) {
        bool any = false;
        enum status status = csv_next(&csv, &any);
        if (!any)
            return;
        if (status != STATUS_OK) {
            cr_assert_eq(status, STATUS_INVALID);
            buf_printf(out, "line %zu: %s\n", csv.line, status_detail());
            continue;
        }
        buf_printf(out, "%zu|", csv.line);
        for (size_t i = 0; i < csv.count; i++)
            buf_printf(out, "%s|", csv_cell(&csv, i));
        buf_append_text(out, "\n");
    }
}

static void expect(struct span file, const char *wanted)
{
    struct buf out defer(buf_clear) = BUF_INIT(64 * 1024);
    read_all(file, &out);
    cr_assert_str_eq(out.ptr == NULL ? "" : (const char *)out.ptr, wanted);
}

Test(csv, reads_cells_and_lines)
{
    expect(SPAN_LITERAL("a,b\r\nc,d\n"), "1|a|b|\n2|c|d|\n");
    expect(SPAN_LITERAL("a,b\nc,d"), "1|a|b|\n2|c|d|\n");
    expect(SPAN_LITERAL(",\n"), "1|||\n");
    expect(SPAN_EMPTY, "");
}

Test(csv, a_byte_order_mark_is_no_part_of_the_first_cell)
{
    expect(SPAN_LITERAL("\xef\xbb\xbf"
                        "user\n"),
           "1|user|\n");
}

Test(csv, the_first_line_says_what_separates)
{
    expect(SPAN_LITERAL("a;b\nc,d;e\n"), "1|a|b|\n2|c,d|e|\n");
    expect(SPAN_LITERAL("a,b\nc;d,e\n"), "1|a|b|\n2|c;d|e|\n");
    expect(SPAN_LITERAL("\"a;b\",c\n"), "1|a;b|c|\n");
    expect(SPAN_LITERAL("\"a,\"\"b\";c\n"), "1|a,\"b|c|\n");
}

Test(csv, quotes_hold_separators_lines_and_quotes)
{
    expect(SPAN_LITERAL("\"a,\"\"b\"\"\",\"c\r\ny\"\ne,f\n"), "1|a,\"b\"|c\r\ny|\n3|e|f|\n");
}

Test(csv, empty_lines_are_passed_over_and_counted)
{
    expect(SPAN_LITERAL("\na\n\r\n\nb\n\n"), "2|a|\n5|b|\n");
}

Test(csv, a_bad_record_is_named_and_the_next_line_is_read)
{
    expect(SPAN_LITERAL("a,b\nc\"d,e\nf,g\n"),
           "1|a|b|\nline 2: a quote stands in the middle of a cell\n3|f|g|\n");
    expect(SPAN_LITERAL("\"a\"b,c\nz\n"), "line 1: there is text behind a closing quote\n2|z|\n");
    expect(SPAN_LITERAL("a\rb\nz\n"),
           "line 1: a carriage return stands without a line feed\n2|z|\n");
    expect(SPAN_LITERAL("a\0b\nz\n"), "line 1: there is a NUL byte\n2|z|\n");
    expect(SPAN_LITERAL("\"a\nb\n"), "line 1: a quote is not closed\n2|b|\n");
    expect(SPAN_LITERAL("gr\xfc\xdf\nz\n"),
           "line 1: the text is not UTF-8: save the file as \"CSV UTF-8\" and try again\n2|z|\n");
}

Test(csv, a_record_has_its_bounds)
{
    struct buf file defer(buf_clear) = BUF_INIT(64 * 1024);
    buf_append_repeated(&file, 'x', CSV_RECORD_MOST + 1);
    buf_append_text(&file, "\n");
    buf_append_repeated(&file, ',', CSV_CELLS_MOST);
    buf_append_text(&file, "\nz\n");
    expect(span_of(file.ptr, file.len),
           "line 1: the row has more than 4096 bytes, or a quote is not closed\n"
           "line 2: the row has more than 32 cells\n3|z|\n");
}

Test(csv, reading_goes_on_where_it_stood)
{
    struct span file = SPAN_LITERAL("a,b\n\"c\ny\",e\nf,g\n");
    struct csv csv defer(csv_clear);
    csv_begin(&csv, file);
    bool any;
    cr_assert_eq(csv_next(&csv, &any), STATUS_OK);
    cr_assert_eq(csv_next(&csv, &any), STATUS_OK);
    size_t at = csv.at;
    size_t line = csv.next_line;
    struct csv again defer(csv_clear);
    csv_begin(&again, file);
    cr_assert_eq(csv_next(&again, &any), STATUS_OK);
    csv_go_on_at(&again, at, line);
    cr_assert_eq(csv_next(&again, &any), STATUS_OK);
    cr_assert_str_eq(csv_cell(&again, 0), "f");
    cr_assert_str_eq(csv_cell(&again, 7), "");
    cr_assert_eq(again.line, 4);
}

static const struct {
    const char *text;
    const char *cell;
} cells[] = {
    {"ann@example.org", "ann@example.org"},
    {"Ann Example", "\"Ann Example\""},
    {"a\"b", "\"a\"\"b\""},
    {"=1+1", "\"'=1+1\""},
    {"+49", "\"'+49\""},
    {"-1", "\"'-1\""},
    {"@SUM(A1)", "\"'@SUM(A1)\""},
    {"\t=1", "\"'\t=1\""},
    {"\r=1", "\"'\r=1\""},
    {"\n=1", "\"'\n=1\""},
    {"\xef\xbc\x9d"
     "1",
     "\"'\xef\xbc\x9d"
     "1\""},
    {"", ""},
};

Test(csv, a_written_cell_is_no_formula_and_reads_as_it_was)
{
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct buf out defer(buf_clear) = BUF_INIT(256);
        csv_append_cell(&out, cells[i].text);
        cr_assert_str_eq(out.ptr == NULL ? "" : (const char *)out.ptr, cells[i].cell);
    }
}

Test(csv, an_exact_record_keeps_what_a_sheet_would_run)
{
    const char *const record[] = {"=a,b", "-1"};
    struct buf out defer(buf_clear) = BUF_INIT(256);
    csv_append_exact_record(&out, record, 2);
    expect(span_of(out.ptr, out.len), "1|=a,b|-1|\n");
}

Test(csv, a_written_record_is_read_again)
{
    const char *const record[] = {"a,b", "c\"d", "", "e"};
    struct buf out defer(buf_clear) = BUF_INIT(256);
    csv_append_record(&out, record, 4);
    expect(span_of(out.ptr, out.len), "1|a,b|c\"d||e|\n");
}
