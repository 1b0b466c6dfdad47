/*
 * Time. Everything stored, signed or compared is whole seconds since 1970-01-01 UTC in an int64_t;
 * deadlines are milliseconds of a clock that never goes back.
 */
#pragma once

#include "base/span.h"
#include "base/status.h"

enum { CLOCK_TEXT_SIZE = sizeof "2026-01-01T00:00:00Z" };
enum { CLOCK_MINUTE = 60, CLOCK_HOUR = 3600, CLOCK_DAY = 86400 };

int64_t clock_now(void);
int64_t clock_monotonic_ms(void);

/* RFC 3339 in UTC, "2026-01-31T23:59:59Z"; years outside 0000..9999 are cut to the nearest. */
void clock_format(int64_t seconds, char ret_text[static CLOCK_TEXT_SIZE]);
/* RFC 3339 with seconds, "Z" or an offset, no fraction. INVALID. */
enum status clock_parse(const char *text, int64_t *ret_seconds);
/* The same, or a day alone, "2026-01-31", which is its beginning in UTC. INVALID. */
enum status clock_parse_day_or_time(const char *text, int64_t *ret_seconds);
/* IMF-fixdate of RFC 9110 5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT". */
enum { CLOCK_HTTP_SIZE = sizeof "Sun, 06 Nov 1994 08:49:37 GMT" };
void clock_format_http(int64_t seconds, char ret_text[static CLOCK_HTTP_SIZE]);
enum status clock_parse_http(struct span text, int64_t *ret_seconds);
