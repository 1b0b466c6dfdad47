/* Reading and replacing whole files. */
#include "base/file.h"

#include "base/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
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

enum status file_replace(const char *path, struct span contents, mode_t mode)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, ".%ld.new", (long)getpid());
    struct file_writer *writer defer(file_writer_close) = NULL;
    TRY(file_writer_open(path, suffix, mode, &writer));
    TRY(file_writer_append(writer, contents));
    return file_writer_commit(writer);
}

enum status file_lock(const char *path, bool wait, int *ret_fd)
{
    int fd defer(close) = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return status_fail_errno(STATUS_IO, "%s cannot be opened", path);
    /* For the server's own user, when the system's administrator made it. */
    struct stat info;
    if (fstat(fd, &info) == 0 && info.st_uid == geteuid() && (info.st_mode & 0777) != 0644)
        (void)!fchmod(fd, 0644);
    while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return status_fail(STATUS_CONFLICT, "%s is locked by another process or thread", path);
        if (errno != EINTR)
            return status_fail_errno(STATUS_IO, "%s cannot be locked", path);
    }
    *ret_fd = fd;
    fd = -1;
    return STATUS_OK;
}
