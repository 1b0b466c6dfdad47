/* Documents of phones: a tree within its bounds, or refused; what is read is walked to its end. */
#include "eas/wbxml.h"

#include "base/text.h"

#include <assert.h>

static size_t walk(const struct wbxml_document *document, const struct wbxml_element *element,
                   int depth)
{
    size_t count = 1;
    assert(depth < WBXML_DEPTH_MAX + 1);
    assert(element->has_text || element->text.len == 0);
    for (const struct wbxml_element *child = wbxml_child(document, element); child != NULL;
         child = wbxml_sibling(document, child))
        count += walk(document, child, depth + 1);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    if (wbxml_parse(span_of(bytes, len), &document) == STATUS_OK)
        assert(walk(document, wbxml_root(document), 0) == wbxml_count(document));
    return 0;
}
