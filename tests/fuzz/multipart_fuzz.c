/* The first line is the Content-Type, what follows the body: parts lie inside the body, apart. */
#include "http/multipart.h"

#include <assert.h>

static bool is_inside(struct span inner, struct span outer)
{
    return inner.len == 0 ||
           (inner.ptr >= outer.ptr && inner.ptr + inner.len <= outer.ptr + outer.len);
}

static void check_parts(const struct multipart *form, struct span body)
{
    assert(form->count <= MULTIPART_PARTS_MOST);
    for (size_t i = 0; i < form->count; i++) {
        const struct multipart_part *part = &form->parts[i];
        assert(part->name.len > 0 && is_inside(part->name, body));
        assert(is_inside(part->filename, body) && is_inside(part->value, body));
        assert(part->value.len == 0 || i == 0 || part->value.ptr > form->parts[i - 1].value.ptr);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t *end = len == 0 ? NULL : memchr(bytes, '\n', len);
    struct span type = span_of(bytes, end == NULL ? len : (size_t)(end - bytes));
    struct span body = end == NULL ? SPAN_EMPTY : span_of(end + 1, len - type.len - 1);
    struct span boundary;
    if (multipart_boundary(type, &boundary) != STATUS_OK)
        return 0;
    assert(is_inside(boundary, type) && boundary.len > 0);
    struct multipart form;
    if (multipart_parse(body, boundary, &form) == STATUS_OK)
        check_parts(&form, body);
    return 0;
}
