/*
 * How rounds are saved within the bound. Every policy may cost a round, and every refusal two more,
 * of which its control round takes one; so a refusal leaves one round over, and a group of n that
 * is accepted leaves n - 1. A group that is declined costs one, and is tried only where one is left
 * over. The first one always is: one of its policies will be a refusal, which pays. `credit` counts
 * what is left over, and what a blamed group will bring is in it.
 */
#include "eas/probe.h"

#define BIT(name) EAS_POLICY_BIT(EAS_POLICY_##name)

static bool is_in(eas_policy_set set, enum eas_policy policy)
{
    return (set & EAS_POLICY_BIT(policy)) != 0;
}

static int count_of(eas_policy_set set)
{
    return __builtin_popcountll(set);
}

static eas_policy_set lowest(eas_policy_set set)
{
    return set & (~set + 1);
}

static enum eas_policy policy_of(eas_policy_set set)
{
    return (enum eas_policy)__builtin_ctzll(set);
}

static enum eas_probe_reason reason_of(enum eas_probe_bar bar)
{
    static const enum eas_probe_reason reasons[] = {
        [EAS_PROBE_OPEN] = EAS_REASON_NONE,
        [EAS_PROBE_BAR_VERSION] = EAS_REASON_VERSION,
        [EAS_PROBE_BAR_RISK] = EAS_REASON_RISK,
        [EAS_PROBE_BAR_UNNAMED] = EAS_REASON_UNNAMED,
    };
    return reasons[bar];
}

