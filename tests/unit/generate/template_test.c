#include "generate/template.h"

#include <criterion/criterion.h>

static const char records_text[] =
    "record item\n    url href\n    text name\n    compound word\n"
    "record site\n    text name\n    style style\n    list items of item\n";
static const char texts_text[] = "plain = Hello\n"
                                 "bold = *Hello*\n"
                                 "named = Hello {name}\n"
                                 "tries[one] = One\n"
                                 "tries[other] = {count} tries\n";
static const char fields_text[] =
    "@text name\n@url link\n@number count\n@flag wrong\n@phrase title\n"
    "@record site of site\n@list items of item\n@moment when\n";

struct outcome {
    struct diagnostics wrong;
    struct buf header;
    struct buf body;
};

static void outcome_clear(struct outcome *outcome)
{
    diagnostics_clear(&outcome->wrong);
    buf_clear(&outcome->header);
    buf_clear(&outcome->body);
}
CLEANUP_VALUE(struct outcome, outcome_clear)

/* Compiles `body` after the declarations above: its first line is line 9 of the file. */
static void compile_as(const char *file, const char *body, struct outcome *outcome)
{
    *outcome = (struct outcome){DIAGNOSTICS_INIT, BUF_INIT(65536), BUF_INIT(65536)};
    struct source records defer(source_clear);
    struct source language defer(source_clear);
    struct source page defer(source_clear);
    struct declarations *declarations defer(free) = calloc(1, sizeof *declarations);
    struct texts *texts defer(texts_free) = calloc(1, sizeof *texts);
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    cr_assert(declarations != NULL && texts != NULL);
    source_init_text(&records, "records.fields", records_text, &outcome->wrong);
    declarations_read(&records, declarations);
    source_init_text(&language, "en.txt", texts_text, &outcome->wrong);
    texts_read(&language, texts);
    buf_append_text(&text, fields_text);
    buf_append_text(&text, body);
    source_init_text(&page, file, (const char *)text.ptr, &outcome->wrong);
    template_compile(&page, TEST_DATA "/templates", declarations, texts, &outcome->header,
                     &outcome->body);
}

static void compile(const char *body, struct outcome *outcome)
{
    compile_as("page.html", body, outcome);
}

static const char *complaints(const struct outcome *outcome)
{
    return outcome->wrong.count == 0 ? "" : (const char *)outcome->wrong.text.ptr;
}

static void must_write(const char *body, const char *statement)
{
    struct outcome outcome defer(outcome_clear);
    compile(body, &outcome);
    cr_expect_str_eq(complaints(&outcome), "", "%s", body);
    cr_expect(strstr((const char *)outcome.body.ptr, statement) != NULL, "%s became %s", body,
              (const char *)outcome.body.ptr);
}

Test(template, a_field_is_escaped_by_its_type)
{
    must_write("<p>{{name}}</p>", "view_append_escaped(out, fields->name);");
    must_write("<p title=\"{{name}}\">", "view_append_escaped(out, fields->name);");
    must_write("<a href=\"{{link}}\">", "view_append_url(out, fields->link);");
    must_write("<title>{{site.name}}</title>", "view_append_escaped(out, fields->site->name);");
    must_write("<style>{{site.style}}</style>", "view_append_style(out, fields->site->style);");
    must_write("{{when}}", "view_append_moment(out, texts, fields->when);");
    must_write("{{title}}",
               "catalogue_append(out, texts, fields->title, CATALOGUE_HTML, NULL, 0);");
    must_write("<p title=\"{{title}}\">", "fields->title, CATALOGUE_ESCAPED, NULL, 0);");
}

Test(template, a_compound_has_breaks_where_tags_may_stand)
{
    struct outcome outcome defer(outcome_clear);
    compile("{{each items as one}}<p id=\"{{one.word}}\">{{one.word}}</p>{{if one.word}}x{{end}}"
            "<title>{{one.word}}</title>{{end}}\n",
            &outcome);
    cr_assert_str_eq(complaints(&outcome), "");
    const char *body = (const char *)outcome.body.ptr;
    const char *first = strstr(body, "view_append_compound(out, ");
    cr_assert_not_null(first);
    cr_assert_null(strstr(first + 1, "view_append_compound("), "in an attribute or a title");
    cr_assert_not_null(strstr(body, "view_append_escaped(out, "));
    cr_assert_not_null(strstr(body, "view_is_present("));
}

Test(template, sections_become_conditions_and_loops)
{
    must_write("{{if wrong}}x{{else}}y{{end}}", "if (fields->wrong) {");
    must_write("{{if not name}}x{{end}}", "if (!(view_is_present(fields->name))) {");
    must_write("{{if count}}x{{end}}", "if (fields->count != 0) {");
    must_write("{{if items}}x{{end}}", "if (fields->items_count > 0) {");
    must_write("{{each items as item}}{{item.name}}{{end}}",
               "view_append_escaped(out, each_item->name);");
    must_write("{{each site.items as item}}{{item.name}}{{end}}", "&fields->site->items[at_1];");
    must_write("<input {{if wrong}}disabled {{end}}>", "if (fields->wrong) {");
    must_write("<a href=\"{{if link}}{{link}}{{else}}/{{end}}\">", "view_append_url");
}

