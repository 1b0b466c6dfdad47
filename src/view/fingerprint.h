/*
 * A SHA-256 fingerprint for people: all of it in groups of four hexadecimal digits, and its first
 * 96 bits as twelve words that can be compared by telephone. Nobody can make a second certificate
 * whose fingerprint shares these 96 bits with the first, and 32 words would not be read to the end.
 *
 * The words are those of the page's language: both ends of a call look at the same language.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "view/pages.h"

enum {
    FINGERPRINT_BYTES = 32,
    FINGERPRINT_GROUPS = 16,
    FINGERPRINT_WORDS = 12,
    FINGERPRINT_TEXT = FINGERPRINT_GROUPS * 5,
};

/* "AB12 CD34 ...", with a NUL. */
void fingerprint_text(const uint8_t sha256[static FINGERPRINT_BYTES],
                      char ret_text[static FINGERPRINT_TEXT]);
/* The words, joined by `separator`. */
void fingerprint_append_words(struct buf *out, const struct text_catalogue *texts,
                              const uint8_t sha256[static FINGERPRINT_BYTES], char separator);

/* What `struct view_authority` points to; it must outlive the page and stay where it is. */
struct fingerprint {
    char text[FINGERPRINT_TEXT];
    struct view_word groups[FINGERPRINT_GROUPS];
    struct view_word words[FINGERPRINT_WORDS];
};
void fingerprint_init(struct fingerprint *fingerprint, const struct text_catalogue *texts,
                      const uint8_t sha256[static FINGERPRINT_BYTES]);
/* The bytes of what fingerprint_text() wrote. INVALID. */
enum status fingerprint_parse(const char *text, uint8_t ret_sha256[static FINGERPRINT_BYTES]);
