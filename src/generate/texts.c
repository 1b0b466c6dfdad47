/* The reader of language files, their comparison, and the tables they become. */
#include "generate/texts.h"

struct entry {
    struct span key;
    struct span form; /* "one", "other" or empty */
    struct span value;
};

void texts_free(struct texts *texts)
{
    for (int i = 0; i < texts->count; i++) {
        free(texts->messages[i].one);
        free(texts->messages[i].other);
    }
    free(texts);
}

const struct message *texts_find(const struct texts *texts, struct span key)
{
    for (int i = 0; i < texts->count; i++)
        if (span_equal_text(key, texts->messages[i].key))
            return &texts->messages[i];
    return NULL;
}

bool message_has_argument(const struct message *message, struct span name)
{
    for (int i = 0; i < message->argument_count; i++)
        if (span_equal_text(name, message->arguments[i]))
            return true;
    return false;
}

/* Names joined by dots. */
static bool is_key(struct span key)
{
    if (key.len == 0 || key.len >= TEXT_KEY_SIZE)
        return false;
    for (size_t from = 0, i = 0; i <= key.len; i++) {
        if (i < key.len && key.ptr[i] != '.')
            continue;
        if (!source_is_name(span_of(key.ptr + from, i - from), TEXT_KEY_SIZE))
            return false;
        from = i + 1;
    }
    return true;
}

static bool split_entry(struct source *source, struct span line, struct entry *ret_entry)
{
    const uint8_t *equals = memchr(line.ptr, '=', line.len);
    if (equals == NULL) {
        source_error(source, "expected 'key = text'");
        return false;
    }
    struct span key = source_trim(span_of(line.ptr, (size_t)(equals - line.ptr)));
    struct span value =
        source_trim(span_of(equals + 1, line.len - (size_t)(equals - line.ptr) - 1));
    const uint8_t *bracket = memchr(key.ptr, '[', key.len);
    struct span form = SPAN_EMPTY;
    if (bracket != NULL && key.ptr[key.len - 1] == ']') {
        size_t len = (size_t)(bracket - key.ptr);
        form = span_of(bracket + 1, key.len - len - 2);
        key.len = len;
    }
    *ret_entry = (struct entry){key, form, value};
    bool form_known =
        bracket == NULL || span_equal_text(form, "one") || span_equal_text(form, "other");
    if (!is_key(key) || !form_known)
        source_error(source, "'%.*s' is not a key, key[one] or key[other]", (int)key.len, key.ptr);
    return is_key(key) && form_known;
}

/* The message of the key, new if need be; NULL after a complaint. */
static struct message *message_for(struct source *source, struct texts *texts, struct span key)
{
    for (int i = 0; i < texts->count; i++)
        if (span_equal_text(key, texts->messages[i].key))
            return &texts->messages[i];
    if (texts->count == TEXTS_MAX) {
        source_error(source, "more than %d keys", TEXTS_MAX);
        return NULL;
    }
    struct message *message = &texts->messages[texts->count++];
    *message = (struct message){.line = source->line};
    memcpy(message->key, key.ptr, key.len);
    return message;
}

static bool add_argument(struct message *message, struct span name)
{
    if (!source_is_name(name, TEXT_ARGUMENT_SIZE))
        return false;
    if (message_has_argument(message, name))
        return true;
    if (message->argument_count == TEXT_ARGUMENTS)
        return false;
    memcpy(message->arguments[message->argument_count++], name.ptr, name.len);
    return true;
}

/* Notes each {argument}; NULL or what is wrong. */
static const char *note_arguments(struct message *message, struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '}')
            return "'}' without '{'";
        if (value.ptr[i] != '{')
            continue;
        const uint8_t *end = memchr(value.ptr + i, '}', value.len - i);
        if (end == NULL)
            return "'{' without '}'";
        size_t len = (size_t)(end - value.ptr) - i - 1;
        if (!add_argument(message, span_of(value.ptr + i + 1, len)))
            return "an argument is not a name, or there are too many";
        i += len + 1;
    }
    return NULL;
}

/* Each '*' as the mark that begins or ends bold; false when one stays open. */
static bool append_with_marks(struct message *message, struct span value, struct buf *out)
{
    bool bold = false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] != '*') {
            buf_append_byte(out, value.ptr[i]);
            continue;
        }
        bold = !bold;
        message->bold = true;
        buf_append_byte(out, bold ? TEXT_BOLD_ON : TEXT_BOLD_OFF);
    }
    return !bold;
}

/* The value with its bold marks as bytes, to be freed; complains of what is wrong with it. */
static char *compile_value(struct source *source, struct message *message, struct span value)
{
    const char *wrong = value.len == 0 ? "the text is empty" : note_arguments(message, value);
    struct buf out defer(buf_clear) = BUF_INIT(SOURCE_MAX);
    if (!append_with_marks(message, value, &out) && wrong == NULL)
        wrong = "'*' without a second one";
    if (wrong != NULL)
        source_error(source, "%s: %s", message->key, wrong);
    char *text = NULL;
    if (buf_take_text(&out, &text) != STATUS_OK)
        source_error(source, "%s: %s", message->key, status_detail());
    return text;
}

static void add_entry(struct source *source, struct texts *texts, const struct entry *entry)
{
    struct message *message = message_for(source, texts, entry->key);
    if (message == NULL)
        return;
    bool one = span_equal_text(entry->form, "one");
    bool plain = entry->form.len == 0;
    if ((one ? message->one : message->other) != NULL || (plain && message->plural)) {
        source_error(source, "the key '%s' stands twice", message->key);
        return;
    }
    message->plural = message->plural || !plain;
    char *text = compile_value(source, message, entry->value);
    if (one)
        message->one = text;
    else
        message->other = text;
}

