/*
 * Revocation: of one certificate, or of everything that a user has. It is final, and effective for
 * our own verifier with the next request; the lists follow within seconds (service/crl_schedule.h).
 *
 * Reasons (RFC 5280 5.3.1) that an operator may give: unspecified, keyCompromise,
 * affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn. Not certificateHold and
 * removeFromCRL, since nothing here is ever taken off hold; not cACompromise and aACompromise,
 * which are about an authority and not about a phone.
 */
#pragma once

#include "base/limits.h"
#include "pki/crl.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/page.h"

struct db_tx;

struct revocation {
    char serial[PAGE_CURSOR_SIZE];
    char user[LIMIT_USER + 1];
    enum crl_reason reason;
    int64_t revoked_at;
};

/* One of the reasons above by its name. INVALID names them. */
enum status revoke_reason_parse(const char *name, enum crl_reason *ret_reason);

/* Whose certificates: a help-desk's own people, or also those of servers, operators and the OCSP
 * responder. */
enum revoke_reach { REVOKE_USERS, REVOKE_ANY };

/*
 * NOT_FOUND: no such serial. FORBIDDEN: beyond the reach. CONFLICT: it is revoked already, or was
 * given up before it was signed. INVALID: a CA certificate (the CA goes with it: that is no act of
 * every day), or a reason that is none of those above. A certificate that is being issued at this
 * moment is revoked too: whoever waits for it gets nothing.
 */
enum status revoke_certificate(const struct service *service, const struct actor *actor,
                               enum revoke_reach reach, const char *serial, enum crl_reason reason,
                               struct revocation *ret_revocation);

/*
 * Every certificate of the user within reach, in any case of letters, that has not expired, in one
 * transaction. NOT_FOUND: there is none that could be revoked. Links that were not claimed yet
 * stay: to cancel them is another act (service/enrol.h).
 */
enum status revoke_user(const struct service *service, const struct actor *actor,
                        enum revoke_reach reach, const char *user, enum crl_reason reason,
                        int64_t *ret_count);

/* The change itself, for use cases that revoke in a transaction of their own, with their own audit
 * row; they wake BACKGROUND_REVOCATION after the commit. As certificate_store_revoke(). */
enum status revoke_in(struct db_tx *tx, const char *serial, enum crl_reason reason, int64_t now);
