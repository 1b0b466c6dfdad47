/* A comma is due unless the object or list has just begun, which the last byte tells. */
#include "web/json.h"

#include "base/clock.h"
#include "base/text.h"

static void append_octet(struct buf *out, uint8_t c, bool utf8)
{
    if (c == '"' || c == '\\')
        buf_append_byte(out, '\\');
    if (c < ' ' || c == 0x7f)
        buf_printf(out, "\\u%04x", c);
    else if (c > 0x7f && !utf8)
        buf_append_text(out, "\\ufffd");
    else
        buf_append_byte(out, c);
}

/* Octets that stand for themselves. */
static size_t count_plain(struct span text, bool utf8)
{
    size_t count = 0;
    while (count < text.len && text.ptr[count] >= ' ' && text.ptr[count] != '"' &&
           text.ptr[count] != '\\' && text.ptr[count] != 0x7f && (utf8 || text.ptr[count] < 0x7f))
        count++;
    return count;
}

static void append_string(struct buf *out, const char *text)
{
    struct span bytes = span_of_text(text);
    bool utf8 = text_is_utf8(bytes);
    buf_append_byte(out, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        size_t plain = count_plain(span_of(bytes.ptr + i, bytes.len - i), utf8);
        buf_append(out, span_of(bytes.ptr + i, plain));
        i += plain;
        if (i < bytes.len)
            append_octet(out, bytes.ptr[i], utf8);
    }
    buf_append_byte(out, '"');
}

static void append_comma(struct buf *out)
{
    uint8_t last = out->len == 0 ? '{' : out->ptr[out->len - 1];
    if (last != '{' && last != '[')
        buf_append_byte(out, ',');
}

static void append_name(struct buf *out, const char *name)
{
    append_comma(out);
    append_string(out, name);
    buf_append_byte(out, ':');
}

void json_begin(struct buf *out)
{
    append_comma(out);
    buf_append_byte(out, '{');
}

void json_begin_member(struct buf *out, const char *name)
{
    append_name(out, name);
    buf_append_byte(out, '{');
}

void json_end(struct buf *out)
{
    buf_append_byte(out, '}');
}

void json_begin_list(struct buf *out, const char *name)
{
    append_name(out, name);
    buf_append_byte(out, '[');
}

void json_end_list(struct buf *out)
{
    buf_append_byte(out, ']');
}

void json_add_text(struct buf *out, const char *name, const char *text)
{
    append_name(out, name);
    append_string(out, text);
}

void json_add_number(struct buf *out, const char *name, int64_t number)
{
    append_name(out, name);
    buf_printf(out, "%lld", (long long)number);
}

void json_add_null(struct buf *out, const char *name)
{
    json_add_value(out, name, "null");
}

void json_add_time(struct buf *out, const char *name, int64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(seconds, text);
    json_add_text(out, name, text);
}

void json_add_base64(struct buf *out, const char *name, struct span bytes)
{
    append_name(out, name);
    buf_append_byte(out, '"');
    text_append_base64(out, bytes);
    buf_append_byte(out, '"');
}

void json_add_value(struct buf *out, const char *name, const char *json)
{
    append_name(out, name);
    buf_append_text(out, json);
}

void json_add_known_text(struct buf *out, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        json_add_null(out, name);
    else
        json_add_text(out, name, text);
}

void json_add_known_time(struct buf *out, const char *name, int64_t seconds)
{
    if (seconds == 0)
        json_add_null(out, name);
    else
        json_add_time(out, name, seconds);
}
