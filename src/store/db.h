/*
 * The database behind an interface that knows no engine: transactions, and the named statements of
 * db/queries/. SQLite (db_sqlite.c) is the engine today; another is one more `struct db_engine`.
 *
 *     struct db_tx *tx defer(db_end) = NULL;
 *     TRY(db_begin(db, DB_WRITE, &tx));
 *     TRY(link_store_cancel(tx, id, clock_now()));
 *     TRY(audit_store_append(tx, &event));
 *     return db_commit(tx);                    leaving before this line rolls everything back
 *
 * Faults of every function below: DISK_FULL (nothing was changed; try again when there is space),
 * DATABASE (unreadable, damaged, too new: the detail says which), NO_MEMORY. Another process or
 * thread that writes at the same moment is waited for, never reported.
 *
 * One `struct db` serves all threads of one process. It does not survive fork(): open it after. A
 * thread has at most one transaction of a `struct db` at a time; a second one would wait for
 * itself.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

struct db;
struct db_tx;

struct db_options {
    const char *path;
    bool create; /* make the file, 0600, when it is missing; refuse (CONFLICT) when it exists */
    unsigned readers; /* most read transactions at one time; 0 means 8 */
    bool serves;      /* for a process that runs for long; see below */
};

/*
 * Opens the file, checks that it is whole and brings its schema up to this program's. Whoever
 * serves prepares all statements, so that one that does not fit the schema fails the start, and
 * checks files up to 64 MB. A command would spend most of its time with that: it prepares what it
 * uses and checks files up to 2 MB. Larger ones are for db_check(). NOT_FOUND (no file), CONFLICT
 * (create, but there is one), FORBIDDEN (the file or its write-ahead log is open to other users;
 * the detail has the chmod to run), DATABASE (not a database, damaged, or of a newer certferry).
 */
enum status db_open(const struct db_options *options, struct db **ret_db);
/* Every transaction must have ended. */
void db_close(struct db *db);
CLEANUP_POINTER(struct db, db_close)

/*
 * DB_READ sees one unchanging state of the database and never waits for writers. DB_WRITE excludes
 * other writers, in order of arrival: keep it short, no signing or packing inside.
 */
enum db_mode { DB_READ, DB_WRITE };
enum status db_begin(struct db *db, enum db_mode mode, struct db_tx **ret_tx);
/* After STATUS_OK the changes survive a power cut. After any other they are gone. Call db_end() all
 * the same. */
enum status db_commit(struct db_tx *tx);
/* Rolls back what was not committed and frees `tx`. */
void db_end(struct db_tx *tx);
CLEANUP_POINTER(struct db_tx, db_end)

/*
 * Removes deleted rows from the write-ahead log too: to be called after the transaction that erased
 * bundles. Deleted bytes are overwritten in the database file at once (secure_delete). Waits for
 * transactions under way; CONFLICT when one of them did not end within seconds: call again.
 */
enum status db_erase_traces(struct db *db);

/* Reads the whole database and checks its structure, indexes, constraints and references. */
enum status db_check(struct db *db);

/* Where db_copy() puts a database. What is not STATUS_OK ends the copy and is returned. */
struct db_sink {
    enum status (*begin)(void *context, int64_t size); /* of the whole in bytes, once */
    enum status (*write)(void *context, struct span bytes);
    void *context;
};
/*
 * One unchanging state of the whole database, as the bytes of a file that db_open() opens. Others
 * read and write meanwhile; only for a moment at its start writers wait. No other copy is made.
 * CONFLICT: a transaction that does not end is in the way, try again.
 */
enum status db_copy(struct db *db, const struct db_sink *sink);

/*
 * A number that is another one after every commit of any process, and maybe in between: what was
 * read after asking for it is still so while the number stays. Costs a look at shared memory.
 * CONFLICT, without a detail, while somebody commits. It means nothing outside this `struct db`.
 */
enum status db_mark(struct db *db, int64_t *ret_mark);

/* The schema's version, the number of its last migration. */
enum status db_version(struct db *db, int64_t *ret_version);
/* The version that db_open() brings every database up to. */
int64_t db_newest_version(void);

/* Takes the key of a row that was changed, in the same transaction; what is not STATUS_OK ends the
 * walk and is returned. */
typedef enum status db_visit_key(void *context, const char *key);
