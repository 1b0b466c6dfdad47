/* Strict codecs and grammars; each decoder accepts exactly what its encoder writes. */
#include "base/text.h"

#include <openssl/evp.h>

const char text_alphabet[33] = "abcdefghijkmnpqrstuvwxyz23456789";

static const char hex_digits[] = "0123456789abcdef";

void text_append_hex(struct buf *buf, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        buf_append_byte(buf, (uint8_t)hex_digits[bytes.ptr[i] >> 4]);
        buf_append_byte(buf, (uint8_t)hex_digits[bytes.ptr[i] & 15]);
    }
}

static int digit_value(const char *digits, uint8_t c)
{
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* The byte of two digits of either case, or -1. */
static int encoded_byte(uint8_t high, uint8_t low)
{
    int h = digit_value(hex_digits, high >= 'A' && high <= 'F' ? high | 0x20 : high);
    int l = digit_value(hex_digits, low >= 'A' && low <= 'F' ? low | 0x20 : low);
    return h < 0 || l < 0 ? -1 : h << 4 | l;
}

enum status text_decode_percent(struct span text, char plus, struct buf *bytes)
{
    uint8_t *room = buf_reserve(bytes, text.len); /* what is decoded is never longer */
    if (room == NULL)
        return bytes->failure;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = text.ptr[i] == '+' ? plus : text.ptr[i];
        if (c == '%') {
            c = text.len - i > 2 ? encoded_byte(text.ptr[i + 1], text.ptr[i + 2]) : -1;
            if (c < 0)
                return status_fail(STATUS_INVALID, "a '%%' is not followed by two hexadecimal "
                                                   "digits (RFC 3986 2.1)");
            i += 2;
        }
        room[len++] = (uint8_t)c;
    }
    buf_extend(bytes, len);
    return bytes->failure;
}

enum status text_decode_hex(struct span text, struct buf *bytes)
{
    if (text.len % 2 != 0)
        return status_fail(STATUS_INVALID, "hexadecimal text has an odd length");
    for (size_t i = 0; i < text.len; i += 2) {
        int high = digit_value(hex_digits, text.ptr[i]);
        int low = digit_value(hex_digits, text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return status_fail(STATUS_INVALID, "hexadecimal text holds another character");
        buf_append_byte(bytes, (uint8_t)(high << 4 | low));
    }
    return bytes->failure;
}

void text_append_base32(struct buf *buf, struct span bytes)
{
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = (bits << 8 | bytes.ptr[i]) & 0xfff;
        count += 8;
        for (; count >= 5; count -= 5)
            buf_append_byte(buf, (uint8_t)text_alphabet[bits >> (count - 5) & 31]);
    }
    if (count > 0)
        buf_append_byte(buf, (uint8_t)text_alphabet[bits << (5 - count) & 31]);
}

enum status text_decode_base32(struct span text, struct buf *bytes)
{
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text_alphabet, text.ptr[i]);
        if (value < 0)
            return status_fail(STATUS_INVALID, "base32 text holds another character");
        bits = (bits << 5 | (uint32_t)value) & 0xfff;
        count += 5;
        if (count >= 8) {
            count -= 8;
            buf_append_byte(bytes, (uint8_t)(bits >> count));
        }
    }
    if (count >= 5 || (bits & ((1U << count) - 1)) != 0)
        return status_fail(STATUS_INVALID, "base32 text ends in the middle of a byte");
    return bytes->failure;
}

void text_append_base64(struct buf *buf, struct span bytes)
{
    size_t len = (bytes.len + 2) / 3 * 4;
    uint8_t *room = buf_reserve(buf, len);
    if (room == NULL)
        return;
    EVP_EncodeBlock(room, bytes.ptr, (int)bytes.len);
    buf_extend(buf, len);
}

/* Padding stands only at the end, and the last group is what its bytes are written as. */
static bool base64_ends_canonically(struct span text, struct span bytes, size_t padding)
{
    uint8_t group[4 + 1];
    size_t last = 3 - padding;
    if (text.len == 0)
        return true;
    if (memchr(text.ptr, '=', text.len - padding) != NULL)
        return false;
    EVP_EncodeBlock(group, bytes.ptr + bytes.len - last, (int)last);
    return memcmp(group, text.ptr + text.len - 4, 4) == 0;
}

