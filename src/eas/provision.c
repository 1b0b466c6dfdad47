/*
 * The order of the questions: is a policy wanted at all, is the key right and for the decision of
 * now, has the device been asked too often. A key that is right resets the count of challenges also
 * when its decision is over: the device has shown that it brings its keys back.
 */
#include "eas/provision.h"

#include "eas/state_text.h"

enum {
    HTTP_OK = 200,
    HTTP_PROVISION_FIRST = 449,
    HTTP_UNAVAILABLE = 503,
};

enum {
    STATUS_OF_PROTOCOL_ERROR = 2,
    STATUS_OF_PARTIAL = 139,
    STATUS_OF_LEGACY = 141,
    STATUS_OF_NOT_PROVISIONED = 142,
    STATUS_OF_REFRESH = 143,
    STATUS_OF_WRONG_KEY = 144,
    STATUS_OF_MANAGED = 145,
    STATUS_OF_INFORMATION = 165,
};

enum { POLICY_OK = 1, POLICY_NONE = 2, POLICY_UNKNOWN_TYPE = 3, POLICY_WRONG_KEY = 5 };

struct eas_provision_rules eas_provision_neutral(void)
{
    return (struct eas_provision_rules){
        .document = eas_policy_neutral(),
        .partial_allowed = true,
        .external_allowed = true,
        .legacy_allowed = true,
    };
}

/* ---- decisions ------------------------------------------------------------------------------- */

struct decision {
    uint8_t hash[DIGEST_SHA256_SIZE];
    uint8_t question[DIGEST_SHA256_SIZE]; /* the same in every version; set by begin_question() */
};

static enum status hash_rules(const struct eas_provision_rules *rules, int version,
                              uint8_t ret_hash[static DIGEST_SHA256_SIZE])
{
    struct buf bytes defer(buf_clear) = BUF_INIT(256);
    uint8_t document[EAS_POLICY_HASH_SIZE];
    struct span written;
    TRY(eas_policy_hash(version, &rules->document, document));
    buf_append(&bytes, span_of(document, sizeof document));
    buf_printf(&bytes, " %d %d %d %lld", rules->partial_allowed, rules->external_allowed,
               rules->legacy_allowed, (long long)rules->round);
    TRY(buf_finish(&bytes, &written));
    return digest_sha256(written, ret_hash);
}

static enum status decision_of(const struct eas_provision_rules *rules, int version,
                               struct decision *ret_decision)
{
    return hash_rules(rules, version, ret_decision->hash);
}

static bool is_for(const uint8_t hash[static DIGEST_SHA256_SIZE], const struct decision *decision)
{
    return memcmp(hash, decision->hash, sizeof decision->hash) == 0;
}

static void put_for(uint8_t hash[static DIGEST_SHA256_SIZE], const struct decision *decision)
{
    memcpy(hash, decision->hash, sizeof decision->hash);
}

/* ---- challenges ------------------------------------------------------------------------------ */

/* A clock that was set back ends the count too: nobody is locked out by it. */
static bool is_counting(const struct eas_provision_state *state, int64_t now)
{
    return state->challenges > 0 && now >= state->challenged_since &&
           now - state->challenged_since < EAS_CHALLENGES_SECONDS;
}

static bool is_exhausted(const struct eas_provision_state *state, int64_t now)
{
    return is_counting(state, now) && state->challenges >= EAS_CHALLENGES_MAX;
}

static void count_challenge(struct eas_provision_answer *answer, const struct decision *decision,
                            int64_t now)
{
    struct eas_provision_state *state = &answer->state;
    if (!is_counting(state, now)) {
        state->challenges = 0;
        state->challenged_since = now;
    }
    if (state->challenges < EAS_CHALLENGES_MAX) {
        state->challenges += 1;
        memcpy(state->challenged_for, decision->question, sizeof state->challenged_for);
        answer->changed = true;
    }
}

static void forget_challenges(struct eas_provision_answer *answer)
{
    if (answer->state.challenges == 0)
        return;
    answer->state.challenges = 0;
    answer->state.challenged_since = 0;
    memset(answer->state.challenged_for, 0, sizeof answer->state.challenged_for);
    answer->changed = true;
}

/* A device that was asked too often for other rules was never told of these. It may come with one
 * version now and with another one then: what counts is what the newest would be asked. The
 * questions of a probe count together. */
