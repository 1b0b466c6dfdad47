/*
 * Enrolment links. Who wins a race is decided here, each time by one UPDATE ... WHERE ...
 * RETURNING; what a PIN, a token or a bundle is, this file does not know. Functions that change a
 * row need a DB_WRITE transaction.
 */
#pragma once

#include "store/db.h"
#include "store/link_row.h"
#include "store/page.h"

/* Takes id to expires_at of the row. CONFLICT when the id or the token's hash is taken. */
enum status link_store_create(struct db_tx *tx, const struct link_row *row);
/* NOT_FOUND. */
enum status link_store_get(struct db_tx *tx, const char *id, struct link_row *ret_row);
enum status link_store_find(struct db_tx *tx, struct span token_hash, struct link_row *ret_row);

/* A GET or HEAD of the link's page: notes the first time and counts; changes nothing else. */
enum status link_store_note_opened(struct db_tx *tx, const char *id, int64_t now);

/*
 * One wrong PIN. Locks the link when `limit` wrong ones are reached; *ret_left says how many are
 * left, 0 when it is locked (now or before). CONFLICT when no PIN is asked for any more (expired,
 * cancelled, window over).
 */
enum status link_store_count_wrong_pin(struct db_tx *tx, const char *id, int64_t limit, int64_t now,
                                       int64_t *ret_left);

struct link_claim {
    const char *serial; /* reserved in the same transaction by certificate_store_reserve() */
    const char *address;
    const char *agent;
    struct span cookie_hash;
    int64_t lease_until;
};
/*
 * First durable step of a claim: makes this caller the one winner until the lease runs out.
 * CONFLICT when the link cannot be claimed at `now`: claimed, being claimed, expired, locked,
 * cancelled, rearmed; roll back (the reserved serial with it) and look at the row for which.
 */
enum status link_store_claim_begin(struct db_tx *tx, const char *id, const struct link_claim *claim,
                                   int64_t now);
/*
 * Second durable step, in the transaction that completes the certificate and stores the bundle:
 * the window begins at `now`. CONFLICT when `serial` is no longer the one of this link's claim, or
 * the link was cancelled meanwhile: roll back, then certificate_store_abandon(). Wrong PINs that
 * came after the right one do not matter.
 */
enum status link_store_claim_finish(struct db_tx *tx, const char *id, const char *serial,
                                    int64_t now);
/* Gives up a claim that failed between the steps, so that the link is claimable at once. Does
 * nothing when `serial` is not the one under way. */
enum status link_store_claim_release(struct db_tx *tx, const char *id, const char *serial);

/* The bundle's bytes went out once more. GONE when the window is over. */
enum status link_store_note_fetch(struct db_tx *tx, const char *id, int64_t now);
/* First sight of the certificate `serial` at the Exchange side. Does nothing when no link has it,
 * or the second time. */
enum status link_store_note_in_use(struct db_tx *tx, const char *serial, int64_t now);

/* Also ends a claim under way and a window that is open. CONFLICT when there is nothing to end:
 * expired, cancelled, closed or rearmed before, or in use. NOT_FOUND. */
enum status link_store_cancel(struct db_tx *tx, const char *id, int64_t now);
/* `new_id`, created before in the same transaction, takes the place of a link that is expired,
 * locked or cancelled and was never claimed: else CONFLICT. NOT_FOUND. */
enum status link_store_rearm(struct db_tx *tx, const char *id, const char *new_id, int64_t now);

/* To be run every few seconds: marks up to `most` links whose lifetime is over; each goes to
 * `visit`. */
enum status link_store_expire(struct db_tx *tx, int64_t now, int64_t most, db_visit_key *visit,
                              void *context, int64_t *ret_count);
/*
 * Up to `most` links whose window is over and whose bundle stands: for each, bundle_store_erase()
 * and link_store_close() in one transaction, then db_erase_traces() once.
 */
struct link_list;
enum status link_store_due_for_erase(struct db_tx *tx, int64_t now, int64_t most,
                                     struct link_list *ret_list);
/* Also drops what was needed only inside the window: the PIN's MAC and the cookie's hash. */
enum status link_store_close(struct db_tx *tx, const char *id, int64_t now);

struct link_filter {
    const enum link_state *state; /* NULL for all. Links that the clock moved since the last sweep
                                     are found under their state before */
    const char *user;   /* this user, in any ASCII case; NULL or "" for all; not together with
                           search */
    const char *search; /* start of a word of user, name, mail or device, in any case; NULL or ""
                           for all. Together with a state, a page may hold fewer rows than there
                           are, or none, and still have a next one */
};
struct link_list {
    struct link_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void link_list_clear(struct link_list *list);
CLEANUP_VALUE(struct link_list, link_list_clear)
/* Newest first; with a search text, by the word found and then newest first. INVALID: see page.h.
 */
enum status link_store_list(struct db_tx *tx, const struct link_filter *filter,
                            const struct page_request *page, struct link_list *ret_list);
/* How many links stand in each state, indexed by enum link_state; costs the same however many. */
enum status link_store_counts(struct db_tx *tx, int64_t ret_counts[static LINK_STATE_COUNT]);
