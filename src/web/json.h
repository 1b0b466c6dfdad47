/*
 * JSON (RFC 8259) into a buffer; members in the order of the calls.
 *
 *     json_begin(out);
 *     json_add_text(out, "user", user);
 *     json_begin_list(out, "items");
 *     json_begin(out);
 *     ...
 *     json_end(out);
 *     json_end_list(out);
 *     json_end(out);
 */
#pragma once

#include "base/buf.h"

/* The whole, or one more object of a list. */
void json_begin(struct buf *out);
void json_begin_member(struct buf *out, const char *name);
void json_end(struct buf *out);
void json_begin_list(struct buf *out, const char *name);
void json_end_list(struct buf *out);

/* The text is UTF-8; of a text that is not, every octet above 7F becomes U+FFFD. */
void json_add_text(struct buf *out, const char *name, const char *text);
void json_add_number(struct buf *out, const char *name, int64_t number);
void json_add_null(struct buf *out, const char *name);
/* RFC 3339. */
void json_add_time(struct buf *out, const char *name, int64_t seconds);
/* RFC 4648 4. */
void json_add_base64(struct buf *out, const char *name, struct span bytes);
/* One whole JSON value, as it is. */
void json_add_value(struct buf *out, const char *name, const char *json);

/* null for what is not known: "" and NULL, 0. */
void json_add_known_text(struct buf *out, const char *name, const char *text);
void json_add_known_time(struct buf *out, const char *name, int64_t seconds);
