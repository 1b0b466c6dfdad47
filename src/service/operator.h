/*
 * The people who log in, as an admin sees them: who there is, with which role, and new passwords.
 *
 * At least one admin who may log in remains, whatever is asked for: that rule is in the statements
 * of the database. A password that somebody else gave has to be changed at the next log-in.
 */
#pragma once

#include "base/limits.h"
#include "base/secret.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/operator_store.h"

/* One row of the list, as plain values. */
struct operator_entry {
    char name[LIMIT_OPERATOR + 1];
    enum operator_role role;
    bool must_change; /* the password was given by somebody else */
    bool totp;        /* logs in with one-time codes as well */
    int64_t created_at;
    int64_t password_at;
    int64_t disabled_at; /* 0 while log-in is allowed */
};

struct operator_entries {
    struct operator_entry *entries;
    size_t count;
};
void operator_entries_clear(struct operator_entries *list);
CLEANUP_VALUE(struct operator_entries, operator_entries_clear)
/* All, by name. */
enum status operator_list_all(const struct service *service, struct operator_entries *ret_list);

/* 1 to LIMIT_OPERATOR bytes of UTF-8 without control characters, and no space at its ends. INVALID.
 */
enum status operator_check_name(const char *name);

/*
 * The first password: `own`, which keeps the rule of password_check(), or with NULL a generated
 * one. *ret_password is what was taken. INVALID; CONFLICT when the name is taken.
 */
enum status operator_add(const struct service *service, const struct actor *actor, const char *name,
                         enum operator_role role, const struct secret *own,
                         struct secret **ret_password);
/* The same for somebody who is there; ends the sessions. NOT_FOUND. */
enum status operator_set_password(const struct service *service, const struct actor *actor,
                                  const char *name, const struct secret *own,
                                  struct secret **ret_password);
/* Of the next request on. NOT_FOUND; CONFLICT: the last admin. */
enum status operator_set_role(const struct service *service, const struct actor *actor,
                              const char *name, enum operator_role role);
/* Log-in is not allowed any more; ends the sessions. NOT_FOUND; CONFLICT: the last admin. */
enum status operator_disable(const struct service *service, const struct actor *actor,
                             const char *name);
enum status operator_enable(const struct service *service, const struct actor *actor,
                            const char *name);
