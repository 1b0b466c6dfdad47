/* What stands between {{ and }}: fields, sections, texts, partials. */
#include "generate/template.h"

#include <stdio.h>

#define RESOLVED_INIT                                                                              \
    {                                                                                              \
        .expression = BUF_INIT(512)                                                                \
    }

static const char *expression(const struct resolved *resolved)
{
    return (const char *)resolved->expression.ptr;
}

/* A statement of the generated function, after the bytes that stand before it. */
static void statement(struct template *template, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void statement(struct template *template, const char *format, ...)
{
    template_flush(template);
    buf_append_text(template->out, "    ");
    va_list arguments;
    va_start(arguments, format);
    buf_vprintf(template->out, format, arguments);
    va_end(arguments);
}

/* Something was written here that is not a literal byte. */
static void written(struct template *template)
{
    template->line_start = false;
    if (template->context.state == HTML_VALUE)
        template->context.value_begun = true;
}

static bool allowed(struct template *template, const char *refusal, struct span tag)
{
    if (refusal != NULL)
        source_error(template->source, "{{%.*s}}: %s", (int)tag.len, tag.ptr, refusal);
    return refusal == NULL;
}

static const char *place(struct template *template, enum field_type type)
{
    if (type == FIELD_STYLE)
        return html_refuses_style(&template->context);
    if (type == FIELD_URL && !template->plain)
        return html_place_url(&template->context);
    if (type == FIELD_TIME && template->plain)
        return "plain text has no markup: declare a moment";
    if (type == FIELD_TIME)
        return html_refuses_markup(&template->context);
    if (type == FIELD_FLAG || type == FIELD_LIST || type == FIELD_RECORD)
        return "this type of field has no text";
    return html_refuses_text(&template->context);
}

static const char *markup(const struct template *template)
{
    if (template->plain)
        return "CATALOGUE_PLAIN";
    return html_allows_markup(&template->context) ? "CATALOGUE_HTML" : "CATALOGUE_ESCAPED";
}

/* The call that writes a field, up to its value. */
static const char *const writers[] = {
    [FIELD_TEXT] = "view_append_escaped(out, ",
    [FIELD_COMPOUND] = "view_append_compound(out, ",
    [FIELD_URL] = "view_append_url(out, ",
    [FIELD_NUMBER] = "view_append_number(out, ",
    [FIELD_DATE] = "view_append_date(out, texts, ",
    [FIELD_CLOCK] = "view_append_clock(out, texts, ",
    [FIELD_MOMENT] = "view_append_moment(out, texts, ",
    [FIELD_TIME] = "view_append_time(out, texts, ",
    [FIELD_PHRASE] = NULL,
    [FIELD_STYLE] = "view_append_style(out, ",
    [FIELD_FLAG] = NULL,
    [FIELD_LIST] = NULL,
    [FIELD_RECORD] = NULL,
};

static const char *writer_of(const struct template *template, enum field_type type)
{
    if (type == FIELD_COMPOUND && (template->plain || !html_allows_markup(&template->context)))
        type = FIELD_TEXT;
    if (template->plain && type == FIELD_TEXT)
        return "view_append_plain(out, ";
    if (template->plain && type == FIELD_URL)
        return "view_append_plain_url(out, ";
    return writers[type];
}

static void write_field(struct template *template, const struct resolved *resolved)
{
    const char *value = expression(resolved);
    if (resolved->field->type == FIELD_PHRASE)
        statement(template, "catalogue_append(out, texts, %s, %s, NULL, 0);\n", value,
                  markup(template));
    else
        statement(template, "%s%s);\n", writer_of(template, resolved->field->type), value);
}

static void tag_field(struct template *template, struct span tag)
{
    struct resolved resolved defer(resolved_clear) = RESOLVED_INIT;
    if (!template_resolve(template, tag, &resolved) ||
        !allowed(template, place(template, resolved.field->type), tag))
        return;
    write_field(template, &resolved);
    written(template);
}

static struct block *open_block(struct template *template, enum block_kind kind)
{
    const char *wrong = NULL;
    if (!html_allows_control(&template->context))
        wrong = "a section cannot begin here: in a tag, write a space before it";
    else if (template->block_count == TEMPLATE_DEPTH)
        wrong = "too many sections inside each other";
    if (wrong != NULL) {
        source_error(template->source, "%s", wrong);
        return NULL;
    }
    struct block *block = &template->blocks[template->block_count++];
    *block =
        (struct block){.kind = kind, .line = template->source->line, .start = template->context};
    return block;
}

/* The C condition under which a field counts as present; NULL for types that are always. */
static const char *condition_of(enum field_type type)
{
    switch (type) {
    case FIELD_TEXT:
    case FIELD_COMPOUND:
    case FIELD_URL:
        return "view_is_present(%s)";
    case FIELD_NUMBER:
    case FIELD_DATE:
    case FIELD_CLOCK:
    case FIELD_MOMENT:
    case FIELD_TIME:
        return "%s != 0";
    case FIELD_FLAG:
        return "%s";
    case FIELD_LIST:
        return "%s_count > 0";
    case FIELD_RECORD:
        return "%s != NULL";
    case FIELD_PHRASE:
    case FIELD_STYLE:
        break;
    }
    return NULL;
}

static void tag_if(struct template *template, struct span path)
{
    struct span rest = path;
    bool negated = span_equal_text(source_word(&rest), "not");
    struct resolved resolved defer(resolved_clear) = RESOLVED_INIT;
    if (open_block(template, BLOCK_IF) == NULL ||
        !template_resolve(template, negated ? rest : path, &resolved))
        return;
    const char *condition = condition_of(resolved.field->type);
    if (condition == NULL) {
        source_error(template->source, "a phrase or style is always there");
        return;
    }
    const char *mark = strstr(condition, "%s");
    statement(template, "if (%s%.*s%s%s%s) {\n", negated ? "!(" : "", (int)(mark - condition),
              condition, expression(&resolved), mark + 2, negated ? ")" : "");
}

static void tag_each(struct template *template, struct span words)
{
    struct span rest = words;
    struct span path = source_word(&rest);
    struct span as = source_word(&rest);
    struct resolved resolved defer(resolved_clear) = RESOLVED_INIT;
    bool found = template_resolve(template, path, &resolved);
    struct block *block = open_block(template, BLOCK_EACH);
    if (!found || block == NULL)
        return;
    if (resolved.field->type != FIELD_LIST || !span_equal_text(as, "as") ||
        !source_is_name(rest, DECLARATION_NAME)) {
        source_error(template->source, "expected {{each LIST as NAME}}");
        return;
    }
    memcpy(block->loop_name, rest.ptr, rest.len);
    block->loop_record = resolved.field->record;
    int depth = template->block_count;
    const char *list = expression(&resolved);
    statement(template, "for (size_t at_%d = 0; at_%d < %s_count; at_%d++) {\n", depth, depth, list,
              depth);
    statement(template, "const struct view_%s *each_%s = &%s[at_%d];\n", block->loop_record->name,
              block->loop_name, list, depth);
}

static void tag_else(struct template *template)
{
    struct block *block =
        template->block_count == 0 ? NULL : &template->blocks[template->block_count - 1];
    if (block == NULL || block->kind != BLOCK_IF || block->has_else) {
        source_error(template->source, "{{else}} without its {{if}}");
        return;
    }
    block->has_else = true;
    block->first = template->context;
    template->context = block->start;
    statement(template, "} else {\n");
}

static void tag_end(struct template *template)
{
    if (template->block_count == 0) {
        source_error(template->source, "{{end}} without a section");
        return;
    }
    struct block *block = &template->blocks[--template->block_count];
    const struct html_context *other = block->has_else ? &block->first : &block->start;
    if (!html_same_place(other, &template->context))
        source_error(template->source,
                     "the section that begins in line %d ends in another place of the HTML "
                     "than it began: in a tag, write a space before {{end}}",
                     block->line);
    template->context.value_begun |= other->value_begun;
    template->context.value_whole |= other->value_whole;
    statement(template, "}\n");
}

static void tag_partial(struct template *template, struct span name)
{
    if (!source_is_name(name, DECLARATION_NAME) ||
        template->partial_depth == TEMPLATE_PARTIAL_DEPTH) {
        source_error(template->source, "{{> %.*s}}: not a partial's name, or too deep",
                     (int)name.len, name.ptr);
        return;
    }
    char path[TEMPLATE_PATH];
    snprintf(path, sizeof path, "%s/_%.*s.%s", template->folder, (int)name.len, name.ptr,
             template->plain ? "txt" : "html");
    struct source partial defer(source_clear);
    source_init_file(&partial, path, template->source->diagnostics);
    struct source *outer = template->source;
    template->source = &partial;
    template->partial_depth++;
    template_body(template);
    template->partial_depth--;
    template->source = outer;
}

/* One argument "name=path" as an initializer of struct catalogue_argument. */
static bool write_argument(struct template *template, const struct message *message,
                           struct span word, struct buf *list)
{
    static const char *const makers[] = {
        [FIELD_COMPOUND] = "text", [FIELD_TEXT] = "text", [FIELD_URL] = "text",
        [FIELD_NUMBER] = "number", [FIELD_DATE] = "date", [FIELD_CLOCK] = "clock",
        [FIELD_MOMENT] = "moment", [FIELD_TIME] = "time", [FIELD_FLAG] = NULL,
        [FIELD_PHRASE] = "phrase", [FIELD_STYLE] = NULL,  [FIELD_LIST] = NULL,
        [FIELD_RECORD] = NULL,
    };
    const uint8_t *equals = memchr(word.ptr, '=', word.len);
    size_t len = equals == NULL ? word.len : (size_t)(equals - word.ptr);
    struct span name = span_of(word.ptr, len);
    if (equals == NULL || !message_has_argument(message, name)) {
        source_error(template->source, "the text '%s' has no argument '%.*s'", message->key,
                     (int)len, word.ptr);
        return false;
    }
    struct resolved resolved defer(resolved_clear) = RESOLVED_INIT;
    if (!template_resolve(template, span_of(equals + 1, word.len - len - 1), &resolved))
        return false;
    const char *maker = makers[resolved.field->type];
    if (maker == NULL) {
        source_error(template->source, "'%s' has no text to be an argument", resolved.field->name);
        return false;
    }
    buf_printf(list, "catalogue_%s(\"%.*s\", %s), ", maker, (int)len, word.ptr,
               expression(&resolved));
    return true;
}

/* All arguments of the text, each once. */
static bool write_arguments(struct template *template, const struct message *message,
                            struct span rest, struct buf *list)
{
    int given = 0;
    struct span all = rest;
    while (rest.len > 0) {
        if (!write_argument(template, message, source_word(&rest), list))
            return false;
        given++;
    }
    bool each_once = given == message->argument_count;
    for (int i = 0; each_once && i < given; i++) {
        char word[TEXT_ARGUMENT_SIZE + 2];
        int len = snprintf(word, sizeof word, "%s=", message->arguments[i]);
        each_once = memmem(all.ptr, all.len, word, (size_t)len) != NULL;
    }
    if (!each_once)
        source_error(template->source, "the text '%s' needs its %d arguments, each once",
                     message->key, message->argument_count);
    return each_once;
}

static void tag_text(struct template *template, struct span words)
{
    struct span rest = words;
    struct span key = source_word(&rest);
    const struct message *message = texts_find(template->texts, key);
    if (message == NULL) {
        source_error(template->source, "there is no text '%.*s'", (int)key.len, key.ptr);
        return;
    }
    struct buf list defer(buf_clear) = BUF_INIT(SOURCE_MAX);
    if (!allowed(template, html_refuses_text(&template->context), words) ||
        !write_arguments(template, message, rest, &list))
        return;
    if (message->bold && !html_allows_markup(&template->context)) {
        source_error(template->source, "the bold text '%s' where no markup can stand",
                     message->key);
        return;
    }
    template_flush(template);
    buf_append_text(template->out, "    catalogue_append(out, texts, ");
    texts_append_enumerator(template->out, key);
    buf_printf(template->out, ", %s, ", markup(template));
    if (message->argument_count == 0)
        buf_append_text(template->out, "NULL, 0);\n");
    else
        buf_printf(template->out, "(const struct catalogue_argument[]){%s}, %d);\n",
                   (const char *)list.ptr, message->argument_count);
    written(template);
}

static void tag_language(struct template *template, struct span tag)
{
    if (!allowed(template, html_refuses_text(&template->context), tag))
        return;
    statement(template, "%stexts->language);\n", writer_of(template, FIELD_TEXT));
    written(template);
}

static void tag_else_word(struct template *template, struct span rest)
{
    (void)rest;
    tag_else(template);
}

static void tag_end_word(struct template *template, struct span rest)
{
    (void)rest;
    tag_end(template);
}

struct tag_word {
    const char *word;
    bool alone;  /* with anything behind it, it is the name of a field */
    bool silent; /* writes nothing itself */
    void (*tag)(struct template *template, struct span rest);
};

static const struct tag_word tag_words[] = {
    {"if", false, true, tag_if},
    {"each", false, true, tag_each},
    {"else", true, true, tag_else_word},
    {"end", true, true, tag_end_word},
    {"t", false, false, tag_text},
    {">", false, true, tag_partial},
    {"language", true, false, tag_language},
};

/* NULL for the name of a field; *ret_rest is what stands behind the word. */
static const struct tag_word *find_word(struct span tag, struct span *ret_rest)
{
    struct span rest = tag;
    struct span word = source_word(&rest);
    *ret_rest = rest;
    for (size_t i = 0; i < sizeof tag_words / sizeof *tag_words; i++) {
        bool whole = !tag_words[i].alone || rest.len == 0;
        if (whole && span_equal_text(word, tag_words[i].word))
            return &tag_words[i];
    }
    return NULL;
}

static bool is_comment(struct span tag)
{
    return tag.len > 0 && tag.ptr[0] == '!';
}

bool template_tag_is_silent(struct span tag)
{
    struct span rest;
    const struct tag_word *word = find_word(tag, &rest);
    return is_comment(tag) || (word != NULL && word->silent);
}

void template_tag(struct template *template, struct span tag)
{
    struct span rest;
    const struct tag_word *word = find_word(tag, &rest);
    if (is_comment(tag))
        return;
    if (word != NULL)
        word->tag(template, word->alone ? tag : rest);
    else
        tag_field(template, tag);
}
