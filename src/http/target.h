/*
 * The request target: a path that means one thing only, and a query.
 *
 * Percent-encoding is decoded once, here. A path is refused when a decoded byte is a control, a
 * slash, a backslash or not UTF-8, and when it holds an empty segment before others or "." or "..",
 * encoded or not: there is nothing in certferry that such a path could rightly name. A slash at the
 * end is only a path that nothing has. RFC 3986 2.1, 3.3.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"

/* Splits "/path?query" at the first "?"; the query is empty when there is none. */
void target_split(struct span target, struct span *ret_path, struct span *ret_query);
/* Appends the decoded path. INVALID says which rule is broken. */
enum status target_decode_path(struct span path, struct buf *decoded);
/*
 * The same for a path of which all behind its first `plain` bytes is one value, such as base64: in
 * that part slashes may be encoded or not, be the first or stand side by side, and dots mean
 * nothing. INVALID: a wrong '%', a control, a backslash or what is not UTF-8.
 */
enum status target_decode_rest(struct span path, size_t plain, struct buf *decoded);
/*
 * Appends the decoded text of a query or form component ('+' is a space). INVALID: a '%' without
 * two hexadecimal digits, NUL, or what is not UTF-8.
 */
enum status target_decode_component(struct span text, struct buf *decoded);
/* Appends the text so that it may stand as one segment of a path or one value of a query: what is
 * not unreserved (RFC 3986 2.3) is percent-encoded. */
void target_append_component(struct buf *out, struct span text);
