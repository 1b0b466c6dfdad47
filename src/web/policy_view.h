/*
 * The 42 policies of a device on operators' pages: what a policy of the organisation asks for in
 * sentences, and the form that changes it, with one group for each kind.
 */
#pragma once

#include "service/policies.h"
#include "web/admin.h"

enum { POLICY_KINDS = 6, POLICY_ACCEPT_SIZE = 72 };

/* Belongs to the choice. Gives how many there are. */
size_t policy_view_facts(const struct eas_policy_choice *choice,
                         struct view_policy_fact ret_facts[static EAS_POLICIES]);

/* The form with what was typed into it, where it was refused. */
struct policy_form {
    struct view_policy_kind kinds[POLICY_KINDS];
    struct view_policy_value values[EAS_POLICIES];
    char accepts[EAS_POLICIES][POLICY_ACCEPT_SIZE]; /* names of fields */
};
/* Belongs to its arguments. `typed` may be NULL: then it shows the choice. `wrong` is the detail of
 * the refusal, "ELEMENT: ..."; NULL without one. Gives the element that it is about, or NULL. */
const char *policy_view_form(const struct eas_policy_choice *choice, const struct form *typed,
                             const char *wrong, struct policy_form *ret_form);

/* What a form says. Belongs to the form. */
struct policy_typed {
    struct policy_value values[EAS_POLICIES];
    const char *accepted[EAS_POLICIES];
    size_t accepted_count;
};
void policy_view_read(const struct form *form, struct policy_typed *ret_typed);
/* Whether a box of the form is ticked. */
bool policy_view_ticked(const struct form *form, const char *name);
