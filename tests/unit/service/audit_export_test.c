#include "service/audit_export.h"

#include "fixture.h"

/* An export as its lines. */
enum { LINES_MOST = 64 };
struct export
{
    char *lines[LINES_MOST];
    size_t count;
};

static struct fixture at;
static struct export whole;

static enum status take_line(void *context, struct span line)
{
    struct export *export = context;
    cr_assert_lt(export->count, LINES_MOST);
    cr_assert_eq(line.ptr[line.len - 1], '\n');
    cr_assert_null(memchr(line.ptr, '\n', line.len - 1));
    export->lines[export->count++] = strndup((const char *)line.ptr, line.len);
    return STATUS_OK;
}

static void setup(void)
{
    fixture_open(&at);
    whole.count = 0;
    const struct audit_value values[] = {AUDIT_TEXT("agent", "\"}\n{\"id\":99}"),
                                         AUDIT_TEXT("name", "Zoë")};
    const struct actor forger = {ACTOR_OPERATOR, "x\n{\"end\":1}", "192.0.2.7"};
    expect_ok(audit_record(at.service, &forger, "link.show", "a\r\nb", values, 2));
    expect_ok(audit_export(at.service, &anna, take_line, &whole));
}

static void teardown(void)
{
    for (size_t i = 0; i < whole.count; i++)
        free(whole.lines[i]);
    fixture_close(&at);
}

TestSuite(audit_export, .init = setup, .fini = teardown);

static enum status verify(const struct export *export, struct audit_report *report)
{
    FILE *stream = tmpfile();
    for (size_t i = 0; i < export->count; i++)
        fputs(export->lines[i], stream);
    rewind(stream);
    enum status status = audit_verify_stream(stream, "EXPORT", NULL, report);
    fclose(stream);
    return status;
}

static size_t last_row(void)
{
    return whole.count - 2;
}

Test(audit_export, proves_itself)
{
    struct audit_report report;
    expect_ok(verify(&whole, &report));
    cr_assert_eq(report.first_broken, 0, "%s", report.reason);
    cr_assert_eq(report.rows, (int64_t)whole.count - 2);
    cr_assert_eq(report.rows, ask_sql(&at, "SELECT count(*) FROM audit"));
}

Test(audit_export, ends_with_the_row_of_who_took_it)
{
    const char *row = whole.lines[last_row()];
    cr_assert_not_null(strstr(row, "\"action\":\"audit.export\""), "%s", row);
    cr_assert_not_null(strstr(row, "\"actor\":\"operator:anna\""), "%s", row);
}

/* `from` and `to` of one line, and the row that is broken then. */
static void expect_broken(size_t line, const char *from, const char *to)
{
    char *before = whole.lines[line];
    const char *at_from = strstr(before, from);
    cr_assert_not_null(at_from, "%s in %s", from, before);
    char *changed = NULL;
    cr_assert_geq(
        asprintf(&changed, "%.*s%s%s", (int)(at_from - before), before, to, at_from + strlen(from)),
        0);
    whole.lines[line] = changed;
    struct audit_report report;
    expect_ok(verify(&whole, &report));
    cr_assert_eq(report.first_broken, (int64_t)line, "%s", changed);
    whole.lines[line] = before;
    free(changed);
}

Test(audit_export, a_changed_member_of_a_row_is_found)
{
    expect_broken(2, "\"at\":1", "\"at\":2");
    expect_broken(1, "\"actor\":\"", "\"actor\":\"x");
    expect_broken(3, "\"action\":\"", "\"action\":\"x");
    expect_broken(3, "\"object_kind\":\"", "\"object_kind\":\"x");
    expect_broken(4, "\"object_id\":\"", "\"object_id\":\"0");
    expect_broken(4, "\"address\":\"", "\"address\":\"0");
    expect_broken(2, "\"detail\":\"{", "\"detail\":\"{ ");
    expect_broken(last_row(), "\"detail\":\"{", "\"detail\":\"{ ");
}

static void swap(size_t a, size_t b)
{
    char *line = whole.lines[a];
    whole.lines[a] = whole.lines[b];
    whole.lines[b] = line;
}

