/*
 * Probes and their rounds. db/sqlite/0015_probe.sql has the columns. Functions that change a row
 * need a DB_WRITE transaction.
 *
 * Texts are UTF-8 and never NULL when they come from here; times are seconds since 1970, 0 for what
 * has not happened. Sets of policies are the bits of eas/probe_wish.h.
 */
#pragma once

#include "store/db.h"
#include "store/page.h"

enum { PROBE_KEY_SIZE = 32 }; /* an id, with the NUL */

/* As input, the texts belong to the caller; as output, to the row until probe_row_clear(). */
struct probe_row {
    int64_t number;
    const char *id;
    const char *device; /* id of its row, which may be gone */
    const char *user;
    int64_t version; /* protocol version times ten */
    int64_t risk;    /* 0 to 3 */
    int64_t named;
    bool one_by_one;
    const char *consent;
    int64_t started_at;
    const char *started_by;  /* the actor */
    const char *state;       /* eas/probe.h writes and reads it */
    const char *outcome;     /* its word */
    const char *stop_reason; /* "operator", "version", "unreadable" or "" */
    int64_t waits_since;
    int64_t ended_at;
    const char *device_type;
    const char *model;
    const char *os;
    const char *agent;
    void *storage; /* private; NULL in a row that is input */
};
void probe_row_clear(struct probe_row *row);
CLEANUP_VALUE(struct probe_row, probe_row_clear)
/* One of which nothing is known: its texts are "". */
extern const struct probe_row probe_row_empty;

/* `number` is not looked at. CONFLICT: another one is open on this device. */
enum status probe_store_create(struct db_tx *tx, const struct probe_row *row);
/* NOT_FOUND. */
enum status probe_store_get(struct db_tx *tx, const char *id, struct probe_row *ret_row);
/* The one of this device that has not ended. NOT_FOUND. */
enum status probe_store_find_open(struct db_tx *tx, const char *device, struct probe_row *ret_row);
/* Takes number, state, outcome, stop_reason, waits_since, ended_at and what is known of the device.
 * CONFLICT: its state is not `before` any more, or it has ended. */
enum status probe_store_change(struct db_tx *tx, const struct probe_row *row, const char *before);

struct probe_filter {
    const char *device; /* NULL or "" for all */
    const char *user;   /* in any ASCII case; NULL or "" for all; not with device */
    bool newest;        /* of each device only the one begun last; not with the others */
};
struct probe_list {
    struct probe_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void probe_list_clear(struct probe_list *list);
CLEANUP_VALUE(struct probe_list, probe_list_clear)
/* Newest first. INVALID: see page.h. */
enum status probe_store_list(struct db_tx *tx, const struct probe_filter *filter,
                             const struct page_request *page, struct probe_list *ret_list);
/* Up to `most` whose device owes an answer since `until` or longer, longest first. */
enum status probe_store_list_waited(struct db_tx *tx, int64_t until, int64_t most,
                                    struct probe_list *ret_list);
/* Since when the one does that owes it for the shortest time; 0: none does. */
enum status probe_store_newest_wait(struct db_tx *tx, int64_t *ret_since);
/* No device owes an answer since a time that is yet to come: that counts as `now`. */
enum status probe_store_rebase_waits(struct db_tx *tx, int64_t now);

/* ---- rounds ---------------------------------------------------------------------------------- */

enum { PROBE_SILENCE = 0, PROBE_UNANSWERED = -1 };

struct probe_round_row {
    int64_t probe; /* its number */
    int64_t number;
    const char *kind;
    int64_t policies;
    struct span document; /* SHA-256 */
    int64_t offered_at;   /* 0: the device never fetched it */
    int64_t answered_at;
    int64_t acknowledgment; /* as sent; PROBE_SILENCE; PROBE_UNANSWERED: not yet */
    void *storage;
};
struct probe_round_list {
    struct probe_round_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE];
};
void probe_round_list_clear(struct probe_round_list *list);
CLEANUP_VALUE(struct probe_round_list, probe_round_list_clear)

/* Takes all but the answer. CONFLICT: it was offered already. */
enum status probe_store_offer(struct db_tx *tx, const struct probe_round_row *row);
enum status probe_store_answer(struct db_tx *tx, int64_t probe, int64_t number,
                               int64_t acknowledgment, int64_t now);
/* First one first. INVALID. */
enum status probe_store_list_rounds(struct db_tx *tx, int64_t probe,
                                    const struct page_request *page,
                                    struct probe_round_list *ret_list);
