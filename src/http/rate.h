/*
 * Token buckets per client, in a table of fixed size: under a flood of addresses the bucket that
 * was used longest ago is given away, never memory taken. Thread-safe.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct rate_table;

/* `burst` at once, then one every `interval_ms`. */
struct rate {
    int burst;
    int interval_ms;
};

enum status rate_table_new(struct rate_table **ret_table);
void rate_table_free(struct rate_table *table);
CLEANUP_POINTER(struct rate_table, rate_table_free)

/* Takes one token of `client` in class `class`; false when there is none. `now` is
 * clock_monotonic_ms(). */
bool rate_allows(struct rate_table *table, uint64_t client, unsigned class, const struct rate *rate,
                 int64_t now);
