/* Answers on standard output: text from a buf, or one JSON object a line. */
#pragma once

#include "base/buf.h"
#include "base/status.h"

#include <jansson.h>

/* IO when standard output takes no more. */
enum status output_text(const struct buf *text);
/* Takes `object` over and prints it in one line; NULL is NO_MEMORY. */
enum status output_json(json_t *object);
/* Whatever was printed has arrived, or IO: a full disk under '>' must not look like success. */
enum status output_finish(void);

/* RFC 3339, or null for 0. */
json_t *json_time(int64_t seconds);
/* The text, or null for "" and NULL. */
json_t *json_text(const char *text);

/* Appends "  label            value\n"; nothing for an empty or NULL value. */
void append_row(struct buf *text, const char *label, const char *value);
void append_time_row(struct buf *text, const char *label, int64_t seconds);
/* Appends the time, or as many spaces for 0. */
void append_time_cell(struct buf *text, int64_t seconds);
