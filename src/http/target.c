/* One decoder for both, strict; the rules of a path are checked on what it gives. */
#include "http/target.h"

#include "base/text.h"

void target_split(struct span target, struct span *ret_path, struct span *ret_query)
{
    const uint8_t *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    size_t len = mark == NULL ? target.len : (size_t)(mark - target.ptr);
    *ret_path = span_of(target.ptr, len);
    *ret_query = mark == NULL ? SPAN_EMPTY : span_of(mark + 1, target.len - len - 1);
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that the '%' at `at` stands for, or -1. */
static int encoded_byte(struct span text, size_t at)
{
    int high = at + 2 < text.len ? hex_value(text.ptr[at + 1]) : -1;
    int low = at + 2 < text.len ? hex_value(text.ptr[at + 2]) : -1;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* What is decoded is never longer than what was encoded. */
static enum status decode(struct span text, bool plus_is_space, struct buf *decoded)
{
    uint8_t *room = buf_reserve(decoded, text.len);
    if (room == NULL)
        return decoded->failure;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = text.ptr[i];
        if (c == '%') {
            c = encoded_byte(text, i);
            if (c < 0)
                return status_fail(STATUS_INVALID,
                                   "a '%%' is not followed by two hexadecimal digits (RFC 3986 "
                                   "2.1)");
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return status_fail(STATUS_INVALID, "the text holds a NUL");
        room[len++] = (uint8_t)c;
    }
    buf_extend(decoded, len);
    return decoded->failure;
}

enum status target_decode_component(struct span text, struct buf *decoded)
{
    size_t before = decoded->len;
    TRY(decode(text, true, decoded));
    if (decoded->len > before &&
        !text_is_utf8(span_of(decoded->ptr + before, decoded->len - before)))
        return status_fail(STATUS_INVALID, "the text is not UTF-8 (RFC 3629)");
    return STATUS_OK;
}

/* A '%2f' would move the borders of the segments after they were checked. */
static enum status check_no_encoded_slash(struct span path)
{
    static const char *const encoded[] = {"%2f", "%2F", "%5c", "%5C"};
    for (size_t i = 0; i < sizeof encoded / sizeof encoded[0]; i++)
        if (path.len > 0 && memmem(path.ptr, path.len, encoded[i], 3) != NULL)
            return status_fail(STATUS_INVALID, "the path holds an encoded slash");
    return STATUS_OK;
}

static bool is_dots(struct span segment)
{
    return span_equal_text(segment, ".") || span_equal_text(segment, "..");
}

/* No segment but the last is empty, none is "." or "..". RFC 3986 3.3. */
static enum status check_segments(struct span path)
{
    if (path.len == 0 || path.ptr[0] != '/')
        return status_fail(STATUS_INVALID, "the path does not start with a slash (RFC 3986 3.3)");
    for (size_t at = 0; at < path.len;) {
        const uint8_t *start = path.ptr + at + 1;
        size_t left = path.len - at - 1;
        const uint8_t *slash = left == 0 ? NULL : memchr(start, '/', left);
        struct span segment = span_of(start, slash == NULL ? left : (size_t)(slash - start));
        if ((segment.len == 0 && slash != NULL) || is_dots(segment))
            return status_fail(STATUS_INVALID, "the path holds an empty or dot segment");
        at += segment.len + 1;
    }
    return STATUS_OK;
}

/* Appends the decoded path, of which *ret_plain is a view. */
static enum status decode_plain(struct span path, struct buf *decoded, struct span *ret_plain)
{
    size_t before = decoded->len;
    TRY(decode(path, false, decoded));
    if (decoded->len == before)
        return status_fail(STATUS_INVALID, "the path is empty");
    struct span plain = span_of(decoded->ptr + before, decoded->len - before);
    if (text_has_control(plain) || memchr(plain.ptr, '\\', plain.len) != NULL)
        return status_fail(STATUS_INVALID, "the path holds a control character, a backslash or "
                                           "what is not UTF-8");
    *ret_plain = plain;
    return STATUS_OK;
}

enum status target_decode_path(struct span path, struct buf *decoded)
{
    struct span plain;
    TRY(check_no_encoded_slash(path));
    TRY(decode_plain(path, decoded, &plain));
    return check_segments(plain);
}

enum status target_decode_rest(struct span path, size_t plain, struct buf *decoded)
{
    struct span whole;
    TRY(check_no_encoded_slash(span_of(path.ptr, plain)));
    TRY(check_segments(span_of(path.ptr, plain)));
    return decode_plain(path, decoded, &whole);
}

static bool is_unreserved(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void target_append_component(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_unreserved(text.ptr[i]))
            buf_append_byte(out, text.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)text.ptr[i]);
}
