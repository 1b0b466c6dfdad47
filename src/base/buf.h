/*
 * Bytes under construction, with a maximum that is set at creation.
 *
 * Appending never fails in the middle of a sentence: the first failure (over the maximum, no
 * memory) is kept, later appends do nothing, and buf_finish() reports it. So a builder appends line
 * after line and asks once.
 *
 *     struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PAGE);
 *     buf_append_text(&text, "serial ");
 *     buf_printf(&text, "%d", 7);
 *     struct span bytes;
 *     TRY(buf_finish(&text, &bytes));
 *
 * The contents are always followed by a NUL that is not counted. Memory is wiped when it is freed
 * or moved, so a buffer may hold a secret in passing; it is not locked: long-lived secrets are
 * `struct secret`.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

#include <stdarg.h>

struct buf {
    uint8_t *ptr;
    size_t len;
    size_t capacity;
    size_t max;
    enum status failure;
};

#define BUF_INIT(maximum)                                                                          \
    {                                                                                              \
        .max = (maximum)                                                                           \
    }

void buf_clear(struct buf *buf);
CLEANUP_VALUE(struct buf, buf_clear)

void buf_append(struct buf *buf, struct span bytes);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_byte(struct buf *buf, uint8_t byte);
void buf_append_repeated(struct buf *buf, uint8_t byte, size_t count);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Room for `len` more bytes that the caller writes itself, NULL after a failure; then
 * buf_extend(len). */
uint8_t *buf_reserve(struct buf *buf, size_t len);
void buf_extend(struct buf *buf, size_t len);

/* Makes the buffer fail with `status` unless it has failed already. */
void buf_fail(struct buf *buf, enum status status);
/* Forgets the contents and the failure; keeps the memory. */
void buf_reset(struct buf *buf);

/* The bytes, owned by the buffer and valid until it changes; or its first failure: TOO_LARGE,
 * NO_MEMORY. */
enum status buf_finish(const struct buf *buf, struct span *ret_bytes);
/* Gives the bytes away as a NUL-terminated string to be freed; refuses a NUL inside (INVALID). */
enum status buf_take_text(struct buf *buf, char **ret_text);
