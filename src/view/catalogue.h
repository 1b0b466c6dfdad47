/*
 * Every text that a person sees, in every language that www/texts has.
 *
 * A text may hold {arguments}, which are given by name, and *bold* words; the build has checked
 * that all languages have the same keys and arguments. A text with plural forms takes the one for
 * the argument `count`.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "view/text_keys.h"

struct text_catalogue {
    const char *language; /* RFC 5646 tag: "en" */
    const char *const *texts;
    const char *const *words; /* 256, one for each byte of a spoken fingerprint */
};

/* Generated; the first is the default. */
extern const struct text_catalogue text_catalogues[];
extern const size_t text_catalogue_count;

const struct text_catalogue *catalogue_default(void);
/*
 * The best catalogue for an Accept-Language field (RFC 9110 12.5.4, RFC 4647 3.4): the highest q
 * value wins, the first of equals; "de-AT" is served by "de"; q=0 refuses a language. A field that
 * is malformed, over 512 bytes or over 16 ranges, and one that fits no language, gives the default.
 */
const struct text_catalogue *catalogue_for(struct span accept_language);

enum catalogue_kind {
    CATALOGUE_IS_TEXT,
    CATALOGUE_IS_NUMBER,
    CATALOGUE_IS_DATE,
    CATALOGUE_IS_CLOCK,
    CATALOGUE_IS_MOMENT,
    CATALOGUE_IS_TIME, /* a <time> element in HTML, else as a moment */
    CATALOGUE_IS_PHRASE,
};

struct catalogue_argument {
    const char *name;
    enum catalogue_kind kind;
    const char *text;
    int64_t number;
    enum text_key phrase;
};

struct catalogue_argument catalogue_text(const char *name, const char *text);
struct catalogue_argument catalogue_number(const char *name, int64_t number);
struct catalogue_argument catalogue_date(const char *name, int64_t seconds);
struct catalogue_argument catalogue_clock(const char *name, int64_t seconds);
struct catalogue_argument catalogue_moment(const char *name, int64_t seconds);
struct catalogue_argument catalogue_time(const char *name, int64_t seconds);
struct catalogue_argument catalogue_phrase(const char *name, enum text_key phrase);

enum catalogue_form {
    CATALOGUE_HTML,    /* escaped, bold as <b> */
    CATALOGUE_ESCAPED, /* escaped for text and quoted attributes of HTML and XML, without bold */
    CATALOGUE_PLAIN,   /* as it is, for text/plain, JSON and terminals */
};

/* Appends the text with its arguments; an argument that is not given is left empty. */
void catalogue_append(struct buf *out, const struct text_catalogue *texts, enum text_key key,
                      enum catalogue_form form, const struct catalogue_argument *arguments,
                      size_t count);
