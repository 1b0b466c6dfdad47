/* Taking a device away with its sightings, in short steps. */
#pragma once

#include "store/device_store.h"

/* *ret_gone is false when sightings are left: to be called again. One that is blocked stays. */
enum { DEVICE_DROP_SIGHTINGS = 500 };
enum status device_drop(struct db_tx *tx, const char *id, bool *ret_gone);
