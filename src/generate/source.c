/* Lines, diagnostics and C string literals for the build-time compilers. */
#include "generate/source.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>

enum { LITERAL_LINE = 90 };

__attribute__((format(printf, 4, 0))) static void diagnostics_vadd(struct diagnostics *diagnostics,
                                                                   const char *path, int line,
                                                                   const char *format,
                                                                   va_list arguments)
{
    diagnostics->count++;
    buf_append_text(&diagnostics->text, path);
    if (line > 0)
        buf_printf(&diagnostics->text, ":%d", line);
    buf_append_text(&diagnostics->text, ": ");
    buf_vprintf(&diagnostics->text, format, arguments);
    buf_append_byte(&diagnostics->text, '\n');
}

void diagnostics_add(struct diagnostics *diagnostics, const char *path, int line,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(diagnostics, path, line, format, arguments);
    va_end(arguments);
}

int diagnostics_report(const struct diagnostics *diagnostics)
{
    struct span text;
    if (buf_finish(&diagnostics->text, &text) == STATUS_OK)
        fwrite(text.ptr, 1, text.len, stderr);
    return diagnostics->count == 0 ? 0 : 1;
}

void diagnostics_clear(struct diagnostics *diagnostics)
{
    buf_clear(&diagnostics->text);
    diagnostics->count = 0;
}

struct span source_text(const struct source *source)
{
    struct span text;
    return buf_finish(&source->text, &text) == STATUS_OK ? text : SPAN_EMPTY;
}

/* The number of the first line that holds a forbidden byte, 0 if none does. */
static int bad_line(struct span text)
{
    int line = 1;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '\n')
            line++;
        else if ((c < ' ' && c != '\t') || c == 0x7f)
            return line;
    }
    return 0;
}

static void check_bytes(struct source *source)
{
    int line = bad_line(source_text(source));
    if (line != 0)
        diagnostics_add(source->diagnostics, source->path, line,
                        "a control character or CR stands in this line");
    else if (!text_is_utf8(source_text(source)))
        diagnostics_add(source->diagnostics, source->path, 0, "the file is not UTF-8");
    else
        return;
    buf_reset(&source->text);
}

static void start(struct source *source, const char *path, struct diagnostics *diagnostics)
{
    *source =
        (struct source){.path = path, .text = BUF_INIT(SOURCE_MAX), .diagnostics = diagnostics};
}

void source_init_file(struct source *source, const char *path, struct diagnostics *diagnostics)
{
    start(source, path, diagnostics);
    if (file_read(path, &source->text) != STATUS_OK) {
        diagnostics_add(diagnostics, path, 0, "%s", status_detail());
        buf_reset(&source->text);
    }
    check_bytes(source);
}

void source_init_text(struct source *source, const char *path, const char *text,
                      struct diagnostics *diagnostics)
{
    start(source, path, diagnostics);
    buf_append_text(&source->text, text);
    check_bytes(source);
}

void source_clear(struct source *source)
{
    buf_clear(&source->text);
}

bool source_next_line(struct source *source, struct span *ret_line)
{
    struct span text = source_text(source);
    if (source->at >= text.len)
        return false;
    const uint8_t *from = text.ptr + source->at;
    size_t left = text.len - source->at;
    const uint8_t *end = memchr(from, '\n', left);
    size_t len = end == NULL ? left : (size_t)(end - from);
    source->at += len + (end != NULL);
    source->line++;
    *ret_line = span_of(from, len);
    return true;
}

void source_error(struct source *source, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(source->diagnostics, source->path, source->line, format, arguments);
    va_end(arguments);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct span source_trim(struct span line)
{
    while (line.len > 0 && is_blank(line.ptr[line.len - 1]))
        line.len--;
    while (line.len > 0 && is_blank(line.ptr[0]))
        line = span_of(line.ptr + 1, line.len - 1);
    return line;
}

struct span source_word(struct span *rest)
{
    struct span text = source_trim(*rest);
    size_t len = 0;
    while (len < text.len && !is_blank(text.ptr[len]))
        len++;
    *rest = source_trim(span_of(text.ptr + len, text.len - len));
    return span_of(text.ptr, len);
}

static bool is_lower_case(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

bool source_is_name(struct span text, size_t size)
{
    if (text.len == 0 || text.len >= size || !is_lower_case(text.ptr[0]))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (!is_lower_case(c) && (c < '0' || c > '9') && c != '_')
            return false;
    }
    return true;
}

struct span source_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    return span_of(name, dot == NULL ? strlen(name) : (size_t)(dot - name));
}

/* Octal escapes have three digits always, so a digit that follows one is never taken into it. */
static void append_c_byte(struct buf *out, uint8_t c)
{
    if (c == '\n')
        buf_append_text(out, "\\n");
    else if (c == '"' || c == '\\' || c == '?')
        buf_printf(out, "\\%c", c);
    else if (c >= ' ' && c <= '~')
        buf_append_byte(out, c);
    else
        buf_printf(out, "\\%03o", c);
}

void source_append_c_string(struct buf *out, struct span bytes)
{
    size_t line_start = out->len;
    buf_append_byte(out, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        if (out->len - line_start > LITERAL_LINE) {
            buf_append_text(out, "\"\n");
            line_start = out->len;
            buf_append_byte(out, '"');
        }
        append_c_byte(out, bytes.ptr[i]);
    }
    buf_append_byte(out, '"');
}

enum status source_write_generated(const char *path, const struct buf *contents)
{
    struct span bytes;
    TRY(buf_finish(contents, &bytes));
    struct buf old defer(buf_clear) = BUF_INIT(GENERATED_MAX);
    struct span old_bytes;
    if (file_read(path, &old) == STATUS_OK && buf_finish(&old, &old_bytes) == STATUS_OK &&
        span_equal(old_bytes, bytes))
        return STATUS_OK;
    return file_replace(path, bytes, 0644);
}
