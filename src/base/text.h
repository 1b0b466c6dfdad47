/*
 * Encodings and small grammars that stand in more than one place: hex, base32 without look-alikes,
 * base64, UTF-8, numbers, durations and sizes. Decoders are strict: the whole input in the one
 * canonical form, or INVALID.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"

/* Lower-case letters and digits without 0 o 1 l: what people read aloud or type. 32 letters, 5 bits
 * each. */
extern const char text_alphabet[33];

void text_append_hex(struct buf *buf, struct span bytes);
enum status text_decode_hex(struct span text, struct buf *bytes);

/* Base32 over text_alphabet, most significant bit first, no padding: 16 bytes become 26 characters.
 */
void text_append_base32(struct buf *buf, struct span bytes);
/* Unused bits must be zero. */
enum status text_decode_base32(struct span text, struct buf *bytes);

/* RFC 4648 4, with padding. */
void text_append_base64(struct buf *buf, struct span bytes);
enum status text_decode_base64(struct span text, struct buf *bytes);

/* Percent-encoding, RFC 3986 2.1: '%' is followed by two digits of either case; other bytes stay as
 * they are, but `plus` stands for a '+': a space in forms, a plus elsewhere. */
enum status text_decode_percent(struct span text, char plus, struct buf *bytes);

/* "abcd-efgh-ij": groups of `size` characters with `separator` between them. */
void text_append_groups(struct buf *buf, struct span text, size_t size, char separator);

/* RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
bool text_is_utf8(struct span text);
/* Characters of valid UTF-8. */
size_t text_characters(struct span text);
/* Printable ASCII, space to tilde. */
bool text_is_ascii_printable(struct span text);
/* Holds U+0000..001F, U+007F..009F or a line or direction control: nothing that may stand in a
 * name. */
bool text_has_control(struct span text);
/* UTF-8 to ASCII for readers that take nothing else: "Zoë Größe" becomes "Zoe Groesse"; the rest
 * becomes '?'. */
void text_append_ascii(struct buf *buf, struct span text);

/* A text from outside as one line that hides nothing: each byte of a control and of what is not
 * UTF-8 becomes "\x0a". At most `most` bytes, which are 3 or more; "..." where it was cut. */
void text_append_line(struct buf *buf, struct span text, size_t most);

/* Decimal digits only, within the bounds. */
enum status text_parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_number);
/* "90s", "15m", "36h", "7d": seconds. */
enum status text_parse_duration(const char *text, int64_t *ret_seconds);
/* "512", "64K", "10M", "1G": bytes. */
enum status text_parse_size(const char *text, int64_t *ret_bytes);
/* The shortest exact writing that text_parse_duration() reads: "15m". */
void text_append_duration(struct buf *buf, int64_t seconds);
