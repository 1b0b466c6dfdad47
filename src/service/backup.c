/*
 * The files go first and the database last, so that it is the newest of all: what it knows, the
 * files may lack (a revocation list), never the other way round. Nothing in the clear is written
 * anywhere: files and pages go from where they are through the encryption (store/sqlite_copy.c says
 * how the database is read).
 *
 * The target is written beside its place and renamed, without replacing what came there meanwhile.
 */
#include "service/backup.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "config/portable.h"
#include "service/archive.h"
#include "service/audit_verify.h"
#include "service/sealed_stream.h"
#include "store/audit_store.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

struct backup {
    const struct service *service;
    const struct backup_request *request;
    struct sealed_writer *writer;
    struct backup_result result;
};

/* ---- one file of the backup ------------------------------------------------------------------ */

static enum status begin_file(struct backup *backup, const char *name, mode_t mode, int64_t size)
{
    struct archive_entry entry = {.mode = mode, .size = size};
    snprintf(entry.name, sizeof entry.name, "%s", name);
    struct buf line defer(buf_clear) = BUF_INIT(ARCHIVE_LINE_MOST);
    TRY(archive_append_entry(&entry, &line));
    backup->result.files++;
    backup->result.bytes += size;
    return sealed_write(backup->writer, span_of(line.ptr, line.len));
}

static enum status add_bytes(struct backup *backup, const char *name, mode_t mode,
                             struct span contents)
{
    TRY(begin_file(backup, name, mode, (int64_t)contents.len));
    return sealed_write(backup->writer, contents);
}

/* What everybody may read stays so, and all else is for its owner. */
static mode_t mode_of(const char *path)
{
    struct stat info;
    bool open = stat(path, &info) == 0 && (info.st_mode & S_IROTH) != 0;
    return open ? 0644 : 0600;
}

/* A file that is not there (a revocation list that was never made) is not there after a restore. */
static enum status add_file(struct backup *backup, const char *name, const char *path)
{
    struct buf contents defer(buf_clear) = BUF_INIT(BACKUP_FILE_MOST);
    enum status status = file_read(path, &contents);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    return add_bytes(backup, name, mode_of(path), span_of(contents.ptr, contents.len));
}

/* ---- what goes into it ----------------------------------------------------------------------- */

static enum status read_head(const struct service *service, struct audit_head *ret_head)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return audit_store_head(tx, ret_head);
}

static enum status add_facts(struct backup *backup)
{
    const struct config *config = backup->service->config;
    struct audit_head head;
    char head_text[AUDIT_HEAD_TEXT_SIZE];
    char now[CLOCK_TEXT_SIZE];
    int64_t schema;
    TRY(read_head(backup->service, &head));
    TRY(db_version(backup->service->db, &schema));
    audit_head_format(&head, head_text);
    clock_format(clock_now(), now);
    json_t *facts =
        json_pack("{s:i, s:s, s:s, s:s, s:I, s:s}", "format", BACKUP_FORMAT, "organisation",
                  config->organisation_name, "host", config->public_host, "made_at", now, "schema",
                  (json_int_t)schema, "audit_head", head_text);
    char *text defer(free) = facts == NULL ? NULL : json_dumps(facts, JSON_COMPACT);
    json_decref(facts);
    if (text == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a backup");
    return add_bytes(backup, BACKUP_FACTS, 0600, span_of_text(text));
}

static enum status add_config(struct backup *backup)
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_CONFIG_FILE);
    TRY(config_append_portable(&text, backup->service->config));
    TRY(add_bytes(backup, BACKUP_CONFIG, 0600, span_of(text.ptr, text.len)));
    return add_file(backup, BACKUP_CONFIG ".original", backup->request->config_path);
}

static enum status add_files(struct backup *backup)
{
    struct config_file files[CONFIG_FILES_MOST];
    size_t count = config_files(backup->service->config, files);
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].name, BACKUP_DATABASE) != 0)
            TRY(add_file(backup, files[i].name, files[i].path));
    return STATUS_OK;
}

