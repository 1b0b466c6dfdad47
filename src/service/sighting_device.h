/*
 * To which device a sighting belongs that did not come with one: a refusal, a request without a
 * certificate, a failed handshake. The timeline of a phone that stopped to present its certificate
 * must show just these.
 */
#pragma once

#include "eas/identity.h"
#include "service/sightings.h"

/*
 * Its id, in a DB_WRITE transaction; "" when nothing ties the sighting to one.
 *
 *   - with a certificate: the device of that certificate and DeviceId, which is made when it is
 * new;
 *   - without one: a device with this DeviceId whose user is the one that the phone says, or which
 *     is the only one with it when the phone says none; else the device of that user (`rules` say
 *     which forms of a name are one user);
 *   - without user and DeviceId: the only device that came from this address within a day.
 */
enum status sighting_find_device(struct db_tx *tx, const struct identity_rules *rules,
                                 const struct sighting *sighting,
                                 char ret_device[static DEVICE_KEY_SIZE]);

/* How the account that a request names compares with its certificate: the user of the query, and
 * who logs in. *ret_user is the one of them that differs more. IDENTITY_SAME: neither was named. */
enum identity_match sighting_compare_user(const struct identity_rules *rules,
                                          const struct sighting_row *row, const char **ret_user);