Test(template, texts_take_their_arguments_by_name)
{
    must_write("{{t plain}}", "TEXT_PLAIN, CATALOGUE_HTML, NULL, 0);");
    must_write("{{t named name=name}}", "catalogue_text(\"name\", fields->name)");
    must_write("{{t named name=site.name}}", "catalogue_text(\"name\", fields->site->name)");
    must_write("{{t tries count=count}}", "catalogue_number(\"count\", fields->count)");
    must_write("<p title=\"{{t plain}}\">", "TEXT_PLAIN, CATALOGUE_ESCAPED, NULL, 0);");
}

Test(template, indentation_and_empty_lines_are_left_out_but_not_in_values)
{
    must_write("\n\n   <p>\n\n      a\n", "SPAN_LITERAL(\"<p>\\na\\n\")");
    must_write("<p title=\"a\n   b\">", "a\\n   b");
}

static void must_write_plain(const char *body, const char *statement)
{
    struct outcome outcome defer(outcome_clear);
    compile_as("page.txt", body, &outcome);
    cr_expect_str_eq(complaints(&outcome), "", "%s", body);
    cr_expect(strstr((const char *)outcome.body.ptr, statement) != NULL, "%s became %s", body,
              (const char *)outcome.body.ptr);
}

Test(template, plain_text_is_not_escaped)
{
    must_write_plain("{{name}}", "void view_page_txt(");
    must_write_plain("{{name}}", "view_append_plain(out, fields->name);");
    must_write_plain("<{{link}}>", "view_append_plain_url(out, fields->link);");
    must_write_plain("{{t bold}}", "TEXT_BOLD, CATALOGUE_PLAIN, NULL, 0);");
    must_write_plain("{{title}}", "fields->title, CATALOGUE_PLAIN, NULL, 0);");
    must_write_plain("{{language}}", "view_append_plain(out, texts->language);");
}

Test(template, plain_text_keeps_its_lines_but_those_of_sections)
{
    must_write_plain("a\n\n  b < c\n", "SPAN_LITERAL(\"a\\n\\n  b < c\\n\")");
    must_write_plain("{{if wrong}}\na\n{{end}}\n", "if (fields->wrong) {\n"
                                                   "    buf_append(out, SPAN_LITERAL(\"a\\n\"));\n"
                                                   "    }\n}");
    must_write_plain("  {{if wrong}}{{name}}{{end}}\n", "SPAN_LITERAL(\"  \")");
}

Test(template, plain_text_has_no_place_for_a_style_or_a_flag)
{
    struct outcome outcome defer(outcome_clear);
    compile_as("page.txt", "{{site.style}} {{wrong}}\n", &outcome);
    cr_expect_eq(outcome.wrong.count, 2, "%s", complaints(&outcome));
}

Test(template, the_struct_has_the_declared_members)
{
    struct outcome outcome defer(outcome_clear);
    compile("x", &outcome);
    const char *header = (const char *)outcome.header.ptr;
    cr_expect(strstr(header, "struct view_page {\n    const char *name;\n") != NULL);
    cr_expect(strstr(header, "    const struct view_item *items;\n    size_t items_count;\n") !=
              NULL);
    cr_expect(strstr(header, "    bool wrong;\n") != NULL);
    cr_expect(strstr(header, "    const struct view_site *site;\n") != NULL);
}

