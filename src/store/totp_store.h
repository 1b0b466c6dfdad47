/*
 * One-time codes of operators: rows of the tables `totp` and `recovery_code`. `operator` is the
 * name as in the table `operator`. Functions that change a row need a DB_WRITE transaction.
 */
#pragma once

#include "store/db.h"

struct totp_row {
    const char *operator;
    struct span secret_sealed;
    int64_t created_at;
    int64_t confirmed_at; /* 0: the set-up is not finished, no code is asked for */
    int64_t last_step;    /* no code of this time step or an earlier one is taken any more */
    void *storage;        /* private; NULL in a row that is input */
};
void totp_row_clear(struct totp_row *row);
CLEANUP_VALUE(struct totp_row, totp_row_clear)

/* Takes operator, secret_sealed and created_at; takes the place of a set-up that was not finished.
 * CONFLICT when codes are asked for already. */
enum status totp_store_put(struct db_tx *tx, const struct totp_row *row);
/* NOT_FOUND. */
enum status totp_store_get(struct db_tx *tx, const char *operator, struct totp_row * ret_row);
/* Codes are asked for from now on. CONFLICT when they are already, or nothing was set up. */
enum status totp_store_confirm(struct db_tx *tx, const char *operator, int64_t now);
/* CONFLICT when a code of this step or a later one was taken before. */
enum status totp_store_use_step(struct db_tx *tx, const char *operator, int64_t step);
/* With the recovery codes. NOT_FOUND when there was nothing. */
enum status totp_store_remove(struct db_tx *tx, const char *operator);

enum status recovery_code_add(struct db_tx *tx, const char *operator, struct span mac);
/* Uses it up. NOT_FOUND: never given out, or used. */
enum status recovery_code_use(struct db_tx *tx, const char *operator, struct span mac);
enum status recovery_code_count(struct db_tx *tx, const char *operator, int64_t * ret_count);
