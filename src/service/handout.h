/*
 * Secrets that a page shows to the operator who asked for them, for a few minutes and to nobody
 * else: address and PIN of a new link, bundles and their passwords.
 *
 * Sending a form does something that cannot be undone, and browsers send forms again (a reload, a
 * double click, an answer lost on the way). So every such form carries a one-time key, drawn when
 * it was shown. The first time it comes, the act and a handout are made in one transaction, and the
 * browser is sent to the page of the handout; the second time it is only sent there. That page may
 * be loaded again and again: its secrets are sealed under a key from the cookie of the operator's
 * session, of which the database has a hash only, so that neither the database's thief nor another
 * operator reads them. HANDOUT_KEPT after it was made, or with the log-out, they are gone.
 */
#pragma once

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/status.h"
#include "service/audit.h"
#include "service/service.h"

#include <stdint.h>

struct db_tx;

enum { HANDOUT_ID_SIZE = 11, HANDOUT_KEPT = 15 * 60 /* seconds */ };

/* Who asks, and by which form. */
struct handout_caller {
    const struct actor *actor;
    struct span session;  /* the session's cookie: secret, of 10 octets at least */
    struct span form_key; /* of handout_new_key(), as it came back */
};

/* For a form that is about to be shown. */
enum status handout_new_key(struct secret **ret_key);

/*
 * What the form made before, and about which link; NOT_FOUND when it comes for the first time.
 * FORBIDDEN when it was another operator's; INVALID when the key is none. In a DB_WRITE
 * transaction, before the act: then a form that comes twice at one moment finds the first.
 */
enum status handout_find(struct db_tx *tx, const struct handout_caller *caller,
                         char ret_id[static HANDOUT_ID_SIZE],
                         char ret_object_id[static HANDOUT_ID_SIZE]);
/*
 * Keeps the parts, in the transaction of the act. `object_id` is the link's id, or "". Without
 * parts it only takes the form's key, before an act of several transactions; handout_fill() ends
 * that.
 */
enum status handout_put(struct db_tx *tx, const struct handout_caller *caller,
                        const char *object_id, const struct span parts[], size_t count,
                        char ret_id[static HANDOUT_ID_SIZE]);

/*
 * The certificate is known to this process only until the handout is filled: when that does not
 * happen, as after a crash, handout_sweep() revokes it. In the transaction that completes it.
 */
enum status handout_await(struct db_tx *tx, const char *id, const char *serial);

/* GONE when its time was over before. */
enum status handout_fill(struct db_tx *tx, const struct handout_caller *caller, const char *id,
                         const struct span parts[], size_t count);

/* Forgets the form's key again: the act failed as a whole. */
enum status handout_drop(struct db_tx *tx, const char *id);

/* An opened handout; the parts point into `contents`. */
struct handout {
    char id[HANDOUT_ID_SIZE];
    int64_t expires_at;
    struct secret *contents;
};
void handout_clear(struct handout *handout);
CLEANUP_VALUE(struct handout, handout_clear)

/* NOT_FOUND; CONFLICT while it waits for handout_fill(); GONE when its time is over or it was made
 * in another session (after a new log-in). */
enum status handout_open(const struct service *service, struct span session, const char *id,
                         struct span ret_parts[], size_t count, struct handout *ret_handout);
/* The one about a link. */
enum status handout_open_link(const struct service *service, struct span session,
                              const char *link_id, struct span ret_parts[], size_t count,
                              struct handout *ret_handout);

/* Erases what is over, and revokes the certificates of handouts that were never filled; then
 * window_erase_traces(). */
enum status handout_sweep(const struct service *service, int64_t now);
