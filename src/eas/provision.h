/*
 * Everyday provisioning (MS-ASPROV 3.1.5.1) as decisions: given what an organisation wants of a
 * device, what is remembered of the device and what it sent, what to answer and what to remember.
 * No I/O, no clock, no randomness: time and a fresh key come with the call.
 *
 * A key stands for one decision: the document as this version gets it, what is tolerated, and the
 * round of a probe. When any of these changes the key is worth nothing and the device is sent to
 * Provision, because nothing else on the wire would ever tell it (KB 945603).
 *
 * A device that is sent there again and again without ever coming back with its key would do so
 * for ever. So it is sent EAS_CHALLENGES_MAX times in EAS_CHALLENGES_SECONDS; then it is let in as
 * one that cannot be provisioned, or, where these may not in, told to wait. When what is asked of
 * it changes, the count begins anew: else it would never be told. A device id is no device: clients
 * are known that take a new one each time, so that state belongs to the certificate and the device
 * id, and whoever keeps it bounds their number for a certificate.
 */
#pragma once

#include "eas/policy.h"

enum { EAS_CHALLENGES_MAX = 8, EAS_CHALLENGES_SECONDS = 900 };
/* Larger keys are negative to some clients. */
#define EAS_KEY_MAX 2147483647u

/* What a device says of a document. */
enum eas_acknowledgment {
    EAS_ACK_NONE,
    EAS_ACK_APPLIED = 1,
    EAS_ACK_PARTIAL = 2, /* at least the PIN */
    EAS_ACK_REFUSED = 3, /* nothing of it */
    EAS_ACK_MANAGED = 4, /* it is managed by somebody else */
    EAS_ACK_OTHER = 5,   /* what the standard does not know */
};

/* What an organisation wants of a device. All zero is no valid document: eas_provision_neutral().
 */
struct eas_provision_rules {
    struct eas_policy_document document;
    bool without_policy;       /* devices need no policy, and are told that there is none */
    bool partial_allowed;      /* who applies a part is let in; else 139 */
    bool external_allowed;     /* who is managed elsewhere is let in; else 145 */
    bool legacy_allowed;       /* who applies nothing, or cannot be asked, is let in; else 141 */
    bool information_required; /* since 14.1: 165 for a device that does not say what it is */
    int64_t round;             /* of a probe, unlike that of any other of this device; 0: none */
};

/* Asks for nothing and lets everybody in. */
struct eas_provision_rules eas_provision_neutral(void);

/* What is remembered of a device; all zero: never seen. */
struct eas_provision_state {
    uint32_t offered; /* keys, 0: none. This one was sent and not yet acknowledged */
    uint32_t agreed;
    uint8_t offered_for[DIGEST_SHA256_SIZE];    /* the decisions that they stand for */
    uint8_t agreed_for[DIGEST_SHA256_SIZE];     /* also of `legacy` */
    enum eas_acknowledgment acknowledged;       /* the last, whether it was good enough or not */
    bool asked;                                 /* it sent Provision at least once */
    bool legacy;                                /* it is let in although it cannot be provisioned */
    int challenges;                             /* since then, without its key */
    int64_t challenged_since;                   /* seconds since 1970 */
    uint8_t challenged_for[DIGEST_SHA256_SIZE]; /* the question that they put, in any version */
};

/* X(NAME, word): a device in the words of the field; the words are part of the interface. */
#define EAS_STANDING_TABLE(X)                                                                      \
    X(NOT_YET, "not_yet")                                                                          \
    X(FULL, "full")                                                                                \
    X(PARTIAL, "partial")                                                                          \
    X(NON_PROVISIONABLE, "non_provisionable")                                                      \
    X(MANAGED, "managed")

enum eas_standing {
#define EAS_STANDING_ENUM(name, word) EAS_STANDING_##name,
    EAS_STANDING_TABLE(EAS_STANDING_ENUM)
#undef EAS_STANDING_ENUM
};
/* By what it said last. */
enum eas_standing eas_provision_standing(const struct eas_provision_state *state);
const char *eas_standing_word(enum eas_standing standing);

struct eas_provision_call {
    int version; /* of eas/command.h */
    enum eas_command command;
    bool has_key; /* one came: in header, query or address */
    uint32_t key;
    int64_t now;
    uint32_t fresh_key; /* random, 1 to EAS_KEY_MAX */
};

/* The Policy of a Provision, of whatever phase. */
struct eas_provision_request {
    bool known_type;                        /* its PolicyType is that of the version */
    bool informed;                          /* DeviceInformation with a Model came with it */
    enum eas_acknowledgment acknowledgment; /* NONE: it asks for the policy */
    uint32_t key;                           /* of the body, else of the call; 0: none */
};

struct eas_provision_answer {
    bool let_in;       /* the command may be answered; never of a Provision */
    int http;          /* 200, 449, 503 */
    int status;        /* at the root of the answer, or what 449 stands for; 0: let in, or 503 */
    int policy_status; /* of the Policy; 0: there is none in the answer */
    uint32_t key;      /* in the Policy; 0: none */
    bool document;     /* rules->document is in the Policy */
    int retry_after;   /* seconds, with 503; else 0 */
    enum eas_acknowledgment acknowledged; /* of the document that was offered; NONE: not now */
    bool changed;                         /* the state is to be kept before the answer is sent */
    struct eas_provision_state state;
};

/* Whether a command other than Provision is answered. The state may change with any of them. */
enum status eas_provision_admit(const struct eas_provision_rules *rules,
                                const struct eas_provision_call *call,
                                const struct eas_provision_state *state,
                                struct eas_provision_answer *ret_answer);
/* Likewise of a Provision with a Policy. */
enum status eas_provision_answer(const struct eas_provision_rules *rules,
                                 const struct eas_provision_call *call,
                                 const struct eas_provision_request *request,
                                 const struct eas_provision_state *state,
                                 struct eas_provision_answer *ret_answer);

/* The state as one line of ASCII, at most EAS_PROVISION_STATE_MAX bytes; parsing takes exactly
 * what was appended: INVALID. */
enum { EAS_PROVISION_STATE_MAX = 256 };
void eas_provision_state_append(struct buf *out, const struct eas_provision_state *state);
enum status eas_provision_state_parse(struct span text, struct eas_provision_state *ret_state);
