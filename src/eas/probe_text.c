/*
 * The state of a probe as one line: "1", then numbers, then a letter for each policy's result and
 * one for its reason.
 *
 * The line comes from a database, which a stranger may have had in his hands. So what is read is
 * held against what this machine may do: it never asks what its wish bars, it never asks for what
 * needs a PIN on a device without one, and its results are such as it writes.
 */
#include "eas/probe.h"
#include "eas/state_text.h"

#define AND_ONE(name, word) +1
enum {
    OUTCOMES = 0 EAS_PROBE_OUTCOME_TABLE(AND_ONE),
    RESULTS = 0 EAS_PROBE_RESULT_TABLE(AND_ONE),
    REASONS = 0 EAS_PROBE_REASON_TABLE(AND_ONE),
};

enum { FIRST_LETTER = 'a', COUNT_MOST = 1000 };

enum flag {
    FLAG_ONE_BY_ONE = 1,
    FLAG_OUT = 2,
    FLAG_AT_BASELINE = 4,
    FLAG_RETURNED = 8,
    FLAG_CANARY = 16,
    FLAG_READS = 32,
    FLAG_ALONE = 64,
    FLAGS_ALL = 127,
};

static int flags_of(const struct eas_probe *probe)
{
    return (probe->wish.one_by_one ? FLAG_ONE_BY_ONE : 0) | (probe->out ? FLAG_OUT : 0) |
           (probe->at_baseline ? FLAG_AT_BASELINE : 0) | (probe->returned ? FLAG_RETURNED : 0) |
           (probe->canary ? FLAG_CANARY : 0) | (probe->reads ? FLAG_READS : 0) |
           (probe->alone ? FLAG_ALONE : 0);
}

static void append_letters(struct buf *out, const uint8_t values[static EAS_POLICIES])
{
    buf_append_byte(out, ' ');
    for (int i = 0; i < EAS_POLICIES; i++)
        buf_append_byte(out, (uint8_t)(FIRST_LETTER + values[i]));
}

