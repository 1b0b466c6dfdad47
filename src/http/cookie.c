/* RFC 6265 4.1.1: cookie-octet is printable ASCII without space, quote, comma, semicolon,
 * backslash. */
#include "http/cookie.h"

#include <string.h>

static bool is_cookie_octet(uint8_t c)
{
    return c > ' ' && c < 0x7f && strchr("\",;\\", c) == NULL;
}

static bool is_name_octet(uint8_t c)
{
    return is_cookie_octet(c) && strchr("()<>@:/[]?={}", c) == NULL;
}

static bool all(struct span text, bool (*is_fine)(uint8_t))
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_fine(text.ptr[i]))
            return false;
    return true;
}

/* One "name=value"; a value may stand in quotes, which belong to it not. */
static bool split_pair(struct span pair, struct span *ret_name, struct span *ret_value)
{
    const uint8_t *equals = pair.len == 0 ? NULL : memchr(pair.ptr, '=', pair.len);
    if (equals == NULL || equals == pair.ptr)
        return false;
    *ret_name = span_of(pair.ptr, (size_t)(equals - pair.ptr));
    struct span value = span_of(equals + 1, pair.len - ret_name->len - 1);
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = span_of(value.ptr + 1, value.len - 2);
    *ret_value = value;
    return all(*ret_name, is_name_octet) && all(value, is_cookie_octet);
}

bool cookie_find(struct span header, const char *name, struct span *ret_value)
{
    struct span found = SPAN_EMPTY;
    int count = 0;
    while (header.len > 0) {
        const uint8_t *end = memchr(header.ptr, ';', header.len);
        size_t len = end == NULL ? header.len : (size_t)(end - header.ptr);
        struct span pair_name;
        struct span value;
        if (!split_pair(span_of(header.ptr, len), &pair_name, &value))
            return false;
        if (span_equal_text(pair_name, name)) {
            found = value;
            count++;
        }
        size_t used = end == NULL ? header.len : len + 1;
        if (end != NULL && (used == header.len || header.ptr[used++] != ' '))
            return false;
        header = span_of(header.ptr + used, header.len - used);
    }
    if (count != 1)
        return false;
    *ret_value = found;
    return true;
}

enum status cookie_append(struct buf *header, const char *name, struct span value, int64_t max_age,
                          enum cookie_same_site same_site)
{
    if (strncmp(name, "__Host-", 7) != 0 || !all(span_of_text(name), is_name_octet))
        return status_fail(STATUS_INVALID, "a cookie's name does not start with __Host-");
    if (!all(value, is_cookie_octet))
        return status_fail(STATUS_INVALID, "a cookie's value holds a byte it may not");
    buf_append_text(header, name);
    buf_append_byte(header, '=');
    buf_append(header, value);
    buf_append_text(header, "; Path=/; Secure; HttpOnly; SameSite=");
    buf_append_text(header, same_site == COOKIE_SAME_SITE_STRICT ? "Strict" : "Lax");
    if (max_age >= 0)
        buf_printf(header, "; Max-Age=%lld", (long long)max_age);
    return header->failure;
}
