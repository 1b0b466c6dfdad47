/*
 * Two walks over one reader: backup_look() writes nothing, the one here makes files of what was
 * found good.
 */
#include "service/restore.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/archive.h"
#include "service/audit.h"
#include "service/audit_verify.h"
#include "service/backup.h"
#include "service/backup_contents.h"
#include "service/import.h"
#include "service/new_folder.h"
#include "service/sealed_stream.h"
#include "store/audit_store.h"
#include "store/crl_store.h"
#include "store/import_store.h"
#include "store/mail_store.h"
#include "store/session_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Revocation lists that may have been published since the backup: a million, and ten a second. */
enum { CRL_JUMP_LEAST = 1000000, CRL_JUMP_A_SECOND = 10 };

struct restore {
    const struct restore_request *request;
    struct sealed_reader *reader;
    struct backup_contents contents;
    struct new_folder folder;
    int fd; /* of the file that is written, -1 for none */
    char *path;
};

static void restore_clear(struct restore *restore)
{
    sealed_reader_free(restore->reader);
    backup_contents_clear(&restore->contents);
    new_folder_clear(&restore->folder);
    close_at(&restore->fd);
    free(restore->path);
}
CLEANUP_VALUE(struct restore, restore_clear)

void restored_clear(struct restored *restored)
{
    free(restored->config_path);
    free(restored->organisation);
    *restored = (struct restored){0};
}

/* ---- the second walk: writing ---------------------------------------------------------------- */

static enum status add_parent(const struct restore *restore, const char *name)
{
    char parent[ARCHIVE_NAME_MOST + 1];
    size_t len = strcspn(name, "/");
    if (name[len] == '\0')
        return STATUS_OK;
    snprintf(parent, sizeof parent, "%.*s", (int)len, name);
    return new_folder_add(&restore->folder, parent);
}