static enum status begin_database(void *context, int64_t size)
{
    return begin_file(context, BACKUP_DATABASE, 0600, size);
}

static enum status add_page(void *context, struct span bytes)
{
    const struct backup *backup = context;
    return sealed_write(backup->writer, bytes);
}

static enum status add_all(struct backup *backup)
{
    TRY(add_facts(backup));
    TRY(add_config(backup));
    TRY(add_files(backup));
    TRY(db_copy(backup->service->db, &(struct db_sink){begin_database, add_page, backup}));
    struct buf end defer(buf_clear) = BUF_INIT(ARCHIVE_LINE_MOST);
    archive_append_end(&end);
    TRY(sealed_write(backup->writer, span_of(end.ptr, end.len)));
    return sealed_finish(backup->writer);
}

/* ---- the file ---------------------------------------------------------------------------------*/

static enum status check_request(const struct backup_request *request)
{
    struct stat info;
    if (secret_span(request->passphrase).len < BACKUP_PASSPHRASE_LEAST)
        return status_fail(STATUS_INVALID, "the passphrase of a backup has at least %d characters",
                           BACKUP_PASSPHRASE_LEAST);
    if (request->path[0] == '\0')
        return status_fail(STATUS_INVALID, "the backup has no name");
    if (lstat(request->path, &info) == 0)
        return status_fail(STATUS_CONFLICT, "%s exists already", request->path);
    return STATUS_OK;
}

static enum status write_file(struct backup *backup, int fd)
{
    TRY(sealed_writer_new(fd, backup->request->path, backup->request->passphrase,
                          &sealed_cost_backup, &backup->writer));
    enum status status = add_all(backup);
    sealed_writer_free(take(backup->writer));
    TRY(status);
    if (fsync(fd) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be synced", backup->request->path);
    return STATUS_OK;
}

/* File systems that cannot rename without replacing get a last look instead. */
static enum status give_name(const char *beside, const char *path)
{
    if (renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return STATUS_OK;
    struct stat info;
    if (errno == EEXIST || lstat(path, &info) == 0)
        return status_fail(STATUS_CONFLICT, "%s exists already", path);
    if (rename(beside, path) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be renamed", beside);
    return STATUS_OK;
}

static enum status write_and_name(struct backup *backup, const char *beside)
{
    int fd defer(close) = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return status_fail_errno(errno == ENOENT || errno == EACCES ? STATUS_INVALID : STATUS_IO,
                                 "%s cannot be created", beside);
    enum status status = write_file(backup, fd);
    if (status == STATUS_OK)
        status = give_name(beside, backup->request->path);
    if (status != STATUS_OK)
        unlink(beside);
    TRY(status);
    return file_sync_folder_of(backup->request->path);
}

static enum status write_backup(struct backup *backup)
{
    struct buf name defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&name, "%s.%ld.new", backup->request->path, (long)getpid());
    struct span beside;
    TRY(buf_finish(&name, &beside));
    return write_and_name(backup, (const char *)beside.ptr);
}

static void record_failure(const struct backup *backup, const struct actor *actor, const char *why)
{
    const struct audit_value values[] = {AUDIT_TEXT("why", why)};
    enum status status =
        audit_record(backup->service, actor, "backup.fail", backup->request->path, values, 1);
    if (status != STATUS_OK)
        log_status("backup", status, "that the backup failed is not in the audit");
}

enum status backup_create(const struct service *service, const struct actor *actor,
                          const struct backup_request *request, struct backup_result *ret_result)
{
    TRY(check_request(request));
    TRY(audit_record(service, actor, "backup.create", request->path, NULL, 0));
    struct backup backup = {.service = service, .request = request};
    enum status status = write_backup(&backup);
    if (status != STATUS_OK) {
        char why[STATUS_DETAIL_MAX];
        snprintf(why, sizeof why, "%s", status_detail());
        record_failure(&backup, actor, why);
        return status_fail(status, "%s", why);
    }
    *ret_result = backup.result;
    return STATUS_OK;
}