static enum status begin_question(struct eas_provision_answer *answer,
                                  const struct eas_provision_rules *rules,
                                  struct decision *decision)
{
    const struct eas_provision_state *state = &answer->state;
    TRY(hash_rules(rules, EAS_16_1, decision->question));
    if (rules->round == 0 &&
        memcmp(state->challenged_for, decision->question, sizeof decision->question) != 0)
        forget_challenges(answer);
    return STATUS_OK;
}

static void answer_later(struct eas_provision_answer *answer, int64_t now)
{
    answer->http = HTTP_UNAVAILABLE;
    answer->status = 0;
    answer->retry_after = (int)(answer->state.challenged_since + EAS_CHALLENGES_SECONDS - now);
}

/* By Status, or by an HTTP status for old versions and commands that are not answered in WBXML. */
static bool speaks_status(const struct eas_provision_call *call)
{
    return call->version >= EAS_14_0 && eas_command_root(call->command) != 0;
}

static void challenge(struct eas_provision_answer *answer, const struct eas_provision_call *call,
                      const struct decision *decision, int status)
{
    count_challenge(answer, decision, call->now);
    answer->http = speaks_status(call) ? HTTP_OK : HTTP_PROVISION_FIRST;
    answer->status = status;
}

/* What it said of the present document was not good enough. */
static bool is_refused(const struct eas_provision_state *state, const struct decision *decision)
{
    return state->agreed == 0 && !state->legacy && state->acknowledged != EAS_ACK_NONE &&
           is_for(state->agreed_for, decision);
}

static bool may_stay_without(const struct eas_provision_state *state,
                             const struct eas_provision_rules *rules,
                             const struct decision *decision)
{
    return rules->legacy_allowed && !is_refused(state, decision);
}

/* It was asked often enough. */
static void give_up(struct eas_provision_answer *answer, const struct eas_provision_rules *rules,
                    const struct eas_provision_call *call, const struct decision *decision)
{
    if (may_stay_without(&answer->state, rules, decision)) {
        answer->state.legacy = true;
        put_for(answer->state.agreed_for, decision);
        answer->let_in = true;
        answer->changed = true;
    } else if (speaks_status(call) && !answer->state.asked) {
        answer->status = STATUS_OF_LEGACY;
    } else {
        answer_later(answer, call->now);
    }
}

/* ---- commands -------------------------------------------------------------------------------- */

/* Why the key will not do. */
static int status_of_key(const struct eas_provision_state *state, uint32_t key)
{
    if (key == 0 || key == state->offered)
        return STATUS_OF_NOT_PROVISIONED;
    if (state->agreed == 0 || key == state->agreed)
        return STATUS_OF_REFRESH;
    return STATUS_OF_WRONG_KEY;
}

/* Ping carries no key, so what was agreed must do. Settings may come before the first Provision is
 * over: up to 14.0 a device says by it what it is. */
static bool needs_no_key(const struct eas_provision_rules *rules, enum eas_command command)
{
    return rules->without_policy || command == EAS_COMMAND_PROVISION ||
           command == EAS_COMMAND_SETTINGS;
}

/* The key that the device brought: for a Ping, which has none, the one that was agreed. */
static uint32_t key_of(const struct eas_provision_call *call,
                       const struct eas_provision_state *state)
{
    uint32_t key = call->has_key ? call->key : 0;
    return key == 0 && call->command == EAS_COMMAND_PING ? state->agreed : key;
}

static enum status admit(struct eas_provision_answer *answer,
                         const struct eas_provision_rules *rules,
                         const struct eas_provision_call *call, struct decision *decision)
{
    struct eas_provision_state *state = &answer->state;
    uint32_t key = key_of(call, state);
    bool right = state->agreed != 0 && key == state->agreed;
    bool stays = state->legacy && rules->legacy_allowed;
    if (right && call->has_key && call->key == key)
        forget_challenges(answer);
    if (is_for(state->agreed_for, decision) && (right || stays)) {
        answer->let_in = true;
        return STATUS_OK;
    }
    TRY(begin_question(answer, rules, decision));
    if (is_exhausted(state, call->now))
        give_up(answer, rules, call, decision);
    else
        challenge(answer, call, decision, status_of_key(state, key));
    return STATUS_OK;
}

