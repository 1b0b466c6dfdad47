/*
 * Documents of phones: a tree within its bounds, or refused; what is read is walked to its end.
 * What the writer can write (texts of UTF-8 without NUL, none beside elements, no remote wipe) is
 * written and read again as the same tree; a tag of remote wipe is never written.
 */
#include "eas/wbxml.h"

#include "base/text.h"
#include "eas/tags.h"

#include <assert.h>

struct seen {
    size_t elements;
    bool writable;
    bool wipe;
};

static void walk(const struct wbxml_document *document, const struct wbxml_element *element,
                 int depth, struct seen *seen)
{
    const struct wbxml_element *child = wbxml_child(document, element);
    struct span text = element->text;
    assert(depth < WBXML_DEPTH_MAX + 1);
    assert(element->has_text || text.len == 0);
    seen->elements += 1;
    if (element->tag == TAG_PROVISION_REMOTE_WIPE ||
        element->tag == TAG_PROVISION_ACCOUNT_ONLY_REMOTE_WIPE)
        seen->wipe = true;
    if (text.len > 0 &&
        (child != NULL || memchr(text.ptr, 0, text.len) != NULL || !text_is_utf8(text)))
        seen->writable = false;
    for (; child != NULL; child = wbxml_sibling(document, child))
        walk(document, child, depth + 1, seen);
}

static void write_text(struct wbxml_writer *writer, const struct wbxml_element *element)
{
    struct buf text defer(buf_clear) = BUF_INIT(SIZE_MAX / 2);
    buf_append(&text, element->text);
    buf_append_byte(&text, 0);
    assert(text.failure == STATUS_OK);
    wbxml_write_text(writer, element->tag, (const char *)text.ptr);
}

static void write_tree(struct wbxml_writer *writer, const struct wbxml_document *document,
                       const struct wbxml_element *element)
{
    const struct wbxml_element *child = wbxml_child(document, element);
    if (child == NULL && element->has_text) {
        write_text(writer, element);
        return;
    }
    if (child == NULL) {
        wbxml_write_empty(writer, element->tag);
        return;
    }
    wbxml_open(writer, element->tag);
    for (; child != NULL; child = wbxml_sibling(document, child))
        write_tree(writer, document, child);
    wbxml_close(writer);
}

static void compare(const struct wbxml_document *one, const struct wbxml_element *a,
                    const struct wbxml_document *other, const struct wbxml_element *b)
{
    assert(a->tag == b->tag && span_equal(a->text, b->text));
    a = wbxml_child(one, a);
    b = wbxml_child(other, b);
    for (; a != NULL && b != NULL; a = wbxml_sibling(one, a), b = wbxml_sibling(other, b))
        compare(one, a, other, b);
    assert(a == NULL && b == NULL);
}

static void write_again(const struct wbxml_document *document, const struct seen *seen)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024 * 1024);
    struct wbxml_document *again defer(wbxml_document_free) = NULL;
    struct wbxml_writer writer;
    struct span bytes;
    wbxml_begin(&writer, &out);
    write_tree(&writer, document, wbxml_root(document));
    enum status status = buf_finish(&out, &bytes);
    assert((status == STATUS_OK) == !seen->wipe);
    if (status != STATUS_OK)
        return;
    assert(wbxml_parse(bytes, &again) == STATUS_OK);
    compare(document, wbxml_root(document), again, wbxml_root(again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    struct seen seen = {.writable = true};
    if (wbxml_parse(span_of(bytes, len), &document) != STATUS_OK)
        return 0;
    walk(document, wbxml_root(document), 0, &seen);
    assert(seen.elements == wbxml_count(document));
    if (seen.writable)
        write_again(document, &seen);
    return 0;
}
