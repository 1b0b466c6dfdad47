/*
 * What the organisation wants of the devices of one user, as the verifier needs it with each
 * request: one statement, whose result is kept in memory until anybody changes the database
 * (service/device_cache.h). A change counts from the next command of a phone on, which is sent to
 * Provision for it (eas/provision.h).
 */
#pragma once

#include "base/status.h"
#include "eas/policy_choice.h"
#include "eas/provision.h"

struct db_tx;

enum { POLICY_NAME_SIZE = 41 }; /* with the NUL */

/* A value: it may be copied. All zero: no policy, so that devices are asked for nothing. */
struct policy_rules {
    char name[POLICY_NAME_SIZE]; /* "": there is none */
    bool unreadable;             /* there is one, and its values cannot be read */
    bool partial_allowed;
    bool external_allowed;
    bool legacy_allowed;
    struct eas_policy_choice choice;
};

enum status policy_rules_find(struct db_tx *tx, const char *user, struct policy_rules *ret_rules);

/* Puts into the rules what the policy wants; nothing when there is none. The document's values
 * belong to `policy`. DATABASE: it cannot be read, and to ask for nothing instead would be weaker
 * than what the organisation wants. */
enum status policy_rules_apply(const struct policy_rules *policy,
                               struct eas_provision_rules *rules);
