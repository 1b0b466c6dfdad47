/* Strict about each word; that the whole is canonical is checked by writing it again. */
#include "eas/state_text.h"

#include <stdio.h>

bool state_word(struct span *rest, char ret_word[static STATE_WORD_SIZE])
{
    const uint8_t *space = rest->len == 0 ? NULL : memchr(rest->ptr, ' ', rest->len);
    size_t len = space == NULL ? rest->len : (size_t)(space - rest->ptr);
    if (len == 0 || len >= STATE_WORD_SIZE || !text_is_ascii_printable(span_of(rest->ptr, len)))
        return false;
    memcpy(ret_word, rest->ptr, len);
    ret_word[len] = '\0';
    size_t taken = space == NULL ? len : len + 1;
    *rest = span_of(rest->ptr + taken, rest->len - taken);
    return true;
}

bool state_number(struct span *rest, int64_t most, int64_t *ret_number)
{
    char word[STATE_WORD_SIZE];
    return state_word(rest, word) && text_parse_int(word, 0, most, ret_number) == STATUS_OK;
}

bool state_hex(struct span *rest, uint64_t *ret_number)
{
    char word[STATE_WORD_SIZE];
    uint64_t number = 0;
    if (!state_word(rest, word) || strlen(word) > 2 * sizeof number)
        return false;
    for (const char *digit = word; *digit != '\0'; digit++) {
        static const char digits[] = "0123456789abcdef";
        const char *found = strchr(digits, *digit);
        if (found == NULL)
            return false;
        number = number << 4 | (uint64_t)(found - digits);
    }
    *ret_number = number;
    return true;
}

bool state_bytes(struct span *rest, uint8_t *ret_bytes, size_t len)
{
    char word[STATE_WORD_SIZE];
    struct buf bytes defer(buf_clear) = BUF_INIT(STATE_WORD_SIZE);
    if (!state_word(rest, word) || text_decode_hex(span_of_text(word), &bytes) != STATUS_OK ||
        bytes.failure != STATUS_OK || bytes.len != len)
        return false;
    memcpy(ret_bytes, bytes.ptr, len);
    return true;
}
