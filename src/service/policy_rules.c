/* On the path of every request of a phone; service/policies.c is what operators do. */
#include "service/policy_rules.h"

#include "store/policy_store.h"

#include <stdio.h>

enum status policy_rules_find(struct db_tx *tx, const char *user, struct policy_rules *ret_rules)
{
    struct policy_row row defer(policy_row_clear) = {0};
    struct policy_rules rules = {.name = ""};
    enum status status = policy_store_of_user(tx, user, &row);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    if (status == STATUS_OK) {
        snprintf(rules.name, sizeof rules.name, "%s", row.name);
        rules.partial_allowed = row.partial_allowed;
        rules.external_allowed = row.external_allowed;
        rules.legacy_allowed = row.legacy_allowed;
        rules.unreadable = eas_choice_parse(span_of_text(row.choice), &rules.choice) != STATUS_OK;
    }
    *ret_rules = rules;
    return STATUS_OK;
}

enum status policy_rules_apply(const struct policy_rules *policy, struct eas_provision_rules *rules)
{
    if (policy->unreadable)
        return status_fail(STATUS_DATABASE, "the values of the policy %s cannot be read",
                           policy->name);
    if (policy->name[0] == '\0')
        return STATUS_OK;
    rules->document = eas_choice_document(&policy->choice);
    rules->partial_allowed = policy->partial_allowed;
    rules->external_allowed = policy->external_allowed;
    rules->legacy_allowed = policy->legacy_allowed;
    return STATUS_OK;
}
