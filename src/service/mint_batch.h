/*
 * Bundles for an admin to hand over, one or several in a ZIP archive, with a sheet of their
 * passwords: made once for each form (service/handout.h), shown for some minutes to the log-in that
 * asked, and then nowhere. All requests are checked before anything is issued; when one bundle
 * fails all the same, the certificates of the others are revoked.
 *
 * Between the certificates and the handout the bundles are in memory only: after a crash there the
 * form answers that it is still being made until its time is over, and then the certificates, whose
 * keys nobody has, are revoked by the sweep (handout_await()).
 */
#pragma once

#include "service/handout.h"
#include "service/mint.h"

/* INVALID: more than LIMIT_MINT_BATCH; or what mint_check() says, with the line (from 1) when there
 * are several. */
enum status mint_batch(const struct service *service, const struct handout_caller *caller,
                       const struct mint_request *requests, size_t count,
                       char ret_id[static HANDOUT_ID_SIZE]);

/* What it made: parts of the handout. */
struct minted {
    struct handout handout;
    struct span file;      /* the .p12 or the archive */
    struct span file_name; /* "anna.p12", "bundles.zip" */
    struct span sheet;     /* CSV: user, name, device, serial, password, not_after (seconds) */
};
void minted_clear(struct minted *minted);
CLEANUP_VALUE(struct minted, minted_clear)
/* handout_open(). */
enum status mint_batch_open(const struct service *service, struct span session, const char *id,
                            struct minted *ret_minted);
