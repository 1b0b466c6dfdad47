/*
 * Devices as operators look for them: who, with what, when last, and why not; and what operators
 * settle about them. Reading costs the same however many there are.
 */
#pragma once

#include "base/buf.h"
#include "eas/diagnosis.h"
#include "eas/provision.h"
#include "service/audit.h"
#include "service/policy_rules.h"
#include "service/service.h"
#include "store/access_store.h"
#include "store/device_store.h"
#include "store/sighting_store.h"

/* Seen last first. INVALID: a search without letter or digit, a cursor that is none. */
enum status devices_list(const struct service *service, const struct device_filter *filter,
                         const struct page_request *page, struct device_list *ret_list);

/* One device and what was settled about it. */
struct device_record {
    struct device_row row;         /* with the finding that was made last */
    struct pin_row pin;            /* its certificate's; pinned_at is 0 when it is pinned to none */
    int64_t user_blocked_at;       /* the user is let in with no device; 0: is not blocked */
    char policy[POLICY_NAME_SIZE]; /* the organisation's that it gets; "": none */
};
void device_record_clear(struct device_record *record);
CLEANUP_VALUE(struct device_record, device_record_clear)
/* NOT_FOUND. */
enum status devices_show(const struct service *service, const char *id,
                         struct device_record *ret_record);

/* Its sightings, newest first. NOT_FOUND, INVALID. */
enum status devices_timeline(const struct service *service, const char *id,
                             const struct page_request *page, struct sighting_list *ret_list);
/* What it makes of policies. */
enum eas_standing devices_standing(const struct device_row *row);

/* What the newest DEVICES_DIAGNOSED sightings of a device say, made now; where none of them was let
 * in, with the last that was and the one after it. NOT_FOUND. */
enum { DEVICES_DIAGNOSED = 500 };
enum status devices_diagnose(const struct service *service, const char *id,
                             struct diagnosis *ret_diagnosis);
/* The finding that was kept with the row, which costs nothing: for lists. Its rule is
 * DIAGNOSIS_NONE when there is none; the users of WRONG_USER are not kept. */
struct diagnosis devices_finding(const struct device_row *row);
/* Makes up to `most` findings that are due. *ret_made is how many. */
enum status devices_make_findings(const struct service *service, int64_t most, int64_t *ret_made);

/* Its certificate may come with another DeviceId from now on. NOT_FOUND: no such device, or no pin.
 */
enum status devices_unpin(const struct service *service, const struct actor *actor, const char *id);
/* From the next request on. CONFLICT: it is blocked already, or is not. NOT_FOUND. */
enum status devices_block(const struct service *service, const struct actor *actor, const char *id);
enum status devices_unblock(const struct service *service, const struct actor *actor,
                            const char *id);
/* Whoever the certificate names, with any device. INVALID: no name, or too long a one; CONFLICT:
 * blocked already; NOT_FOUND: not blocked. */
enum status devices_block_user(const struct service *service, const struct actor *actor,
                               const char *user);
enum status devices_unblock_user(const struct service *service, const struct actor *actor,
                                 const char *user);

/* What a user's phones did at `since` or later, newest first: under certificates that name the
 * user, and refused ones that said to be the user, or may have. `unclaimed` is what nothing ties to
 * a device. What waits to be written is written first. */
struct device_watch {
    struct sighting_list known;
    bool unclear; /* the newest of them was refused as another user, by a domain that nobody knows
                   */
    struct sighting_list unclaimed;
};
void device_watch_clear(struct device_watch *watch);
CLEANUP_VALUE(struct device_watch, device_watch_clear)
enum status devices_watch(const struct service *service, const char *user, int64_t since,
                          struct device_watch *ret_watch);

/* Requests that were refused at `since` or later; counts up to DEVICES_COUNTED. */
enum { DEVICES_COUNTED = 10000 };
enum status devices_count_refused(const struct service *service, int64_t since, int64_t *ret_count);

/* What to show of a device as its name: what the phone calls itself, its model or its type. */
const char *devices_name(const struct device_row *row);
/* Whether the last sighting of it was refused. */
bool devices_is_refused(const struct device_row *row);
