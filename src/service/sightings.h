/*
 * Sightings on their way to the database. A request puts its sighting into a bounded queue in
 * memory and goes on; the task SIGHTINGS writes what is there every second, many in one
 * transaction, ties each to its device, makes the findings of devices that were seen and drops what
 * is old. A full queue drops what comes: that is counted and shown, and no phone waits for it.
 *
 * A power cut may lose the last second of sightings. A process that ends writes them first.
 */
#pragma once

#include "base/cleanup.h"
#include "base/limits.h"
#include "service/network.h"
#include "service/service.h"
#include "store/device_store.h"
#include "store/sighting_store.h"

enum {
    SIGHTING_CONNECTION_SIZE = 33,
    SIGHTING_WORD_SIZE = 65,
    SIGHTING_TEXT_SIZE = 257,
    SIGHTING_DETAIL_SIZE = 321,
};

/* One that is not written yet, with its texts cleaned. The times and choices are as in struct
 * sighting_row. */
struct sighting {
    struct sighting_row row; /* texts and fingerprint are set when it is written */
    bool has_fingerprint;
    uint8_t fingerprint[32];
    char device[DEVICE_KEY_SIZE]; /* "": to be found out */
    char connection[SIGHTING_CONNECTION_SIZE];
    char address[NETWORK_ADDRESS_SIZE];
    char tls_version[SIGHTING_WORD_SIZE];
    char cipher[SIGHTING_WORD_SIZE];
    char serial[SIGHTING_WORD_SIZE];
    char issuer[SIGHTING_TEXT_SIZE];
    char identity[SIGHTING_TEXT_SIZE];
    char method[SIGHTING_WORD_SIZE];
    char command[SIGHTING_WORD_SIZE];
    char user[SIGHTING_TEXT_SIZE];
    char device_id[SIGHTING_WORD_SIZE];
    char device_type[SIGHTING_WORD_SIZE];
    char agent[SIGHTING_TEXT_SIZE];
    char authorization_scheme[SIGHTING_WORD_SIZE];
    char authorization_user[SIGHTING_TEXT_SIZE];
    char reason[SIGHTING_WORD_SIZE];
    char detail[SIGHTING_DETAIL_SIZE];
};

/* Takes a text from outside as one line into an array of a sighting; cut to its size. */
void sighting_set_text(char *array, size_t size, const char *text);
#define SIGHTING_SET(sighting, member, text)                                                       \
    sighting_set_text((sighting)->member, sizeof(sighting)->member, (text))

struct sightings;

enum status sightings_new(struct sightings **ret_sightings);
/* What is still in the queue is lost: sightings_flush() first. */
void sightings_free(struct sightings *sightings);
CLEANUP_POINTER(struct sightings, sightings_free)

/* Takes the sighting over. From any thread; never waits for the disk. */
void sightings_put(const struct service *service, struct sighting *take_sighting);

/* Writes what is in the queue at this moment; of what comes meanwhile, maybe some. What cannot be
 * written (a full disk) stays in it. */
enum status sightings_flush(const struct service *service);

/* Since the start of this process. */
struct sightings_figures {
    int64_t written;
    int64_t dropped; /* came while the queue was full, or was none that the database takes */
    int64_t waiting; /* at this moment */
};
void sightings_figures(const struct service *service, struct sightings_figures *ret_figures);

/* Drops what is older than eas.sightings_kept, and devices that were never let in and are as old or
 * too many. In short transactions, and some thousand rows at most: *ret_more says that there may be
 * more of them. Stops when the process wants to end. */
enum status sightings_prune(const struct service *service, int64_t now, bool *ret_more);