static void check_forms(struct source *source, const struct texts *texts)
{
    for (int i = 0; i < texts->count; i++) {
        const struct message *message = &texts->messages[i];
        const char *wrong = NULL;
        if (message->other == NULL || (message->plural && message->one == NULL))
            wrong = "needs both [one] and [other]";
        else if (message->plural && !message_has_argument(message, SPAN_LITERAL("count")))
            wrong = "has plural forms but no {count}";
        if (wrong != NULL)
            diagnostics_add(source->diagnostics, source->path, message->line, "%s %s", message->key,
                            wrong);
    }
}

static void set_language(struct source *source, struct texts *texts)
{
    struct span name = source_base_name(source->path);
    if (name.len < 2 || name.len >= sizeof texts->language)
        diagnostics_add(source->diagnostics, source->path, 0,
                        "the file's name is not a language tag (RFC 5646)");
    else
        memcpy(texts->language, name.ptr, name.len);
}

/* One logical line: a line and the indented ones after it, joined by a space, in `joined`. */
static void flush_entry(struct source *source, struct texts *texts, struct buf *joined, int line)
{
    struct span text;
    struct entry entry;
    int at = source->line;
    source->line = line;
    if (buf_finish(joined, &text) == STATUS_OK && text.len > 0 && split_entry(source, text, &entry))
        add_entry(source, texts, &entry);
    source->line = at;
    buf_reset(joined);
}

void texts_read(struct source *source, struct texts *texts)
{
    *texts = (struct texts){.path = source->path};
    set_language(source, texts);
    struct buf joined defer(buf_clear) = BUF_INIT(SOURCE_MAX);
    int first = 0;
    struct span line;
    while (source_next_line(source, &line)) {
        struct span trimmed = source_trim(line);
        bool goes_on = trimmed.len > 0 && trimmed.ptr != line.ptr && joined.len > 0;
        if (!goes_on)
            flush_entry(source, texts, &joined, first);
        if (trimmed.len == 0 || (!goes_on && trimmed.ptr[0] == '#'))
            continue;
        if (goes_on)
            buf_append_byte(&joined, ' ');
        else
            first = source->line;
        buf_append(&joined, trimmed);
    }
    flush_entry(source, texts, &joined, first);
    check_forms(source, texts);
}

static void compare_message(const struct texts *first, const struct message *model,
                            const struct texts *other, struct diagnostics *diagnostics)
{
    const struct message *message = texts_find(other, span_of_text(model->key));
    if (message == NULL) {
        diagnostics_add(diagnostics, other->path, 0, "lacks the key '%s' of %s:%d", model->key,
                        first->path, model->line);
        return;
    }
    bool same = message->argument_count == model->argument_count;
    for (int i = 0; same && i < model->argument_count; i++)
        same = message_has_argument(message, span_of_text(model->arguments[i]));
    if (!same)
        diagnostics_add(diagnostics, other->path, message->line,
                        "'%s' has other arguments than %s:%d", model->key, first->path,
                        model->line);
    if (message->plural != model->plural)
        diagnostics_add(diagnostics, other->path, message->line,
                        "'%s' must have plural forms where %s:%d has", model->key, first->path,
                        model->line);
}

void texts_compare(const struct texts *first, const struct texts *other,
                   struct diagnostics *diagnostics)
{
    for (int i = 0; i < first->count; i++)
        compare_message(first, &first->messages[i], other, diagnostics);
    for (int i = 0; i < other->count; i++) {
        const struct message *message = &other->messages[i];
        if (texts_find(first, span_of_text(message->key)) == NULL)
            diagnostics_add(diagnostics, other->path, message->line, "the key '%s' is not in %s",
                            message->key, first->path);
    }
}

void texts_append_enumerator(struct buf *out, struct span key)
{
    buf_append_text(out, "TEXT_");
    for (size_t i = 0; i < key.len; i++) {
        uint8_t c = key.ptr[i];
        bool letter = c >= 'a' && c <= 'z';
        buf_append_byte(out, letter ? (uint8_t)(c - 32) : c == '.' ? '_' : c);
    }
}

void texts_append_keys(struct buf *out, const struct texts *first)
{
    buf_append_text(out,
                    "/* Generated from www/texts: the key of every text that a person sees. */\n"
                    "#pragma once\n\nenum text_key {\n");
    for (int i = 0; i < first->count; i++) {
        buf_append_text(out, "    ");
        texts_append_enumerator(out, span_of_text(first->messages[i].key));
        buf_append_text(out, ",\n");
    }
    buf_append_text(out, "    TEXT_KEYS,\n};\n");
}

void texts_append_table(struct buf *out, const struct texts *first, const struct texts *texts)
{
    buf_printf(out, "static const char *const texts_%s[TEXT_KEYS] = {\n", texts->language);
    for (int i = 0; i < first->count; i++) {
        const struct message *message = texts_find(texts, span_of_text(first->messages[i].key));
        if (message == NULL || message->other == NULL)
            continue;
        struct buf text defer(buf_clear) = BUF_INIT(SOURCE_MAX);
        if (message->one != NULL) {
            buf_append_text(&text, message->one);
            buf_append_byte(&text, TEXT_PLURAL);
        }
        buf_append_text(&text, message->other);
        buf_append_text(out, "    [");
        texts_append_enumerator(out, span_of_text(message->key));
        buf_append_text(out, "] = ");
        source_append_c_string(out, span_of(text.ptr, text.len));
        buf_append_text(out, ",\n");
    }
    buf_append_text(out, "};\n\n");
}