/* EVP_DecodeBlock() passes over white space at both ends, takes padding anywhere, and looks at no
 * bit that the padding covers. */
enum status text_decode_base64(struct span text, struct buf *bytes)
{
    const size_t most = text.len / 4 * 3;
    if (text.len % 4 != 0)
        return status_fail(STATUS_INVALID, "base64 text is not of whole groups (RFC 4648 4)");
    uint8_t *room = buf_reserve(bytes, most);
    if (room == NULL)
        return bytes->failure;
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
        padding++;
    int len = EVP_DecodeBlock(room, text.ptr, (int)text.len);
    if (len < 0 || (size_t)len != most ||
        !base64_ends_canonically(text, span_of(room, most - padding), padding))
        return status_fail(STATUS_INVALID, "base64 text is not canonical (RFC 4648 3.5)");
    buf_extend(bytes, most - padding);
    return STATUS_OK;
}

void text_append_groups(struct buf *buf, struct span text, size_t size, char separator)
{
    for (size_t i = 0; i < text.len; i++) {
        if (i > 0 && i % size == 0)
            buf_append_byte(buf, (uint8_t)separator);
        buf_append_byte(buf, text.ptr[i]);
    }
}

/* How many bytes a character takes that starts with `first`; 0 for a byte that starts none. */
static size_t utf8_length(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc0 || first > 0xf4)
        return 0;
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

