/* Reading and replacing whole files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

enum { READ_CHUNK = 16 * 1024 };

static enum status read_all(int fd, const char *path, struct buf *contents)
{
    for (;;) {
        size_t left = contents->max - contents->len;
        size_t room = left + 1 < READ_CHUNK ? left + 1 : READ_CHUNK;
        uint8_t chunk[READ_CHUNK];
        ssize_t got = read(fd, chunk, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return status_fail_errno(STATUS_IO, "%s cannot be read", path);
        if (got == 0)
            return STATUS_OK;
        buf_append(contents, span_of(chunk, (size_t)got));
        explicit_bzero(chunk, (size_t)got);
        if (contents->failure == STATUS_TOO_LARGE)
            return status_fail(STATUS_TOO_LARGE, "%s is larger than %zu bytes", path,
                               contents->max);
        if (contents->failure != STATUS_OK)
            return contents->failure;
    }
}

enum status file_read(const char *path, struct buf *contents)
{
    int fd defer(close) = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return status_fail_errno(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                                 "%s cannot be opened", path);
    return read_all(fd, path, contents);
}

enum status file_check_private(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return status_fail_errno(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                                 "%s cannot be looked at", path);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return status_fail(STATUS_FORBIDDEN,
                           "%s is open to other users (mode %03o): run 'chmod 600 %s'", path,
                           info.st_mode & 0777U, path);
    return STATUS_OK;
}

static enum status write_all(int fd, const char *path, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return status_fail_errno(STATUS_IO, "%s cannot be written", path);
        bytes = span_of(bytes.ptr + put, bytes.len - (size_t)put);
    }
    if (fsync(fd) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be synced", path);
    return STATUS_OK;
}

enum status file_sync_folder_of(const char *path)
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

static enum status write_beside(const char *beside, struct span contents, mode_t mode)
{
    int fd defer(close) = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return status_fail_errno(STATUS_IO, "%s cannot be created", beside);
    if (fchmod(fd, mode) != 0)
        return status_fail_errno(STATUS_IO, "the mode of %s cannot be set", beside);
    return write_all(fd, beside, contents);
}

enum status file_replace(const char *path, struct span contents, mode_t mode)
{
    struct buf name defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&name, "%s.%ld.new", path, (long)getpid());
    struct span beside;
    TRY(buf_finish(&name, &beside));

    enum status status = write_beside((const char *)beside.ptr, contents, mode);
    if (status == STATUS_OK && rename((const char *)beside.ptr, path) != 0)
        status = status_fail_errno(STATUS_IO, "%s cannot be replaced", path);
    if (status != STATUS_OK) {
        unlink((const char *)beside.ptr);
        return status;
    }
    return file_sync_folder_of(path);
}
