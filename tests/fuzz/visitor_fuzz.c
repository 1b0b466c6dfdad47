/* What a browser says of itself: its kind, its languages; and any text on its way into a page. */
#include "view/view.h"
#include "web/visitor.h"

#include <assert.h>
#include <strings.h>

/* Nothing that ends a text or a quoted attribute is left, and the rest is UTF-8. */
static void escape(struct span text)
{
    struct buf out defer(buf_clear) = BUF_INIT((size_t)1 << 20);
    struct span written;
    view_append_escaped_span(&out, text);
    assert(buf_finish(&out, &written) == STATUS_OK);
    for (size_t i = 0; i < written.len; i++)
        assert(strchr("<>\"'`\x7f", written.ptr[i]) == NULL);
}

static void address(struct span bytes)
{
    struct buf out defer(buf_clear) = BUF_INIT((size_t)1 << 20);
    char *text defer(free) = strndup((const char *)bytes.ptr, bytes.len);
    view_append_url(&out, text);
    assert(out.len > 0 && strncasecmp((const char *)out.ptr, "javascript:", 11) != 0);
    assert(out.ptr[0] != '/' || out.ptr[1] != '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct span text = span_of(bytes, len);
    const struct visitor visitor = visitor_from(text, text);
    assert(visitor.platform < PLATFORMS && visitor.device != NULL);
    assert(catalogue_for(text)->language != NULL);
    escape(text);
    if (len > 0)
        address(text);
    return 0;
}
