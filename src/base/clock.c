/* RFC 3339 and RFC 9110 dates on top of gmtime_r and timegm, independent of locale and time zone.
 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static const int64_t first_second = -62167219200; /* 0000-01-01T00:00:00Z */
static const int64_t last_second = 253402300799;  /* 9999-12-31T23:59:59Z */

int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct tm broken_down(int64_t seconds)
{
    if (seconds < first_second)
        seconds = first_second;
    if (seconds > last_second)
        seconds = last_second;
    time_t time = (time_t)seconds;
    struct tm parts;
    gmtime_r(&time, &parts);
    return parts;
}

void clock_format(int64_t seconds, char ret_text[static CLOCK_TEXT_SIZE])
{
    struct tm t = broken_down(seconds);
    strftime(ret_text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &t);
    if (t.tm_year + 1900 < 1000) /* strftime does not pad the year */
        snprintf(ret_text, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
                 (unsigned)(t.tm_year + 1900) % 10000, (unsigned)(t.tm_mon + 1) % 100,
                 (unsigned)t.tm_mday % 100, (unsigned)t.tm_hour % 100, (unsigned)t.tm_min % 100,
                 (unsigned)t.tm_sec % 100);
}

void clock_format_http(int64_t seconds, char ret_text[static CLOCK_HTTP_SIZE])
{
    struct tm t = broken_down(seconds);
    snprintf(ret_text, CLOCK_HTTP_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[t.tm_wday],
             (unsigned)t.tm_mday % 100, months[t.tm_mon], (unsigned)(t.tm_year + 1900) % 10000,
             (unsigned)t.tm_hour % 100, (unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100);
}

/* `count` digits at *text as a number; moves *text behind them, or answers -1. */
static int read_digits(const char **text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9')
            return -1;
        number = number * 10 + (c - '0');
    }
    *text += count;
    return number;
}

static bool read_literal(const char **text, char literal)
{
    if (**text != literal)
        return false;
    (*text)++;
    return true;
}

/* timegm() mends a 31 February into March: what comes back differs from what was read, and is
 * refused. */
static bool to_seconds(struct tm parts, int64_t *ret_seconds)
{
    struct tm normal = parts;
    time_t seconds = timegm(&normal);
    if (normal.tm_mday != parts.tm_mday || normal.tm_mon != parts.tm_mon ||
        normal.tm_hour != parts.tm_hour || normal.tm_min != parts.tm_min ||
        normal.tm_sec != parts.tm_sec)
        return false;
    *ret_seconds = seconds;
    return true;
}

static bool read_time(const char **text, struct tm *parts)
{
    parts->tm_hour = read_digits(text, 2);
    bool ok = parts->tm_hour >= 0 && read_literal(text, ':');
    parts->tm_min = ok ? read_digits(text, 2) : -1;
    ok = parts->tm_min >= 0 && read_literal(text, ':');
    parts->tm_sec = ok ? read_digits(text, 2) : -1;
    return parts->tm_sec >= 0;
}

static bool read_date(const char **text, struct tm *parts)
{
    int year = read_digits(text, 4);
    bool ok = year >= 0 && read_literal(text, '-');
    int month = ok ? read_digits(text, 2) : -1;
    ok = month >= 1 && month <= 12 && read_literal(text, '-');
    parts->tm_mday = ok ? read_digits(text, 2) : -1;
    parts->tm_year = year - 1900;
    parts->tm_mon = month - 1;
    return parts->tm_mday >= 1;
}

/* "Z" or "+hh:mm"; seconds east of UTC. */
static bool read_zone(const char **text, int *ret_offset)
{
    *ret_offset = 0;
    if (read_literal(text, 'Z'))
        return true;
    int sign = **text == '-' ? -1 : 1;
    if (!read_literal(text, '+') && !read_literal(text, '-'))
        return false;
    int hours = read_digits(text, 2);
    bool ok = hours >= 0 && hours < 24 && read_literal(text, ':');
    int minutes = ok ? read_digits(text, 2) : -1;
    *ret_offset = sign * (hours * CLOCK_HOUR + minutes * CLOCK_MINUTE);
    return minutes >= 0 && minutes < 60;
}

enum status clock_parse(const char *text, int64_t *ret_seconds)
{
    const char *at = text;
    struct tm parts = {0};
    int offset = 0;
    int64_t seconds = 0;
    bool ok = read_date(&at, &parts) && read_literal(&at, 'T') && read_time(&at, &parts) &&
              read_zone(&at, &offset) && *at == '\0' && to_seconds(parts, &seconds);
    if (!ok)
        return status_fail(STATUS_INVALID,
                           "a time is written 2026-01-31T23:59:59Z (RFC 3339 5.6), not '%.40s'",
                           text);
    *ret_seconds = seconds - offset;
    return STATUS_OK;
}

enum status clock_parse_day_or_time(const char *text, int64_t *ret_seconds)
{
    char whole[CLOCK_TEXT_SIZE];
    if (strlen(text) != sizeof "2026-01-31" - 1)
        return clock_parse(text, ret_seconds);
    snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    return clock_parse(whole, ret_seconds);
}

static int month_number(const char *name)
{
    for (int i = 0; i < 12; i++)
        if (strncmp(name, months[i], 3) == 0)
            return i;
    return -1;
}

/* "23 Nov 2026 12:34:56 GMT" */
static bool read_http_date(const char *at, struct tm *parts)
{
    parts->tm_mday = read_digits(&at, 2);
    parts->tm_mon = read_literal(&at, ' ') ? month_number(at) : -1;
    at += 3;
    int year = read_literal(&at, ' ') ? read_digits(&at, 4) : -1;
    parts->tm_year = year - 1900;
    return parts->tm_mday >= 1 && parts->tm_mon >= 0 && year >= 0 && read_literal(&at, ' ') &&
           read_time(&at, parts) && strcmp(at, " GMT") == 0;
}

enum status clock_parse_http(struct span text, int64_t *ret_seconds)
{
    char copy[CLOCK_HTTP_SIZE];
    struct tm parts = {0};
    if (text.len != sizeof copy - 1)
        return status_fail(STATUS_INVALID, "not a date of RFC 9110 5.6.7");
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';

    const char *behind_weekday = copy + strlen("Sun, ");
    if (!read_http_date(behind_weekday, &parts) || !to_seconds(parts, ret_seconds))
        return status_fail(STATUS_INVALID, "not a date of RFC 9110 5.6.7");
    return STATUS_OK;
}
