/* The one place that knows how a file is replaced; base/file.c writes whole ones through it. */
#include "base/file_writer.h"

#include "base/buf.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

struct file_writer {
    char *path;
    char *beside;
    int fd;
    bool there; /* something stands under `beside` */
};

void file_writer_close(struct file_writer *writer)
{
    if (writer == NULL)
        return;
    close_at(&writer->fd);
    if (writer->there)
        unlink(writer->beside);
    free(writer->beside);
    free(writer->path);
    free(writer);
}

static enum status set_names(struct file_writer *writer, const char *path, const char *suffix)
{
    struct buf name defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&name, "%s%s", path, suffix);
    TRY(buf_take_text(&name, &writer->beside));
    writer->path = strdup(path);
    if (writer->path == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a path");
    return STATUS_OK;
}

enum status file_writer_open(const char *path, const char *suffix, mode_t mode,
                             struct file_writer **ret_writer)
{
    struct file_writer *writer defer(file_writer_close) = malloc(sizeof *writer);
    if (writer == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a file");
    *writer = (struct file_writer){.fd = -1};
    TRY(set_names(writer, path, suffix));
    writer->fd = open(writer->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (writer->fd < 0)
        return status_fail_errno(STATUS_IO, "%s cannot be created", writer->beside);
    writer->there = true;
    if (fchmod(writer->fd, mode) != 0)
        return status_fail_errno(STATUS_IO, "the mode of %s cannot be set", writer->beside);
    *ret_writer = take(writer);
    return STATUS_OK;
}

enum status file_writer_append(struct file_writer *writer, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(writer->fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return status_fail_errno(STATUS_IO, "%s cannot be written", writer->beside);
        bytes = span_of(bytes.ptr + put, bytes.len - (size_t)put);
    }
    return STATUS_OK;
}

static enum status sync_folder_of(const char *path)
{
    char *copy defer(free) = strdup(path);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a path");
    const char *folder = dirname(copy);
    int fd defer(close) = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return status_fail_errno(STATUS_IO, "the folder %s cannot be synced", folder);
    return STATUS_OK;
}

enum status file_writer_commit(struct file_writer *writer)
{
    if (fsync(writer->fd) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be synced", writer->beside);
    if (rename(writer->beside, writer->path) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be replaced", writer->path);
    writer->there = false;
    return sync_folder_of(writer->path);
}