enum status eas_provision_admit(const struct eas_provision_rules *rules,
                                const struct eas_provision_call *call,
                                const struct eas_provision_state *state,
                                struct eas_provision_answer *ret_answer)
{
    struct eas_provision_answer answer = {.http = HTTP_OK, .state = *state};
    if (needs_no_key(rules, call->command)) {
        answer.let_in = true;
    } else {
        struct decision decision;
        TRY(decision_of(rules, call->version, &decision));
        TRY(admit(&answer, rules, call, &decision));
    }
    *ret_answer = answer;
    return STATUS_OK;
}

/* ---- Provision ------------------------------------------------------------------------------- */

/* A device that asks again before it acknowledged gets the same key again: its answer was lost, or
 * two of its tasks ask at once. */
static void offer(struct eas_provision_answer *answer, const struct eas_provision_call *call,
                  const struct decision *decision)
{
    struct eas_provision_state *state = &answer->state;
    if (state->offered == 0 || !is_for(state->offered_for, decision)) {
        state->offered = call->fresh_key;
        put_for(state->offered_for, decision);
        answer->changed = true;
    }
    if (!state->asked) {
        state->asked = true;
        answer->changed = true;
    }
    answer->policy_status = POLICY_OK;
    answer->key = state->offered;
    answer->document = true;
}

/* The Status that refuses the device for what it says of the document; 0: it is let in. */
static int status_of_acknowledgment(const struct eas_provision_rules *rules,
                                    enum eas_acknowledgment acknowledgment)
{
    switch (acknowledgment) {
    case EAS_ACK_APPLIED:
        return 0;
    case EAS_ACK_PARTIAL:
        return rules->partial_allowed ? 0 : STATUS_OF_PARTIAL;
    case EAS_ACK_REFUSED:
        return rules->legacy_allowed ? 0 : STATUS_OF_LEGACY;
    case EAS_ACK_MANAGED:
        return rules->external_allowed ? 0 : STATUS_OF_MANAGED;
    case EAS_ACK_OTHER:
    case EAS_ACK_NONE:
        return STATUS_OF_PROTOCOL_ERROR;
    }
    return STATUS_OF_PROTOCOL_ERROR;
}

static uint32_t another_key(uint32_t fresh, uint32_t used)
{
    return fresh != used ? fresh : fresh % EAS_KEY_MAX + 1;
}

/* A refusal counts as a challenge: the device will ask again. */
static void acknowledge(struct eas_provision_answer *answer,
                        const struct eas_provision_rules *rules,
                        const struct eas_provision_call *call,
                        const struct eas_provision_request *request,
                        const struct decision *decision)
{
    struct eas_provision_state *state = &answer->state;
    uint32_t used = state->offered;
    if (used == 0 || request->key != used || !is_for(state->offered_for, decision)) {
        answer->policy_status = POLICY_WRONG_KEY;
        return;
    }
    int refusal = status_of_acknowledgment(rules, request->acknowledgment);
    answer->acknowledged = request->acknowledgment;
    state->acknowledged = request->acknowledgment;
    state->offered = 0;
    state->agreed = refusal == 0 ? another_key(call->fresh_key, used) : 0;
    state->legacy = false;
    put_for(state->agreed_for, decision);
    answer->changed = true;
    if (refusal != 0) {
        answer->status = refusal;
        count_challenge(answer, decision, call->now);
        return;
    }
    answer->policy_status = POLICY_OK;
    answer->key = state->agreed;
}

static bool lacks_information(const struct eas_provision_rules *rules,
                              const struct eas_provision_call *call,
                              const struct eas_provision_request *request)
{
    return rules->information_required && call->version >= EAS_14_1 && !request->informed &&
           request->acknowledgment == EAS_ACK_NONE;
}

enum status eas_provision_answer(const struct eas_provision_rules *rules,
                                 const struct eas_provision_call *call,
                                 const struct eas_provision_request *request,
                                 const struct eas_provision_state *state,
                                 struct eas_provision_answer *ret_answer)
{
    struct eas_provision_answer answer = {.http = HTTP_OK, .status = 1, .state = *state};
    struct decision decision;
    TRY(decision_of(rules, call->version, &decision));
    TRY(begin_question(&answer, rules, &decision));
    if (lacks_information(rules, call, request))
        answer.status = STATUS_OF_INFORMATION;
    else if (!request->known_type)
        answer.policy_status = POLICY_UNKNOWN_TYPE;
    else if (rules->without_policy)
        answer.policy_status = POLICY_NONE;
    else if (request->acknowledgment != EAS_ACK_NONE)
        acknowledge(&answer, rules, call, request, &decision);
    else if (is_exhausted(&answer.state, call->now) &&
             !may_stay_without(&answer.state, rules, &decision))
        answer_later(&answer, call->now);
    else
        offer(&answer, call, &decision);
    *ret_answer = answer;
    return STATUS_OK;
}

