/* The one way by which text gets into a page. */
#include "base/text.h"
#include "view/view.h"

#include <stdio.h>
#include <strings.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static const char *reference_for(uint8_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&#34;";
    case '\'':
        return "&#39;";
    case '`':
        return "&#96;";
    default:
        return NULL;
    }
}

static bool is_forbidden(uint8_t c)
{
    return (c < ' ' && c != '\t' && c != '\n') || c == 0x7f;
}

/* The length of the valid UTF-8 character at the start, 0 when it is none. */
static size_t character(struct span text)
{
    uint8_t first = text.ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return len <= text.len && text_is_utf8(span_of(text.ptr, len)) ? len : 0;
}

void view_append_escaped_span(struct buf *out, struct span text)
{
    while (text.len > 0) {
        size_t len = character(text);
        const char *reference = reference_for(text.ptr[0]);
        if (reference != NULL)
            buf_append_text(out, reference);
        else if (len == 0 || is_forbidden(text.ptr[0]))
            buf_append_text(out, replacement);
        else
            buf_append(out, span_of(text.ptr, len));
        len = len == 0 ? 1 : len;
        text = span_of(text.ptr + len, text.len - len);
    }
}

void view_append_escaped(struct buf *out, const char *text)
{
    view_append_escaped_span(out, span_of_text(text));
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "MaxEmailHTMLBody": also before the last capital of several. */
static bool begins_word(const char *text, size_t at)
{
    return at > 0 && is_upper(text[at]) &&
           (is_lower(text[at - 1]) || (is_upper(text[at - 1]) && is_lower(text[at + 1])));
}

void view_append_compound(struct buf *out, const char *text)
{
    size_t from = 0;
    size_t len = text == NULL ? 0 : strlen(text);
    for (size_t at = 0; at < len; at++) {
        if (!begins_word(text, at))
            continue;
        view_append_escaped_span(out, span_of(text + from, at - from));
        buf_append_text(out, "<wbr>");
        from = at;
    }
    view_append_escaped_span(out, span_of(text + from, len - from));
}

static bool is_safe_url(const char *url)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:", "tel:"};
    if (url[0] == '#' || url[0] == '?')
        return true;
    if (url[0] == '/')
        return url[1] != '/' && url[1] != '\\';
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}

static bool may_be_written(const char *url)
{
    return url != NULL && is_safe_url(url) && text_is_ascii_printable(span_of_text(url));
}

void view_append_url(struct buf *out, const char *url)
{
    view_append_escaped(out, may_be_written(url) ? url : "#");
}

void view_append_plain_url(struct buf *out, const char *url)
{
    if (may_be_written(url))
        buf_append_text(out, url);
}

void view_append_plain(struct buf *out, const char *text)
{
    for (struct span rest = span_of_text(text); rest.len > 0;) {
        size_t len = character(rest);
        if (len == 0)
            buf_append_text(out, replacement);
        else if (rest.ptr[0] < ' ' || rest.ptr[0] == 0x7f)
            buf_append_byte(out, ' ');
        else
            buf_append(out, span_of(rest.ptr, len));
        len = len == 0 ? 1 : len;
        rest = span_of(rest.ptr + len, rest.len - len);
    }
}

void view_append_number(struct buf *out, int64_t number)
{
    buf_printf(out, "%lld", (long long)number);
}

bool view_is_present(const char *text)
{
    return text != NULL && text[0] != '\0';
}

void view_append_style(struct buf *out, const struct view_style *style)
{
    buf_append(out, view_style_text(style));
}