enum status eas_probe_begin(const struct eas_probe_wish *wish, struct eas_probe *ret_probe)
{
    struct eas_probe probe = {.wish = *wish, .credit = 1};
    TRY(eas_probe_wish_check(wish));
    for (int i = 0; i < EAS_POLICIES; i++) {
        enum eas_probe_bar bar = eas_probe_bar(wish, (enum eas_policy)i);
        probe.reasons[i] = (uint8_t)reason_of(bar);
        probe.results[i] = bar == EAS_PROBE_OPEN ? EAS_RESULT_PENDING : EAS_RESULT_NOT_OFFERED;
    }
    *ret_probe = probe;
    return STATUS_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

static void settle(struct eas_probe *probe, enum eas_policy policy, enum eas_probe_result result,
                   enum eas_probe_reason reason)
{
    probe->results[policy] = (uint8_t)result;
    probe->reasons[policy] = (uint8_t)reason;
}

static void settle_set(struct eas_probe *probe, eas_policy_set set, enum eas_probe_result result,
                       enum eas_probe_reason reason)
{
    for (int i = 0; i < EAS_POLICIES; i++)
        if (is_in(set, (enum eas_policy)i))
            settle(probe, (enum eas_policy)i, result, reason);
}

static eas_policy_set pending(const struct eas_probe *probe)
{
    eas_policy_set set = 0;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (probe->results[i] == EAS_RESULT_PENDING)
            set |= EAS_POLICY_BIT(i);
    return set;
}

/* ---- the next round -------------------------------------------------------------------------- */

enum stage { STAGE_PLAIN, STAGE_PIN, STAGE_WITH_PIN, STAGE_LETTERS, STAGE_DESTRUCTIVE, STAGES };

static enum stage stage_of(enum eas_policy policy)
{
    const struct eas_policy_row *row = eas_policy_row(policy);
    if (row->risk == EAS_RISK_DESTRUCTIVE)
        return STAGE_DESTRUCTIVE;
    if (policy == EAS_POLICY_PASSWORD_ENABLED)
        return STAGE_PIN;
    if (policy == EAS_POLICY_COMPLEX_CHARACTERS)
        return STAGE_LETTERS;
    return row->needs_pin ? STAGE_WITH_PIN : STAGE_PLAIN;
}

static eas_policy_set pending_in(const struct eas_probe *probe, enum stage stage)
{
    eas_policy_set all = pending(probe);
    eas_policy_set set = 0;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (is_in(all, (enum eas_policy)i) && stage_of((enum eas_policy)i) == stage)
            set |= EAS_POLICY_BIT(i);
    return set;
}

static void set_round(struct eas_probe *probe, enum eas_probe_kind kind, eas_policy_set current)
{
    probe->kind = kind;
    probe->current = current;
    probe->out = false;
}

static void finish(struct eas_probe *probe, bool returned)
{
    set_round(probe, EAS_ROUND_NONE, 0);
    probe->returned = returned;
}

/* No more questions: gives the baseline back to a device that may have anything else. */
static void end(struct eas_probe *probe, enum eas_probe_outcome outcome)
{
    probe->outcome = outcome;
    probe->blamed = 0;
    if (probe->rounds == 0 || probe->at_baseline)
        finish(probe, probe->at_baseline);
    else
        set_round(probe, EAS_ROUND_RETURN, 0);
}

/* What would be ignored, because the device did not take the policy that it needs. */
static void settle_without(struct eas_probe *probe, enum eas_policy needed,
                           enum eas_probe_reason reason)
{
    eas_policy_set set = pending(probe);
    if (probe->results[needed] == EAS_RESULT_APPLIED)
        return;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (is_in(set, (enum eas_policy)i) && is_in(eas_probe_ground(EAS_POLICY_BIT(i)), needed))
            settle(probe, (enum eas_policy)i, EAS_RESULT_CANNOT_TELL, reason);
}

static eas_policy_set lowest_of(eas_policy_set set, int count)
{
    eas_policy_set some = 0;
    for (; count > 0 && set != 0; count--) {
        some |= lowest(set);
        set &= ~lowest(set);
    }
    return some;
}

/* How many policies are worth a group: where one in n was declined so far, two thirds of n; where
 * nothing was but one, which may be the canary, all of them. */
static int group_size(const struct eas_probe *probe, eas_policy_set from)
{
    int declined = probe->refusals - 1;
    int settled = declined;
    for (int i = 0; i < EAS_POLICIES; i++)
        settled += probe->results[i] == EAS_RESULT_APPLIED;
    int size = probe->blamed != 0 ? count_of(from) / 2 : count_of(from);
    int worth = declined <= 0 ? size : 2 * settled / (3 * declined);
    return worth < size ? worth : size;
}

/* The blamed ones of another stage would be a state that was tampered with: they do not count. */
static void choose(struct eas_probe *probe, enum stage stage, eas_policy_set pool)
{
    eas_policy_set blamed = probe->blamed & pool;
    eas_policy_set from = blamed != 0 ? blamed : pool;
    int size = group_size(probe, from);
    bool alone = probe->alone || probe->wish.one_by_one || stage == STAGE_DESTRUCTIVE || size < 2 ||
                 (blamed != 0 && probe->credit < 1);
    if (alone)
        set_round(probe, EAS_ROUND_SINGLE, lowest(from));
    else
        set_round(probe, EAS_ROUND_GROUP, lowest_of(from, size));
}

static void advance(struct eas_probe *probe)
{
    for (int stage = STAGE_PLAIN; stage < STAGES; stage++) {
        if (stage == STAGE_WITH_PIN)
            settle_without(probe, EAS_POLICY_PASSWORD_ENABLED, EAS_REASON_PIN);
        if (stage == STAGE_LETTERS)
            settle_without(probe, EAS_POLICY_ALPHANUMERIC_PASSWORD, EAS_REASON_LETTERS);
        eas_policy_set pool = pending_in(probe, (enum stage)stage);
        if (pool != 0) {
            choose(probe, (enum stage)stage, pool);
            return;
        }
    }
    end(probe, EAS_PROBE_COMPLETE);
}

static void end_early(struct eas_probe *probe, enum eas_probe_outcome outcome,
                      enum eas_probe_result result, enum eas_probe_reason reason)
{
    settle_set(probe, pending(probe), result, reason);
    end(probe, outcome);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Besides the acknowledgments: nothing came. */
enum { SILENCE = 0 };

static enum eas_probe_result result_of(int answer)
{
    static const enum eas_probe_result results[] = {
        [SILENCE] = EAS_RESULT_NO_ANSWER,       [EAS_ACK_APPLIED] = EAS_RESULT_APPLIED,
        [EAS_ACK_PARTIAL] = EAS_RESULT_PARTIAL, [EAS_ACK_REFUSED] = EAS_RESULT_REFUSED,
        [EAS_ACK_MANAGED] = EAS_RESULT_MANAGED, [EAS_ACK_OTHER] = EAS_RESULT_CANNOT_TELL,
    };
    return results[answer];
}

static void judge_baseline(struct eas_probe *probe, int answer)
{
    if (answer == EAS_ACK_APPLIED) {
        eas_policy_set canary = eas_probe_canary(&probe->wish);
        if (canary != 0)
            set_round(probe, EAS_ROUND_CANARY, canary);
        else
            advance(probe);
        return;
    }
    if (answer == EAS_ACK_MANAGED) {
        settle_set(probe, pending(probe), EAS_RESULT_MANAGED, EAS_REASON_NONE);
        probe->outcome = EAS_PROBE_MANAGED;
    } else if (answer == SILENCE) {
        settle_set(probe, pending(probe), EAS_RESULT_NO_ANSWER, EAS_REASON_SILENCE);
        probe->outcome = EAS_PROBE_SILENT;
    } else {
        settle_set(probe, pending(probe), EAS_RESULT_CANNOT_TELL, EAS_REASON_BASELINE);
        probe->outcome = EAS_PROBE_BASELINE_REFUSED;
    }
    finish(probe, false);
}

/* The canary does not count as a round of its policies, so all of them are rounds saved. */
static void judge_canary(struct eas_probe *probe, int answer)
{
    if (answer == EAS_ACK_APPLIED) {
        probe->canary = true;
        probe->credit += count_of(probe->current);
        settle_set(probe, probe->current, EAS_RESULT_APPLIED, EAS_REASON_NONE);
    } else {
        probe->credit += 1;
        probe->blamed = probe->current;
    }
    advance(probe);
}

static void judge_group(struct eas_probe *probe, int answer)
{
    if (answer == EAS_ACK_APPLIED) {
        probe->credit += count_of(probe->current) - 1;
        probe->blamed &= ~probe->current;
        settle_set(probe, probe->current, EAS_RESULT_APPLIED, EAS_REASON_NONE);
    } else {
        if (probe->blamed != 0)
            probe->credit -= 1;
        probe->blamed = probe->current;
    }
    advance(probe);
}

/* All of a blamed group were accepted one by one: the device declines combinations, or changes its
 * mind. No more groups for it. */
static void note_inconsistency(struct eas_probe *probe)
{
    probe->refusals += 1;
    probe->credit += 1;
    probe->alone = true;
}

static void judge_single(struct eas_probe *probe, int answer)
{
    bool blamed = (probe->blamed & probe->current) != 0;
    settle(probe, policy_of(probe->current), result_of(answer),
           answer == EAS_ACK_OTHER ? EAS_REASON_NONCONFORMING : EAS_REASON_NONE);
    if (answer == EAS_ACK_APPLIED) {
        probe->blamed &= ~probe->current;
        if (blamed && probe->blamed == 0)
            note_inconsistency(probe);
        advance(probe);
        return;
    }
    probe->refusals += 1;
    probe->credit += blamed ? 0 : 1;
    if (blamed)
        probe->blamed = 0;
    set_round(probe, EAS_ROUND_CONTROL, probe->current);
}

static void judge_control(struct eas_probe *probe, int answer)
{
    enum eas_policy policy = policy_of(probe->current);
    if (answer == EAS_ACK_APPLIED) {
        advance(probe);
        return;
    }
    if (probe->results[policy] != EAS_RESULT_NO_ANSWER)
        settle(probe, policy, EAS_RESULT_CANNOT_TELL,
               answer == SILENCE ? EAS_REASON_SILENCE : EAS_REASON_CONTROL);
    if (answer == SILENCE)
        end_early(probe, EAS_PROBE_SILENT, EAS_RESULT_NOT_OFFERED, EAS_REASON_SILENCE);
    else
        end_early(probe, EAS_PROBE_UNSTEADY, EAS_RESULT_NOT_OFFERED, EAS_REASON_CONTROL);
}

static bool is_question(enum eas_probe_kind kind)
{
    return kind == EAS_ROUND_CANARY || kind == EAS_ROUND_GROUP || kind == EAS_ROUND_SINGLE;
}

static void judge(struct eas_probe *probe, int answer)
{
    switch (probe->kind) {
    case EAS_ROUND_BASELINE:
        judge_baseline(probe, answer);
        return;
    case EAS_ROUND_CANARY:
        judge_canary(probe, answer);
        return;
    case EAS_ROUND_GROUP:
        judge_group(probe, answer);
        return;
    case EAS_ROUND_SINGLE:
        judge_single(probe, answer);
        return;
    case EAS_ROUND_CONTROL:
        judge_control(probe, answer);
        return;
    case EAS_ROUND_RETURN:
        finish(probe, answer == EAS_ACK_APPLIED);
        return;
    case EAS_ROUND_NONE:
        return;
    }
}

/* The policies at their probe value in the document of the round. */
static eas_policy_set offered_in(const struct eas_probe *probe)
{
    eas_policy_set ground = eas_probe_ground(probe->current);
    return probe->kind == EAS_ROUND_CONTROL ? ground : ground | probe->current;
}

static enum status take_answer(struct eas_probe *probe, int number, int answer)
{
    if (!probe->out || number != probe->rounds)
        return status_fail(STATUS_CONFLICT, "round %d of the probe is not open", number);
    probe->at_baseline = offered_in(probe) == 0 && answer == EAS_ACK_APPLIED;
    if (is_question(probe->kind) && answer != EAS_ACK_APPLIED && answer != SILENCE)
        probe->reads = true;
    judge(probe, answer);
    return STATUS_OK;
}

enum status eas_probe_answer(struct eas_probe *probe, int number,
                             enum eas_acknowledgment acknowledgment)
{
    if (acknowledgment < EAS_ACK_APPLIED || acknowledgment > EAS_ACK_OTHER)
        return status_fail(STATUS_CONFLICT, "%d is no acknowledgment", (int)acknowledgment);
    return take_answer(probe, number, acknowledgment);
}

enum status eas_probe_silence(struct eas_probe *probe, int number)
{
    return take_answer(probe, number, SILENCE);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

enum status eas_probe_next(const struct eas_probe *probe, struct eas_probe_round *ret_round)
{
    if (probe->kind == EAS_ROUND_NONE)
        return status_fail(STATUS_NOT_FOUND, "the probe is over");
    struct eas_probe_round round = {
        .number = probe->out ? probe->rounds : probe->rounds + 1,
        .kind = probe->kind,
        .policies = offered_in(probe),
        .document = eas_policy_neutral(),
    };
    for (int i = 0; i < EAS_POLICIES; i++)
        if (is_in(round.policies, (enum eas_policy)i))
            round.document.values[i] = eas_policy_row((enum eas_policy)i)->probe;
    *ret_round = round;
    return STATUS_OK;
}

void eas_probe_offered(struct eas_probe *probe)
{
    if (probe->out || probe->kind == EAS_ROUND_NONE)
        return;
    probe->out = true;
    probe->rounds += 1;
}

/* A round that is out was seen by the device, or may still be. */
void eas_probe_stop(struct eas_probe *probe)
{
    if (probe->outcome != EAS_PROBE_RUNNING)
        return;
    if (probe->kind == EAS_ROUND_CONTROL)
        settle_set(probe, probe->current, EAS_RESULT_CANNOT_TELL, EAS_REASON_STOPPED);
    else if (probe->out)
        settle_set(probe, probe->current, EAS_RESULT_NO_ANSWER, EAS_REASON_STOPPED);
    if (probe->out)
        probe->at_baseline = false;
    end_early(probe, EAS_PROBE_STOPPED, EAS_RESULT_NOT_OFFERED, EAS_REASON_STOPPED);
}

/* ---- the matrix ------------------------------------------------------------------------------ */

struct eas_probe_entry eas_probe_entry(const struct eas_probe *probe, enum eas_policy policy)
{
    struct eas_probe_entry entry = {(enum eas_probe_result)probe->results[policy],
                                    (enum eas_probe_reason)probe->reasons[policy]};
    if (entry.result == EAS_RESULT_PENDING && probe->out && is_in(probe->current, policy))
        entry.result = EAS_RESULT_WAITING;
    bool over = probe->outcome != EAS_PROBE_RUNNING;
    if (entry.result != EAS_RESULT_APPLIED || !over || probe->reads)
        return entry;
    if (probe->canary)
        return (struct eas_probe_entry){EAS_RESULT_BLIND, EAS_REASON_NONE};
    return (struct eas_probe_entry){EAS_RESULT_CANNOT_TELL, EAS_REASON_NO_CANARY};
}

int eas_probe_refusals(const struct eas_probe *probe)
{
    return probe->refusals;
}

/* ---- words ----------------------------------------------------------------------------------- */

#define WORD(name, word) word,

const char *eas_probe_outcome_word(enum eas_probe_outcome outcome)
{
    static const char *const words[] = {EAS_PROBE_OUTCOME_TABLE(WORD)};
    return words[outcome];
}

const char *eas_probe_kind_word(enum eas_probe_kind kind)
{
    static const char *const words[] = {EAS_PROBE_KIND_TABLE(WORD)};
    return words[kind];
}

const char *eas_probe_result_word(enum eas_probe_result result)
{
    static const char *const words[] = {EAS_PROBE_RESULT_TABLE(WORD)};
    return words[result];
}

const char *eas_probe_reason_word(enum eas_probe_reason reason)
{
    static const char *const words[] = {EAS_PROBE_REASON_TABLE(WORD)};
    return words[reason];
}
