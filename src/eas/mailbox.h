/*
 * What a phone gets when it is let in: enough of a mailbox that an account can be set up (empty
 * folders, no mail, a policy that asks for nothing), and everything else refused in the protocol's
 * own way. No I/O and no state: what has to be remembered of a device goes in and comes out.
 *
 * Ping, and a Sync that would wait for mail, are the two requests that a phone wants held for up to
 * an hour. There is never mail here and a connection held is a thread held, so neither is. But "no
 * changes" at once would make the phone ask again at once, until its battery is empty. So both get
 * HTTP 503 with Retry-After, which is how Exchange too makes phones slow down.
 */
#pragma once

#include "base/buf.h"
#include "eas/provision.h"
#include "eas/query.h"

/* Bytes of a request's body, and of an answer's. */
enum { EAS_BODY_MAX = 64 * 1024, EAS_ANSWER_MAX = 256 * 1024 };
enum { EAS_INFORMATION_SIZE = 65 };

struct eas_call {
    const struct eas_query *query; /* its command is not NONE */
    int version;                   /* of eas/command.h, from header or query */
    struct span body;              /* at most EAS_BODY_MAX bytes; empty: none came */
    bool has_policy_key;           /* a key came: in header, query or address */
    uint32_t policy_key;
    const char *user;                        /* whom the certificate names */
    struct eas_provision_rules rules;        /* for this device */
    struct eas_provision_state provisioning; /* as it was kept */
    int64_t now;                             /* seconds since 1970 */
    uint32_t fresh_key; /* random, 1 to EAS_KEY_MAX: the next key, if one is needed */
};

struct eas_reply {
    int http;
    int status; /* what the phone is told: at the root of the answer, or what 449 stands for; 0 */
    int retry_after;           /* seconds, with 503; else 0 */
    bool provisioning_changed; /* to be kept before the answer is sent */
    struct eas_provision_state provisioning;
    bool offered;                         /* the document of the rules is in the answer */
    enum eas_acknowledgment acknowledged; /* what the phone says of the policy; NONE: nothing now */
    /* DeviceInformation as one line each; "" when it was not said. Never IMEI or telephone number.
     */
    bool information;
    char model[EAS_INFORMATION_SIZE];
    char os[EAS_INFORMATION_SIZE];
    char friendly_name[EAS_INFORMATION_SIZE];
    char agent[EAS_INFORMATION_SIZE];
};

/*
 * Appends the WBXML to `body`; it stays empty where HTTP alone answers. INVALID, TOO_LARGE: the
 * body is not what the command takes, which is HTTP 400.
 */
enum status eas_mailbox_answer(const struct eas_call *call, struct buf *body,
                               struct eas_reply *ret_reply);
