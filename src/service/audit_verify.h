/*
 * Proving the audit, and the head that is kept beside the database.
 *
 * Each row carries the hash of the one before it, so a row that was changed, removed, swapped or
 * put in shows by itself. Rows that were cut off the end, and a whole chain computed anew, show
 * only against a head that was written down before. certferry keeps one in a file beside the
 * database, DATABASE.head, seconds behind the last row, and names one in the log each hour; every
 * export ends with one. Whoever can change all of these is found out by those that he cannot reach:
 * an auditor's notes, a log on another machine.
 */
#pragma once

#include "base/status.h"
#include "store/audit_chain.h"
#include "store/db.h"

/* "4711:6b86b2..." of a head, as logs and reports have it: number and hash in hexadecimal. */
enum { AUDIT_HEAD_TEXT_SIZE = 20 + 1 + 2 * AUDIT_HASH_SIZE + 1 };
void audit_head_format(const struct audit_head *head, char ret_text[static AUDIT_HEAD_TEXT_SIZE]);
/* INVALID. */
enum status audit_head_parse(const char *text, struct audit_head *ret_head);

/*
 * Reads every row, and looks for the head that is kept beside the database and for `also` (NULL for
 * none). What is broken is STATUS_OK and stands in the report. INVALID: the file of the head cannot
 * be read as one. *ret_kept is the head of the file, number 0 when there is no file.
 */
enum status audit_verify(struct db *db, const char *database_path, const struct audit_head *also,
                         struct audit_head *ret_kept, struct audit_report *ret_report);

/*
 * Brings the file beside the database up to the last row; does nothing when it is. DATABASE, and
 * the file stays, when the row that it tells of is gone or is another one: rows were cut off or
 * written anew, and new ones must not cover that up. *ret_moved is whether it was written.
 */
enum status audit_head_keep(struct db *db, const char *database_path, bool *ret_moved);
/* The same at the end of a process; a failure is only logged. */
void audit_head_keep_last(struct db *db, const char *database_path);