static enum status write_entry(void *context, const struct archive_entry *entry)
{
    struct restore *restore = context;
    if (strcmp(entry->name, BACKUP_FACTS) == 0)
        return STATUS_OK;
    TRY(add_parent(restore, entry->name));
    free(take(restore->path));
    TRY(new_folder_name(&restore->folder, entry->name, &restore->path));
    restore->fd = open(restore->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (restore->fd < 0 || fchmod(restore->fd, entry->mode) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be created", restore->path);
    return STATUS_OK;
}

static enum status write_bytes(void *context, struct span bytes)
{
    const struct restore *restore = context;
    while (restore->fd >= 0 && bytes.len > 0) {
        ssize_t put = write(restore->fd, bytes.ptr, bytes.len);
        if (put < 0 && errno != EINTR)
            return status_fail_errno(STATUS_IO, "%s cannot be written", restore->path);
        if (put > 0)
            bytes = span_of(bytes.ptr + put, bytes.len - (size_t)put);
    }
    return STATUS_OK;
}

static enum status write_end(void *context)
{
    struct restore *restore = context;
    if (restore->fd < 0)
        return STATUS_OK;
    int synced = fsync(restore->fd);
    enum status status = synced == 0
                             ? STATUS_OK
                             : status_fail_errno(STATUS_IO, "%s cannot be synced", restore->path);
    close(restore->fd);
    restore->fd = -1;
    TRY(status);
    return file_sync_folder_of(restore->path);
}

/* ---- the database in its new place ----------------------------------------------------------- */

/* Lists that were published since the backup had higher numbers; the next one is due now. */
static enum status raise_number(struct db_tx *tx, const char *issuer, int64_t jump)
{
    struct crl_row row defer(crl_row_clear) = {0};
    int64_t number;
    TRY(crl_store_get(tx, issuer, &row));
    TRY(crl_store_take_number(tx, issuer, row.last_number + jump, &number));
    return crl_store_make_due(tx, issuer);
}

static int64_t crl_jump(int64_t made_at, int64_t now)
{
    int64_t passed = now > made_at ? now - made_at : 0;
    return CRL_JUMP_LEAST + CRL_JUMP_A_SECOND * passed;
}

static enum status verify_audit(struct db *db, const struct audit_head *head,
                                struct audit_report *ret_report)
{
    struct audit_chain chain = {.known = {*head}};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    TRY(audit_store_verify(tx, &chain));
    *ret_report = chain.report;
    return STATUS_OK;
}

static enum status move_on(const struct restore *restore, struct db *db, struct restored *restored)
{
    int64_t now = clock_now();
    char made_at[CLOCK_TEXT_SIZE];
    clock_format(restored->made_at, made_at);
    restored->crl_jump = crl_jump(restored->made_at, now);
    const struct actor actor = {.kind = ACTOR_COMMAND, .name = restore->request->asked_by};
    const struct audit_value values[] = {AUDIT_TEXT("made_at", made_at),
                                         AUDIT_NUMBER("crl_jump", restored->crl_jump)};
    int64_t sessions;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    TRY(raise_number(tx, "issuing", restored->crl_jump));
    TRY(raise_number(tx, "root", restored->crl_jump));
    TRY(session_store_prune(tx, INT64_MAX, INT64_MAX, &sessions));
    TRY(mail_store_settle_restored(tx, "it waited when the backup was made", now));
    TRY(import_store_stop_all(tx, "a backup was restored", now, now + IMPORT_KEPT));
    TRY(audit_write(tx, &actor, "backup.restore", restore->request->path, values, 2));
    return db_commit(tx);
}

static enum status finish_database(const struct restore *restore, struct restored *restored)
{
    char *path defer(free) = NULL;
    struct db *db defer(db_close) = NULL;
    bool moved;
    TRY(new_folder_name(&restore->folder, BACKUP_DATABASE, &path));
    TRY(db_open(&(struct db_options){.path = path}, &db));
    TRY(db_check(db));
    TRY(verify_audit(db, &restore->contents.head, &restored->audit));
    TRY(move_on(restore, db, restored));
    return audit_head_keep(db, path, &moved);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum status read_sealed(void *context, uint8_t *ptr, size_t len, size_t *ret_len)
{
    return sealed_read(context, ptr, len, ret_len);
}

static enum status walk_twice(struct restore *restore)
{
    const struct archive_source source = {read_sealed, restore->reader};
    const struct archive_visitor writing = {write_entry, write_bytes, write_end, restore};
    TRY(backup_look(&source, &restore->contents));
    TRY(sealed_rewind(restore->reader));
    return archive_walk(&source, &writing);
}

static enum status fill_result(const struct restore *restore, struct restored *restored)
{
    struct buf path defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&path, "%s/" BACKUP_CONFIG, restore->folder.target);
    TRY(buf_take_text(&path, &restored->config_path));
    restored->made_at = restore->contents.made_at;
    restored->files = restore->contents.files;
    restored->organisation = strdup(restore->contents.organisation);
    return restored->organisation == NULL ? status_fail(STATUS_NO_MEMORY, "no memory for a name")
                                          : STATUS_OK;
}

static enum status restore_file(struct restore *restore, int fd, struct restored *restored)
{
    const struct restore_request *request = restore->request;
    TRY(new_folder_begin(request->folder, &restore->folder));
    TRY(sealed_reader_new(fd, request->path, request->passphrase, &restore->reader));
    TRY(walk_twice(restore));
    TRY(fill_result(restore, restored));
    TRY(finish_database(restore, restored));
    return new_folder_finish(&restore->folder);
}

enum status restore_run(const struct restore_request *request, struct restored *ret_restored)
{
    int fd defer(close) = open(request->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return status_fail_errno(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                                 "%s cannot be opened", request->path);
    struct restore restore defer(restore_clear) = {.request = request, .fd = -1};
    struct restored restored defer(restored_clear) = {0};
    TRY(restore_file(&restore, fd, &restored));
    *ret_restored = restored;
    restored = (struct restored){0};
    return STATUS_OK;
}
