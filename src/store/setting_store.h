/* Small facts that the program keeps about itself, by key, and options that were set on a page
 * (service/settings.h): rows of the table `setting`. Never a secret. */
#pragma once

#include "store/db.h"

/* A string to be freed. NOT_FOUND. */
enum status setting_store_get(struct db_tx *tx, const char *key, char **ret_value);
/* And when it was last set. */
enum status setting_store_get_dated(struct db_tx *tx, const char *key, char **ret_value,
                                    int64_t *ret_changed_at);
enum status setting_store_set(struct db_tx *tx, const char *key, const char *value, int64_t now);
/* Does nothing when there is none. */
enum status setting_store_remove(struct db_tx *tx, const char *key);
/* Counts the number under `key` up by one, from 1: for CRL numbers, durable before they are used.
 */
enum status setting_store_next_number(struct db_tx *tx, const char *key, int64_t now,
                                      int64_t *ret_number);
