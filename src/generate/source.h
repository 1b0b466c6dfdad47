/*
 * What the build-time compilers share: a text file that is read line by line, and the list of what
 * is wrong with it.
 *
 * A compiler reports everything it finds as "path:line: sentence", as a C compiler does, and goes
 * on; its main() prints the list and fails the build when it is not empty. Unit tests give a text
 * in place of a file and read the list.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

enum { SOURCE_MAX = 1024 * 1024, DIAGNOSTICS_MAX = 256 * 1024, GENERATED_MAX = 8 * 1024 * 1024 };

struct diagnostics {
    struct buf text;
    int count;
};

#define DIAGNOSTICS_INIT                                                                           \
    {                                                                                              \
        .text = BUF_INIT(DIAGNOSTICS_MAX)                                                          \
    }

/* Adds "path:line: sentence\n"; `line` is 0 for the file as a whole. */
void diagnostics_add(struct diagnostics *diagnostics, const char *path, int line,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Prints the list on standard error; the exit code of a compiler: 0 when it is empty, else 1. */
int diagnostics_report(const struct diagnostics *diagnostics);
void diagnostics_clear(struct diagnostics *diagnostics);
CLEANUP_VALUE(struct diagnostics, diagnostics_clear)

struct source {
    const char *path; /* as given, for messages */
    struct buf text;
    size_t at; /* the byte after the last line read */
    int line;  /* the number of the last line read, from 1 */
    struct diagnostics *diagnostics;
};

/*
 * A source is UTF-8 with LF line ends and no control characters but tab; anything else is reported
 * and leaves it empty. `path` and `diagnostics` must outlive it.
 */
void source_init_file(struct source *source, const char *path, struct diagnostics *diagnostics);
void source_init_text(struct source *source, const char *path, const char *text,
                      struct diagnostics *diagnostics);
void source_clear(struct source *source);
CLEANUP_VALUE(struct source, source_clear)

/* The next line without its LF, or false at the end. The span lives as long as the source. */
bool source_next_line(struct source *source, struct span *ret_line);
/* All bytes, whatever has been read. */
struct span source_text(const struct source *source);
/* Reports against the line last read. */
void source_error(struct source *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `line` without spaces and tabs around it. */
struct span source_trim(struct span line);
/* Splits off what stands before the first space or tab; *rest becomes what follows, trimmed. */
struct span source_word(struct span *rest);
/* Lower-case letters, digits and '_', a letter first, shorter than `size` with its NUL. */
bool source_is_name(struct span text, size_t size);
/* The file name of `path` without folders and without its last extension. */
struct span source_base_name(const char *path);

/* A C string literal of any bytes, in several lines when it is long; "" when empty. */
void source_append_c_string(struct buf *out, struct span bytes);
/* Writes the file unless it has these bytes already, so that nothing is built again for nothing. */
enum status source_write_generated(const char *path, const struct buf *contents);
