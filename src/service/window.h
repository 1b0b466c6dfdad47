/*
 * How links end by themselves: the window runs out, the certificate is seen in use, a claim was cut
 * off. Bundles, keys and sealed texts are erased then, and the write-ahead log is truncated so that
 * no copy stays in it.
 */
#pragma once

#include "service/service.h"

#include <stdint.h>

struct db_tx;

struct window_sweep {
    int closed;    /* windows that were over */
    int abandoned; /* reservations whose lease ran out */
    int expired;   /* links whose lifetime ran out */
};

/* At start, and every few seconds while serving. */
enum status window_sweep(const struct service *service, int64_t now,
                         struct window_sweep *ret_sweep);

/* The certificate was presented at the EAS side: closes the window of its link. OK when it has
 * none. A phone waits for this, and truncating the log waits for readers, so that is left to the
 * sweep, which is woken. */
enum status window_in_use(const struct service *service, const char *serial, int64_t now);

/* For other acts that end a window: erases the link's bundle in `tx`, and what must be called after
 * the commit. The sweep does the second part again when it could not be done at once. */
enum status window_erase(struct db_tx *tx, const char *link_id, int64_t now);
/* Something else was erased in `tx` that must not stay in the log. */
enum status window_leave_traces(struct db_tx *tx, int64_t now);
enum status window_erase_traces(const struct service *service, int64_t now);
