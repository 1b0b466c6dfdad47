/*
 * One line an event on standard error, as text or JSON. Control and non-ASCII bytes are escaped, so
 * that a line from outside stays one line; a line is cut at LOG_LINE_MAX. Never give it a secret:
 * name the thing by its id. Logging never blocks for longer than a moment: when nobody reads
 * standard error, lines are lost and counted.
 */
#pragma once

#include "base/status.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum { LOG_LINE_MAX = 2048 };

/* At the start of a process, and again at any time; the default is text from level info. `process`
 * is a literal: "web". */
void log_init(enum log_level most, enum log_format format, const char *process);

/* `where` is the module, e.g. "store"; the format gives the sentence. */
void log_write(enum log_level level, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(where, ...)   log_write(LOG_LEVEL_ERROR, where, __VA_ARGS__)
#define log_warning(where, ...) log_write(LOG_LEVEL_WARNING, where, __VA_ARGS__)
#define log_info(where, ...)    log_write(LOG_LEVEL_INFO, where, __VA_ARGS__)
#define log_debug(where, ...)   log_write(LOG_LEVEL_DEBUG, where, __VA_ARGS__)

/* A status and its detail at the level of its kind: the edge calls this once for what passed up to
 * it. */
void log_status(const char *where, enum status status, const char *what);
