/*
 * Probes as operators see them: starting one with somebody's consent, stopping it, and what it
 * found out: the matrix of one device. service/probe_run.h carries them out.
 *
 * What may be offered is chosen by risk (eas/policy.h). From EAS_RISK_STICKY on something of it
 * stays with whoever holds the device, so the user's name has to be typed; what cannot be undone
 * has to be named besides, policy by policy.
 *
 * Between its rounds, and in the end, a probe gives the device the document that asks for nothing.
 * So while it is open the organisation's own policy (service/policies.h) is not in force on the
 * device, which gets it back with its first command after the end. The audit has the policy that
 * was suspended; whoever starts a probe is to be told (policies_find_of_device()).
 */
#pragma once

#include "base/buf.h"
#include "eas/probe.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/probe_store.h"

enum { PROBE_CONSENT_MAX = 500 }; /* bytes */

struct probe_request {
    const char *device;       /* id of the device's row */
    int64_t risk;             /* 0 to 3 */
    const char *const *named; /* policies of risk 3 that may be offered, by their elements */
    size_t named_count;
    bool one_by_one;
    const char *consent;      /* who agreed, and how: a sentence */
    const char *confirmation; /* with risk 2 and 3 the user's name of the device; else anything */
};
/* INVALID names the member that is wrong, and for the confirmation what is to be typed. CONFLICT:
 * another probe is open on the device, it was never let in, it is blocked, or its version is not
 * known. NOT_FOUND: no such device. */
enum status probes_start(const struct service *service, const struct actor *actor,
                         const struct probe_request *request, char ret_id[static PROBE_KEY_SIZE]);
/* No more questions; the device gets the baseline back when it comes. CONFLICT: it has ended, or is
 * about to. NOT_FOUND. */
enum status probes_stop(const struct service *service, const struct actor *actor, const char *id);

/* The id of a device by its id, or by the name of a user who has one device. NOT_FOUND; INVALID:
 * the user has several, which it names. */
enum { PROBES_DEVICE_SIZE = 32 };
enum status probes_find_device(const struct service *service, const char *text,
                               char ret_device[static PROBES_DEVICE_SIZE]);

struct probe_record {
    struct probe_row row;
    struct eas_probe probe;
    bool unreadable; /* the row's state: `probe` says nothing, nobody can tell what was found out */
    struct probe_round_list rounds; /* all of them, the first one first */
};
void probe_record_clear(struct probe_record *record);
CLEANUP_VALUE(struct probe_record, probe_record_clear)
/* NOT_FOUND. */
enum status probes_show(const struct service *service, const char *id,
                        struct probe_record *ret_record);
/* Newest first. INVALID. */
enum status probes_list(const struct service *service, const struct probe_filter *filter,
                        const struct page_request *page, struct probe_list *ret_list);

/* The elements of a set of policies, with `separator` between them. */
void probes_append_policies(struct buf *out, int64_t policies, const char *separator);
/* "applied", "refused", "managed" ...: what a round's acknowledgment is called; "" for none yet. */
const char *probes_acknowledgment_word(int64_t acknowledgment);

/* The matrix as base/csv.h has it for spreadsheets: a line of names, then one line a policy. */
enum status probes_append_csv(const struct probe_row *row,
                              const struct eas_probe_entry entries[static EAS_POLICIES],
                              struct buf *out);
/* Of an unreadable one no entry tells anything. */
void probes_entries(const struct probe_record *record,
                    struct eas_probe_entry ret_entries[static EAS_POLICIES]);
/* The same and the rounds as one JSON object: "Probe" of www/static/openapi.json. */
enum status probes_append_json(const struct probe_record *record, struct buf *out);
