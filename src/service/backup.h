/*
 * All that makes an authority, in one encrypted file: taken while the server serves, and brought
 * back into a folder of its own (service/restore.h). certferry-backup(1) describes the format.
 *
 * The files of a backup (service/archive.h), in this order:
 *     backup.json               what it is: see `struct backup_facts`
 *     certferry.conf            the configuration in force, with every file under its name here
 *     certferry.conf.original   the file as its admin wrote it; only for people to read
 *     ca/root.key               when it lies beside the root's certificate
 *     ...                       every file that the configuration names and that exists
 *     certferry.db              one state of the database
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/audit_chain.h"

enum { BACKUP_FORMAT = 1, BACKUP_PASSPHRASE_LEAST = 12, BACKUP_FILE_MOST = 1024 * 1024 };

#define BACKUP_FACTS    "backup.json"
#define BACKUP_CONFIG   "certferry.conf"
#define BACKUP_DATABASE "certferry.db"

struct backup_request {
    const char *path;        /* of the new file; nothing may be there */
    const char *config_path; /* the configuration's file */
    const struct secret *passphrase;
};

struct backup_result {
    int64_t files;
    int64_t bytes; /* of all files in the clear */
};

/*
 * Records "backup.create", then writes; a failure is recorded too ("backup.fail"), and leaves no
 * file. INVALID: a passphrase that is too short, a path that cannot be. CONFLICT: something is
 * there already; a transaction of the database does not end.
 */
enum status backup_create(const struct service *service, const struct actor *actor,
                          const struct backup_request *request, struct backup_result *ret_result);
