/*
 * Where in an HTML or XML text the reader stands: fed byte by byte, it knows which values may be
 * written there and how. It is stricter than browsers are: attribute values stand in double quotes,
 * there is no inline script, and a tag that a browser would mend is refused.
 */
#pragma once

#include "base/span.h"

enum { HTML_NAME = 32 };

enum html_state {
    HTML_TEXT,        /* between tags */
    HTML_OPEN,        /* after '<' */
    HTML_ELEMENT,     /* in an element's name */
    HTML_BETWEEN,     /* in a tag, between attributes */
    HTML_ATTRIBUTE,   /* in an attribute's name */
    HTML_EQUALS,      /* after '=' */
    HTML_VALUE,       /* in a quoted value */
    HTML_COMMENT,     /* in <!-- --> */
    HTML_DECLARATION, /* in <!doctype> or <?xml?> */
    HTML_RAW,         /* in style, script, title, textarea */
};

struct html_context {
    enum html_state state;
    char element[HTML_NAME];
    char attribute[HTML_NAME];
    bool closing;     /* the tag is an end tag */
    bool value_begun; /* something stands in the value already */
    bool value_whole; /* the value is one URL: nothing may be added */
    size_t matched;   /* bytes seen of "-->" or of "</element" */
};

/* Takes one byte; NULL, or the sentence that says why it may not stand there. */
const char *html_feed(struct html_context *context, uint8_t c);

/* Whether control tags ({{if}}, {{each}}, {{end}}) may stand here. */
bool html_allows_control(const struct html_context *context);
/* Two branches may join when they end in the same place. */
bool html_same_place(const struct html_context *a, const struct html_context *b);
/* Text may be written here after escaping; NULL, or why not. */
const char *html_refuses_text(const struct html_context *context);
/* A URL may be written here; NULL, or why not. Marks the value as whole. */
const char *html_place_url(struct html_context *context);
/* A style block may be written here; NULL, or why not. */
const char *html_refuses_style(const struct html_context *context);
/* An element may be written here; NULL, or why not. */
const char *html_refuses_markup(const struct html_context *context);
/* Whether markup (bold) may be written here. */
bool html_allows_markup(const struct html_context *context);
