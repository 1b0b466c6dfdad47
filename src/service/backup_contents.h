/* A walk through the files of a backup that takes nothing for granted and writes nothing. */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "service/archive.h"
#include "store/audit_chain.h"

/* What a backup says of itself, and how many files it holds. */
struct backup_contents {
    char *organisation;
    int64_t made_at;
    struct audit_head head; /* of the audit, a moment before the database was copied */
    int64_t files;
};
void backup_contents_clear(struct backup_contents *contents);
CLEANUP_VALUE(struct backup_contents, backup_contents_clear)

/*
 * Reads the source to its end. INVALID: anything but the files that service/backup.h lists, each
 * once, none larger than BACKUP_FILE_MOST but the database; one of them that must be there is
 * missing; the format or the database's schema is newer than this program.
 */
enum status backup_look(const struct archive_source *source, struct backup_contents *ret_contents);
