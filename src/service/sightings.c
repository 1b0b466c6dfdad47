/*
 * A ring under one mutex, which is held for a few instructions. Who writes takes a batch out of it
 * into an array of its own, under another mutex: what a full disk refused waits there, in its
 * order.
 */
#include "service/sightings.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "service/background.h"
#include "service/devices.h"
#include "service/sighting_device.h"
#include "service/trust.h"

#include <pthread.h>

enum {
    QUEUE_SIZE = 4096,
    TRIM_EVERY = 64,
    WAKE_AT = QUEUE_SIZE / 4, /* so many are not left waiting for the next second */
    BATCH_SIZE = 256,
    BATCHES_MOST = QUEUE_SIZE / BATCH_SIZE + 1, /* what is there; more may come for ever */
    FINDINGS_MOST = 16, /* in one go, so that a flood of phones does not keep sightings waiting */
    PRUNE_SECONDS = 60,
};

struct sightings {
    pthread_mutex_t mutex; /* of what follows */
    struct sighting *queue[QUEUE_SIZE];
    size_t first;
    size_t count;
    int64_t written;
    int64_t dropped;
    int64_t told; /* of the dropped ones, in the log */
    int64_t pruned_at;
    pthread_mutex_t writing; /* of the batch */
    struct sighting *batch[BATCH_SIZE];
    size_t batch_count;
};

void sighting_set_text(char *array, size_t size, const char *text)
{
    struct buf line defer(buf_clear) = BUF_INIT(size);
    struct span bytes = span_of_text(text);
    if (bytes.len < size && text_is_ascii_printable(bytes)) {
        if (bytes.len > 0)
            memcpy(array, bytes.ptr, bytes.len);
        array[bytes.len] = '\0';
        return;
    }
    text_append_line(&line, bytes, size - 1);
    array[0] = '\0';
    if (line.failure == STATUS_OK)
        memcpy(array, line.ptr, line.len + 1);
}

