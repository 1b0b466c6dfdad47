/*
 * The policy probe: what a device really does with policies, found out from its acknowledgments.
 *
 * One round is one document, offered under a policy key of its own, and what the device says of it.
 * A document is the neutral one with some policies at their probe value. First comes the neutral
 * document alone, the baseline, then the canary (below), then everything that may be offered: as
 * one group while the device agrees, by halves and one by one where it does not. After each policy
 * that was not applied a control round, the same document without it, shows that it was to blame.
 * Policies that need a PIN come last and only on a device that took the PIN. In the end the device
 * has the baseline again.
 *
 * 1 means "applied, not applicable, or not read" (MS-ASPROV R764). So the canary offers what no
 * phone in its senses does: mail encrypted with single DES and, where its risk is allowed, only
 * applications with a random hash. A device that agrees to that, and to everything else as well,
 * cannot be told from one that says 1 to anything: it is blind. One that declines anything has
 * shown that it reads.
 *
 * The machine does no I/O and has no clock. The state is a value that is kept as a text; whoever
 * runs it keeps the text before he acts on it. Rounds never outnumber
 *     policies that were offered + 2 * eas_probe_refusals() + 4
 * and no document holds a policy above the risk that was chosen.
 */
#pragma once

#include "eas/probe_wish.h"
#include "eas/provision.h"

/* X(NAME, word): the words are part of the interface. */
#define EAS_PROBE_OUTCOME_TABLE(X)                                                                 \
    X(RUNNING, "running")                                                                          \
    X(COMPLETE, "complete")                                                                        \
    X(STOPPED, "stopped")                   /* by eas_probe_stop() */                              \
    X(BASELINE_REFUSED, "baseline_refused") /* the device declines what asks for nothing */        \
    X(MANAGED, "managed")                   /* the baseline already: by somebody else */           \
    X(SILENT, "silent")                     /* no answer to a baseline or to a control round */    \
    X(UNSTEADY, "unsteady") /* a control round was declined, so nobody is to blame */

#define EAS_PROBE_KIND_TABLE(X)                                                                    \
    X(BASELINE, "baseline")                                                                        \
    X(CANARY, "canary")                                                                            \
    X(GROUP, "group")                                                                              \
    X(SINGLE, "single")                                                                            \
    X(CONTROL, "control")                                                                          \
    X(RETURN, "return") /* the baseline again, at the end */                                       \
    X(NONE, "none")     /* there is no further round */

#define EAS_PROBE_RESULT_TABLE(X)                                                                  \
    X(PENDING, "pending")     /* not yet offered */                                                \
    X(WAITING, "waiting")     /* offered; no answer yet */                                         \
    X(APPLIED, "applied")     /* 1 */                                                              \
    X(PARTIAL, "partial")     /* 2 */                                                              \
    X(REFUSED, "refused")     /* 3 */                                                              \
    X(MANAGED, "managed")     /* 4: by somebody else */                                            \
    X(NO_ANSWER, "no_answer") /* it was waited for */                                              \
    X(NOT_OFFERED, "not_offered")                                                                  \
    X(BLIND, "blind") /* 1, as to everything */                                                    \
    X(CANNOT_TELL, "cannot_tell")

/* Why a result is NOT_OFFERED, NO_ANSWER or CANNOT_TELL. */
#define EAS_PROBE_REASON_TABLE(X)                                                                  \
    X(NONE, "")                                                                                    \
    X(VERSION, "version")             /* the version lacks the policy */                           \
    X(RISK, "risk")                   /* above what was chosen */                                  \
    X(UNNAMED, "unnamed")             /* destructive, and not named */                             \
    X(PIN, "pin")                     /* ignored without a PIN, which the device did not take */   \
    X(LETTERS, "letters")             /* ignored without AlphanumericDevicePasswordRequired */     \
    X(BASELINE, "baseline")           /* the baseline was declined */                              \
    X(CONTROL, "control")             /* a control round was declined */                           \
    X(SILENCE, "silence")             /* no answer to a baseline or control round */               \
    X(NONCONFORMING, "nonconforming") /* acknowledged with what is none of 1 to 4 */               \
    X(NO_CANARY, "no_canary")         /* 1, as to everything, and no canary was answered */        \
    X(STOPPED, "stopped")