static bool is_scalar_value(uint32_t point)
{
    return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

/* The code point at the start of `text` and its length in bytes, or a length of 0 when it is not
 * UTF-8. */
static size_t decode_utf8(struct span text, uint32_t *ret_point)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.ptr[0];
    size_t len = utf8_length(first);
    if (len == 0 || len > text.len)
        return 0;
    uint32_t point = len == 1 ? first : first & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((text.ptr[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text.ptr[i] & 0x3f);
    }
    if (point < smallest[len] || !is_scalar_value(point))
        return 0;
    *ret_point = point;
    return len;
}

bool text_is_utf8(struct span text)
{
    uint32_t point;
    for (size_t len; text.len > 0; text = span_of(text.ptr + len, text.len - len)) {
        len = decode_utf8(text, &point);
        if (len == 0)
            return false;
    }
    return true;
}

size_t text_characters(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return count;
}

bool text_is_ascii_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

/* Marks that turn the direction of what follows them, so that a name shows as another. */
static bool is_direction_mark(uint32_t point)
{
    return (point >= 0x200e && point <= 0x200f) || (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

static bool is_control(uint32_t point)
{
    bool c0_c1 = point < 0x20 || (point >= 0x7f && point <= 0x9f);
    bool separator = point == 0x2028 || point == 0x2029;
    return c0_c1 || separator || is_direction_mark(point);
}

bool text_has_control(struct span text)
{
    for (size_t len; text.len > 0; text = span_of(text.ptr + len, text.len - len)) {
        uint32_t point;
        len = decode_utf8(text, &point);
        if (len == 0 || is_control(point))
            return true;
    }
    return false;
}

/* How one character, or one byte that is none, stands in a line. */
static size_t append_visibly(struct buf *shown, struct span text)
{
    uint32_t point = 0;
    size_t len = decode_utf8(text, &point);
    if (len > 0 && !is_control(point)) {
        buf_append(shown, span_of(text.ptr, len));
        return len;
    }
    len = len == 0 ? 1 : len;
    for (size_t i = 0; i < len; i++)
        buf_printf(shown, "\\x%02x", text.ptr[i]);
    return len;
}

void text_append_line(struct buf *buf, struct span text, size_t most)
{
    static const size_t dots = sizeof "..." - 1;
    size_t start = buf->len;
    size_t fits = start; /* where the text is cut if it turns out to be too long */
    while (text.len > 0 && buf->failure == STATUS_OK && buf->len - start <= most) {
        size_t len = append_visibly(buf, text);
        text = span_of(text.ptr + len, text.len - len);
        fits = buf->len - start + dots <= most ? buf->len : fits;
    }
    if (buf->failure == STATUS_OK && buf->len - start > most) {
        buf->len = fits;
        buf_append_text(buf, "...");
    }
}

/* Latin-1 and Latin Extended-A, U+00C0 to U+017F, as people without these letters write them. */
static const char latin[192][3] = {
    "A", "A", "A",  "A",  "Ae", "A", "AE", "C", "E", "E", "E", "E", "I",  "I", "I",  "I",
    "D", "N", "O",  "O",  "O",  "O", "Oe", "x", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",
    "a", "a", "a",  "a",  "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i",  "i",
    "d", "n", "o",  "o",  "o",  "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y",
    "A", "a", "A",  "a",  "A",  "a", "C",  "c", "C", "c", "C", "c", "C",  "c", "D",  "d",
    "D", "d", "E",  "e",  "E",  "e", "E",  "e", "E", "e", "E", "e", "G",  "g", "G",  "g",
    "G", "g", "G",  "g",  "H",  "h", "H",  "h", "I", "i", "I", "i", "I",  "i", "I",  "i",
    "I", "i", "IJ", "ij", "J",  "j", "K",  "k", "k", "L", "l", "L", "l",  "L", "l",  "L",
    "l", "L", "l",  "N",  "n",  "N", "n",  "N", "n", "n", "N", "n", "O",  "o", "O",  "o",
    "O", "o", "OE", "oe", "R",  "r", "R",  "r", "R", "r", "S", "s", "S",  "s", "S",  "s",
    "S", "s", "T",  "t",  "T",  "t", "T",  "t", "U", "u", "U", "u", "U",  "u", "U",  "u",
    "U", "u", "U",  "u",  "W",  "w", "Y",  "y", "Y", "Z", "z", "Z", "z",  "Z", "z",  "s"};

void text_append_ascii(struct buf *buf, struct span text)
{
    for (size_t len; text.len > 0; text = span_of(text.ptr + len, text.len - len)) {
        uint32_t point = 0;
        len = decode_utf8(text, &point);
        if (len == 1 && point >= ' ' && point <= '~')
            buf_append_byte(buf, (uint8_t)point);
        else if (point >= 0xc0 && point < 0x180)
            buf_append_text(buf, latin[point - 0xc0]);
        else
            buf_append_byte(buf, '?');
        len = len == 0 ? 1 : len;
    }
}

/* Digits at *text as a number of at most `max`; moves *text behind them. */
static bool read_number(const char **text, int64_t max, int64_t *ret_number)
{
    int64_t number = 0;
    const char *at = *text;
    for (; *at >= '0' && *at <= '9'; at++) {
        int digit = *at - '0';
        if (digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    bool any = at != *text;
    *text = at;
    *ret_number = number;
    return any;
}

enum status text_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_number)
{
    const char *at = text;
    int64_t number;
    if (!read_number(&at, max, &number) || *at != '\0' || number < min)
        return status_fail(STATUS_INVALID, "'%.40s' is not a whole number from %lld to %lld", text,
                           (long long)min, (long long)max);
    *ret_number = number;
    return STATUS_OK;
}

struct unit {
    char letter;
    int64_t size;
};

static const struct unit duration_units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
static const struct unit size_units[] = {{'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}, {'\0', 1}};

static bool parse_with_unit(const char *text, const struct unit units[static 4],
                            int64_t *ret_number)
{
    static const int64_t most = (int64_t)1 << 40;
    int64_t number;
    if (!read_number(&text, most, &number))
        return false;
    for (int i = 0; i < 4; i++) {
        bool last = *text == '\0' || text[1] == '\0';
        if (*text == units[i].letter && last && number <= most / units[i].size) {
            *ret_number = number * units[i].size;
            return true;
        }
    }
    return false;
}

enum status text_parse_duration(const char *text, int64_t *ret_seconds)
{
    if (!parse_with_unit(text, duration_units, ret_seconds))
        return status_fail(STATUS_INVALID, "'%.40s' is not a duration: write 90s, 15m, 36h or 7d",
                           text);
    return STATUS_OK;
}

enum status text_parse_size(const char *text, int64_t *ret_bytes)
{
    if (!parse_with_unit(text, size_units, ret_bytes))
        return status_fail(STATUS_INVALID, "'%.40s' is not a size: write 512, 64K or 10M", text);
    return STATUS_OK;
}

void text_append_duration(struct buf *buf, int64_t seconds)
{
    for (int i = 0; i < 4; i++) {
        if (seconds % duration_units[i].size == 0) {
            buf_printf(buf, "%lld%c", (long long)(seconds / duration_units[i].size),
                       duration_units[i].letter);
            return;
        }
    }
}