enum status sightings_new(struct sightings **ret_sightings)
{
    struct sightings *sightings = calloc(1, sizeof *sightings);
    if (sightings == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for sightings");
    pthread_mutex_init(&sightings->mutex, NULL);
    pthread_mutex_init(&sightings->writing, NULL);
    *ret_sightings = sightings;
    return STATUS_OK;
}

static void drop_batch(struct sightings *sightings)
{
    for (size_t i = 0; i < sightings->batch_count; i++)
        free(sightings->batch[i]);
    sightings->batch_count = 0;
}

void sightings_free(struct sightings *sightings)
{
    if (sightings == NULL)
        return;
    drop_batch(sightings);
    for (size_t i = 0; i < sightings->count; i++)
        free(sightings->queue[(sightings->first + i) % QUEUE_SIZE]);
    pthread_mutex_destroy(&sightings->mutex);
    pthread_mutex_destroy(&sightings->writing);
    free(sightings);
}

void sightings_put(const struct service *service, struct sighting *take_sighting)
{
    struct sightings *sightings = service->sightings;
    pthread_mutex_lock(&sightings->mutex);
    bool full = sightings->count == QUEUE_SIZE;
    if (full)
        sightings->dropped++;
    else
        sightings->queue[(sightings->first + sightings->count++) % QUEUE_SIZE] = take_sighting;
    bool wake = sightings->count == WAKE_AT;
    pthread_mutex_unlock(&sightings->mutex);
    if (full)
        free(take_sighting);
    if (wake)
        background_wake(service, BACKGROUND_SIGHTINGS);
}

void sightings_figures(const struct service *service, struct sightings_figures *ret_figures)
{
    struct sightings *sightings = service->sightings;
    pthread_mutex_lock(&sightings->mutex);
    *ret_figures = (struct sightings_figures){.written = sightings->written,
                                              .dropped = sightings->dropped,
                                              .waiting = (int64_t)sightings->count};
    pthread_mutex_unlock(&sightings->mutex);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The texts lie beside the row. */
static struct sighting_row row_of(const struct sighting *sighting, const char *device)
{
    struct sighting_row row = sighting->row;
    if (sighting->has_fingerprint)
        row.fingerprint = span_of(sighting->fingerprint, sizeof sighting->fingerprint);
    row.device = device;
    row.connection = sighting->connection;
    row.address = sighting->address;
    row.tls_version = sighting->tls_version;
    row.cipher = sighting->cipher;
    row.serial = sighting->serial;
    row.issuer = sighting->issuer;
    row.identity = sighting->identity;
    row.method = sighting->method;
    row.command = sighting->command;
    row.user = sighting->user;
    row.device_id = sighting->device_id;
    row.device_type = sighting->device_type;
    row.agent = sighting->agent;
    row.authorization_scheme = sighting->authorization_scheme;
    row.authorization_user = sighting->authorization_user;
    row.reason = sighting->reason;
    row.detail = sighting->detail;
    return row;
}

/* Now and then the sightings of a device that are too many go: those that anybody could make are
 * half of them at most. */
static enum status trim(const struct service *service, struct db_tx *tx, const char *device,
                        int64_t sightings)
{
    int64_t deleted;
    int64_t kept = service->config->eas_sightings_per_device;
    if (sightings % TRIM_EVERY != 0)
        return STATUS_OK;
    TRY(sighting_store_delete_unproven(tx, device, kept / 2, (int64_t)2 * TRIM_EVERY, &deleted));
    return sighting_store_delete_surplus(tx, device, kept, (int64_t)2 * TRIM_EVERY, &deleted);
}

static enum status write_one(const struct service *service, struct db_tx *tx,
                             const struct identity_rules *rules, const struct sighting *sighting)
{
    const struct device_seen seen = {
        .at = sighting->row.at,
        .reason = sighting->reason,
        .device_type = sighting->device_type,
        .agent = sighting->agent,
        .address = sighting->address,
        .version = sighting->row.version,
        .proven = sighting->has_fingerprint,
    };
    char device[DEVICE_KEY_SIZE];
    int64_t sightings = 0;
    memcpy(device, sighting->device, sizeof device);
    if (device[0] == '\0')
        TRY(sighting_find_device(tx, rules, sighting, device));
    TRY(device_store_note_sighting(tx, device, &seen, &sightings));
    if (sightings == 0)
        device[0] = '\0'; /* it was dropped meanwhile */
    const struct sighting_row row = row_of(sighting, device);
    TRY(sighting_store_add(tx, &row));
    return sightings == 0 ? STATUS_OK : trim(service, tx, device, sightings);
}

/* Behind what waits there since a write that failed. */
static void fill_batch(struct sightings *sightings)
{
    pthread_mutex_lock(&sightings->mutex);
    while (sightings->count > 0 && sightings->batch_count < BATCH_SIZE) {
        sightings->batch[sightings->batch_count++] = sightings->queue[sightings->first];
        sightings->first = (sightings->first + 1) % QUEUE_SIZE;
        sightings->count--;
    }
    pthread_mutex_unlock(&sightings->mutex);
}

static enum status write_batch(const struct service *service)
{
    struct sightings *sightings = service->sightings;
    struct trust_set *set defer(trust_set_release) = trust_hold(service);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    for (size_t i = 0; i < sightings->batch_count; i++)
        TRY(write_one(service, tx, trust_set_identity(set), sightings->batch[i]));
    return db_commit(tx);
}

static void count_batch(struct sightings *sightings, enum status status)
{
    pthread_mutex_lock(&sightings->mutex);
    if (status == STATUS_OK)
        sightings->written += (int64_t)sightings->batch_count;
    else
        sightings->dropped += (int64_t)sightings->batch_count;
    pthread_mutex_unlock(&sightings->mutex);
    drop_batch(sightings);
}

/* A batch that the disk or the memory refuses is tried again; one that the database finds wrong
 * would be refused for ever. */
static enum status flush_batch(const struct service *service, bool *ret_any)
{
    struct sightings *sightings = service->sightings;
    fill_batch(sightings);
    *ret_any = sightings->batch_count > 0;
    if (!*ret_any)
        return STATUS_OK;
    enum status status = write_batch(service);
    if (status == STATUS_DISK_FULL || status == STATUS_NO_MEMORY || status == STATUS_DATABASE)
        return status;
    if (status != STATUS_OK)
        log_status("sightings", status, "sightings were dropped");
    count_batch(sightings, status);
    return STATUS_OK;
}

enum status sightings_flush(const struct service *service)
{
    struct sightings *sightings = service->sightings;
    bool any = true;
    enum status status = STATUS_OK;
    pthread_mutex_lock(&sightings->writing);
    for (int i = 0; any && status == STATUS_OK && i < BATCHES_MOST; i++)
        status = flush_batch(service, &any);
    pthread_mutex_unlock(&sightings->writing);
    return status;
}

/* ---- the task -------------------------------------------------------------------------------- */

static void tell_dropped(struct sightings *sightings)
{
    pthread_mutex_lock(&sightings->mutex);
    int64_t dropped = sightings->dropped - sightings->told;
    sightings->told = sightings->dropped;
    pthread_mutex_unlock(&sightings->mutex);
    if (dropped > 0)
        log_warning("sightings", "sightings that were not kept: %lld", (long long)dropped);
}

static bool prune_is_due(struct sightings *sightings, int64_t now)
{
    pthread_mutex_lock(&sightings->mutex);
    bool due = now < sightings->pruned_at || now >= sightings->pruned_at + PRUNE_SECONDS;
    if (due)
        sightings->pruned_at = now;
    pthread_mutex_unlock(&sightings->mutex);
    return due;
}

/* What one go leaves is due at once. */
static enum status prune(const struct service *service, int64_t now, bool *ret_more)
{
    struct sightings *sightings = service->sightings;
    *ret_more = false;
    if (!prune_is_due(sightings, now))
        return STATUS_OK;
    TRY(sightings_prune(service, now, ret_more));
    pthread_mutex_lock(&sightings->mutex);
    if (*ret_more)
        sightings->pruned_at = now - PRUNE_SECONDS;
    pthread_mutex_unlock(&sightings->mutex);
    return STATUS_OK;
}

enum status background_sightings(const struct service *service, int64_t now, int64_t *ret_wait)
{
    int64_t made;
    bool more;
    TRY(prune(service, now, &more)); /* first: it makes room where a disk is full */
    *ret_wait = more ? 0 : 1;
    TRY(sightings_flush(service));
    tell_dropped(service->sightings);
    return devices_make_findings(service, FINDINGS_MOST, &made);
}
