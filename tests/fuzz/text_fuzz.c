/* The decoders of base/text.h: what they take is canonical, so it is written back as it was read.
 */
#include "base/text.h"

#include <assert.h>

enum { MOST = 64 * 1024 };

typedef enum status decoder(struct span text, struct buf *bytes);
typedef void encoder(struct buf *buf, struct span bytes);

static void decode_and_encode(struct span text, decoder *decode, encoder *encode)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(MOST);
    if (decode(text, &bytes) != STATUS_OK)
        return;
    struct buf again defer(buf_clear) = BUF_INIT(MOST);
    encode(&again, span_of(bytes.ptr, bytes.len));
    assert(again.failure == STATUS_OK);
    assert(span_equal(span_of(again.ptr, again.len), text));
}

static void look_at_characters(struct span text)
{
    struct buf ascii defer(buf_clear) = BUF_INIT(MOST);
    text_append_ascii(&ascii, text);
    assert(text_is_ascii_printable(span_of(ascii.ptr, ascii.len)));
    if (text_is_utf8(text))
        assert(text_characters(text) <= text.len);
    else
        assert(text_has_control(text));
}

static void read_numbers(const char *text)
{
    int64_t number;
    if (text_parse_int(text, -5, INT64_MAX, &number) == STATUS_OK)
        assert(number >= -5);
    if (text_parse_size(text, &number) == STATUS_OK)
        assert(number >= 0);
    if (text_parse_duration(text, &number) != STATUS_OK)
        return;
    struct buf written defer(buf_clear) = BUF_INIT(MOST);
    text_append_duration(&written, number);
    int64_t again;
    assert(text_parse_duration((const char *)written.ptr, &again) == STATUS_OK && again == number);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct span text = span_of(bytes, len);
    decode_and_encode(text, text_decode_hex, text_append_hex);
    decode_and_encode(text, text_decode_base32, text_append_base32);
    decode_and_encode(text, text_decode_base64, text_append_base64);
    look_at_characters(text);
    char *copy defer(free) = strndup((const char *)bytes, len);
    read_numbers(copy);
    return 0;
}
