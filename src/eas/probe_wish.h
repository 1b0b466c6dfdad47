/*
 * What a probe may offer to a device: the version has it, its risk was chosen, and what cannot be
 * undone was named one by one.
 */
#pragma once

#include "eas/policy.h"

/* A set of policies: 1 << policy. */
typedef uint64_t eas_policy_set;
#define EAS_POLICY_BIT(policy) ((eas_policy_set)1 << (policy))

struct eas_probe_wish {
    int version;               /* that the device speaks; a probe is of one version */
    enum eas_policy_risk most; /* of a policy that may be offered */
    eas_policy_set named;      /* of the policies of EAS_RISK_DESTRUCTIVE those that may be too */
    bool one_by_one;           /* no groups */
};

/* INVALID: no such version or risk; a policy is named that is not destructive, or above the risk.
 */
enum status eas_probe_wish_check(const struct eas_probe_wish *wish);

/* Why a policy, or a result of one, is as it is; see eas/probe.h. */
enum eas_probe_bar {
    EAS_PROBE_OPEN, /* it may be offered */
    EAS_PROBE_BAR_VERSION,
    EAS_PROBE_BAR_RISK,
    EAS_PROBE_BAR_UNNAMED,
};
enum eas_probe_bar eas_probe_bar(const struct eas_probe_wish *wish, enum eas_policy policy);
/* What no phone in its senses does, of what may be offered; none: 0. */
eas_policy_set eas_probe_canary(const struct eas_probe_wish *wish);
/* What must be in force for the policies to mean anything. */
eas_policy_set eas_probe_ground(eas_policy_set policies);
