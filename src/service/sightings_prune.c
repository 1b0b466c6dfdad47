/* What is old goes in transactions of some hundred rows, so that nobody waits long for his turn. */
#include "base/clock.h"
#include "config/config.h"
#include "service/background.h"
#include "service/device_drop.h"
#include "service/sightings.h"

enum {
    STEP_SIGHTINGS = 500,
    STEP_DEVICES = 20,
    STEPS_MOST = 8, /* of each kind in one go, so that those that wait are written between */
    UNCLAIMED_MOST = 20000, /* sightings of no device */
    UNPROVEN_MOST = 10000,  /* devices that were never let in: anybody can make them */
};

/* One kind of what goes: one step of it. *ret_more: there may be more. */
typedef enum status step(struct db_tx *tx, int64_t before, bool *ret_more);

static enum status drop_old(struct db_tx *tx, int64_t before, bool *ret_more)
{
    int64_t count;
    TRY(sighting_store_delete_old(tx, before, STEP_SIGHTINGS, &count));
    *ret_more = count == STEP_SIGHTINGS;
    return STATUS_OK;
}

static enum status drop_unclaimed(struct db_tx *tx, int64_t before, bool *ret_more)
{
    int64_t count;
    (void)before;
    TRY(sighting_store_delete_surplus(tx, "", UNCLAIMED_MOST, STEP_SIGHTINGS, &count));
    *ret_more = count == STEP_SIGHTINGS;
    return STATUS_OK;
}

/* One with many sightings takes more than one step, and then stands in the next list again. */
static enum status drop_devices(struct db_tx *tx, const struct device_list *list, bool *ret_more)
{
    bool gone = true;
    for (size_t i = 0; i < list->count && gone; i++)
        TRY(device_drop(tx, list->rows[i].id, &gone));
    *ret_more = !gone || list->count == STEP_DEVICES;
    return STATUS_OK;
}

static enum status drop_old_devices(struct db_tx *tx, int64_t before, bool *ret_more)
{
    struct device_list list defer(device_list_clear) = {0};
    TRY(device_store_list_unproven_old(tx, before, STEP_DEVICES, &list));
    return drop_devices(tx, &list, ret_more);
}

static enum status drop_many_devices(struct db_tx *tx, int64_t before, bool *ret_more)
{
    struct device_list list defer(device_list_clear) = {0};
    (void)before;
    TRY(device_store_list_unproven(tx, UNPROVEN_MOST, STEP_DEVICES, &list));
    return drop_devices(tx, &list, ret_more);
}

static enum status run_step(const struct service *service, step *one, int64_t before,
                            bool *ret_more)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(one(tx, before, ret_more));
    return db_commit(tx);
}

enum status sightings_prune(const struct service *service, int64_t now, bool *ret_more)
{
    static step *const steps[] = {drop_old, drop_unclaimed, drop_old_devices, drop_many_devices};
    int64_t before = now - service->config->eas_sightings_kept;
    *ret_more = false;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        bool more = true;
        for (int j = 0; more && j < STEPS_MOST && !background_stopping(service); j++)
            TRY(run_step(service, steps[i], before, &more));
        *ret_more = *ret_more || more;
    }
    return STATUS_OK;
}
