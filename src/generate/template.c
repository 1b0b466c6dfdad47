/* The outer loop: declarations, then literal bytes and tags. */
#include "generate/template.h"

void template_flush(struct template *template)
{
    if (template->literal.len == 0)
        return;
    buf_append_text(template->out, "    buf_append(out, SPAN_LITERAL(");
    source_append_c_string(template->out, span_of(template->literal.ptr, template->literal.len));
    buf_append_text(template->out, "));\n");
    buf_reset(&template->literal);
}

/* Feeds one literal byte; indentation and empty lines are left out. */
static bool literal_byte(struct template *template, uint8_t c)
{
    if (template->plain) {
        buf_append_byte(&template->literal, c);
        return true;
    }
    bool in_value = template->context.state == HTML_VALUE;
    bool blank = c == ' ' || c == '\t' || c == '\n';
    if (template->line_start && blank && !in_value)
        return true;
    template->line_start = c == '\n';
    const char *wrong = html_feed(&template->context, c);
    if (wrong != NULL)
        source_error(template->source, "%s", wrong);
    buf_append_byte(&template->literal, c);
    return wrong == NULL;
}

static bool literal(struct template *template, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (!literal_byte(template, bytes.ptr[i]))
            return false;
    return true;
}

/* Whether the line is silent tags alone, with or without blanks around them. */
static bool is_silent_line(struct span line)
{
    struct span rest = source_trim(line);
    bool silent = rest.len > 0;
    while (silent && rest.len > 0) {
        const uint8_t *close = memmem(rest.ptr, rest.len, "}}", 2);
        silent = close != NULL && memcmp(rest.ptr, "{{", 2) == 0;
        if (!silent)
            break;
        size_t len = (size_t)(close - rest.ptr);
        silent = template_tag_is_silent(source_trim(span_of(rest.ptr + 2, len - 2)));
        rest = source_trim(span_of(close + 2, rest.len - len - 2));
    }
    return silent;
}

/* One line: literal bytes and {{tags}} in turn; false ends the template, as one complaint is enough
 * once the reader no longer knows where in the HTML it stands. */
static bool body_line(struct template *template, struct span line)
{
    bool silent = template->plain && is_silent_line(line);
    if (silent)
        line = source_trim(line);
    while (line.len > 0) {
        const uint8_t *open = memmem(line.ptr, line.len, "{{", 2);
        size_t before = open == NULL ? line.len : (size_t)(open - line.ptr);
        if (!literal(template, span_of(line.ptr, before)))
            return false;
        if (open == NULL)
            break;
        line = span_of(open + 2, line.len - before - 2);
        const uint8_t *close = memmem(line.ptr, line.len, "}}", 2);
        if (close == NULL) {
            source_error(template->source, "'{{' without '}}' in the same line");
            return false;
        }
        size_t len = (size_t)(close - line.ptr);
        template_tag(template, source_trim(span_of(line.ptr, len)));
        line = span_of(close + 2, line.len - len - 2);
    }
    return silent || literal_byte(template, '\n');
}

void template_body(struct template *template)
{
    int blocks = template->block_count;
    struct span line;
    bool going = true;
    while (going && source_next_line(template->source, &line))
        going = body_line(template, line);
    for (; going && template->block_count > blocks; template->block_count--)
        diagnostics_add(template->source->diagnostics, template->source->path,
                        template->blocks[template->block_count - 1].line,
                        "this section is not closed by {{end}}");
}

/* Reads the @ lines and stays before the first line of the body. */
static void read_fields(struct template *template)
{
    struct source *source = template->source;
    for (;;) {
        size_t at = source->at;
        int line_number = source->line;
        struct span line;
        if (!source_next_line(source, &line))
            return;
        struct span text = source_trim(line);
        if (text.len > 0 && text.ptr[0] == '@') {
            declarations_read_field(source, span_of(text.ptr + 1, text.len - 1),
                                    template->declarations, &template->record);
        } else if (text.len > 0) {
            source->at = at;
            source->line = line_number;
            return;
        }
    }
}

static void append_function(const struct template *template, struct span statements,
                            struct buf *header, struct buf *body)
{
    const char *name = template->record.name;
    declarations_append_struct(header, &template->record);
    buf_printf(header,
               "void view_%s(struct buf *out, const struct text_catalogue *texts,\n"
               "    const struct view_%s *fields);\n\n",
               name, name);
    buf_printf(body,
               "void view_%s(struct buf *out, const struct text_catalogue *texts,\n"
               "    const struct view_%s *fields)\n{\n    (void)texts;\n    (void)fields;\n",
               name, name);
    buf_append(body, statements);
    buf_append_text(body, "}\n\n");
}

/* "ca" for ca.html, "ca_mobileconfig" for ca.mobileconfig. */
static void set_name(struct template *template)
{
    const char *path = template->source->path;
    struct span base = source_base_name(path);
    const char *extension = (const char *)base.ptr + base.len;
    struct buf name defer(buf_clear) = BUF_INIT(TEMPLATE_PATH);
    buf_append(&name, base);
    if (strcmp(extension, ".html") != 0 && extension[0] == '.')
        buf_printf(&name, "_%s", extension + 1);
    template->plain = strcmp(extension, ".txt") == 0;
    if (source_is_name(span_of(name.ptr, name.len), DECLARATION_NAME))
        memcpy(template->record.name, name.ptr, name.len);
    else
        source_error(template->source, "the file's name is not a template's name");
}

void template_compile(struct source *source, const char *folder,
                      const struct declarations *declarations, const struct texts *texts,
                      struct buf *header, struct buf *body)
{
    struct buf statements defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct template template = {.source = source,
                                .declarations = declarations,
                                .texts = texts,
                                .folder = folder,
                                .line_start = true,
                                .literal = BUF_INIT(SOURCE_MAX),
                                .out = &statements};
    set_name(&template);
    read_fields(&template);
    template_body(&template);
    if (source->diagnostics->count == 0 && template.context.state != HTML_TEXT)
        source_error(source, "the template ends inside a tag");
    template_flush(&template);
    append_function(&template, span_of(statements.ptr, statements.len), header, body);
    buf_clear(&template.literal);
}