/* What fails the build, and a part of the complaint; line 9 is the first after the fields. */
static const char *const hostile[][2] = {
    {"{{nothing}}", "page.html:9: 'nothing': there is no field 'nothing' here"},
    {"\n\n{{nothing}}", "page.html:11:"},
    {"{{site.nothing}}", "no field 'nothing'"},
    {"{{name.more}}", "no field 'more'"},
    {"{{item.name}}", "no field 'item'"},
    {"{{each items as item}}{{end}}{{item.name}}", "no field 'item'"},
    {"{{if wrong}}\nx", "page.html:9: this section is not closed"},
    {"{{each items as item}}x", "this section is not closed"},
    {"{{end}}", "{{end}} without a section"},
    {"{{else}}", "{{else}} without its {{if}}"},
    {"{{if wrong}}{{else}}{{else}}{{end}}", "{{else}} without its {{if}}"},
    {"{{each items as item}}{{else}}{{end}}", "{{else}} without its {{if}}"},
    {"{{if title}}x{{end}}", "a phrase or style is always there"},
    {"{{each name as item}}x{{end}}", "expected {{each LIST as NAME}}"},
    {"{{each items of item}}x{{end}}", "expected {{each LIST as NAME}}"},
    {"{{t nothing}}", "there is no text 'nothing'"},
    {"{{t named}}", "needs its 1 arguments"},
    {"{{t named other=name}}", "has no argument 'other'"},
    {"{{t named name}}", "has no argument 'name'"},
    {"{{t named name=name name=name}}", "needs its 1 arguments, each once"},
    {"{{t named name=nothing}}", "no field 'nothing'"},
    {"{{t named name=items}}", "has no text to be an argument"},
    {"{{t plain name=name}}", "has no argument 'name'"},
    {"<p title=\"{{t bold}}\">", "bold text 'bold' where no markup can stand"},
    {"<title>{{t bold}}</title>", "bold text 'bold' where no markup can stand"},
    {"{{wrong}}", "this type of field has no text"},
    {"{{items}}", "this type of field has no text"},
    {"{{site}}", "this type of field has no text"},
    {"{{name", "'{{' without '}}'"},
    {"<p {{name}}>", "a field outside text and quoted values"},
    {"<{{name}}>", "a field outside text and quoted values"},
    {"<p title={{name}}>", "a field outside text and quoted values"},
    {"<p title=x>", "must stand in double quotes"},
    {"<p title='x'>", "must stand in double quotes"},
    {"<!-- {{name}} -->", "a field in a comment"},
    {"<script>{{name}}</script>", "a field in a script or style"},
    {"<script>alert(1)</script>", "a script in the page"},
    {"<style>{{name}}</style>", "a field in a script or style"},
    {"<p>{{site.style}}</p>", "a style field outside a style element"},
    {"<p style=\"{{name}}\">", "the browser reads as code"},
    {"<p onclick=\"x\">", "an attribute that is a script"},
    {"<p ONCLICK=\"x\">", "an attribute that is a script"},
    {"<iframe srcdoc=\"{{name}}\">", "the browser reads as code"},
    {"<a href=\"{{name}}\">", "only a url field may stand in this attribute"},
    {"<a HREF=\"{{name}}\">", "only a url field may stand in this attribute"},
    {"<form action=\"{{name}}\">", "only a url field may stand in this attribute"},
    {"<a href=\"javascript:{{link}}\">", "a url field must be the whole value"},
    {"<a href=\"{{link}}x\">", "text after a URL field in one value"},
    {"<a href=\"{{link}}{{link}}\">", "a field after a URL field in one value"},
    {"<a href=\"{{t plain}}\">", "only a url field may stand in this attribute"},
    {"<p{{if wrong}} x{{end}}>", "a section cannot begin here"},
    {"<p {{if wrong}}x{{end}}>", "ends in another place"},
    {"{{if wrong}}<p {{end}}>", "ends in another place"},
    {"{{if wrong}}<script src=\"/a\">{{end}}", "ends in another place"},
    {"<p", "ends inside a tag"},
    {"{{> nothing}}", "_nothing.html"},
    {"{{> ../secret}}", "not a partial's name"},
    {"< p>", "'<' is not followed by a name"},
};

Test(template, what_is_wrong_fails_the_build_with_file_and_line)
{
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct outcome outcome defer(outcome_clear);
        compile(hostile[i][0], &outcome);
        cr_expect(strstr(complaints(&outcome), hostile[i][1]) != NULL, "%s: '%s'", hostile[i][0],
                  complaints(&outcome));
    }
}

Test(template, a_partial_sees_the_fields_of_the_page)
{
    must_write("<p>{{> hello}}</p>", "view_append_escaped(out, fields->name);");
}

Test(template, a_mistake_in_a_partial_is_reported_in_the_partial)
{
    struct outcome outcome defer(outcome_clear);
    compile("{{> wrong}}", &outcome);
    cr_expect(strstr(complaints(&outcome), "/_wrong.html:2: 'nothing'") != NULL, "%s",
              complaints(&outcome));
}

Test(template, a_partial_that_includes_itself_ends)
{
    struct outcome outcome defer(outcome_clear);
    compile("{{> itself}}", &outcome);
    cr_expect(strstr(complaints(&outcome), "too deep") != NULL);
}

Test(template, declarations_that_make_no_sense_are_refused)
{
    static const char *const samples[][2] = {
        {"record a\n    word x\n", "r:2: 'word' is not a type"},
        {"record a\n    text x\n    text x\n", "r:3: the field 'x' is declared twice"},
        {"record a\n    text X\n", "'X' is not a field's name"},
        {"record a\n    list x of b\n", "needs 'of' and a record that stands above"},
        {"record a\n    list x\n", "needs 'of' and a record that stands above"},
        {"record a\n    text x of a\n", "after the field's name"},
        {"    text x\n", "a field outside a record"},
        {"record a\nrecord a\n", "r:2: the record 'a' is declared twice"},
        {"text x\n", "expected 'record NAME'"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
        struct source source defer(source_clear);
        struct declarations *declarations defer(free) = calloc(1, sizeof *declarations);
        source_init_text(&source, "r", samples[i][0], &wrong);
        declarations_read(&source, declarations);
        cr_expect(wrong.count > 0 && strstr((const char *)wrong.text.ptr, samples[i][1]) != NULL,
                  "%s: %s", samples[i][0], (const char *)wrong.text.ptr);
    }
}
