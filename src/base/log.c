/*
 * One write(2) a line keeps lines of different threads and processes apart.
 *
 * Whoever reads standard error may stop reading: a full pipe would then hold up each thread that
 * logs, and with it the service and its end. So a line waits a moment for room, is counted as lost
 * when there is none, and the next line that gets through says how many were.
 */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { LOG_WAIT_MS = 20 };

/* Written by log_init() only: at the start, and when SIGHUP changes the level while threads log. */
static struct {
    _Atomic(enum log_level) most;
    _Atomic(enum log_format) format;
    const char *_Atomic process;
} settings = {LOG_LEVEL_INFO, LOG_FORMAT_TEXT, "certferry"};

/* Standard error is one thing of the process, so the count of what it did not take is one too. The
 * mutex makes room that was found stay until it is used. */
static struct {
    pthread_mutex_t mutex; /* guards `lost` */
    unsigned long lost;
} output = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_init(enum log_level most, enum log_format format, const char *process)
{
    settings.most = most;
    settings.format = format;
    settings.process = process;
}

static void append_escaped(struct buf *line, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool plain = *c >= ' ' && *c <= '~' && *c != '\\' && *c != '"';
        if (plain || (*c == '"' && settings.format == LOG_FORMAT_TEXT))
            buf_append_byte(line, (uint8_t)*c);
        else if (*c == '\\' || *c == '"')
            buf_printf(line, "\\%c", *c);
        else
            buf_printf(line, "\\u%04x", (unsigned)(uint8_t)*c);
    }
}

static void append_line(struct buf *line, enum log_level level, const char *where, const char *text)
{
    char now[CLOCK_TEXT_SIZE];
    clock_format(clock_now(), now);
    if (settings.format == LOG_FORMAT_JSON) {
        buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"%s\",\"where\":\"%s\",",
                   now, level_names[level], settings.process, where);
        buf_append_text(line, "\"message\":\"");
        append_escaped(line, text);
        buf_append_text(line, "\"}\n");
    } else {
        buf_printf(line, "%s %s %s %s: ", now, level_names[level], settings.process, where);
        append_escaped(line, text);
        buf_append_text(line, "\n");
    }
}

/* Whether a write does not block. A descriptor in an error state does not either: it fails. */
static bool has_room(int wait_ms)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&fd, 1, wait_ms) > 0;
}

static void put(const struct buf *line, const char *where)
{
    struct buf report defer(buf_clear) = BUF_INIT(9 * LOG_LINE_MAX);
    char text[64];
    if (output.lost > 0) {
        snprintf(text, sizeof text, "%lu lines before this one were lost", output.lost);
        append_line(&report, LOG_LEVEL_WARNING, where, text);
    }
    buf_append(&report, span_of(line->ptr, line->len));
    struct span bytes;
    if (line->failure != STATUS_OK || buf_finish(&report, &bytes) != STATUS_OK)
        return;
    output.lost = 0;
    if (write(STDERR_FILENO, bytes.ptr, bytes.len) < 0)
        return; /* nowhere left to say so */
}

void log_write(enum log_level level, const char *where, const char *format, ...)
{
    if (level > settings.most)
        return;
    char text[LOG_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    struct buf line defer(buf_clear) = BUF_INIT(8 * LOG_LINE_MAX);
    append_line(&line, level, where, text);
    pthread_mutex_lock(&output.mutex);
    if (has_room(output.lost == 0 ? LOG_WAIT_MS : 0))
        put(&line, where);
    else
        output.lost++;
    pthread_mutex_unlock(&output.mutex);
}

void log_status(const char *where, enum status status, const char *what)
{
    enum log_level level =
        status_kind(status) == STATUS_KIND_FAULT ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
    const char *detail = status_detail();
    log_write(level, where, "%s: %s%s%s", what, status_name(status), detail[0] == '\0' ? "" : ": ",
              detail);
}
