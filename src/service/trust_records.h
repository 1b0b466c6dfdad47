/*
 * The state of our own certificates, as the database has it, for whoever remembers it: a question
 * costs a look at shared memory while nobody commits (db_mark(), store/db.h), one small statement
 * after a commit of any process, and a read of the certificate's own row only when it may have been
 * revoked since it was read.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "eas/verdict.h"
#include "store/db.h"

struct trust_records;

enum status trust_records_new(struct trust_records **ret_records);
void trust_records_free(struct trust_records *records);
CLEANUP_POINTER(struct trust_records, trust_records_free)

/* What was read of one certificate, and when in the order of revocations. */
struct trust_record {
    enum verdict_record record;
    int64_t change;
    bool known; /* false: nothing was read yet, or nothing to remember */
};

/*
 * Brings `record` of the certificate with this serial to what every commit before this call says.
 * From any thread; the same `records` belong to one `db`.
 */
enum status trust_records_update(struct trust_records *records, struct db *db, const char *serial,
                                 struct trust_record *record);
