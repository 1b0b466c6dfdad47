/* Queries of phones, plain and base64: within the bounds of each field, or refused. */
#include "eas/query.h"

#include "base/text.h"

#include <assert.h>

static void check(const struct eas_query *query)
{
    assert(strlen(query->user) <= EAS_USER_MAX);
    assert(text_is_utf8(span_of_text(query->user)));
    assert(!text_has_control(span_of_text(query->user)));
    assert(strlen(query->device_id) <= EAS_DEVICE_ID_MAX);
    for (const char *at = query->device_id; *at != '\0'; at++)
        assert((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z'));
    assert(text_is_ascii_printable(span_of_text(query->device_type)));
    assert(!query->base64 || (query->version >= EAS_12_1 && query->device_id[0] != '\0' &&
                              query->command != EAS_COMMAND_NONE));
    assert(query->has_policy_key || query->policy_key == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eas_query query;
    if (eas_query_parse(span_of(bytes, len), &query) == STATUS_OK)
        check(&query);
    struct buf base64 defer(buf_clear) = BUF_INIT(1 << 20);
    text_append_base64(&base64, span_of(bytes, len));
    if (eas_query_parse(span_of(base64.ptr, base64.len), &query) == STATUS_OK)
        check(&query);
    return 0;
}
