/* A comma is due unless the object has just begun, which the last byte tells. */
#include "web/json.h"

#include "base/clock.h"

static void append_string(struct buf *out, const char *text)
{
    buf_append_byte(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            buf_append_byte(out, '\\');
        if ((uint8_t)*c < ' ' || *c == 0x7f)
            buf_printf(out, "\\u%04x", (unsigned)(uint8_t)*c);
        else
            buf_append_byte(out, (uint8_t)*c);
    }
    buf_append_byte(out, '"');
}

static void append_name(struct buf *out, const char *name)
{
    if (out->len > 0 && out->ptr[out->len - 1] != '{')
        buf_append_byte(out, ',');
    append_string(out, name);
    buf_append_byte(out, ':');
}

void json_begin(struct buf *out)
{
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

void json_add_time(struct buf *out, const char *name, int64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(seconds, text);
    json_add_text(out, name, text);
}
