/*
 * Which row of the table `device` a request belongs to: one certificate, or without one one user,
 * and one DeviceId. OPTIONS comes without a DeviceId: it belongs to the device of that certificate
 * that was seen last, and a device that began with it takes the first DeviceId that comes.
 */
#pragma once

#include "pki/cert.h"
#include "store/device_store.h"

/* The owner in the sense of struct device_row, of a certificate by its SHA-256. */
enum status device_key_of_certificate(const uint8_t sha256[static SHA256_SIZE],
                                      char ret_owner[static DEVICE_OWNER_SIZE]);
/* The same of a user as sent: the name behind DOMAIN\, in lower case. */
void device_key_of_user(const char *user, char ret_owner[static DEVICE_OWNER_SIZE]);

struct device_key {
    const char *owner;
    const char *device_id; /* "": none was sent */
    const char *user;
    const char *serial;
};
/* The row. NOT_FOUND. */
enum status device_key_find(struct db_tx *tx, const struct device_key *key,
                            struct device_row *ret_row);
/* Its id; the row is made when there is none. */
enum status device_key_settle(struct db_tx *tx, const struct device_key *key, int64_t now,
                              char ret_id[static DEVICE_KEY_SIZE]);
