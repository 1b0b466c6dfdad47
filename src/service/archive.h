/*
 * Files one after the other in a stream: what is inside a backup.
 *
 *     "file MODE SIZE NAME\n" and SIZE octets      for each file
 *     "end\n"                                      and nothing behind it
 *
 * MODE is 600 or 644. NAME is one or two parts with "/" between them, each of letters, digits, '.',
 * '_' and '-', not beginning with '.': nothing that leads out of a folder.
 */
#pragma once

#include "base/buf.h"
#include "base/status.h"

#include <sys/types.h>

enum { ARCHIVE_NAME_MOST = 100, ARCHIVE_LINE_MOST = 160 };

struct archive_entry {
    char name[ARCHIVE_NAME_MOST + 1];
    mode_t mode;  /* 0600 or 0644 */
    int64_t size; /* octets */
};

/* Appends the line before a file, and the one at the end. INVALID: a name that cannot be read
 * back. */
enum status archive_append_entry(const struct archive_entry *entry, struct buf *line);
void archive_append_end(struct buf *line);

/* Where the octets come from: up to `len`, fewer only at the end. */
struct archive_source {
    enum status (*read)(void *context, uint8_t *ptr, size_t len, size_t *ret_len);
    void *context;
};
/* Where they go. What is not STATUS_OK ends the walk and is returned. */
struct archive_visitor {
    enum status (*begin)(void *context, const struct archive_entry *entry);
    enum status (*bytes)(void *context, struct span bytes);
    enum status (*end)(void *context); /* the file is whole */
    void *context;
};
/* INVALID: anything that is not as above. */
enum status archive_walk(const struct archive_source *source,
                         const struct archive_visitor *visitor);
