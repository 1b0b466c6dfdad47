/* jansson builds the objects; nothing else in the program writes JSON for a terminal. */
#include "command/output.h"

#include "base/clock.h"

#include <stdio.h>

enum status output_text(const struct buf *text)
{
    struct span bytes;
    TRY(buf_finish(text, &bytes));
    if (fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len)
        return status_fail_errno(STATUS_IO, "standard output cannot be written");
    return STATUS_OK;
}

static void json_release(json_t *object)
{
    json_decref(object);
}
CLEANUP_POINTER(json_t, json_release)

enum status output_json(json_t *object)
{
    json_t *owned defer(json_release) = object;
    if (owned == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the answer");
    if (json_dumpf(owned, stdout, JSON_COMPACT) != 0 || fputc('\n', stdout) == EOF)
        return status_fail_errno(STATUS_IO, "standard output cannot be written");
    return STATUS_OK;
}

enum status output_finish(void)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return status_fail_errno(STATUS_IO, "standard output cannot be written");
    return STATUS_OK;
}

json_t *json_time(int64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(seconds, text);
    return seconds == 0 ? json_null() : json_string(text);
}

json_t *json_text(const char *text)
{
    return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

void append_row(struct buf *text, const char *label, const char *value)
{
    if (value != NULL && *value != '\0')
        buf_printf(text, "  %-18s %s\n", label, value);
}

void append_time_row(struct buf *text, const char *label, int64_t seconds)
{
    char time[CLOCK_TEXT_SIZE];
    clock_format(seconds, time);
    append_row(text, label, seconds == 0 ? NULL : time);
}

void append_time_cell(struct buf *text, int64_t seconds)
{
    char time[CLOCK_TEXT_SIZE] = "";
    if (seconds != 0)
        clock_format(seconds, time);
    buf_printf(text, "%-*s", CLOCK_TEXT_SIZE - 1, time);
}
