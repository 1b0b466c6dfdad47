/*
 * The organisation's own policies: named documents, each for users that are named exactly, for all
 * of a domain ("@example.org"), or for everybody else. The most exact counts; nobody has two. A
 * user who has none is asked for nothing, and so is everybody while there is no policy at all.
 *
 * What cannot be undone on a device, or cuts it off (EAS_RISK_DESTRUCTIVE), has to be accepted by
 * name with each change that sets it. What makes no sense together is refused.
 *
 * A change counts from the next command of a phone on. Users are as certificates name them.
 */
#pragma once

#include "service/audit.h"
#include "service/policy_rules.h"
#include "service/service.h"
#include "store/policy_store.h"

/* ---- reading --------------------------------------------------------------------------------- */

enum { POLICY_MARK_DIGEST = 16, POLICY_MARK_SIZE = 2 * POLICY_MARK_DIGEST + 4 };

struct policy_record {
    struct policy_row row;
    char mark[POLICY_MARK_SIZE]; /* of what it asks for and decides: another one when it changed */
    bool
        unreadable; /* its values: its users are answered with a fault until it is set as a whole */
    struct eas_policy_choice choice;
    int64_t users;  /* users and domains that have it, without everybody else */
    bool everybody; /* everybody else has it: it is the default */
};
void policy_record_clear(struct policy_record *record);
CLEANUP_VALUE(struct policy_record, policy_record_clear)

/* NOT_FOUND. */
enum status policies_show(const struct service *service, const char *name,
                          struct policy_record *ret_record);
/* What the user's devices get, unless a probe is open on one. NOT_FOUND: no policy. */
enum status policies_find(const struct service *service, const char *user,
                          struct policy_record *ret_record);
/* The same by the id of a device: what a probe on it suspends until it has ended. NOT_FOUND: no
 * policy, or no such device. */
enum status policies_find_of_device(const struct service *service, const char *device,
                                    struct policy_record *ret_record);

struct policy_records {
    struct policy_record *records;
    size_t count;
    char next[PAGE_CURSOR_SIZE];
};
void policy_records_clear(struct policy_records *list);
CLEANUP_VALUE(struct policy_records, policy_records_clear)
/* By name. INVALID: see store/page.h. */
enum status policies_list(const struct service *service, const struct page_request *page,
                          struct policy_records *ret_list);
/* Who has it, without everybody else. NOT_FOUND, INVALID. */
enum status policies_users(const struct service *service, const char *name,
                           const struct page_request *page, struct policy_user_list *ret_list);

/* ---- changing -------------------------------------------------------------------------------- */

enum policy_decision { POLICY_AS_IT_IS, POLICY_ALLOW, POLICY_REFUSE };

struct policy_value {
    const char *element; /* "AllowCamera" */
    const char *value;   /* as it is written; "": the neutral one */
};

/* What a new policy has that is not said: neutral values, and everybody is let in. */
struct policy_request {
    const char *name; /* 1 to 40 of letters, digits, '.', '_', '-', first a letter or digit */
    const struct policy_value *values;
    size_t value_count;
    bool fresh;       /* CONFLICT when there is one of this name */
    const char *mark; /* of what it was when the change was thought of; CONFLICT when it is another
                         one meanwhile. NULL: whatever it is */
    bool whole;       /* what is not among the values is neutral, else it stays as it is */
    const char *const *accepted; /* elements of risk 3 that are meant */
    size_t accepted_count;
    enum policy_decision partial;  /* of devices that apply a part; else 139 */
    enum policy_decision external; /* of devices that somebody else manages; else 145 */
    enum policy_decision legacy;   /* of devices that apply nothing; else 141 */
};
enum policy_change { POLICY_UNCHANGED, POLICY_CHANGED, POLICY_MADE };
/* INVALID: "name: " or "ELEMENT: " and what is wrong, which of what is set has to be accepted among
 * it. DATABASE: the values of the one that there is cannot be read, and it is not set as a whole.
 */
enum status policies_set(const struct service *service, const struct actor *actor,
                         const struct policy_request *request, enum policy_change *ret_change);

/* And takes it away from all who have it: *ret_users is how many users and domains. NOT_FOUND. */
enum status policies_remove(const struct service *service, const struct actor *actor,
                            const char *name, int64_t *ret_users);

/* To users and domains, all of them or none. Who has it already stays. NOT_FOUND: no such policy.
 * INVALID names who is neither. CONFLICT: one has another policy, which it names. */
enum status policies_assign(const struct service *service, const struct actor *actor,
                            const char *name, const char *const *who, size_t count);
/* All of them or none. NULL: whichever they have, else CONFLICT names who has another one
 * meanwhile. NOT_FOUND names who has no policy of his own. INVALID. */
enum status policies_unassign(const struct service *service, const struct actor *actor,
                              const char *name, const char *const *who, size_t count);
/* For everybody else, instead of the one before; NULL: none. NOT_FOUND. */
enum status policies_set_default(const struct service *service, const struct actor *actor,
                                 const char *name);
/* For nobody else any more, if it is this one that they have. NOT_FOUND. */
enum status policies_end_default(const struct service *service, const struct actor *actor,
                                 const char *name);
