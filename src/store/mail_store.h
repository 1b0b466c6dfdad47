/*
 * Mails: rows of the table `mail`, the queue and its memory. What a mail says, this file does not
 * know: its text is a sealed blob.
 *
 *   queued --begin--> sending --finish--> sent | failed | unsure
 *      ^                 |
 *      +-----again-------+                  a try that came to nothing
 *   queued | failed | unsure --cancel--> cancelled
 *   failed | unsure --retry--> queued       while the text is kept
 *
 * A try is a lease: (id, tries) names it, and only it can finish. Before the end of the data is
 * sent to the server, note_ending() makes durable that the server may have the mail from now on; so
 * of a try that was cut off it is known whether it may have been sent. Times are seconds since
 * 1970, 0 for what has not happened. Functions that change a row need a DB_WRITE transaction.
 */
#pragma once

#include "base/buf.h"
#include "store/db.h"
#include "store/page.h"

#define MAIL_STATE_TABLE(X)                                                                        \
    X(QUEUED, "queued")                                                                            \
    X(SENDING, "sending")                                                                          \
    X(SENT, "sent")                                                                                \
    X(FAILED, "failed")                                                                            \
    X(UNSURE, "unsure")                                                                            \
    X(CANCELLED, "cancelled")

enum mail_state {
#define MAIL_STATE_ENUM(name, text) MAIL_##name,
    MAIL_STATE_TABLE(MAIL_STATE_ENUM)
#undef MAIL_STATE_ENUM
};
enum { MAIL_STATE_COUNT = MAIL_CANCELLED + 1 };

/* As input, the texts belong to the caller; as output, to the row until mail_row_clear(). */
struct mail_row {
    const char *id;
    const char *kind; /* "link", "ca", "expiry" or "digest" */
    const char *recipient;
    const char *language;
    const char *message_id;
    const char *link_id; /* or "" */
    const char *serial;  /* or "" */
    int64_t created_at;
    const char *created_by;
    int64_t give_up_at;
    int64_t keep_until;
    struct span sealed; /* input of add only */
    /* output only */
    enum mail_state state;
    int64_t next_at;
    int64_t tries;
    int64_t lease_until;
    int64_t ending_at;
    const char *error; /* of the last try, or "" */
    int64_t done_at;
    bool kept;     /* the text stands: it can be tried again */
    void *storage; /* private; NULL in a row that is input */
};
void mail_row_clear(struct mail_row *row);
CLEANUP_VALUE(struct mail_row, mail_row_clear)

const char *mail_state_text(enum mail_state state);
/* INVALID names the states there are. */
enum status mail_state_parse(const char *text, enum mail_state *ret_state);

/* Takes id to sealed of the row; it is due at once. */
enum status mail_store_add(struct db_tx *tx, const struct mail_row *row);
/* NOT_FOUND. */
enum status mail_store_get(struct db_tx *tx, const char *id, struct mail_row *ret_row);
/* The mail that holds the link, the last one of several. NOT_FOUND. */
enum status mail_store_newest_of_link(struct db_tx *tx, const char *link_id,
                                      struct mail_row *ret_row);
/* Appends the sealed text. NOT_FOUND when there is no such mail or the text was erased. */
enum status mail_store_get_sealed(struct db_tx *tx, const char *id, struct buf *sealed);

/* The mail to be tried next, whenever that is; false when none waits. */
enum { MAIL_ID_SIZE = 11 };
enum status mail_store_due(struct db_tx *tx, bool *ret_any, char ret_id[static MAIL_ID_SIZE],
                           int64_t *ret_at);
/* After a backup was restored: what waited or was being sent becomes UNSURE, for an operator to
 * look at. */
enum status mail_store_settle_restored(struct db_tx *tx, const char *error, int64_t now);
/* Begins a try. CONFLICT when it is not queued or not due. */
enum status mail_store_begin(struct db_tx *tx, const char *id, int64_t lease_until, int64_t now);
/* CONFLICT when the try is over: cut off by its lease, or another one began. */
enum status mail_store_note_ending(struct db_tx *tx, const char *id, int64_t tries, int64_t now);
/* Ends the try with SENT (erases the text), FAILED or UNSURE; also after its lease. CONFLICT when
 * another try began or the mail was cancelled meanwhile. */
enum status mail_store_finish(struct db_tx *tx, const char *id, int64_t tries,
                              enum mail_state state, const char *error, int64_t now);
/* Ends the try, the next one is at `next_at`. CONFLICT like finish. */
enum status mail_store_again(struct db_tx *tx, const char *id, int64_t tries, const char *error,
                             int64_t next_at);

/* What an operator may do. CONFLICT says the state; retry also when the text was erased. */
enum status mail_store_retry(struct db_tx *tx, const char *id, int64_t give_up_at, int64_t now);
enum status mail_store_cancel(struct db_tx *tx, const char *id, const char *error, int64_t now);

/* What would be tried, or has its lease, later than `latest`: now. */
enum status mail_store_rebase(struct db_tx *tx, int64_t latest, int64_t now, int64_t *ret_count);

/* Erases the texts of what failed or is unsure and is too old to be tried again. */
enum status mail_store_erase_old(struct db_tx *tx, int64_t now, int64_t *ret_count);

struct mail_page {
    struct mail_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void mail_page_clear(struct mail_page *page);
CLEANUP_VALUE(struct mail_page, mail_page_clear)
/* Newest first; `state` NULL for all. INVALID: see page.h. */
enum status mail_store_list(struct db_tx *tx, const enum mail_state *state,
                            const struct page_request *page, struct mail_page *ret_page);
/* Up to `most` tries whose lease is over: id, tries and ending_at of the rows. */
enum status mail_store_overdue(struct db_tx *tx, int64_t now, int64_t most,
                               struct mail_page *ret_page);
/* Up to `most` that wait and are not to be sent any more: id, tries and error of the rows. */
enum status mail_store_too_old(struct db_tx *tx, int64_t now, int64_t most,
                               struct mail_page *ret_page);
/* The queued mails that hold the link: the id of the rows. */
enum status mail_store_waiting_of_link(struct db_tx *tx, const char *link_id,
                                       struct mail_page *ret_page);
/* How many mails stand in each state; costs the same however many. */
enum status mail_store_counts(struct db_tx *tx, int64_t ret_counts[static MAIL_STATE_COUNT]);
