/*
 * Header lines of mails: the one place where a text that somebody typed becomes part of a header.
 * Texts are UTF-8 without control characters, or INVALID: a line end in a name ends no line. What
 * is not plain ASCII, or does not fit the line, is written in encoded words (RFC 2047), file names
 * in the extended form (RFC 2231). No line is longer than 78 characters but for a single long
 * address.
 */
#pragma once

#include "base/buf.h"

enum { HEADER_TEXT_MAX = 1024 }; /* octets of a text or name; more is INVALID */

/* "Subject: text". */
enum status header_append_text(struct buf *out, const char *name, const char *text);
/* "To: \"Ann Example\" <ann@example.org>"; without a display name (NULL or "") the address alone.
 */
enum status header_append_mailbox(struct buf *out, const char *name, const char *display,
                                  const char *address);
/* "Date: Wed, 25 Nov 2026 12:00:00 +0000", RFC 5322 3.3. */
void header_append_date(struct buf *out, int64_t seconds);
/* "Content-Disposition: attachment; filename=...". */
enum status header_append_attachment(struct buf *out, const char *file_name);
