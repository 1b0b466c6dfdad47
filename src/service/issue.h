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
#include "service/service.h"

#include <stdint.h>

struct db_tx;

/* A certificate on its way. The caller sets the first block and owns what it points to. */
struct issuance {
    enum profile profile;
    struct certificate_fields fields; /* names and public key; serial and times come from reserve */
    const char *user;                 /* whose it is, in lists; "" for servers */
    const char *device;               /* the label of the device, or "" */
    const char *link_id;              /* the link it comes from, or NULL */
    int64_t lifetime;                 /* seconds; cut to the issuing CA's own end */
    int64_t lease;                    /* seconds until the reservation counts as lost */

    char serial[SERIAL_TEXT_SIZE]; /* set by issue_reserve */
};

/* Draws the serial and the validity and writes the reservation with its audit row. */
enum status issue_reserve(const struct service *service, struct db_tx *tx,
                          const struct actor *actor, struct issuance *issuance);
/* Has it signed; SIGNER when the signer is lost, FORBIDDEN when the profile refuses the fields. */
enum status issue_sign(const struct service *service, struct issuance *issuance,
                       struct certificate **ret_certificate);
/* Stores the certificate. CONFLICT when the reservation is no longer ours (its lease ran out). */
enum status issue_complete(const struct service *service, struct db_tx *tx,
                           const struct actor *actor, const struct issuance *issuance,
                           const struct certificate *certificate);
/* Ends a reservation that gave nothing; `may_be_signed` makes it a revoked serial instead of an
 * abandoned one.
 */
enum status issue_abandon(const struct service *service, struct db_tx *tx,
                          const struct actor *actor, const char *serial, bool may_be_signed);

/* All three, with the failure paths. */
enum status issue_certificate(const struct service *service, const struct actor *actor,
                              struct issuance *issuance, struct certificate **ret_certificate);
