/*
 * What an organisation asks of its devices: those of the 42 policies that it gives another value
 * than the neutral one, which asks for nothing.
 *
 * A value struct without pointers to anything else: it may be copied, and kept in a cache. It is
 * stored as a text with one "Element=value" a line, in the order of the schema.
 */
#pragma once

#include "base/buf.h"
#include "eas/probe_wish.h"

enum {
    EAS_CHOICE_VALUES_MAX = 1024, /* bytes of all values with their NULs */
    EAS_CHOICE_TEXT_MAX = 4096,   /* bytes of the text */
};

/* All zero: everything is neutral. Only eas/policy_choice.c writes it. */
struct eas_policy_choice {
    uint16_t at[EAS_POLICIES]; /* where in `values` its value begins; 0: it is neutral */
    char values[EAS_CHOICE_VALUES_MAX];
};

/* "" and the neutral value take back what was chosen; zeros before a number are left out. INVALID
 * says what the policy may be. */
enum status eas_choice_put(struct eas_policy_choice *choice, enum eas_policy policy,
                           const char *value);
/* NULL: it is neutral. Belongs to the choice. */
const char *eas_choice_value(const struct eas_policy_choice *choice, enum eas_policy policy);
/* Those that are not neutral. */
eas_policy_set eas_choice_policies(const struct eas_policy_choice *choice);
/* Of them those that cannot be undone, or cut a device off, and have another value than `before`.
 */
eas_policy_set eas_choice_destructive(const struct eas_policy_choice *choice,
                                      const struct eas_policy_choice *before);

/* Whether a device could do what is asked for as a whole. INVALID: "ELEMENT: " and why not. */
enum status eas_choice_check(const struct eas_policy_choice *choice);

/* The document; its values belong to the choice. */
struct eas_policy_document eas_choice_document(const struct eas_policy_choice *choice);

/* "" when everything is neutral. Parsing takes exactly what was appended, and only what
 * eas_choice_check() takes: INVALID. */
void eas_choice_append(struct buf *out, const struct eas_policy_choice *choice);
enum status eas_choice_parse(struct span text, struct eas_policy_choice *ret_choice);
