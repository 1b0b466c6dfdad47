/*
 * What stands behind the "?" of an ActiveSync request (MS-ASHTTP 2.2.1.1.1): plain,
 * "Cmd=Sync&User=alice&DeviceId=...&DeviceType=...", or since 12.1 the same as packed bytes in
 * base64. Bytes of anybody: every length is held against what is left and against its limit.
 *
 * A device id is compared without regard to case, so it leaves here in lower-case letters: whoever
 * stores or compares it needs no rule of his own. None of this is proved; it is what a phone says.
 */
#pragma once

#include "base/span.h"
#include "base/status.h"
#include "eas/command.h"

/* The standard says 32 for a device id; some clients have longer ones. */
enum { EAS_USER_MAX = 254, EAS_DEVICE_ID_MAX = 64, EAS_DEVICE_TYPE_MAX = 64 };

struct eas_query {
    int version;              /* 121 and later of a base64 query; 0: a plain query does not say */
    enum eas_command command; /* NONE when it was not said */
    bool base64;
    bool has_policy_key;
    uint32_t policy_key;
    char user[EAS_USER_MAX + 1];               /* as typed on the phone; "" when absent */
    char device_id[EAS_DEVICE_ID_MAX + 1];     /* letters and digits; 16 raw bytes as hex */
    char device_type[EAS_DEVICE_TYPE_MAX + 1]; /* printable ASCII */
};

/*
 * As it was sent, still percent-encoded. An empty query is all empty. INVALID with what is wrong:
 * an unknown command, a parameter twice, too long or of other characters, bytes that end too
 * early. Parameters that nothing here needs are passed over.
 */
enum status eas_query_parse(struct span query, struct eas_query *ret_query);
