/* Hexadecimal groups and words. */
#include "view/fingerprint.h"

#include "base/text.h"

void fingerprint_text(const uint8_t sha256[static FINGERPRINT_BYTES],
                      char ret_text[static FINGERPRINT_TEXT])
{
    static const char digits[] = "0123456789ABCDEF";
    char *at = ret_text;
    for (int i = 0; i < FINGERPRINT_BYTES; i++) {
        *at++ = digits[sha256[i] >> 4];
        *at++ = digits[sha256[i] & 15];
        if (i % 2 == 1)
            *at++ = i + 1 < FINGERPRINT_BYTES ? ' ' : '\0';
    }
}

void fingerprint_append_words(struct buf *out, const struct text_catalogue *texts,
                              const uint8_t sha256[static FINGERPRINT_BYTES], char separator)
{
    for (int i = 0; i < FINGERPRINT_WORDS; i++) {
        if (i > 0)
            buf_append_byte(out, (uint8_t)separator);
        buf_append_text(out, texts->words[sha256[i]]);
    }
}

void fingerprint_init(struct fingerprint *fingerprint, const struct text_catalogue *texts,
                      const uint8_t sha256[static FINGERPRINT_BYTES])
{
    fingerprint_text(sha256, fingerprint->text);
    for (int i = 0; i < FINGERPRINT_GROUPS; i++) {
        char *group = fingerprint->text + (ptrdiff_t)i * 5;
        group[4] = '\0';
        fingerprint->groups[i].text = group;
    }
    for (int i = 0; i < FINGERPRINT_WORDS; i++)
        fingerprint->words[i].text = texts->words[sha256[i]];
}

enum status fingerprint_parse(const char *text, uint8_t ret_sha256[static FINGERPRINT_BYTES])
{
    struct buf digits defer(buf_clear) = BUF_INIT(2 * FINGERPRINT_BYTES);
    struct buf bytes defer(buf_clear) = BUF_INIT(FINGERPRINT_BYTES);
    for (const char *at = text; *at != '\0'; at++)
        if (*at != ' ')
            buf_append_byte(&digits, (uint8_t)(*at >= 'A' && *at <= 'F' ? *at + 32 : *at));
    struct span hex;
    TRY(buf_finish(&digits, &hex));
    TRY(text_decode_hex(hex, &bytes));
    if (bytes.len != FINGERPRINT_BYTES)
        return status_fail(STATUS_INVALID, "a SHA-256 fingerprint has 64 digits");
    memcpy(ret_sha256, bytes.ptr, bytes.len);
    return STATUS_OK;
}
