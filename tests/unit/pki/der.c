#include "der.h"

#include <stdio.h>

/* The first element of *rest, which then begins behind it. */
static struct der der_next(struct span *rest)
{
    struct der none = {0};
    if (rest->len < 2)
        return none;
    uint8_t tag = rest->ptr[0];
    size_t len = rest->ptr[1];
    size_t head = 2;
    if (len >= 0x80) {
        size_t octets = len & 0x7f;
        if (octets == 0 || octets > 4 || octets > rest->len - 2)
            return none;
        len = 0;
        for (size_t i = 0; i < octets; i++)
            len = len << 8 | rest->ptr[head++];
    }
    if (len > rest->len - head)
        return none;
    struct der element = {tag, {rest->ptr + head, len}};
    *rest = (struct span){rest->ptr + head + len, rest->len - head - len};
    return element;
}

struct der der_at(struct span bytes, const int *path)
{
    struct der element = {0};
    for (; *path >= 0; path++) {
        for (int i = 0; i <= *path; i++)
            element = der_next(&bytes);
        bytes = element.body;
    }
    return element;
}

const char *der_oid(struct der element)
{
    static _Thread_local char text[128];
    text[0] = '\0';
    if (element.tag != 0x06 || element.body.len == 0)
        return text;
    size_t len = (size_t)snprintf(text, sizeof text, "%u.%u", element.body.ptr[0] / 40,
                                  element.body.ptr[0] % 40);
    unsigned long arc = 0;
    for (size_t i = 1; i < element.body.len && len < sizeof text; i++) {
        arc = arc << 7 | (element.body.ptr[i] & 0x7f);
        if ((element.body.ptr[i] & 0x80) != 0)
            continue;
        len += (size_t)snprintf(text + len, sizeof text - len, ".%lu", arc);
        arc = 0;
    }
    return text;
}

long der_integer(struct der element)
{
    if (element.tag != 0x02 || element.body.len == 0 || element.body.len > 7 ||
        element.body.ptr[0] >= 0x80)
        return -1;
    long number = 0;
    for (size_t i = 0; i < element.body.len; i++)
        number = number << 8 | element.body.ptr[i];
    return number;
}
