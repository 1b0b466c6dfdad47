/*
 * The organisation's policies, and who gets which. db/sqlite/0018_policy.sql has the columns.
 * Functions that change a row need a DB_WRITE transaction.
 *
 * Texts are UTF-8 and never NULL when they come from here; times are seconds since 1970. Names and
 * users are the same in any ASCII case.
 */
#pragma once

#include "store/db.h"
#include "store/page.h"

/* As input, the texts belong to the caller; as output, to the row until policy_row_clear(). */
struct policy_row {
    int64_t number;
    const char *name;
    const char *choice; /* eas/policy_choice.h writes and reads it */
    bool partial_allowed;
    bool external_allowed;
    bool legacy_allowed;
    int64_t made_at;
    const char *made_by;
    int64_t changed_at;
    const char *changed_by;
    void *storage; /* private; NULL in a row that is input */
};
void policy_row_clear(struct policy_row *row);
CLEANUP_VALUE(struct policy_row, policy_row_clear)

/* Makes or changes the one of this name, which keeps its writing. `number` and `made_` are not
 * looked at. */
enum status policy_store_put(struct db_tx *tx, const struct policy_row *row);
/* NOT_FOUND. */
enum status policy_store_get(struct db_tx *tx, const char *name, struct policy_row *ret_row);
/* What the user gets: by the name, else by the domain behind its last '@', else as everybody else.
 * NOT_FOUND: none. */
enum status policy_store_of_user(struct db_tx *tx, const char *user, struct policy_row *ret_row);
/* With those who have it. */
enum status policy_store_remove(struct db_tx *tx, int64_t number);

struct policy_list {
    struct policy_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void policy_list_clear(struct policy_list *list);
CLEANUP_VALUE(struct policy_list, policy_list_clear)
/* By name. INVALID: see page.h. */
enum status policy_store_list(struct db_tx *tx, const struct page_request *page,
                              struct policy_list *ret_list);

/* ---- who gets it ----------------------------------------------------------------------------- */

/* `who` of everybody who is not named otherwise. */
#define POLICY_EVERYBODY "*"

struct policy_user_row {
    int64_t number;
    const char *who; /* in lower case: a user, "@" and a domain, POLICY_EVERYBODY */
    int64_t policy;  /* its number */
    int64_t assigned_at;
    const char *assigned_by;
    void *storage;
};
struct policy_user_list {
    struct policy_user_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE];
};
void policy_user_list_clear(struct policy_user_list *list);
CLEANUP_VALUE(struct policy_user_list, policy_user_list_clear)

/* `number` is not looked at. CONFLICT, without a detail: they have one already. */
enum status policy_store_assign(struct db_tx *tx, const struct policy_user_row *row);
/* NOT_FOUND, without a detail: they have none. */
enum status policy_store_unassign(struct db_tx *tx, const char *who);
/* The policy that exactly these have. NOT_FOUND. */
enum status policy_store_of_who(struct db_tx *tx, const char *who, struct policy_row *ret_row);
/* In the order in which they got it, without everybody else. INVALID. */
enum status policy_store_users(struct db_tx *tx, int64_t policy, const struct page_request *page,
                               struct policy_user_list *ret_list);
/* Without everybody else. */
enum status policy_store_count_users(struct db_tx *tx, int64_t policy, int64_t *ret_count);
