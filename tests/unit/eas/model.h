/* A device that can some policies and not others, with its oddities, and what a probe must find. */
#pragma once

#include "eas/probe.h"

enum oddity {
    ODDITY_NONE,
    ODDITY_REFUSES_ALL, /* 3 to everything */
    ODDITY_MANAGED,     /* 4 to everything */
    ODDITY_NEVER,       /* no answer to anything */
    ODDITY_BLIND,       /* 1 to everything */
    ODDITIES,
};

struct model {
    enum oddity oddity;
    eas_policy_set partial; /* to these it says 2, and so on; to the others 1 */
    eas_policy_set refused;
    eas_policy_set managed;
    eas_policy_set nonconforming;
    eas_policy_set silent;
};

/* What it says of a document of the version; EAS_ACK_NONE: nothing. */
enum eas_acknowledgment model_says(const struct model *model, int version,
                                   const struct eas_policy_document *document);
/* What the matrix must hold. */
enum eas_probe_result model_result(const struct model *model, const struct eas_probe_wish *wish,
                                   enum eas_policy policy);

/* The same numbers from the same seed, which is not 0. */
uint64_t model_random(uint64_t *seed);
struct model model_of_seed(uint64_t *seed);
