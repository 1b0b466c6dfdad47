#include "base/clock.h"

#include <criterion/criterion.h>

struct moment {
    int64_t seconds;
    const char *rfc3339;
    const char *http;
};

static const struct moment moments[] = {
    {0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {784111777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {951827696, "2000-02-29T12:34:56Z", "Tue, 29 Feb 2000 12:34:56 GMT"},
    {4102444799, "2099-12-31T23:59:59Z", "Thu, 31 Dec 2099 23:59:59 GMT"},
    {253402300799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
    {-62135596800, "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT"},
};
enum { MOMENTS = sizeof moments / sizeof moments[0] };

Test(clock, writes_and_reads_rfc_3339)
{
    for (int i = 0; i < MOMENTS; i++) {
        char text[CLOCK_TEXT_SIZE];
        clock_format(moments[i].seconds, text);
        cr_assert_str_eq(text, moments[i].rfc3339);
        int64_t seconds = -1;
        cr_assert_eq(clock_parse(text, &seconds), STATUS_OK, "%s", text);
        cr_assert_eq(seconds, moments[i].seconds, "%s", text);
    }
}

Test(clock, writes_and_reads_http_dates)
{
    for (int i = 0; i < MOMENTS; i++) {
        char text[CLOCK_HTTP_SIZE];
        clock_format_http(moments[i].seconds, text);
        cr_assert_str_eq(text, moments[i].http);
        int64_t seconds = -1;
        cr_assert_eq(clock_parse_http(span_of_text(text), &seconds), STATUS_OK, "%s", text);
        cr_assert_eq(seconds, moments[i].seconds, "%s", text);
    }
}

Test(clock, an_offset_is_taken_off)
{
    int64_t seconds = 0;
    cr_assert_eq(clock_parse("1994-11-06T10:19:37+01:30", &seconds), STATUS_OK);
    cr_assert_eq(seconds, 784111777);
    cr_assert_eq(clock_parse("1994-11-06T03:49:37-05:00", &seconds), STATUS_OK);
    cr_assert_eq(seconds, 784111777);
}

Test(clock, refuses_what_is_not_a_time)
{
    static const char *const hostile[] = {"",
                                          "2026",
                                          "2026-01-31",
                                          "2026-01-31T23:59:59",
                                          "2026-01-31 23:59:59Z",
                                          "2026-02-30T00:00:00Z",
                                          "2026-13-01T00:00:00Z",
                                          "2026-00-01T00:00:00Z",
                                          "2026-01-00T00:00:00Z",
                                          "2026-01-31T24:00:00Z",
                                          "2026-01-31T23:60:00Z",
                                          "2026-01-31T23:59:61Z",
                                          "2026-01-31T23:59:59Zx",
                                          "2026-01-31T23:59:59+24:00",
                                          "2026-01-31T23:59:59+0100",
                                          "2026-1-31T23:59:59Z",
                                          "+026-01-31T23:59:59Z",
                                          "2026-01-31T23:59:59.5Z"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        int64_t seconds = 42;
        cr_assert_eq(clock_parse(hostile[i], &seconds), STATUS_INVALID, "%s", hostile[i]);
        cr_assert_eq(seconds, 42);
    }
}

Test(clock, refuses_what_is_not_an_http_date)
{
    static const char *const hostile[] = {"",
                                          "Sun, 06 Nov 1994 08:49:37 UTC",
                                          "Sun, 6 Nov 1994 08:49:37 GMT",
                                          "Sunday, 06-Nov-94 08:49:37 GMT",
                                          "Sun Nov  6 08:49:37 1994",
                                          "Sun, 31 Feb 1994 08:49:37 GMT",
                                          "Sun, 06 Nox 1994 08:49:37 GMT",
                                          "Sun, 06 Nov 1994 08:49:37 GMT "};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        int64_t seconds = 42;
        cr_assert_eq(clock_parse_http(span_of_text(hostile[i]), &seconds), STATUS_INVALID, "%s",
                     hostile[i]);
    }
}

Test(clock, years_that_have_no_four_digits_are_cut)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(INT64_MAX, text);
    cr_assert_str_eq(text, "9999-12-31T23:59:59Z");
    clock_format(INT64_MIN, text);
    cr_assert_str_eq(text, "0000-01-01T00:00:00Z");
}

Test(clock, a_day_alone_is_its_beginning)
{
    int64_t day;
    int64_t time;
    cr_assert_eq(clock_parse_day_or_time("2026-01-31", &day), STATUS_OK);
    cr_assert_eq(clock_parse("2026-01-31T00:00:00Z", &time), STATUS_OK);
    cr_assert_eq(day, time);
    cr_assert_eq(clock_parse_day_or_time("2026-01-31T12:00:00Z", &time), STATUS_OK);
    cr_assert_eq(time, day + 12 * CLOCK_HOUR);
    static const char *const hostile[] = {"", "2026-02-30", "2026-1-31", "20260131AB", "today"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_assert_eq(clock_parse_day_or_time(hostile[i], &day), STATUS_INVALID, "%s", hostile[i]);
}
