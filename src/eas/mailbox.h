/* What is remembered of a device between its requests. */
#pragma once

#include "eas/query.h"

/* Policy keys of one device; 0: none. `offered` was sent and not yet acknowledged. */
struct eas_provisioning {
    uint32_t offered;
    uint32_t agreed;
};
