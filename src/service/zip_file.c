/*
 * libzip writes into a source of its own in memory, which is then read as a file would be. A source
 * that an archive took over goes with the archive.
 */
#include "service/zip_file.h"

#include "base/cleanup.h"

#include <zip.h>

CLEANUP_POINTER(struct zip, zip_discard)
CLEANUP_POINTER(struct zip_source, zip_source_free)

static enum status refuse(const char *what)
{
    return status_fail(STATUS_INTERNAL, "the archive cannot be %s", what);
}

static enum status add(struct zip *zip, const struct zip_entry *entry)
{
    struct zip_source *source = zip_source_buffer(zip, entry->bytes.ptr, entry->bytes.len, 0);
    if (source == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for an archive");
    zip_int64_t index = zip_file_add(zip, entry->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return refuse("added to");
    }
    if (zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0)
        return refuse("added to");
    return STATUS_OK;
}

static enum status read_back(struct zip_source *memory, struct buf *archive)
{
    zip_stat_t stat;
    if (zip_source_stat(memory, &stat) != 0 || zip_source_open(memory) != 0)
        return refuse("read");
    uint8_t *room = buf_reserve(archive, (size_t)stat.size);
    zip_int64_t got = room == NULL ? -1 : zip_source_read(memory, room, stat.size);
    zip_source_close(memory);
    if (room == NULL)
        return archive->failure;
    if (got != (zip_int64_t)stat.size)
        return refuse("read");
    buf_extend(archive, (size_t)got);
    return STATUS_OK;
}

enum status zip_file_write(const struct zip_entry *entries, size_t count, struct buf *archive)
{
    struct zip_source *memory defer(zip_source_free) = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (memory == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for an archive");
    struct zip *zip defer(zip_discard) = zip_open_from_source(memory, ZIP_TRUNCATE, NULL);
    if (zip == NULL)
        return refuse("begun");
    zip_source_keep(memory);
    for (size_t i = 0; i < count; i++)
        TRY(add(zip, &entries[i]));
    if (zip_close(zip) != 0)
        return refuse("written");
    zip = NULL;
    return read_back(memory, archive);
}
