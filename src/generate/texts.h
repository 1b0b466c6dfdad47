/*
 * Reads a language file, www/texts/LANGUAGE.txt:
 *
 *     # comment
 *     claim.title = Your certificate is ready
 *     claim.open = Open *Settings* and tap {button}.        *bold*, {argument}
 *     claim.long = A text may go on
 *         in indented lines.
 *     link.tries[one] = One try is left.                    [one] and [other] are chosen by {count}
 *     link.tries[other] = {count} tries are left.
 *
 * The first language given (English) decides which keys exist and which arguments each has; the
 * others must have the same. A compiled text marks bold by the bytes 0x0e and 0x0f and stands its
 * two plural forms around 0x1f: bytes that no source may hold.
 */
#pragma once

#include "generate/source.h"

enum { TEXT_KEY_SIZE = 64, TEXT_ARGUMENTS = 6, TEXT_ARGUMENT_SIZE = 24, TEXTS_MAX = 2048 };
enum { TEXT_BOLD_ON = 0x0e, TEXT_BOLD_OFF = 0x0f, TEXT_PLURAL = 0x1f };

struct message {
    char key[TEXT_KEY_SIZE];
    char arguments[TEXT_ARGUMENTS][TEXT_ARGUMENT_SIZE]; /* of all forms, as they are met */
    int argument_count;
    int line;
    bool bold;
    bool plural;
    char *one;   /* the [one] form, else NULL */
    char *other; /* the text, or the [other] form */
};

struct texts {
    const char *path;
    char language[16];
    struct message messages[TEXTS_MAX];
    int count;
};

/* Reads the whole file. The result is large: keep it on the heap. */
void texts_read(struct source *source, struct texts *texts);
void texts_free(struct texts *texts);
CLEANUP_POINTER(struct texts, texts_free)

const struct message *texts_find(const struct texts *texts, struct span key);
bool message_has_argument(const struct message *message, struct span name);
/* Reports every key and argument in which `other` differs from `first`. */
void texts_compare(const struct texts *first, const struct texts *other,
                   struct diagnostics *diagnostics);

/* Appends TEXT_CLAIM_TITLE for "claim.title". */
void texts_append_enumerator(struct buf *out, struct span key);
/* The header with `enum text_key`. */
void texts_append_keys(struct buf *out, const struct texts *first);
/* One table of strings, in the order of `first`. */
void texts_append_table(struct buf *out, const struct texts *first, const struct texts *texts);
