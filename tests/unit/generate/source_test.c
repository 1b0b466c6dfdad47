#include "generate/source.h"

#include <criterion/criterion.h>

static bool complains(const struct diagnostics *diagnostics, const char *text)
{
    return diagnostics->count > 0 && strstr((const char *)diagnostics->text.ptr, text) != NULL;
}

Test(source, lines_are_counted_from_one_and_need_no_last_line_end)
{
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct source source defer(source_clear);
    source_init_text(&source, "a.txt", "one\n\nthree", &wrong);
    struct span line;
    cr_assert(source_next_line(&source, &line) && span_equal_text(line, "one"));
    cr_assert(source_next_line(&source, &line) && line.len == 0);
    cr_assert(source_next_line(&source, &line) && span_equal_text(line, "three"));
    source_error(&source, "bad %d", 7);
    cr_assert(!source_next_line(&source, &line));
    cr_assert(complains(&wrong, "a.txt:3: bad 7\n"));
}

Test(source, refuses_bytes_that_an_editor_hides)
{
    static const char *const hostile[][2] = {
        {"ok\r\n", "h:1:"}, {"ok\n\x01\n", "h:2:"}, {"\x7f", "h:1:"}, {"ok\n\xff\n", "h: "}};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
        struct source source defer(source_clear);
        source_init_text(&source, "h", hostile[i][0], &wrong);
        struct span line;
        cr_assert(complains(&wrong, hostile[i][1]), "case %zu", i);
        cr_assert(!source_next_line(&source, &line));
    }
}

Test(source, a_missing_file_is_reported_with_its_name)
{
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct source source defer(source_clear);
    source_init_file(&source, "/nonexistent/x.html", &wrong);
    cr_assert(complains(&wrong, "/nonexistent/x.html"));
}

Test(source, words_and_names)
{
    struct span rest = SPAN_LITERAL("  list\t formats  of x ");
    cr_assert(span_equal_text(source_word(&rest), "list"));
    cr_assert(span_equal_text(rest, "formats  of x"));
    cr_assert(source_is_name(SPAN_LITERAL("a_1"), 4));
    cr_assert_not(source_is_name(SPAN_LITERAL("a_1"), 3));
    cr_assert_not(source_is_name(SPAN_LITERAL("1a"), 8));
    cr_assert_not(source_is_name(SPAN_LITERAL("a-b"), 8));
    cr_assert(span_equal_text(source_base_name("www/texts/en.txt"), "en"));
}

Test(source, a_c_string_escapes_what_a_compiler_would_misread)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    source_append_c_string(&out, SPAN_LITERAL("a\"b\\\n\0011?\?=ü"));
    cr_assert_str_eq((const char *)out.ptr, "\"a\\\"b\\\\\\n\\0011\\?\\?=\\303\\274\"");
}
