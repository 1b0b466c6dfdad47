/*
 * What was settled about who may in: the DeviceId that a certificate is pinned to, and users that
 * an operator blocked. Functions that change a row need a DB_WRITE transaction.
 */
#pragma once

#include "store/db.h"

struct pin_row {
    const char *owner;
    const char *device_id; /* as sent */
    int64_t pinned_at;
    int64_t alarm_at;         /* last time that it was told that another device came */
    const char *alarm_device; /* and which one; or "" */
    void *storage;
};
void pin_row_clear(struct pin_row *row);
CLEANUP_VALUE(struct pin_row, pin_row_clear)

/* The first DeviceId of a certificate stays; *ret_pinned is false when one was there. */
enum status access_store_pin(struct db_tx *tx, const char *owner, const char *device_id,
                             int64_t now, bool *ret_pinned);
/* NOT_FOUND. */
enum status access_store_get_pin(struct db_tx *tx, const char *owner, struct pin_row *ret_row);
/* Another device came: *ret_due is whether it is to be told, which it was not after `told_before`.
 */
enum status access_store_alarm(struct db_tx *tx, const char *owner, const char *device_id,
                               int64_t told_before, int64_t now, bool *ret_due);
/* NOT_FOUND: it is not pinned. */
enum status access_store_unpin(struct db_tx *tx, const char *owner);

/* The name as certificates have it, in any ASCII case. CONFLICT: blocked already. */
enum status access_store_block_user(struct db_tx *tx, const char *user, const char *by,
                                    int64_t now);
/* NOT_FOUND: not blocked. */
enum status access_store_unblock_user(struct db_tx *tx, const char *user);
/* When the user was blocked; 0: is not. */
enum status access_store_user_blocked(struct db_tx *tx, const char *user, int64_t *ret_blocked_at);