Test(audit_export, swapped_rows_are_found)
{
    swap(3, 4);
    struct audit_report report;
    expect_ok(verify(&whole, &report));
    cr_assert_eq(report.first_broken, 3);
    swap(3, 4);
}

/* The export without some of its lines. */
static struct export without(size_t first, size_t count)
{
    struct export rest = {.count = whole.count - count};
    for (size_t i = 0, next = 0; i < whole.count; i++)
        if (i < first || i >= first + count)
            rest.lines[next++] = whole.lines[i];
    return rest;
}

Test(audit_export, removed_rows_are_found_wherever_they_were)
{
    for (size_t line = 1; line <= last_row(); line++) {
        struct export rest = without(line, 1);
        struct audit_report report;
        expect_ok(verify(&rest, &report));
        cr_assert_eq(report.first_broken, (int64_t)line);
    }
}

Test(audit_export, an_export_that_is_cut_off_is_refused)
{
    for (size_t count = 1; count < whole.count; count++) {
        struct export rest = without(whole.count - count, count);
        struct audit_report report;
        expect_detail(verify(&rest, &report), STATUS_INVALID, "cut off");
    }
}

static void expect_refused(size_t line, const char *instead, const char *sentence)
{
    char *before = whole.lines[line];
    char *changed = strdup(instead);
    whole.lines[line] = changed;
    struct audit_report report;
    expect_detail(verify(&whole, &report), STATUS_INVALID, sentence);
    whole.lines[line] = before;
    free(changed);
}

Test(audit_export, what_is_no_export_is_refused_by_its_line)
{
    expect_refused(0, "{}\n", "is no export");
    expect_refused(0, "{\"format\":\"certferry audit export 2\"}\n", "newer certferry");
    expect_refused(2, "\n", "line 3 is not JSON");
    expect_refused(2, "{\"id\":2}\n", "line 3 is neither a row");
    expect_refused(2, "{\"id\":2,\"id\":3}\n", "line 3 is not JSON");
    expect_refused(2, "[1]\n", "line 3 is neither");
    expect_refused(2, "{\"end\":1}\n", "line 3 is no end");
    expect_refused(whole.count - 1, "{\"end\":1,\"hash\":\"00\"}\n", "hash");
    expect_refused(whole.count - 1, "{\"end\":", "is cut off");
}

Test(audit_export, an_end_that_tells_of_other_rows_is_refused)
{
    struct export longer = without(whole.count, 0);
    longer.lines[longer.count++] = whole.lines[last_row()];
    struct audit_report report;
    expect_detail(verify(&longer, &report), STATUS_INVALID, "behind the end");
    expect_refused(whole.count - 1,
                   "{\"end\":1,\"hash\":"
                   "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}\n",
                   "another end");
}

Test(audit_export, a_head_that_was_noted_is_looked_for)
{
    struct audit_report report;
    expect_ok(verify(&whole, &report));
    struct audit_head later = {.id = report.rows + 1};
    FILE *stream = tmpfile();
    for (size_t i = 0; i < whole.count; i++)
        fputs(whole.lines[i], stream);
    rewind(stream);
    expect_ok(audit_verify_stream(stream, "EXPORT", &later, &report));
    cr_assert_eq(report.first_broken, report.rows + 1);
    fclose(stream);
}

Test(audit_export, a_line_without_end_takes_no_memory)
{
    FILE *stream = tmpfile();
    fputs(whole.lines[0], stream);
    for (int i = 0; i < 300000; i++)
        fputc('x', stream);
    rewind(stream);
    struct audit_report report;
    expect_detail(audit_verify_stream(stream, "EXPORT", NULL, &report), STATUS_INVALID, "too long");
    fclose(stream);
}

static enum status refuse_line(void *context, struct span line)
{
    (void)context, (void)line;
    return STATUS_IO;
}

Test(audit_export, ends_with_what_takes_the_lines)
{
    cr_assert_eq(audit_export(at.service, &anna, refuse_line, NULL), STATUS_IO);
}