void eas_probe_append(struct buf *out, const struct eas_probe *probe)
{
    buf_printf(out, "1 %d %d %llx %d %d %d %d %d %d %llx %llx", probe->wish.version,
               (int)probe->wish.most, (unsigned long long)probe->wish.named, flags_of(probe),
               (int)probe->outcome, (int)probe->kind, probe->rounds, probe->refusals, probe->credit,
               (unsigned long long)probe->current, (unsigned long long)probe->blamed);
    append_letters(out, probe->results);
    append_letters(out, probe->reasons);
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_letters(struct span *rest, int count, uint8_t ret_values[static EAS_POLICIES])
{
    char word[STATE_WORD_SIZE];
    if (!state_word(rest, word) || strlen(word) != EAS_POLICIES)
        return false;
    for (int i = 0; i < EAS_POLICIES; i++) {
        if (word[i] < FIRST_LETTER || word[i] >= FIRST_LETTER + count)
            return false;
        ret_values[i] = (uint8_t)(word[i] - FIRST_LETTER);
    }
    return true;
}

static bool read_wish(struct span *rest, struct eas_probe_wish *ret_wish)
{
    int64_t form, version, most;
    if (!state_number(rest, 1, &form) || !state_number(rest, EAS_16_1, &version) ||
        !state_number(rest, EAS_RISK_DESTRUCTIVE, &most) || !state_hex(rest, &ret_wish->named))
        return false;
    ret_wish->version = (int)version;
    ret_wish->most = (enum eas_policy_risk)most;
    return true;
}

static bool read_counts(struct span *rest, struct eas_probe *probe)
{
    int64_t outcome, kind, rounds, refusals, credit;
    if (!state_number(rest, OUTCOMES - 1, &outcome) || !state_number(rest, EAS_ROUND_NONE, &kind) ||
        !state_number(rest, COUNT_MOST, &rounds) || !state_number(rest, COUNT_MOST, &refusals) ||
        !state_number(rest, COUNT_MOST, &credit))
        return false;
    probe->outcome = (enum eas_probe_outcome)outcome;
    probe->kind = (enum eas_probe_kind)kind;
    probe->rounds = (int)rounds;
    probe->refusals = (int)refusals;
    probe->credit = (int)credit;
    return true;
}

static bool read_probe(struct span rest, struct eas_probe *probe)
{
    int64_t flags;
    struct eas_probe_wish wish = {0};
    if (!read_wish(&rest, &wish) || !state_number(&rest, FLAGS_ALL, &flags))
        return false;
    wish.one_by_one = (flags & FLAG_ONE_BY_ONE) != 0;
    if (eas_probe_begin(&wish, probe) != STATUS_OK)
        return false;
    probe->out = (flags & FLAG_OUT) != 0;
    probe->at_baseline = (flags & FLAG_AT_BASELINE) != 0;
    probe->returned = (flags & FLAG_RETURNED) != 0;
    probe->canary = (flags & FLAG_CANARY) != 0;
    probe->reads = (flags & FLAG_READS) != 0;
    probe->alone = (flags & FLAG_ALONE) != 0;
    return read_counts(&rest, probe) && state_hex(&rest, &probe->current) &&
           state_hex(&rest, &probe->blamed) && read_letters(&rest, RESULTS, probe->results) &&
           read_letters(&rest, REASONS, probe->reasons);
}

/* ---- judging --------------------------------------------------------------------------------- */

/* A result is one that is written, and what is barred stays so. */
static bool is_sound_result(const struct eas_probe *probe, const struct eas_probe *fresh,
                            enum eas_policy policy)
{
    int result = probe->results[policy];
    if (fresh->results[policy] == EAS_RESULT_NOT_OFFERED)
        return result == EAS_RESULT_NOT_OFFERED && probe->reasons[policy] == fresh->reasons[policy];
    return result != EAS_RESULT_WAITING && result != EAS_RESULT_BLIND &&
           (result != EAS_RESULT_PENDING || probe->outcome == EAS_PROBE_RUNNING);
}

static eas_policy_set set_of(const struct eas_probe *probe, enum eas_probe_result result)
{
    eas_policy_set set = 0;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (probe->results[i] == (int)result)
            set |= EAS_POLICY_BIT(i);
    return set;
}

static bool is_one(eas_policy_set set)
{
    return set != 0 && (set & (set - 1)) == 0;
}

/* A group or one policy that is not yet settled, or the control of one that is. */
static bool is_sound_question(const struct eas_probe *probe)
{
    eas_policy_set open = set_of(probe, EAS_RESULT_PENDING);
    eas_policy_set settled =
        EAS_POLICY_BIT(EAS_POLICIES) - 1 - open - set_of(probe, EAS_RESULT_NOT_OFFERED);
    bool control = probe->kind == EAS_ROUND_CONTROL;
    bool one = control || probe->kind == EAS_ROUND_SINGLE;
    if (probe->current == 0 || (one && !is_one(probe->current)))
        return false;
    return (probe->current & ~(control ? settled : open)) == 0;
}

static bool is_sound_round(const struct eas_probe *probe)
{
    switch (probe->kind) {
    case EAS_ROUND_BASELINE:
    case EAS_ROUND_RETURN:
    case EAS_ROUND_NONE:
        return probe->current == 0;
    case EAS_ROUND_CANARY:
        return probe->current == eas_probe_canary(&probe->wish) && is_sound_question(probe);
    case EAS_ROUND_GROUP:
    case EAS_ROUND_SINGLE:
    case EAS_ROUND_CONTROL:
        return is_sound_question(probe);
    }
    return false;
}

static bool has_sound_results(const struct eas_probe *probe)
{
    struct eas_probe fresh;
    if (eas_probe_begin(&probe->wish, &fresh) != STATUS_OK)
        return false;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (!is_sound_result(probe, &fresh, (enum eas_policy)i))
            return false;
    return true;
}

static bool is_sound(const struct eas_probe *probe)
{
    bool running = probe->outcome == EAS_PROBE_RUNNING;
    bool asks = probe->kind != EAS_ROUND_RETURN && probe->kind != EAS_ROUND_NONE;
    eas_policy_set needed = eas_probe_ground(probe->current);
    if (probe->out && (probe->rounds == 0 || probe->kind == EAS_ROUND_NONE))
        return false;
    return running == asks && has_sound_results(probe) && is_sound_round(probe) &&
           (needed & ~set_of(probe, EAS_RESULT_APPLIED)) == 0 &&
           (probe->blamed & ~set_of(probe, EAS_RESULT_PENDING)) == 0;
}

enum status eas_probe_parse(struct span text, struct eas_probe *ret_probe)
{
    struct buf again defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    struct eas_probe probe = {0};
    bool sound = text.len <= EAS_PROBE_TEXT_MAX && read_probe(text, &probe) && is_sound(&probe);
    if (sound)
        eas_probe_append(&again, &probe);
    if (!sound || !span_equal(span_of(again.ptr, again.len), text))
        return status_fail(STATUS_INVALID, "this is not the state of a probe");
    *ret_probe = probe;
    return STATUS_OK;
}
