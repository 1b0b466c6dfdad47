/* People who log in: rows of the table `operator`. Names are compared without regard to ASCII case.
 */
#pragma once

#include "store/db.h"

#define OPERATOR_ROLE_TABLE(X)                                                                     \
    X(ADMIN, "admin")                                                                              \
    X(HELPDESK, "helpdesk")                                                                        \
    X(AUDITOR, "auditor")

enum operator_role {
#define OPERATOR_ROLE_ENUM(name, text) OPERATOR_##name,
    OPERATOR_ROLE_TABLE(OPERATOR_ROLE_ENUM)
#undef OPERATOR_ROLE_ENUM
};

/* As input, the texts belong to the caller; as output, to the row until operator_row_clear(). */
struct operator_row {
    const char *name;
    enum operator_role role;
    const char *password_hash; /* a string that says its own algorithm and cost */
    bool must_change;          /* the password was given by somebody else */
    int64_t created_at;
    int64_t password_at; /* when the password was last set */
    int64_t disabled_at; /* 0 while the operator may log in */
    void *storage;       /* private; NULL in a row that is input */
};
void operator_row_clear(struct operator_row *row);
CLEANUP_VALUE(struct operator_row, operator_row_clear)

const char *operator_role_text(enum operator_role role);
/* INVALID names the roles there are. */
enum status operator_role_parse(const char *text, enum operator_role *ret_role);

/* Takes name, role, password_hash, must_change and created_at. CONFLICT when the name is taken. */
enum status operator_store_add(struct db_tx *tx, const struct operator_row *row);
/* NOT_FOUND. */
enum status operator_store_get(struct db_tx *tx, const char *name, struct operator_row *ret_row);
enum status operator_store_set_password(struct db_tx *tx, const char *name,
                                        const char *password_hash, bool must_change, int64_t now);
/* CONFLICT when it takes the role from the last admin who may log in. NOT_FOUND. */
enum status operator_store_set_role(struct db_tx *tx, const char *name, enum operator_role role);
/* CONFLICT when this is the last admin who may log in. NOT_FOUND. Does nothing the second time. */
enum status operator_store_disable(struct db_tx *tx, const char *name, int64_t now);
enum status operator_store_enable(struct db_tx *tx, const char *name);

struct operator_list {
    struct operator_row *rows;
    size_t count;
};
void operator_list_clear(struct operator_list *list);
CLEANUP_VALUE(struct operator_list, operator_list_clear)
/* All, by name; there are never many. */
enum status operator_store_list(struct db_tx *tx, struct operator_list *ret_list);
