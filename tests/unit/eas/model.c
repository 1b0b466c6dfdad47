#include "model.h"

static bool is_in(eas_policy_set set, int policy)
{
    return (set >> policy & 1) != 0;
}

/* ---- the device ------------------------------------------------------------------------------ */

static bool is_on(const struct eas_policy_document *document, enum eas_policy policy)
{
    const char *value = document->values[policy];
    return value != NULL && strcmp(value, "1") == 0;
}

/* It sees the policy, and the policy asks for something. */
static bool is_demanded(int version, const struct eas_policy_document *document, int i)
{
    const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
    const char *value = document->values[i];
    if (!eas_policy_is_in((enum eas_policy)i, version) || value == NULL)
        return false;
    if (row->neutral != NULL && strcmp(value, row->neutral) == 0)
        return false;
    if (row->needs_pin && !is_on(document, EAS_POLICY_PASSWORD_ENABLED))
        return false;
    return i != EAS_POLICY_COMPLEX_CHARACTERS || is_on(document, EAS_POLICY_ALPHANUMERIC_PASSWORD);
}

enum eas_acknowledgment model_says(const struct model *model, int version,
                                   const struct eas_policy_document *document)
{
    static const enum eas_acknowledgment always[ODDITIES] = {
        [ODDITY_REFUSES_ALL] = EAS_ACK_REFUSED,
        [ODDITY_MANAGED] = EAS_ACK_MANAGED,
        [ODDITY_BLIND] = EAS_ACK_APPLIED,
    };
    eas_policy_set demanded = 0;
    if (model->oddity != ODDITY_NONE)
        return always[model->oddity];
    for (int i = 0; i < EAS_POLICIES; i++)
        if (is_demanded(version, document, i))
            demanded |= EAS_POLICY_BIT(i);
    if ((demanded & model->silent) != 0)
        return EAS_ACK_NONE;
    if ((demanded & model->nonconforming) != 0)
        return EAS_ACK_OTHER;
    if ((demanded & model->managed) != 0)
        return EAS_ACK_MANAGED;
    if ((demanded & model->refused) != 0)
        return EAS_ACK_REFUSED;
    return (demanded & model->partial) != 0 ? EAS_ACK_PARTIAL : EAS_ACK_APPLIED;
}

/* ---- what a probe must find ------------------------------------------------------------------ */

static bool is_offered(const struct eas_probe_wish *wish, int i)
{
    const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
    return eas_policy_is_in((enum eas_policy)i, wish->version) && row->risk <= wish->most &&
           (row->risk < EAS_RISK_DESTRUCTIVE || is_in(wish->named, i));
}

static enum eas_probe_result said(const struct model *model, int i)
{
    if (model->oddity == ODDITY_BLIND)
        return EAS_RESULT_APPLIED;
    if (is_in(model->silent, i))
        return EAS_RESULT_NO_ANSWER;
    if (is_in(model->nonconforming, i))
        return EAS_RESULT_CANNOT_TELL;
    if (is_in(model->managed, i))
        return EAS_RESULT_MANAGED;
    if (is_in(model->refused, i))
        return EAS_RESULT_REFUSED;
    return is_in(model->partial, i) ? EAS_RESULT_PARTIAL : EAS_RESULT_APPLIED;
}

/* A policy that the device would not ignore. */
static bool is_askable(const struct model *model, const struct eas_probe_wish *wish, int i)
{
    bool pin = is_offered(wish, EAS_POLICY_PASSWORD_ENABLED) &&
               said(model, EAS_POLICY_PASSWORD_ENABLED) == EAS_RESULT_APPLIED;
    if (!is_offered(wish, i) || (eas_policy_row((enum eas_policy)i)->needs_pin && !pin))
        return false;
    return i != EAS_POLICY_COMPLEX_CHARACTERS ||
           said(model, EAS_POLICY_ALPHANUMERIC_PASSWORD) == EAS_RESULT_APPLIED;
}

/* It has declined something that it was asked. */
static bool has_read(const struct model *model, const struct eas_probe_wish *wish)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        enum eas_probe_result result = said(model, i);
        if (is_askable(model, wish, i) && result != EAS_RESULT_APPLIED &&
            result != EAS_RESULT_NO_ANSWER)
            return true;
    }
    return false;
}

static enum eas_probe_result claim(const struct model *model, const struct eas_probe_wish *wish)
{
    static const enum eas_policy canary[] = {EAS_POLICY_ENCRYPTION_ALGORITHM, EAS_POLICY_IRDA,
                                             EAS_POLICY_APPROVED_APPLICATIONS};
    if (has_read(model, wish))
        return EAS_RESULT_APPLIED;
    if (!is_offered(wish, canary[0]))
        return EAS_RESULT_CANNOT_TELL;
    for (int i = 0; i < 3; i++)
        if (is_offered(wish, canary[i]) && said(model, canary[i]) != EAS_RESULT_APPLIED)
            return EAS_RESULT_CANNOT_TELL;
    return EAS_RESULT_BLIND;
}

enum eas_probe_result model_result(const struct model *model, const struct eas_probe_wish *wish,
                                   enum eas_policy policy)
{
    if (!is_offered(wish, policy))
        return EAS_RESULT_NOT_OFFERED;
    if (model->oddity == ODDITY_REFUSES_ALL)
        return EAS_RESULT_CANNOT_TELL;
    if (model->oddity == ODDITY_MANAGED)
        return EAS_RESULT_MANAGED;
    if (model->oddity == ODDITY_NEVER)
        return EAS_RESULT_NO_ANSWER;
    if (!is_askable(model, wish, policy))
        return EAS_RESULT_CANNOT_TELL;
    enum eas_probe_result result = said(model, policy);
    return result == EAS_RESULT_APPLIED ? claim(model, wish) : result;
}

/* ---- many of them ---------------------------------------------------------------------------- */

uint64_t model_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Each policy is in it with a chance of 1 in `of`. */
static eas_policy_set some(uint64_t *seed, uint64_t of)
{
    eas_policy_set set = 0;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (model_random(seed) >> 8 & 0xff && (model_random(seed) >> 8) % of == 0)
            set |= EAS_POLICY_BIT(i);
    return set;
}

struct model model_of_seed(uint64_t *seed)
{
    static const uint64_t rarity[] = {1, 2, 3, 5, 10, 40, 400};
    struct model model = {0};
    uint64_t kind = (model_random(seed) >> 8) % 16;
    uint64_t of = rarity[(model_random(seed) >> 8) % (sizeof rarity / sizeof rarity[0])];
    if (kind < ODDITIES)
        model.oddity = (enum oddity)kind;
    model.partial = some(seed, of);
    model.refused = some(seed, 2 * of);
    if (kind == 8 || kind == 9)
        model.managed = some(seed, 3 * of);
    if (kind == 9 || kind == 10)
        model.silent = some(seed, 6 * of);
    if (kind == 11)
        model.nonconforming = some(seed, 4 * of);
    return model;
}