/* ---- the state ------------------------------------------------------------------------------- */

enum eas_standing eas_provision_standing(const struct eas_provision_state *state)
{
    if (state->legacy)
        return EAS_STANDING_NON_PROVISIONABLE;
    switch (state->acknowledged) {
    case EAS_ACK_APPLIED:
        return EAS_STANDING_FULL;
    case EAS_ACK_PARTIAL:
        return EAS_STANDING_PARTIAL;
    case EAS_ACK_REFUSED:
        return EAS_STANDING_NON_PROVISIONABLE;
    case EAS_ACK_MANAGED:
        return EAS_STANDING_MANAGED;
    case EAS_ACK_NONE:
    case EAS_ACK_OTHER:
        return EAS_STANDING_NOT_YET;
    }
    return EAS_STANDING_NOT_YET;
}

const char *eas_standing_word(enum eas_standing standing)
{
    static const char *const words[] = {
#define STANDING_WORD(name, word) word,
        EAS_STANDING_TABLE(STANDING_WORD)
#undef STANDING_WORD
    };
    return words[standing];
}

/* The number at the beginning says whether the last field is there. */
enum { STATE_UNCOUNTED = 1, STATE_COUNTED = 2 };

static bool is_counted(const struct eas_provision_state *state)
{
    static const uint8_t nothing[sizeof state->challenged_for];
    return memcmp(state->challenged_for, nothing, sizeof nothing) != 0;
}

void eas_provision_state_append(struct buf *out, const struct eas_provision_state *state)
{
    buf_printf(out, "%d %u %u %d %d %d %d %lld ",
               is_counted(state) ? STATE_COUNTED : STATE_UNCOUNTED, state->offered, state->agreed,
               (int)state->acknowledged, state->asked, state->legacy, state->challenges,
               (long long)state->challenged_since);
    text_append_hex(out, span_of(state->offered_for, sizeof state->offered_for));
    buf_append_byte(out, ' ');
    text_append_hex(out, span_of(state->agreed_for, sizeof state->agreed_for));
    if (!is_counted(state))
        return;
    buf_append_byte(out, ' ');
    text_append_hex(out, span_of(state->challenged_for, sizeof state->challenged_for));
}

static bool read_state(struct span rest, struct eas_provision_state *state)
{
    static const int64_t most[] = {STATE_COUNTED,      UINT32_MAX, UINT32_MAX, EAS_ACK_OTHER, 1, 1,
                                   EAS_CHALLENGES_MAX, INT64_MAX};
    enum { NUMBERS = sizeof most / sizeof most[0] };
    int64_t numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        if (!state_number(&rest, most[i], &numbers[i]))
            return false;
    state->offered = (uint32_t)numbers[1];
    state->agreed = (uint32_t)numbers[2];
    state->acknowledged = (enum eas_acknowledgment)numbers[3];
    state->asked = numbers[4] == 1;
    state->legacy = numbers[5] == 1;
    state->challenges = (int)numbers[6];
    state->challenged_since = numbers[7];
    return state_bytes(&rest, state->offered_for, sizeof state->offered_for) &&
           state_bytes(&rest, state->agreed_for, sizeof state->agreed_for) &&
           (numbers[0] != STATE_COUNTED ||
            state_bytes(&rest, state->challenged_for, sizeof state->challenged_for));
}

enum status eas_provision_state_parse(struct span text, struct eas_provision_state *ret_state)
{
    struct buf again defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct eas_provision_state state = {0};
    bool read = read_state(text, &state);
    if (read)
        eas_provision_state_append(&again, &state);
    if (!read || !span_equal(span_of(again.ptr, again.len), text))
        return status_fail(STATUS_INVALID, "this is not what is remembered of a device");
    *ret_state = state;
    return STATUS_OK;
}
