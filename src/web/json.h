/*
 * One flat JSON object (RFC 8259) after the other into a buffer; members in the order of the calls.
 *
 *     json_begin(out);
 *     json_add_text(out, "user", user);
 *     json_begin_member(out, "files");
 *     ...
 *     json_end(out);
 *     json_end(out);
 */
#pragma once

#include "base/buf.h"

void json_begin(struct buf *out);
void json_begin_member(struct buf *out, const char *name);
void json_end(struct buf *out);

/* The text is UTF-8. */
void json_add_text(struct buf *out, const char *name, const char *text);
void json_add_number(struct buf *out, const char *name, int64_t number);
/* RFC 3339. */
void json_add_time(struct buf *out, const char *name, int64_t seconds);
