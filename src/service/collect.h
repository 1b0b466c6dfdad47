/*
 * What the claimer does with the ticket: fetch the bundle, any number of times inside the window
 * and always the same bytes, or have the same key packed the other way.
 *
 * The ticket opens the file and the key for repacking; the database alone opens neither. After the
 * window the ticket's hash stays, so that its holder is told why there is nothing any more.
 */
#pragma once

#include "service/claim.h"

enum collect_kind { COLLECT_P12, COLLECT_PFX, COLLECT_MOBILECONFIG };

struct collected {
    struct buf bytes;
    const char *media_type; /* "application/x-pkcs12" */
    char file_name[80];     /* "alice.p12" */
    char etag[35];          /* strong, with its quotes */
};
void collected_clear(struct collected *collected);
CLEANUP_VALUE(struct collected, collected_clear)

/*
 * GET and HEAD of /d/TICKET/{name}.{kind}. `counts` is false for HEAD: only bytes that leave are a
 * delivery. NOT_FOUND for an unknown ticket or another name; GONE when the window is over, with
 * *ret_link (may be NULL) saying how it ended.
 */
enum status collect_file(const struct service *service, struct span ticket, struct span name,
                         enum collect_kind kind, bool counts, const struct claimer *claimer,
                         struct collected *ret_file, struct enrolment *ret_link);

/*
 * POST /d/TICKET/repack: same key, password and certificate under `packing` ("compat", "modern");
 * checked again before it replaces the file. Gives the page of the claim again, without cookie, and
 * with the password for the claimer alone (his cookie or network): a ticket stands in addresses,
 * and whoever finds one must not learn the password with it. NOT_FOUND, GONE as above, INVALID for
 * another packing.
 */
enum status collect_repack(const struct service *service, struct span ticket, struct span packing,
                           const struct claimer *claimer, struct claim *ret_claim);
