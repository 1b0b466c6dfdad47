/*
 * A view of bytes that somebody else owns. Passed by value; never outlives its owner; not
 * NUL-terminated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *ptr;
    size_t len;
};

#define SPAN_EMPTY         ((struct span){NULL, 0})
#define SPAN_LITERAL(text) ((struct span){(const uint8_t *)("" text), sizeof(text) - 1})

static inline struct span span_of(const void *ptr, size_t len)
{
    return (struct span){ptr, len};
}

/* The bytes of a NUL-terminated string without the NUL; NULL gives an empty span. */
static inline struct span span_of_text(const char *text)
{
    return (struct span){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_equal_text(struct span span, const char *text)
{
    return span_equal(span, span_of_text(text));
}

/* Takes as long for different bytes as for equal ones; lengths are not secret. base/secret.c. */
bool span_equal_constant_time(struct span a, struct span b);
