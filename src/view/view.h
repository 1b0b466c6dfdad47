/*
 * What the generated pages (view/pages.h) are made of: escaping, addresses, times for people, the
 * style block. Handlers fill a `struct view_X` and call view_X(out, texts, &fields).
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "view/catalogue.h"
#include "view/style.h"

/*
 * Text for HTML and XML, between tags or in a quoted attribute: & < > " ' become numeric
 * references, control characters and broken UTF-8 become U+FFFD. NULL is empty.
 */
void view_append_escaped(struct buf *out, const char *text);
void view_append_escaped_span(struct buf *out, struct span text);
/* The same between tags, of WordsWrittenTogether: <wbr> stands before each word but the first. */
void view_append_compound(struct buf *out, const char *text);
/*
 * An address for href, src and action, escaped. Only a path ("/x", not "//x"), "#x", "?x", and the
 * schemes http, https, mailto and tel are written; anything else becomes "#".
 */
void view_append_url(struct buf *out, const char *url);
/* For plain text: as it is, but a value stays on its line: control characters become spaces, broken
 * UTF-8 becomes U+FFFD. */
void view_append_plain(struct buf *out, const char *text);
/* An address of a scheme that view_append_url() writes, or nothing. */
void view_append_plain_url(struct buf *out, const char *url);
void view_append_number(struct buf *out, int64_t number);
bool view_is_present(const char *text);

/* Times are shown in the server's time zone, with its name: "14:35 CET", "23 November 2026". */
void view_append_date(struct buf *out, const struct text_catalogue *texts, int64_t seconds);
void view_append_clock(struct buf *out, const struct text_catalogue *texts, int64_t seconds);
void view_append_moment(struct buf *out, const struct text_catalogue *texts, int64_t seconds);

/* The moment as a <time> element, whose datetime a script turns into the reader's own zone. */
void view_append_time(struct buf *out, const struct text_catalogue *texts, int64_t seconds);

void view_append_style(struct buf *out, const struct view_style *style);
