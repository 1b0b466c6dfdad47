/*
 * Devices: what comes to the EAS side under one certificate (or, without one, one user) and one
 * DeviceId. db/sqlite/0012_eas.sql has the columns. Functions that change a row need a DB_WRITE
 * transaction.
 *
 * Texts are UTF-8 and never NULL when they come from here; times are seconds since 1970, 0 for what
 * has not happened. A DeviceId is compared without regard to ASCII case.
 */
#pragma once

#include "store/db.h"
#include "store/page.h"

enum {
    DEVICE_KEY_SIZE = 32, /* an id, with the NUL */
    DEVICE_OWNER_SIZE = 320,
};

/* As input, the texts belong to the caller; as output, to the row until device_row_clear(). */
struct device_row {
    const char *id;
    const char *owner; /* SHA-256 of the certificate in hex, or "~" and the user in lower case */
    const char *device_id; /* as sent; "": none yet */
    const char *user;      /* whom the certificate names, else as sent */
    const char *serial;    /* of the certificate, or "" */
    const char *device_type;
    const char *agent;
    const char *address; /* of the last sighting */
    int64_t version;     /* protocol version times ten; 0: not known */
    int64_t first_seen_at;
    int64_t last_seen_at;
    int64_t allowed_at;    /* the last time */
    int64_t allowed_count; /* sightings */
    int64_t refused_count;
    const char *reason; /* of the last verdict, or "" */
    const char *model;  /* what the phone says of itself, or "" */
    const char *os;
    const char *friendly_name;
    const char *provisioning; /* eas/provision.h writes and reads it; "": nothing yet */
    int64_t blocked_at;
    const char *blocked_by; /* the actor, or "" */
    const char *finding;    /* the rule that explains the sightings, or "" */
    int64_t finding_from;
    int64_t finding_until;
    int64_t finding_number;
    bool finding_due; /* sightings came since the finding */
    void *storage;    /* private; NULL in a row that is input */
};
void device_row_clear(struct device_row *row);
CLEANUP_VALUE(struct device_row, device_row_clear)

/* Takes id, owner, device_id, user, serial and first_seen_at. CONFLICT: owner and DeviceId stand
 * already. */
enum status device_store_create(struct db_tx *tx, const struct device_row *row);
/* NOT_FOUND. */
enum status device_store_get(struct db_tx *tx, const char *id, struct device_row *ret_row);
enum status device_store_find(struct db_tx *tx, const char *owner, const char *device_id,
                              struct device_row *ret_row);
/* The one of this certificate or user that was seen last. NOT_FOUND. */
enum status device_store_find_newest(struct db_tx *tx, const char *owner,
                                     struct device_row *ret_row);
/* It has come with a DeviceId; does nothing when it has one already. */
enum status device_store_name(struct db_tx *tx, const char *id, const char *device_id);

/* What one sighting says of its device. */
struct device_seen {
    int64_t at;
    const char *reason; /* "allowed", another reason, or "" for a failed handshake */
    const char *device_type;
    const char *agent;
    const char *address;
    int64_t version;
    bool proven; /* it came with the device's certificate; else the four above are not its word */
};
/* *ret_sightings is how many there were with this one. Nothing happens, and it is 0, when there is
 * no such device. */
enum status device_store_note_sighting(struct db_tx *tx, const char *id,
                                       const struct device_seen *seen, int64_t *ret_sightings);

/* What the phone says that it is; findable from then on. NOT_FOUND. */
enum status device_store_describe(struct db_tx *tx, const char *id, const char *model,
                                  const char *os, const char *friendly_name);
/* What is remembered of its provisioning. NOT_FOUND. */
enum status device_store_provision(struct db_tx *tx, const char *id, const char *provisioning);

/* CONFLICT: it is blocked already, or is not. NOT_FOUND. */
enum status device_store_block(struct db_tx *tx, const char *id, const char *by, int64_t now);
enum status device_store_unblock(struct db_tx *tx, const char *id);

struct device_finding {
    const char *rule; /* "" when none holds */
    int64_t from;
    int64_t until;
    int64_t number;
};
/* The rule that explains all sightings up to now. */
enum status device_store_set_finding(struct db_tx *tx, const char *id,
                                     const struct device_finding *finding);

/* ---- lists ----------------------------------------------------------------------------------- */

struct device_filter {
    const char *user;   /* this user, in any ASCII case; NULL or "" for all; not with search */
    const char *search; /* start of a word of user, DeviceId, model, friendly name or serial; NULL
                           or "" for all. With `refused`, a page may hold fewer rows than there
                           are, or none, and still have a next one */
    bool refused;       /* only those that were not let in the last time */
};
struct device_list {
    struct device_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void device_list_clear(struct device_list *list);
CLEANUP_VALUE(struct device_list, device_list_clear)
/* Seen last first; with a search text, by the word found and then newest first. A device that is
 * seen between two pages moves to the front. INVALID: see page.h. */
enum status device_store_list(struct db_tx *tx, const struct device_filter *filter,
                              const struct page_request *page, struct device_list *ret_list);

/* Up to `most` with this DeviceId, whosever they are; seen last first. */
enum status device_store_list_by_device_id(struct db_tx *tx, const char *device_id, int64_t most,
                                           struct device_list *ret_list);
/* Up to `most` that came from this address last, at `since` or later. */
enum status device_store_list_by_address(struct db_tx *tx, const char *address, int64_t since,
                                         int64_t most, struct device_list *ret_list);
/* Up to `most` whose finding is to be made anew, longest unseen first. */
enum status device_store_list_finding_due(struct db_tx *tx, int64_t most,
                                          struct device_list *ret_list);

/* What may go: up to `most` that were never let in and not seen since `before`, or beyond the
 * `kept` newest of that kind; or the surplus of one owner. None that is blocked. */
enum status device_store_list_unproven_old(struct db_tx *tx, int64_t before, int64_t most,
                                           struct device_list *ret_list);
enum status device_store_list_unproven(struct db_tx *tx, int64_t kept, int64_t most,
                                       struct device_list *ret_list);
enum status device_store_list_surplus(struct db_tx *tx, const char *owner, int64_t kept,
                                      int64_t most, struct device_list *ret_list);
/* One without sightings, and its words. Does nothing when it is blocked. */
enum status device_store_delete(struct db_tx *tx, const char *id);
