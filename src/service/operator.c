/* Hashing stands before the transaction, which is short. The audit has the name as it is stored, in
 * whatever case it was asked for. */
#include "service/operator.h"

#include "base/clock.h"
#include "base/text.h"
#include "service/password.h"
#include "store/session_store.h"
#include "store/totp_store.h"

#include <stdio.h>

void operator_entries_clear(struct operator_entries *list)
{
    free(list->entries);
    *list = (struct operator_entries){0};
}

static enum status has_codes(struct db_tx *tx, const char *name, bool *ret_totp)
{
    struct totp_row row defer(totp_row_clear) = {0};
    enum status status = totp_store_get(tx, name, &row);
    if (status != STATUS_NOT_FOUND)
        TRY(status);
    *ret_totp = status == STATUS_OK && row.confirmed_at != 0;
    return STATUS_OK;
}

static enum status fill(struct db_tx *tx, const struct operator_row *row,
                        struct operator_entry *entry)
{
    *entry = (struct operator_entry){
        .role = row->role,
        .must_change = row->must_change,
        .created_at = row->created_at,
        .password_at = row->password_at,
        .disabled_at = row->disabled_at,
    };
    snprintf(entry->name, sizeof entry->name, "%s", row->name);
    return has_codes(tx, row->name, &entry->totp);
}

enum status operator_list_all(const struct service *service, struct operator_entries *ret_list)
{
    struct db_tx *tx defer(db_end) = NULL;
    struct operator_list rows defer(operator_list_clear) = {0};
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(operator_store_list(tx, &rows));
    struct operator_entries list defer(operator_entries_clear) = {
        .entries = calloc(rows.count + 1, sizeof *list.entries)};
    if (list.entries == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (; list.count < rows.count; list.count++)
        TRY(fill(tx, &rows.rows[list.count], &list.entries[list.count]));
    *ret_list = list;
    list = (struct operator_entries){0};
    return STATUS_OK;
}

enum status operator_check_name(const char *name)
{
    struct span text = span_of_text(name);
    if (text.len == 0 || text.len > LIMIT_OPERATOR)
        return status_fail(STATUS_INVALID, "the name of an operator has 1 to %d bytes",
                           LIMIT_OPERATOR);
    if (!text_is_utf8(text) || text_has_control(text))
        return status_fail(STATUS_INVALID, "the name holds a character that no name has");
    if (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ')
        return status_fail(STATUS_INVALID, "the name begins or ends with a space");
    return STATUS_OK;
}

/* ---- passwords ------------------------------------------------------------------------------- */

static enum status take_password(const struct secret *own, struct secret **ret_password,
                                 char ret_hash[static PASSWORD_HASH_SIZE])
{
    struct secret *password defer(secret_free) = NULL;
    if (own == NULL)
        TRY(password_generate(&password));
    else
        TRY(secret_copy(secret_span(own), &password));
    TRY(password_check(password));
    TRY(password_hash(password, ret_hash));
    *ret_password = take(password);
    return STATUS_OK;
}

enum status operator_add(const struct service *service, const struct actor *actor, const char *name,
                         enum operator_role role, const struct secret *own,
                         struct secret **ret_password)
{
    struct secret *password defer(secret_free) = NULL;
    char hash[PASSWORD_HASH_SIZE];
    TRY(operator_check_name(name));
    TRY(take_password(own, &password, hash));
    const struct operator_row row = {
        .name = name,
        .role = role,
        .password_hash = hash,
        .must_change = true,
        .created_at = clock_now(),
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    enum status status = operator_store_add(tx, &row);
    if (status == STATUS_CONFLICT)
        return status_fail(STATUS_CONFLICT, "there is an operator called '%.60s' already", name);
    TRY(status);
    TRY(audit_write(tx, actor, "operator.add", name, &AUDIT_TEXT("role", operator_role_text(role)),
                    1));
    TRY(db_commit(tx));
    *ret_password = take(password);
    return STATUS_OK;
}

/* ---- what is there already ------------------------------------------------------------------- */

/* A change of one operator in its transaction; the row of the audit says what `change` left. */
struct change {
    const char *action;
    enum status (*apply)(struct db_tx *tx, const char *name, const struct change *change);
    const char *hash;
    enum operator_role role;
    const struct audit_value *values;
    size_t value_count;
};

static enum status make_change(const struct service *service, const struct actor *actor,
                               const char *name, const struct change *change)
{
    struct db_tx *tx defer(db_end) = NULL;
    struct operator_row row defer(operator_row_clear) = {0};
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(operator_store_get(tx, name, &row));
    TRY(change->apply(tx, row.name, change));
    TRY(audit_write(tx, actor, change->action, row.name, change->values, change->value_count));
    return db_commit(tx);
}

static enum status end_sessions(struct db_tx *tx, const char *name)
{
    int64_t ended;
    return session_store_end_of_operator(tx, name, SPAN_EMPTY, &ended);
}

static enum status apply_password(struct db_tx *tx, const char *name, const struct change *change)
{
    TRY(operator_store_set_password(tx, name, change->hash, true, clock_now()));
    return end_sessions(tx, name);
}

enum status operator_set_password(const struct service *service, const struct actor *actor,
                                  const char *name, const struct secret *own,
                                  struct secret **ret_password)
{
    struct secret *password defer(secret_free) = NULL;
    char hash[PASSWORD_HASH_SIZE];
    TRY(take_password(own, &password, hash));
    const struct audit_value values[] = {AUDIT_TEXT("given", own == NULL ? "generated" : "chosen")};
    const struct change change = {
        .action = "operator.password_reset",
        .apply = apply_password,
        .hash = hash,
        .values = values,
        .value_count = 1,
    };
    TRY(make_change(service, actor, name, &change));
    *ret_password = take(password);
    return STATUS_OK;
}

static enum status apply_role(struct db_tx *tx, const char *name, const struct change *change)
{
    return operator_store_set_role(tx, name, change->role);
}

enum status operator_set_role(const struct service *service, const struct actor *actor,
                              const char *name, enum operator_role role)
{
    const struct audit_value values[] = {AUDIT_TEXT("role", operator_role_text(role))};
    const struct change change = {
        .action = "operator.role",
        .apply = apply_role,
        .role = role,
        .values = values,
        .value_count = 1,
    };
    return make_change(service, actor, name, &change);
}

static enum status apply_disable(struct db_tx *tx, const char *name, const struct change *change)
{
    (void)change;
    TRY(operator_store_disable(tx, name, clock_now()));
    return end_sessions(tx, name);
}

enum status operator_disable(const struct service *service, const struct actor *actor,
                             const char *name)
{
    const struct change change = {.action = "operator.disable", .apply = apply_disable};
    return make_change(service, actor, name, &change);
}

static enum status apply_enable(struct db_tx *tx, const char *name, const struct change *change)
{
    (void)change;
    return operator_store_enable(tx, name);
}

enum status operator_enable(const struct service *service, const struct actor *actor,
                            const char *name)
{
    const struct change change = {.action = "operator.enable", .apply = apply_enable};
    return make_change(service, actor, name, &change);
}
