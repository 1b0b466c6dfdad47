/*
 * Failed log-ins: the counters that slow down who guesses, and what waits to be written to the
 * audit. Rows of the tables `login_counter` and `login_failure`; what is counted, and how far, is
 * the rule of service/login_guard.c.
 */
#pragma once

#include "store/db.h"

struct login_counter {
    int64_t failures;
    int64_t at;            /* when `failures` was right */
    int64_t blocked_until; /* 0: nobody has to wait */
};

/* All zero when nothing is counted. `key` is 32 bytes. */
enum status login_counter_get(struct db_tx *tx, struct span key, struct login_counter *ret_counter);
/* Takes the place of what was there; `failures` is not zero. More than LOGIN_COUNTERS_MOST rows
 * make the one go that was put longest ago. */
enum { LOGIN_COUNTERS_MOST = 65536 };
enum status login_counter_put(struct db_tx *tx, struct span key,
                              const struct login_counter *counter);
enum status login_counter_drop(struct db_tx *tx, struct span key);
/* Drops at most `most` of those put before `before`. */
enum status login_counter_prune(struct db_tx *tx, int64_t before, int64_t most, int64_t *ret_count);

struct login_failure {
    const char *operator; /* "" for names that there are not */
    int64_t failures;     /* not yet in the audit */
    int64_t first_at;     /* the first of those; 0: there is none */
    const char *address;  /* of the last */
    int64_t reported_at;  /* the last row of the audit; 0: there is none */
    void *storage;        /* private; NULL in a row that is input */
};
void login_failure_clear(struct login_failure *failure);
CLEANUP_VALUE(struct login_failure, login_failure_clear)

/* NOT_FOUND. */
enum status login_failure_get(struct db_tx *tx, const char *operator,
                              struct login_failure * ret_failure);
/* Takes the place of what was there. */
enum status login_failure_put(struct db_tx *tx, const struct login_failure *failure);
/* One with failures whose last row of the audit is of `before` or earlier; NOT_FOUND. */
enum status login_failure_due(struct db_tx *tx, int64_t before, struct login_failure *ret_failure);
