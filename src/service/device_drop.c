/* First its sightings, which refer to it. */
#include "service/device_drop.h"

#include "store/sighting_store.h"

enum status device_drop(struct db_tx *tx, const char *id, bool *ret_gone)
{
    int64_t count;
    TRY(sighting_store_delete_surplus(tx, id, 0, DEVICE_DROP_SIGHTINGS, &count));
    *ret_gone = count < DEVICE_DROP_SIGHTINGS;
    return *ret_gone ? device_store_delete(tx, id) : STATUS_OK;
}
