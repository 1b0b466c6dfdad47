/* The query of an ActiveSync request, MS-ASHTTP 2.2.1.1.1: who the phone says it is, and what it
 * wants. Nothing in it is proved. */
#pragma once

#include "base/span.h"
#include "base/status.h"

enum { EAS_USER_MAX = 254, EAS_DEVICE_ID_MAX = 64, EAS_DEVICE_TYPE_MAX = 64 };

struct eas_query {
    int version; /* 25, 120, 121, 140, 141, 160, 161; 0: a plain query does not say */
    bool base64;
    bool has_policy_key;
    uint32_t policy_key;
    char user[EAS_USER_MAX + 1]; /* "" when absent, as the next two */
    char device_id[EAS_DEVICE_ID_MAX + 1];
    char device_type[EAS_DEVICE_TYPE_MAX + 1];
};

/* INVALID says what is wrong. */
enum status eas_query_parse(struct span query, struct eas_query *ret_query);