enum eas_probe_outcome {
#define EAS_PROBE_ENUM(name, word) EAS_PROBE_##name,
    EAS_PROBE_OUTCOME_TABLE(EAS_PROBE_ENUM)
#undef EAS_PROBE_ENUM
};
enum eas_probe_kind {
#define EAS_PROBE_ENUM(name, word) EAS_ROUND_##name,
    EAS_PROBE_KIND_TABLE(EAS_PROBE_ENUM)
#undef EAS_PROBE_ENUM
};
enum eas_probe_result {
#define EAS_PROBE_ENUM(name, word) EAS_RESULT_##name,
    EAS_PROBE_RESULT_TABLE(EAS_PROBE_ENUM)
#undef EAS_PROBE_ENUM
};
enum eas_probe_reason {
#define EAS_PROBE_ENUM(name, word) EAS_REASON_##name,
    EAS_PROBE_REASON_TABLE(EAS_PROBE_ENUM)
#undef EAS_PROBE_ENUM
};

const char *eas_probe_outcome_word(enum eas_probe_outcome outcome);
const char *eas_probe_kind_word(enum eas_probe_kind kind);
const char *eas_probe_result_word(enum eas_probe_result result);
const char *eas_probe_reason_word(enum eas_probe_reason reason);

/* The state. Only eas/probe*.c writes its fields; outcome, kind, rounds and returned may be read.
 */
struct eas_probe {
    struct eas_probe_wish wish;
    enum eas_probe_outcome outcome;
    enum eas_probe_kind kind; /* of the round that is next or out; NONE: it is over */
    bool out;                 /* the round was offered and is not answered */
    bool at_baseline;         /* the last answer was a 1 to the neutral document */
    bool returned;            /* it is over, and the device has the baseline */
    bool canary;              /* the canary was answered with 1 */
    bool reads;               /* the device declined something */
    bool alone;               /* no more groups */
    int rounds;               /* that were offered */
    int refusals;
    int credit;             /* groups that may still be declined within the bound */
    eas_policy_set current; /* what the round is about */
    eas_policy_set blamed;  /* of these, all pending, at least one will be declined */
    uint8_t results[EAS_POLICIES];
    uint8_t reasons[EAS_POLICIES];
};

struct eas_probe_round {
    int number; /* from 1 */
    enum eas_probe_kind kind;
    eas_policy_set policies; /* those at their probe value: a PIN for those that need one too */
    struct eas_policy_document document;
};

/* INVALID: as eas_probe_wish_check(). */
enum status eas_probe_begin(const struct eas_probe_wish *wish, struct eas_probe *ret_probe);

/* The round that is next, or the one that is out: the same until it is answered. NOT_FOUND: it is
 * over. */
enum status eas_probe_next(const struct eas_probe *probe, struct eas_probe_round *ret_round);
/* The device gets the document of the round now. Again for the same round: nothing changes. */
void eas_probe_offered(struct eas_probe *probe);
/* What the device says of round `number`. CONFLICT: that round is not out (any more). */
enum status eas_probe_answer(struct eas_probe *probe, int number,
                             enum eas_acknowledgment acknowledgment);
/* It was waited for long enough; a later answer to this round is a CONFLICT. Likewise. */
enum status eas_probe_silence(struct eas_probe *probe, int number);
/* No more questions: what is left is the round that gives the baseline back, if it is needed. */
void eas_probe_stop(struct eas_probe *probe);

/* The matrix. While the probe runs, APPLIED may still become BLIND or CANNOT_TELL. */
struct eas_probe_entry {
    enum eas_probe_result result;
    enum eas_probe_reason reason;
};
struct eas_probe_entry eas_probe_entry(const struct eas_probe *probe, enum eas_policy policy);
/* Policies that were not applied, and groups that were declined without one of their policies. */
int eas_probe_refusals(const struct eas_probe *probe);

/* The state as one line of ASCII, at most EAS_PROBE_TEXT_MAX bytes. Parsing takes exactly what was
 * appended, and only a state that this machine can be in as far as safety goes: INVALID. */
enum { EAS_PROBE_TEXT_MAX = 256 };
void eas_probe_append(struct buf *out, const struct eas_probe *probe);
enum status eas_probe_parse(struct span text, struct eas_probe *ret_probe);
