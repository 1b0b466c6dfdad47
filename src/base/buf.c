/* Growth by doubling up to the maximum; old memory is wiped before it goes back to the heap. */
#include "base/buf.h"

#include <stdio.h>

enum { BUF_FIRST_CAPACITY = 256 };

static const uint8_t nothing[1] = {0};

static void wipe_and_free(uint8_t *ptr, size_t len)
{
    if (ptr == NULL)
        return;
    explicit_bzero(ptr, len);
    free(ptr);
}

void buf_clear(struct buf *buf)
{
    wipe_and_free(buf->ptr, buf->capacity);
    *buf = (struct buf)BUF_INIT(buf->max);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->failure = STATUS_OK;
    if (buf->ptr != NULL)
        buf->ptr[0] = '\0';
}

void buf_fail(struct buf *buf, enum status status)
{
    if (buf->failure == STATUS_OK)
        buf->failure = status;
}

static void grow(struct buf *buf, size_t needed)
{
    size_t capacity = buf->capacity == 0 ? BUF_FIRST_CAPACITY : buf->capacity;
    while (capacity < needed)
        capacity *= 2;
    uint8_t *larger = malloc(capacity);
    if (larger == NULL) {
        buf_fail(buf, status_fail(STATUS_NO_MEMORY, "no memory for %zu bytes", capacity));
        return;
    }
    if (buf->len > 0)
        memcpy(larger, buf->ptr, buf->len);
    wipe_and_free(buf->ptr, buf->capacity);
    buf->ptr = larger;
    buf->capacity = capacity;
}

uint8_t *buf_reserve(struct buf *buf, size_t len)
{
    if (buf->failure != STATUS_OK)
        return NULL;
    if (len > buf->max - buf->len) {
        buf_fail(buf, status_fail(STATUS_TOO_LARGE, "more than %zu bytes", buf->max));
        return NULL;
    }
    if (buf->len + len + 1 > buf->capacity)
        grow(buf, buf->len + len + 1);
    return buf->failure == STATUS_OK ? buf->ptr + buf->len : NULL;
}

void buf_extend(struct buf *buf, size_t len)
{
    if (buf->failure != STATUS_OK)
        return;
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void buf_append(struct buf *buf, struct span bytes)
{
    uint8_t *room = buf_reserve(buf, bytes.len);
    if (room == NULL)
        return;
    if (bytes.len > 0)
        memcpy(room, bytes.ptr, bytes.len);
    buf_extend(buf, bytes.len);
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_append(buf, span_of_text(text));
}

void buf_append_byte(struct buf *buf, uint8_t byte)
{
    uint8_t *room = buf_reserve(buf, 1);
    if (room == NULL)
        return;
    *room = byte;
    buf_extend(buf, 1);
}

void buf_append_repeated(struct buf *buf, uint8_t byte, size_t count)
{
    uint8_t *room = buf_reserve(buf, count);
    if (room == NULL)
        return;
    memset(room, byte, count);
    buf_extend(buf, count);
}

/* Into what room there is already; the length of the whole, negative for a fault. */
__attribute__((format(printf, 2, 0))) static int format_in_place(struct buf *buf,
                                                                 const char *format,
                                                                 va_list arguments)
{
    va_list again;
    size_t room = buf->failure == STATUS_OK ? buf->capacity - buf->len : 0;
    va_copy(again, arguments);
    int len = vsnprintf(room == 0 ? NULL : (char *)buf->ptr + buf->len, room, format, again);
    va_end(again);
    return len;
}

void buf_vprintf(struct buf *buf, const char *format, va_list arguments)
{
    bool fits = buf->failure == STATUS_OK && buf->ptr != NULL;
    size_t had = fits ? buf->capacity - buf->len : 0;
    int len = format_in_place(buf, format, arguments);
    if (len < 0) {
        buf_fail(buf, status_fail(STATUS_INTERNAL, "a text could not be formatted"));
        return;
    }
    uint8_t *room = buf_reserve(buf, (size_t)len);
    if (room == NULL)
        return;
    if ((size_t)len >= had)
        vsnprintf((char *)room, (size_t)len + 1, format, arguments);
    buf_extend(buf, (size_t)len);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    buf_vprintf(buf, format, arguments);
    va_end(arguments);
}

enum status buf_finish(const struct buf *buf, struct span *ret_bytes)
{
    if (buf->failure != STATUS_OK)
        return buf->failure;
    *ret_bytes = buf->ptr == NULL ? span_of(nothing, 0) : span_of(buf->ptr, buf->len);
    return STATUS_OK;
}

enum status buf_take_text(struct buf *buf, char **ret_text)
{
    if (buf_reserve(buf, 0) == NULL)
        return buf->failure;
    if (memchr(buf->ptr, '\0', buf->len) != NULL)
        return status_fail(STATUS_INVALID, "a text holds a NUL byte");
    buf_extend(buf, 0);
    *ret_text = (char *)buf->ptr;
    *buf = (struct buf)BUF_INIT(buf->max);
    return STATUS_OK;
}
