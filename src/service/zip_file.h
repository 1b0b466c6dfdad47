/* A ZIP archive in memory, of files that are packed already. */
#pragma once

#include "base/buf.h"

struct zip_entry {
    const char *name; /* without folder; unique */
    struct span bytes;
};

/* Appends the archive; the entries are stored as they are. INTERNAL when the library refuses. */
enum status zip_file_write(const struct zip_entry *entries, size_t count, struct buf *archive);
