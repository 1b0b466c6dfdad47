/*
 * How many there are: numbers that triggers of the database keep, so that asking costs the same
 * with a million rows as with none. Links by state are link_store_counts().
 */
#pragma once

#include "base/span.h"
#include "store/certificate_store.h"
#include "store/db.h"

enum { TOTAL_DAY = 86400 }; /* days here are whole ones since 1970-01-01 UTC: seconds / TOTAL_DAY */

/* Certificates of users in the state, that expire on a day from `from_day` up to before `to_day`.
 */
enum status total_store_certificates(struct db_tx *tx, enum certificate_state state,
                                     int64_t from_day, int64_t to_day, int64_t *ret_total);

/* Calls `visit` for each day from `from_day` on and each action of the audit that there was on it,
 * in the order of the days. The action is valid during the call. */
typedef void total_visit(void *context, int64_t day, struct span action, int64_t total);
enum status total_store_each_act(struct db_tx *tx, int64_t from_day, total_visit *visit,
                                 void *context);
