/*
 * Several byte strings in one sealed blob: what the database keeps of a claim for its window.
 *
 *   page     password, ticket, cookie     under token and PIN
 *   file     .p12, .mobileconfig          under the ticket
 *   repack   key as PKCS#8, password      under the ticket
 *   handout  what an operator is shown    under the operator's session (service/handout.h)
 *
 * Each is bound to its link (or handout) and purpose by the context of the seal (pki/seal.h).
 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/status.h"

enum envelope_purpose { ENVELOPE_PAGE, ENVELOPE_FILE, ENVELOPE_REPACK, ENVELOPE_HANDOUT };

/* Appends the sealed blob to `sealed`. */
enum status envelope_close(enum envelope_purpose purpose, struct span key, const char *link_id,
                           const struct span parts[], size_t count, struct buf *sealed);
/*
 * The parts point into *ret_contents, which the caller owns. FORBIDDEN when the key is not the one
 * or a bit was changed.
 */
enum status envelope_open(enum envelope_purpose purpose, struct span key, const char *link_id,
                          struct span sealed, struct span ret_parts[], size_t count,
                          struct secret **ret_contents);

/* The key of the page envelope. */
enum status envelope_page_key(struct span token, struct span pin, struct secret **ret_key);
