/* Two reads by offset, of the beginning and of the end; verifying reads the middle in pieces. */
#include "pki/crl_file.h"

#include "base/limits.h"
#include "pki/crl_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PIECE = 64 * 1024 };

struct crl_file {
    char *path;
    int fd;
    struct crl_outline outline;
    struct buf beginning;
    struct buf end;
    struct crl_info info;
};

void crl_file_close(struct crl_file *file)
{
    if (file == NULL)
        return;
    close_at(&file->fd);
    buf_clear(&file->beginning);
    buf_clear(&file->end);
    free(file->path);
    free(file);
}

/* Appends so many bytes from there, fewer only at the end of the file. */
static enum status read_at(const struct crl_file *file, uint64_t at, size_t len, struct buf *bytes)
{
    while (len > 0) {
        uint8_t *room = buf_reserve(bytes, len);
        if (room == NULL)
            return bytes->failure;
        ssize_t got = pread(file->fd, room, len, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return status_fail_errno(STATUS_IO, "%s cannot be read", file->path);
        if (got == 0)
            return STATUS_OK;
        buf_extend(bytes, (size_t)got);
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return STATUS_OK;
}

static enum status open_path(const char *path, struct crl_file *file)
{
    file->path = strdup(path);
    if (file->path == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a path");
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file->fd < 0)
        return status_fail_errno(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                                 "%s cannot be opened", path);
    return STATUS_OK;
}

static enum status read_parts(struct crl_file *file)
{
    struct stat info;
    struct crl_outline *outline = &file->outline;
    if (fstat(file->fd, &info) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be looked at", file->path);
    TRY(read_at(file, 0, CRL_BEGINNING_MAX, &file->beginning));
    TRY(crl_outline_read(span_of(file->beginning.ptr, file->beginning.len), outline));
    if (outline->size != (uint64_t)info.st_size ||
        outline->size - outline->entries_end > CRL_END_MAX)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1: not one whole CRL");
    file->beginning.len = outline->entries_at;
    TRY(read_at(file, outline->entries_end, outline->size - outline->entries_end, &file->end));
    struct crl *frame defer(crl_free) = NULL;
    TRY(crl_read_frame(outline, span_of(file->beginning.ptr, file->beginning.len),
                       span_of(file->end.ptr, file->end.len), &frame));
    file->info = crl_info(frame);
    return STATUS_OK;
}

/* The sentence of a broken list names its file: an admin put it there. */
static enum status name_path(const struct crl_file *file, enum status status)
{
    if (status_kind(status) != STATUS_KIND_REFUSAL)
        return status;
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return status_fail(status, "%s: %s", file->path, why);
}

enum status crl_file_open(const char *path, struct crl_file **ret_file)
{
    struct crl_file *file defer(crl_file_close) = malloc(sizeof *file);
    if (file == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    *file = (struct crl_file){
        .fd = -1, .beginning = BUF_INIT(CRL_BEGINNING_MAX), .end = BUF_INIT(CRL_END_MAX)};
    TRY(open_path(path, file));
    TRY(name_path(file, read_parts(file)));
    *ret_file = take(file);
    return STATUS_OK;
}

struct crl_info crl_file_info(const struct crl_file *file)
{
    return file->info;
}

uint64_t crl_file_size(const struct crl_file *file)
{
    return file->outline.size;
}

int crl_file_descriptor(const struct crl_file *file)
{
    return file->fd;
}

void crl_file_append_frame(const struct crl_file *file, struct buf *bytes)
{
    buf_append(bytes, span_of(file->beginning.ptr, file->beginning.len));
    buf_append(bytes, span_of(file->end.ptr, file->end.len));
}

/* For algorithms that do not hash first: RSASSA-PSS of a CA elsewhere. */
static enum status verify_whole(const struct crl_file *file, const struct certificate *issuer)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(CRL_SIZE_MAX);
    TRY(read_at(file, 0, file->outline.size, &bytes));
    struct crl *crl defer(crl_free) = NULL;
    TRY(crl_parse(span_of(bytes.ptr, bytes.len), &crl));
    return crl_check(crl, issuer, file->info.this_update);
}

static enum status verify_pieces(const struct crl_file *file, struct crl_reader *reader,
                                 const struct certificate *issuer)
{
    const struct crl_outline *outline = &file->outline;
    struct buf piece defer(buf_clear) = BUF_INIT(PIECE);
    for (uint64_t at = outline->entries_at; at < outline->entries_end;) {
        uint64_t left = outline->entries_end - at;
        buf_reset(&piece);
        TRY(read_at(file, at, left < PIECE ? left : PIECE, &piece));
        if (piece.len == 0)
            return status_fail(STATUS_IO, "%s became shorter", file->path);
        TRY(crl_reader_entries(reader, span_of(piece.ptr, piece.len)));
        at += piece.len;
    }
    struct crl_info info;
    return crl_reader_end(reader, span_of(file->end.ptr, file->end.len), issuer, &info);
}

enum status crl_file_verify(const struct crl_file *file, const struct certificate *issuer)
{
    struct crl_reader *reader defer(crl_reader_free) = NULL;
    struct span beginning = span_of(file->beginning.ptr, file->beginning.len);
    enum status status = crl_reader_begin(&file->outline, beginning, &reader);
    if (status == STATUS_INVALID)
        return name_path(file, verify_whole(file, issuer));
    TRY(status);
    return name_path(file, verify_pieces(file, reader, issuer));
}
