/* The rules are checked on what is decoded. */
#include "http/target.h"

#include "base/text.h"

void target_split(struct span target, struct span *ret_path, struct span *ret_query)
{
    const uint8_t *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    size_t len = mark == NULL ? target.len : (size_t)(mark - target.ptr);
    *ret_path = span_of(target.ptr, len);
    *ret_query = mark == NULL ? SPAN_EMPTY : span_of(mark + 1, target.len - len - 1);
}

enum status target_decode_component(struct span text, struct buf *decoded)
{
    size_t before = decoded->len;
    TRY(text_decode_percent(text, ' ', decoded));
    if (decoded->len == before)
        return STATUS_OK;
    struct span plain = span_of(decoded->ptr + before, decoded->len - before);
    if (memchr(plain.ptr, '\0', plain.len) != NULL)
        return status_fail(STATUS_INVALID, "the text holds a NUL");
    if (!text_is_utf8(plain))
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
    TRY(text_decode_percent(path, '+', decoded));
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
