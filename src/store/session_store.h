/*
 * Sessions of operators: rows of the table `session`. Functions that change a row need a DB_WRITE
 * transaction. Who may use a session, and for how long, is the service's rule.
 */
#pragma once

#include "store/db.h"

/* As input, texts and spans belong to the caller; as output, to the row until session_row_clear().
 */
struct session_row {
    struct span token_hash; /* 32 bytes, SHA-256 of the cookie */
    const char *owner;      /* the name, as in the table `operator` */
    int64_t created_at;     /* the log-in, seconds since 1970 */
    int64_t seen_at;        /* last use */
    const char *address;    /* where the log-in came from */
    const char *agent;      /* the device in words */
    void *storage;          /* private; NULL in a row that is input */
};
void session_row_clear(struct session_row *row);
CLEANUP_VALUE(struct session_row, session_row_clear)

/* Takes all but seen_at. */
enum status session_store_add(struct db_tx *tx, const struct session_row *row);
/* NOT_FOUND. */
enum status session_store_get(struct db_tx *tx, struct span token_hash,
                              struct session_row *ret_row);
/* Notes a use. Does nothing when there is no such session. */
enum status session_store_touch(struct db_tx *tx, struct span token_hash, int64_t now);
/* Does nothing when there is no such session. */
enum status session_store_end(struct db_tx *tx, struct span token_hash);
/* All sessions of an operator but the one of `except` (empty: none is kept). */
enum status session_store_end_of_operator(struct db_tx *tx, const char *name, struct span except,
                                          int64_t *ret_count);
/* Ends those begun at or before `created_before` and those last used at or before `seen_before`. */
enum status session_store_prune(struct db_tx *tx, int64_t created_before, int64_t seen_before,
                                int64_t *ret_count);

struct session_list {
    struct session_row *rows;
    size_t count;
};
void session_list_clear(struct session_list *list);
CLEANUP_VALUE(struct session_list, session_list_clear)
/* Of one operator, newest first; there are never many. */
enum status session_store_list(struct db_tx *tx, const char *name, struct session_list *ret_list);
