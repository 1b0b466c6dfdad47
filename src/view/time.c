/*
 * Times as people read them, in the server's zone: the phones of an organisation are where its
 * server is. The zone's name goes with each time of day, so that nobody who is elsewhere is misled.
 */
#include "view/view.h"

#include "base/clock.h"

#include <time.h>

static struct tm local(int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm parts = {.tm_mday = 1, .tm_year = 70};
    localtime_r(&time, &parts);
    return parts;
}

static enum text_key month_of(const struct tm *parts)
{
    return (enum text_key)(TEXT_TIME_MONTH_1 + parts->tm_mon);
}

static void append_form(struct buf *out, const struct text_catalogue *texts, enum text_key key,
                        int64_t seconds)
{
    struct tm parts = local(seconds);
    char clock[16];
    char zone[16];
    strftime(clock, sizeof clock, "%H:%M", &parts);
    strftime(zone, sizeof zone, "%Z", &parts);
    const struct catalogue_argument arguments[] = {
        catalogue_number("day", parts.tm_mday), catalogue_phrase("month", month_of(&parts)),
        catalogue_number("year", parts.tm_year + 1900), catalogue_text("clock", clock),
        catalogue_text("zone", zone)};
    catalogue_append(out, texts, key, CATALOGUE_ESCAPED, arguments, 5);
}

void view_append_date(struct buf *out, const struct text_catalogue *texts, int64_t seconds)
{
    append_form(out, texts, TEXT_TIME_DATE, seconds);
}

void view_append_clock(struct buf *out, const struct text_catalogue *texts, int64_t seconds)
{
    append_form(out, texts, TEXT_TIME_CLOCK, seconds);
}

void view_append_moment(struct buf *out, const struct text_catalogue *texts, int64_t seconds)
{
    append_form(out, texts, TEXT_TIME_MOMENT, seconds);
}

void view_append_time(struct buf *out, const struct text_catalogue *texts, int64_t seconds)
{
    char machine[CLOCK_TEXT_SIZE];
    clock_format(seconds, machine);
    buf_printf(out, "<time datetime=\"%s\">", machine);
    view_append_moment(out, texts, seconds);
    buf_append_text(out, "</time>");
}
