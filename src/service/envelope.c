/* Parts stand one behind the other, each after its length in four octets, most significant first.
 */
#include "service/envelope.h"

#include "base/limits.h"
#include "pki/seal.h"

#include <stdio.h>

enum { ENVELOPE_MAX = 8 * LIMIT_BUNDLE, ENVELOPE_CONTEXT = 64, ENVELOPE_LENGTH = 4 };

static void name_context(enum envelope_purpose purpose, const char *link_id,
                         char ret_context[static ENVELOPE_CONTEXT])
{
    static const char *const names[] = {
        [ENVELOPE_PAGE] = "page",
        [ENVELOPE_FILE] = "file",
        [ENVELOPE_REPACK] = "repack",
        [ENVELOPE_HANDOUT] = "handout",
    };
    snprintf(ret_context, ENVELOPE_CONTEXT, "bundle %s %s", names[purpose], link_id);
}

enum status envelope_close(enum envelope_purpose purpose, struct span key, const char *link_id,
                           const struct span parts[], size_t count, struct buf *sealed)
{
    struct buf plain defer(buf_clear) = BUF_INIT(ENVELOPE_MAX);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[ENVELOPE_LENGTH] = {(uint8_t)(parts[i].len >> 24),
                                           (uint8_t)(parts[i].len >> 16),
                                           (uint8_t)(parts[i].len >> 8), (uint8_t)parts[i].len};
        buf_append(&plain, span_of(length, sizeof length));
        buf_append(&plain, parts[i]);
    }
    struct span bytes;
    TRY(buf_finish(&plain, &bytes));
    char context[ENVELOPE_CONTEXT];
    name_context(purpose, link_id, context);
    return seal_close(key, context, bytes, sealed);
}

static bool read_part(struct span *bytes, struct span *ret_part)
{
    if (bytes->len < ENVELOPE_LENGTH)
        return false;
    size_t len = (size_t)bytes->ptr[0] << 24 | (size_t)bytes->ptr[1] << 16 |
                 (size_t)bytes->ptr[2] << 8 | bytes->ptr[3];
    *bytes = span_of(bytes->ptr + ENVELOPE_LENGTH, bytes->len - ENVELOPE_LENGTH);
    if (len > bytes->len)
        return false;
    *ret_part = span_of(bytes->ptr, len);
    *bytes = span_of(bytes->ptr + len, bytes->len - len);
    return true;
}

enum status envelope_open(enum envelope_purpose purpose, struct span key, const char *link_id,
                          struct span sealed, struct span ret_parts[], size_t count,
                          struct secret **ret_contents)
{
    char context[ENVELOPE_CONTEXT];
    name_context(purpose, link_id, context);
    struct secret *contents defer(secret_free) = NULL;
    TRY(seal_open(key, context, sealed, &contents));
    struct span rest = secret_span(contents);
    for (size_t i = 0; i < count; i++)
        if (!read_part(&rest, &ret_parts[i]))
            return status_fail(STATUS_DATABASE, "the %s is cut short", context);
    if (rest.len != 0)
        return status_fail(STATUS_DATABASE, "the %s has more parts than it should", context);
    *ret_contents = take(contents);
    return STATUS_OK;
}

enum status envelope_page_key(struct span token, struct span pin, struct secret **ret_key)
{
    const struct span parts[] = {token, pin};
    return seal_combine(parts, 2, ret_key);
}
