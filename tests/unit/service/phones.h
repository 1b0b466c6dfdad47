/* Phones with certificates, and their requests, for the tests of the EAS side. */
#pragma once

#include "fixture.h"
#include "service/verify_device.h"

/* A certificate that was minted for a user. */
struct mobile {
    char serial[48];
    struct buf der;
    struct span chain[1];
};
void mobile_clear(struct mobile *mobile);
CLEANUP_VALUE(struct mobile, mobile_clear)

struct mobile mobile_of(const struct fixture *fixture, const char *user);
/* The one that a link gave. */
struct mobile mobile_of_link(const struct fixture *fixture, const struct enrol_created *link);

/* A plain Sync of this DeviceId; "" and NULL are as a phone that does not say. */
struct eas_query sync_query(const char *user, const char *device_id);
/* With the phone's certificate from a full handshake; of NULL without one. */
struct device_request request_of(const struct mobile *mobile, const struct eas_query *query);

/* Verified, answered with what the verdict says, and written. */
enum verdict_reason see(const struct fixture *fixture, const struct device_request *request);
/* A Sync of the phone with this DeviceId, likewise. */
enum verdict_reason sync_of(const struct fixture *fixture, const struct mobile *mobile,
                            const char *device_id);

/* How many rows there are FROM what follows. */
int64_t count_rows(const struct fixture *fixture, const char *from);
