/*
 * One use case for every certificate: reserve, sign, complete.
 *
 * The serial is durable before the signer is asked, so no certificate exists that the database does
 * not know. A reservation has a lease of seconds: what is neither completed nor abandoned when it
 * runs out may have been signed, and the sweep turns it into a revoked serial.
 *
 *     reserve (transaction) -> sign (signer process) -> complete (transaction)
 *                                      |  refused: abandon
 *
 * The steps are separate because a claim joins the first and the last with rows of its own;
 * issue_certificate() does all three for everybody else.
 */
#pragma once

#include "base/status.h"
#include "pki/cert.h"
#include "pki/profile.h"
#include "service/audit.h"
#include "service/person.h"
#include "service/service.h"

#include <stdint.h>

struct db_tx;

/* A certificate on its way. The caller sets the first block and owns what it points to. */
struct issuance {
    enum profile profile;
    const struct person *person; /* whose it is, in lists; of a server only the user: its name */
    const char *link_id;         /* the link it comes from, or NULL */
    int64_t lifetime; /* seconds; cut to the profile's longest and the issuer's own end */
    int64_t lease;    /* seconds until the reservation counts as lost */

    struct certificate_fields fields; /* names and key; serial and times come from issue_reserve */
    char serial[SERIAL_TEXT_SIZE];    /* from issue_reserve */
};

/* Draws the serial and the validity and writes the reservation with its audit row. */
enum status issue_reserve(const struct service *service, struct db_tx *tx,
                          const struct actor *actor, struct issuance *issuance);
/* Has it signed; SIGNER when the signer is lost, INVALID when the profile refuses the fields. */
enum status issue_sign(const struct service *service, struct issuance *issuance,
                       struct certificate **ret_certificate);
/* Stores the certificate. CONFLICT when the reservation is no longer ours (its lease ran out). */
enum status issue_complete(struct db_tx *tx, const struct actor *actor,
                           const struct issuance *issuance, const struct certificate *certificate);
/* Ends a reservation that gave nothing: as abandoned, or as revoked when it may be signed. */
enum status issue_abandon(struct db_tx *tx, const struct actor *actor, const char *serial,
                          bool may_be_signed);
/* After what issue_sign() returned, may a signature exist? A refusal comes before signing. */
bool issue_may_be_signed(enum status sign_status);

/* All three, with the failure paths. */
enum status issue_certificate(const struct service *service, const struct actor *actor,
                              struct issuance *issuance, struct certificate **ret_certificate);
/* Revokes what was issued and never reached anybody. CONFLICT when it is revoked already. */
enum status issue_withdraw(const struct service *service, const struct actor *actor,
                           const char *serial);
/* The same as a part of a transaction; BACKGROUND_REVOCATION is woken after it. */
enum status issue_withdraw_in(struct db_tx *tx, const struct actor *actor, const char *serial,
                              int64_t now);
