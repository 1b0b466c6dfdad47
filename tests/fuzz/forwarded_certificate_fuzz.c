/* The header of a proxy in every encoding: the first byte chooses it, a line end parts certificate
 * from chain. What comes out are DER sequences within bounds, and comes out again when it is
 * written anew. */
#include "base/text.h"
#include "web/forwarded_certificate.h"

#include <assert.h>

static void look_at(const struct forwarded_certificates *list)
{
    size_t len = 0;
    assert(list->count <= FORWARDED_MOST);
    for (size_t i = 0; i < list->count; i++) {
        assert(list->items[i].ptr == list->der.ptr + len && list->items[i].len >= 2);
        assert(list->items[i].len <= LIMIT_CERTIFICATE && list->items[i].ptr[0] == 0x30);
        len += list->items[i].len;
    }
    assert(len == list->der.len);
}

/* The list as Traefik would write it, read again. */
static void come_back(const struct forwarded_certificates *list)
{
    struct buf text defer(buf_clear) = BUF_INIT(4 * LIMIT_REQUEST_HEAD);
    struct forwarded_certificates again defer(forwarded_certificates_clear) = {.count = 0};
    for (size_t i = 0; i < list->count; i++) {
        buf_append_text(&text, i == 0 ? "" : ",");
        text_append_base64(&text, list->items[i]);
    }
    if (text.len > LIMIT_REQUEST_HEAD)
        return;
    enum status status = forwarded_certificate_decode(
        FORWARDED_TRAEFIK, span_of(text.ptr, text.len), SPAN_EMPTY, &again);
    assert(status == STATUS_OK && again.count == list->count);
    assert(
        span_equal(span_of(again.der.ptr, again.der.len), span_of(list->der.ptr, list->der.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    enum forwarded_encoding encoding = (enum forwarded_encoding)(bytes[0] % FORWARDED_ENCODINGS);
    struct span certificate = span_of(bytes + 1, len - 1);
    struct span chain = SPAN_EMPTY;
    const uint8_t *line = certificate.len == 0 ? NULL : memchr(certificate.ptr, '\n', len - 1);
    if (line != NULL) {
        certificate.len = (size_t)(line - certificate.ptr);
        chain = span_of(line + 1, len - 2 - certificate.len);
    }
    struct forwarded_certificates list defer(forwarded_certificates_clear) = {.count = 0};
    if (forwarded_certificate_decode(encoding, certificate, chain, &list) != STATUS_OK)
        return 0;
    look_at(&list);
    come_back(&list);
    return 0;
}
