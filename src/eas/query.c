/* Plain queries: Cmd=Sync&User=...&DeviceId=...&DeviceType=..., in any order. */
#include "eas/query.h"

#include "base/buf.h"
#include "base/field.h"
#include "base/text.h"

#include <strings.h>

static bool is_named(struct span name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp((const char *)name.ptr, wanted, name.len) == 0;
}

static enum status keep(const struct buf *plain, char *room)
{
    struct span whole;
    if (buf_finish(plain, &whole) != STATUS_OK || room[0] != '\0' || !text_is_utf8(whole) ||
        text_has_control(whole))
        return status_fail(STATUS_INVALID, "a value of the query is too long, twice there or no "
                                           "text (MS-ASHTTP 2.2.1.1.1)");
    if (whole.len > 0)
        memcpy(room, whole.ptr, whole.len);
    room[whole.len] = '\0';
    return STATUS_OK;
}

static enum status decode(struct span text, char *room, size_t size)
{
    struct buf plain defer(buf_clear) = BUF_INIT(size - 1);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            buf_append_byte(&plain, text.ptr[i]);
            continue;
        }
        char digits[2] = {0};
        for (size_t j = 0; j < 2 && i + 1 + j < text.len; j++)
            digits[j] = (char)(text.ptr[i + 1 + j] | (text.ptr[i + 1 + j] >= 'A' ? 0x20 : 0));
        TRY(text_decode_hex(span_of(digits, 2), &plain));
        i += 2;
    }
    return keep(&plain, room);
}

static enum status take_field(struct span field, struct eas_query *query)
{
    struct span value = field;
    struct span name = field_cut(&value, '=');
    if (is_named(name, "User"))
        return decode(value, query->user, sizeof query->user);
    if (is_named(name, "DeviceId"))
        return decode(value, query->device_id, sizeof query->device_id);
    if (is_named(name, "DeviceType"))
        return decode(value, query->device_type, sizeof query->device_type);
    return STATUS_OK;
}

enum status eas_query_parse(struct span query, struct eas_query *ret_query)
{
    struct eas_query parsed = {0};
    if (memmem(query.ptr, query.len, "Cmd=", 4) == NULL)
        return status_fail(STATUS_INVALID, "the query names no command (MS-ASHTTP 2.2.1.1.1)");
    while (query.len > 0)
        TRY(take_field(field_cut(&query, '&'), &parsed));
    *ret_query = parsed;
    return STATUS_OK;
}
