/*
 * The status table as data, and the detail of the last failure of each thread.
 *
 * The detail is thread-local for the reason that errno is: a failure is described where it happens,
 * logged at the edge, and the layers between need no parameter for it.
 */
#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct status_row {
    const char *name;
    enum status_kind kind;
    int http;
    const char *sentence;
};

static const struct status_row rows[] = {
#define STATUS_ROW(name, kind, http, sentence) {#name, STATUS_KIND_##kind, http, sentence},
    STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

static _Thread_local char detail[STATUS_DETAIL_MAX];

const char *status_name(enum status status)
{
    return rows[status].name;
}

enum status_kind status_kind(enum status status)
{
    return rows[status].kind;
}

int status_http(enum status status)
{
    return rows[status].http;
}

const char *status_sentence(enum status status)
{
    return rows[status].sentence;
}

int status_exit_code(enum status status)
{
    switch (rows[status].kind) {
    case STATUS_KIND_DONE:
        return 0;
    case STATUS_KIND_REFUSAL:
        return 1;
    case STATUS_KIND_USAGE:
        return 2;
    case STATUS_KIND_CONFIG:
        return 3;
    case STATUS_KIND_FAULT:
        return 4;
    }
    return 4;
}

enum status status_fail(enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    return status;
}

enum status status_fail_errno(enum status status, const char *format, ...)
{
    int error = errno;
    char reason[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);

    if (length >= 0 && (size_t)length < sizeof detail) {
        const char *text = strerror_r(error, reason, sizeof reason);
        snprintf(detail + length, sizeof detail - (size_t)length, ": %s", text);
    }
    if (error == ENOSPC || error == EDQUOT)
        return STATUS_DISK_FULL;
    return error == ENOMEM ? STATUS_NO_MEMORY : status;
}

const char *status_detail(void)
{
    return detail;
}

void status_detail_clear(void)
{
    detail[0] = '\0';
}
