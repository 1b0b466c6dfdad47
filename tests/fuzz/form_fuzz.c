/* Forms, targets and cookies: text that strangers choose becomes text without surprises, or is
 * refused. */
#include "http/cookie.h"
#include "http/form.h"
#include "http/target.h"

#include "base/limits.h"
#include "base/text.h"

#include <assert.h>

static void decode_path(struct span target)
{
    struct span path, query;
    target_split(target, &path, &query);
    assert(path.len + query.len <= target.len);
    struct buf decoded defer(buf_clear) = BUF_INIT(64 * 1024);
    if (target_decode_path(path, &decoded) != STATUS_OK)
        return;
    struct span text = span_of(decoded.ptr, decoded.len);
    assert(text.len <= path.len);
    assert(text_is_utf8(text) && !memmem(text.ptr, text.len, "/../", 4));
    assert(memchr(text.ptr, '\0', text.len) == NULL && memchr(text.ptr, '\\', text.len) == NULL);
}

/* As the router does it below "/ocsp/". */
static void decode_rest(struct span path)
{
    static const char start[] = "/ocsp/";
    struct buf whole defer(buf_clear) = BUF_INIT(64 * 1024);
    struct buf decoded defer(buf_clear) = BUF_INIT(64 * 1024);
    buf_append_text(&whole, start);
    buf_append(&whole, path);
    struct span bytes;
    if (buf_finish(&whole, &bytes) != STATUS_OK ||
        target_decode_rest(bytes, sizeof start - 1, &decoded) != STATUS_OK)
        return;
    struct span text = span_of(decoded.ptr, decoded.len);
    assert(text.len <= bytes.len && memcmp(text.ptr, start, sizeof start - 1) == 0);
    assert(text_is_utf8(text) && !text_has_control(text));
}

static void read_form(struct span encoded)
{
    struct form *form defer(form_free) = NULL;
    if (form_parse(encoded, &form) != STATUS_OK)
        return;
    struct span value = form_value(form, "pin");
    assert(text_is_utf8(value) && strlen(form_text(form, "pin")) == value.len);
}

static void read_cookie(struct span header)
{
    struct span value;
    if (cookie_find(header, "__Host-claim", &value))
        assert(value.ptr >= header.ptr && value.ptr + value.len <= header.ptr + header.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct span input = span_of(bytes, len);
    decode_path(input);
    decode_rest(input);
    read_form(input);
    read_cookie(input);
    return 0;
}
