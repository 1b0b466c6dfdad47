/*
 * A backup (service/backup.h) brought back as a folder that `serve` can use at once.
 *
 * The file is read twice. First to its authenticated end, with nothing written: a wrong passphrase,
 * a file that was changed or cut off, or one of a newer certferry leaves no trace. Then into a
 * folder beside the target, which gets its name when everything in it is whole and durable.
 *
 * The database of a backup does not know what happened after it. So that no revocation list is
 * older than one that was published since, the numbers of both CAs' lists jump ahead; log-ins that
 * were open are not open any more. The rest is for a person to do, and the command says what.
 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "base/status.h"
#include "store/audit_chain.h"

struct restore_request {
    const char *path;   /* of the backup */
    const char *folder; /* must be empty or not exist */
    const struct secret *passphrase;
    const char *asked_by; /* the system's name of who runs the command */
};

struct restored {
    char *config_path;
    char *organisation;
    int64_t made_at; /* of the backup */
    int64_t files;
    int64_t crl_jump;          /* by how much the numbers of revocation lists were raised */
    struct audit_report audit; /* of the database as it was in the backup */
};
void restored_clear(struct restored *restored);
CLEANUP_VALUE(struct restored, restored_clear)

/*
 * FORBIDDEN: the passphrase is wrong or the file was changed. INVALID: it was changed, is cut off,
 * is no backup or of a newer certferry. CONFLICT: the folder is not empty. NOT_FOUND. An audit that
 * is broken is restored as it was, and the report says so.
 */
enum status restore_run(const struct restore_request *request, struct restored *ret_restored);
