/*
 * A probe while a device comes and goes: which document it is given, and what is made of what it
 * says. eas/probe.h decides; here its decisions meet the database and the clock.
 *
 * Every step is one transaction with the device's policy keys, durable before the device is
 * answered. So a crash, a new connection or a week of silence changes nothing: the next command of
 * the device goes on where it was. A step is taken only from the state that it was made for, so two
 * requests at once cannot both take it.
 *
 * What a device owes an answer to is waited for eas.probe_patience long, counted from when it was
 * told to fetch the policy, and anew from when it got it. A device that does not come at all owes
 * nothing, but the baseline in the end is waited for no longer than that.
 */
#pragma once

#include "eas/mailbox.h"
#include "eas/probe.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/probe_store.h"

struct device_description;

/* The probe that is open on a device. */
struct probe_run {
    char id[PROBE_KEY_SIZE]; /* "": there is none */
    int64_t number;
    bool waits; /* the device owes an answer */
    struct eas_probe probe;
    bool unreadable; /* one is, and its state cannot be read: `id` is "" and it is to be ended */
};
bool probe_run_is_open(const struct probe_run *run);
enum status probe_run_find(struct db_tx *tx, const char *device, struct probe_run *ret_run);
/* Ends the one that is open when its state cannot be read: nobody knows what it would ask next. */
enum status probe_run_end_unreadable(const struct service *service, const char *device);

/* A device that speaks another version than the probe was begun for ends it: what one version has
 * is not what another one has. *run is what it is then. */
enum status probe_run_speaks(const struct service *service, const char *device, int version,
                             struct probe_run *run);
/* Puts into the rules what the probe wants; only of an open one. */
enum status probe_run_rules(const struct probe_run *run, struct eas_provision_rules *rules);
/* Keeps what came of a call that was answered by these rules, and the description, if there is one,
 * before the reply is sent. CONFLICT: another request was faster, so the reply is none. */
enum status probe_run_remember(const struct service *service, const char *device,
                               const struct probe_run *run, const struct eas_call *call,
                               const struct eas_reply *reply,
                               const struct device_description *description);

/* An open probe that changes in the caller's transaction: for service/probes.c and what is here. */
struct probe_change {
    struct db_tx *tx;
    struct probe_row row; /* as it was; waits_since and stop_reason may be changed */
    struct eas_probe probe;
    int64_t now;
    bool unreadable; /* the row's state: `probe` says nothing, and the next thing kept is the end */
};
void probe_change_clear(struct probe_change *change);
CLEANUP_VALUE(struct probe_change, probe_change_clear)
/* NOT_FOUND: none is open. */
enum status probe_change_begin(struct db_tx *tx, const char *device, int64_t now,
                               struct probe_change *ret_change);
/* No more questions; the reason is one of the table's. */
void probe_change_stop(struct probe_change *change, const char *reason);
/* Writes it, and the end with its audit, if this is the end. An unreadable one ends: its state
 * stays as it is, and the reason is "unreadable". */
enum status probe_change_keep(struct probe_change *change);

/* The next question is a new one: that the device was sent to Provision too often for the one
 * before does not count against it. */
enum status probe_run_forget_challenges(struct db_tx *tx, const char *device);

/* What was waited for long enough; up to a hundred, unreadable ones among them. *ret_count is how
 * many. */
enum status probe_run_silence(const struct service *service, int64_t now, int *ret_count);
