/* The table of policies decides; that nothing else is ever offered is held by tests. */
#include "eas/probe_wish.h"

#define BIT(name) EAS_POLICY_BIT(EAS_POLICY_##name)

static bool is_in(eas_policy_set set, enum eas_policy policy)
{
    return (set & EAS_POLICY_BIT(policy)) != 0;
}

enum status eas_probe_wish_check(const struct eas_probe_wish *wish)
{
    eas_policy_set destructive = 0;
    if (eas_version_text(wish->version)[0] == '\0')
        return status_fail(STATUS_INVALID, "no protocol version has the number %d", wish->version);
    if (wish->most < EAS_RISK_NONE || wish->most > EAS_RISK_DESTRUCTIVE)
        return status_fail(STATUS_INVALID, "no risk has the number %d", (int)wish->most);
    for (int i = 0; i < EAS_POLICIES; i++)
        if (eas_policy_row((enum eas_policy)i)->risk == EAS_RISK_DESTRUCTIVE)
            destructive |= EAS_POLICY_BIT(i);
    if ((wish->named & ~destructive) != 0)
        return status_fail(STATUS_INVALID, "a policy is named that is not destructive");
    if (wish->named != 0 && wish->most < EAS_RISK_DESTRUCTIVE)
        return status_fail(STATUS_INVALID, "a policy is named that is above the risk");
    return STATUS_OK;
}

enum eas_probe_bar eas_probe_bar(const struct eas_probe_wish *wish, enum eas_policy policy)
{
    const struct eas_policy_row *row = eas_policy_row(policy);
    if (!eas_policy_is_in(policy, wish->version))
        return EAS_PROBE_BAR_VERSION;
    if (row->risk > wish->most)
        return EAS_PROBE_BAR_RISK;
    if (row->risk == EAS_RISK_DESTRUCTIVE && !is_in(wish->named, policy))
        return EAS_PROBE_BAR_UNNAMED;
    return EAS_PROBE_OPEN;
}

eas_policy_set eas_probe_canary(const struct eas_probe_wish *wish)
{
    static const enum eas_policy members[] = {EAS_POLICY_IRDA, EAS_POLICY_ENCRYPTION_ALGORITHM,
                                              EAS_POLICY_APPROVED_APPLICATIONS};
    eas_policy_set canary = 0;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (eas_probe_bar(wish, members[i]) == EAS_PROBE_OPEN)
            canary |= EAS_POLICY_BIT(members[i]);
    return canary;
}

eas_policy_set eas_probe_ground(eas_policy_set policies)
{
    eas_policy_set ground = 0;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (is_in(policies, (enum eas_policy)i) && eas_policy_row((enum eas_policy)i)->needs_pin)
            ground |= BIT(PASSWORD_ENABLED);
    if (is_in(policies, EAS_POLICY_COMPLEX_CHARACTERS))
        ground |= BIT(ALPHANUMERIC_PASSWORD);
    return ground;
}
