/* Each act of an operator is one transaction with its audit. */
#include "service/policies.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "eas/probe_wish.h"
#include "store/device_store.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CHANGE_TEXT_SIZE = 640 }; /* "VALUE -> VALUE" */

/* ---- reading --------------------------------------------------------------------------------- */

void policy_record_clear(struct policy_record *record)
{
    policy_row_clear(&record->row);
    *record = (struct policy_record){.users = 0};
}

void policy_records_clear(struct policy_records *list)
{
    for (size_t i = 0; i < list->count; i++)
        policy_record_clear(&list->records[i]);
    free(list->records);
    *list = (struct policy_records){.count = 0};
}

/* The number of the policy that everybody else has; 0: none. */
static enum status find_default(struct db_tx *tx, int64_t *ret_number)
{
    struct policy_row row defer(policy_row_clear) = {0};
    enum status status = policy_store_of_who(tx, POLICY_EVERYBODY, &row);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    *ret_number = row.number;
    return STATUS_OK;
}

static enum status mark_of(const struct policy_row *row, char ret_mark[static POLICY_MARK_SIZE])
{
    struct buf hex defer(buf_clear) = BUF_INIT(POLICY_MARK_SIZE);
    uint8_t digest[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(span_of_text(row->choice), digest));
    text_append_hex(&hex, span_of(digest, POLICY_MARK_DIGEST));
    buf_printf(&hex, "%d%d%d", row->partial_allowed, row->external_allowed, row->legacy_allowed);
    TRY(hex.failure);
    memcpy(ret_mark, hex.ptr, POLICY_MARK_SIZE);
    return STATUS_OK;
}

/* What stands in other tables, of a record that has its row. */
static enum status complete(struct db_tx *tx, struct policy_record *record)
{
    int64_t everybody;
    TRY(mark_of(&record->row, record->mark));
    record->unreadable =
        eas_choice_parse(span_of_text(record->row.choice), &record->choice) != STATUS_OK;
    TRY(find_default(tx, &everybody));
    TRY(policy_store_count_users(tx, record->row.number, &record->users));
    record->everybody = everybody == record->row.number;
    return STATUS_OK;
}

enum status policies_show(const struct service *service, const char *name,
                          struct policy_record *ret_record)
{
    struct policy_record record defer(policy_record_clear) = {.users = 0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(policy_store_get(tx, name, &record.row));
    TRY(complete(tx, &record));
    *ret_record = record;
    record = (struct policy_record){.users = 0};
    return STATUS_OK;
}

static enum status find_of_user(struct db_tx *tx, const char *user,
                                struct policy_record *ret_record)
{
    struct policy_record record defer(policy_record_clear) = {.users = 0};
    TRY(policy_store_of_user(tx, user, &record.row));
    TRY(complete(tx, &record));
    *ret_record = record;
    record = (struct policy_record){.users = 0};
    return STATUS_OK;
}

enum status policies_find(const struct service *service, const char *user,
                          struct policy_record *ret_record)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return find_of_user(tx, user, ret_record);
}

enum status policies_find_of_device(const struct service *service, const char *device,
                                    struct policy_record *ret_record)
{
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(device_store_get(tx, device, &row));
    return find_of_user(tx, row.user, ret_record);
}

/* Takes the rows over, one by one. */
static enum status take_rows(struct db_tx *tx, struct policy_list *rows,
                             struct policy_records *list)
{
    for (size_t i = 0; i < rows->count; i++) {
        list->records[i].row = rows->rows[i];
        rows->rows[i] = (struct policy_row){0};
        list->count = i + 1;
        TRY(complete(tx, &list->records[i]));
    }
    return STATUS_OK;
}

enum status policies_list(const struct service *service, const struct page_request *page,
                          struct policy_records *ret_list)
{
    struct policy_list rows defer(policy_list_clear) = {0};
    struct policy_records list defer(policy_records_clear) = {.count = 0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(policy_store_list(tx, page, &rows));
    list.records = calloc(rows.count + 1, sizeof *list.records);
    if (list.records == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for policies");
    TRY(take_rows(tx, &rows, &list));
    memcpy(list.next, rows.next, sizeof list.next);
    *ret_list = list;
    list = (struct policy_records){.count = 0};
    return STATUS_OK;
}

enum status policies_users(const struct service *service, const char *name,
                           const struct page_request *page, struct policy_user_list *ret_list)
{
    struct policy_row row defer(policy_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(policy_store_get(tx, name, &row));
    return policy_store_users(tx, row.number, page, ret_list);
}

/* ---- setting --------------------------------------------------------------------------------- */

/* A policy that changes in the caller's transaction. */
struct change {
    struct policy_row row; /* as it was; all zero: there is none yet */
    struct eas_policy_choice before;
    struct eas_policy_choice after;
    bool mends; /* those before cannot be read */
    bool partial;
    bool external;
    bool legacy;
};

static void change_clear(struct change *change)
{
    policy_row_clear(&change->row);
}
CLEANUP_VALUE(struct change, change_clear)

static bool is_name_letter(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || (!first && (c == '.' || c == '_' || c == '-'));
}

static enum status check_name(const char *name)
{
    size_t len = strlen(name);
    bool good = len > 0 && len < POLICY_NAME_SIZE;
    for (size_t i = 0; i < len && good; i++)
        good = is_name_letter(name[i], i == 0);
    return good ? STATUS_OK
                : status_fail(STATUS_INVALID,
                              "name: is 1 to %d letters, digits, '.', '_' and '-', and begins with "
                              "a letter or digit",
                              POLICY_NAME_SIZE - 1);
}

static enum status read_choice(const struct policy_row *row, struct eas_policy_choice *ret_choice)
{
    if (eas_choice_parse(span_of_text(row->choice), ret_choice) != STATUS_OK)
        return status_fail(STATUS_DATABASE, "the values of the policy %s cannot be read",
                           row->name);
    return STATUS_OK;
}

static enum status read_before(struct db_tx *tx, const struct policy_request *request,
                               struct change *change)
{
    enum status status = policy_store_get(tx, request->name, &change->row);
    if (status == STATUS_OK) {
        status = read_choice(&change->row, &change->before);
        change->mends = status != STATUS_OK && request->whole;
        return change->mends ? STATUS_OK : status;
    }
    if (status != STATUS_NOT_FOUND)
        return status;
    change->row = (struct policy_row){
        .partial_allowed = true, .external_allowed = true, .legacy_allowed = true};
    return STATUS_OK;
}

/* Whoever thought of the change may have seen another policy. */
static enum status check_mark(const struct policy_request *request, const struct policy_row *row)
{
    char mark[POLICY_MARK_SIZE];
    struct actor by;
    if (request->mark == NULL)
        return STATUS_OK;
    if (row->number == 0)
        return status_fail(STATUS_CONFLICT, "the policy %s was removed meanwhile", request->name);
    TRY(mark_of(row, mark));
    if (strcmp(request->mark, mark) == 0)
        return STATUS_OK;
    TRY(actor_parse(row->changed_by, &by));
    return status_fail(STATUS_CONFLICT,
                       "%s changed it meanwhile: see what it asks for now, and save again if this "
                       "is still what you want",
                       by.name == NULL ? row->changed_by : by.name);
}

static bool decide(enum policy_decision decision, bool before)
{
    return decision == POLICY_AS_IT_IS ? before : decision == POLICY_ALLOW;
}

static enum status read_after(const struct policy_request *request, struct change *change)
{
    enum eas_policy policy = EAS_POLICIES;
    if (!request->whole)
        change->after = change->before;
    for (size_t i = 0; i < request->value_count; i++) {
        TRY(eas_policy_find(request->values[i].element, &policy));
        TRY(eas_choice_put(&change->after, policy, request->values[i].value));
    }
    change->partial = decide(request->partial, change->row.partial_allowed);
    change->external = decide(request->external, change->row.external_allowed);
    change->legacy = decide(request->legacy, change->row.legacy_allowed);
    return eas_choice_check(&change->after);
}

static enum status read_accepted(const struct policy_request *request, eas_policy_set *ret_accepted)
{
    eas_policy_set accepted = 0;
    for (size_t i = 0; i < request->accepted_count; i++) {
        enum eas_policy policy = EAS_POLICIES;
        TRY(eas_policy_find(request->accepted[i], &policy));
        if (eas_policy_row(policy)->risk != EAS_RISK_DESTRUCTIVE)
            return status_fail(STATUS_INVALID,
                               "%s: is of risk %d; only policies of risk 3 are accepted by name",
                               eas_policy_row(policy)->element, (int)eas_policy_row(policy)->risk);
        accepted |= EAS_POLICY_BIT(policy);
    }
    *ret_accepted = accepted;
    return STATUS_OK;
}

/* What it does to a device, for whoever is about to set it. */
static const char *danger_of(enum eas_policy policy)
{
    if (policy == EAS_POLICY_FAILED_ATTEMPTS)
        return "the device erases itself after so many wrong passwords";
    if (policy == EAS_POLICY_WIFI)
        return "the device may be cut off from its network";
    return "it encrypts, which cannot be undone";
}

static enum status check_accepted(const struct policy_request *request, const struct change *change)
{
    eas_policy_set accepted = 0;
    TRY(read_accepted(request, &accepted));
    eas_policy_set open = eas_choice_destructive(&change->after, &change->before) & ~accepted;
    for (int i = 0; i < EAS_POLICIES; i++)
        if ((open & EAS_POLICY_BIT(i)) != 0)
            return status_fail(STATUS_INVALID, "%s: has to be accepted by its name: %s",
                               eas_policy_row((enum eas_policy)i)->element,
                               danger_of((enum eas_policy)i));
    return STATUS_OK;
}

/* ---- writing what was set -------------------------------------------------------------------- */

enum { AUDIT_VALUES_MAX = EAS_POLICIES + 3 };

struct record_of_change {
    struct audit_value values[AUDIT_VALUES_MAX];
    char texts[EAS_POLICIES][CHANGE_TEXT_SIZE];
    size_t count;
};

static const char *shown_value(const struct eas_policy_choice *choice, enum eas_policy policy)
{
    const char *value = eas_choice_value(choice, policy);
    const char *neutral = eas_policy_row(policy)->neutral;
    if (value != NULL)
        return value;
    return neutral == NULL || neutral[0] == '\0' ? "unset" : neutral;
}

static void note_values(const struct change *change, struct record_of_change *record)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        enum eas_policy policy = (enum eas_policy)i;
        const char *before = shown_value(&change->before, policy);
        const char *after = shown_value(&change->after, policy);
        if (strcmp(before, after) == 0)
            continue;
        snprintf(record->texts[i], CHANGE_TEXT_SIZE, "%s -> %s", before, after);
        record->values[record->count++] =
            AUDIT_TEXT(eas_policy_row(policy)->element, record->texts[i]);
    }
}

static void note_decision(const char *name, bool before, bool after,
                          struct record_of_change *record)
{
    if (before != after)
        record->values[record->count++] = AUDIT_TEXT(name, after ? "allowed" : "refused");
}

static enum status keep(struct db_tx *tx, const struct actor *actor, const char *name,
                        const struct change *change)
{
    struct buf choice defer(buf_clear) = BUF_INIT(EAS_CHOICE_TEXT_MAX);
    char by[ACTOR_TEXT_MAX];
    actor_format(actor, by);
    eas_choice_append(&choice, &change->after);
    TRY(choice.failure);
    const struct policy_row row = {
        .name = name,
        .choice = (const char *)choice.ptr,
        .partial_allowed = change->partial,
        .external_allowed = change->external,
        .legacy_allowed = change->legacy,
        .changed_at = clock_now(),
        .changed_by = by,
    };
    return policy_store_put(tx, &row);
}

/* Writes it with its audit; nothing when nothing changes. */
static enum status write_change(struct db_tx *tx, const struct actor *actor, const char *name,
                                const struct change *change, enum policy_change *ret_change)
{
    bool is_new = change->row.number == 0;
    struct record_of_change *record defer(free) = calloc(1, sizeof *record);
    if (record == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a change of a policy");
    note_values(change, record);
    note_decision("partial", change->row.partial_allowed, change->partial, record);
    note_decision("external", change->row.external_allowed, change->external, record);
    note_decision("non_provisionable", change->row.legacy_allowed, change->legacy, record);
    bool changes = record->count > 0 || change->mends;
    *ret_change = is_new ? POLICY_MADE : changes ? POLICY_CHANGED : POLICY_UNCHANGED;
    if (*ret_change == POLICY_UNCHANGED)
        return STATUS_OK;
    TRY(keep(tx, actor, name, change));
    return audit_write(tx, actor, is_new ? "policy.make" : "policy.change",
                       is_new ? name : change->row.name, record->values, record->count);
}

enum status policies_set(const struct service *service, const struct actor *actor,
                         const struct policy_request *request, enum policy_change *ret_change)
{
    struct change change defer(change_clear) = {.partial = false};
    struct db_tx *tx defer(db_end) = NULL;
    enum policy_change kind = POLICY_UNCHANGED;
    TRY(check_name(request->name));
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(read_before(tx, request, &change));
    if (request->fresh && change.row.number != 0)
        return status_fail(STATUS_CONFLICT, "name: there is a policy %s", change.row.name);
    TRY(check_mark(request, &change.row));
    TRY(read_after(request, &change));
    TRY(check_accepted(request, &change));
    TRY(write_change(tx, actor, request->name, &change, &kind));
    TRY(db_commit(tx));
    *ret_change = kind;
    return STATUS_OK;
}

enum status policies_remove(const struct service *service, const struct actor *actor,
                            const char *name, int64_t *ret_users)
{
    struct policy_row row defer(policy_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    int64_t users;
    int64_t everybody;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(policy_store_get(tx, name, &row));
    TRY(policy_store_count_users(tx, row.number, &users));
    TRY(find_default(tx, &everybody));
    const struct audit_value values[] = {AUDIT_TEXT("choice", row.choice),
                                         AUDIT_NUMBER("users", users),
                                         AUDIT_NUMBER("default", everybody == row.number)};
    TRY(policy_store_remove(tx, row.number));
    TRY(audit_write(tx, actor, "policy.remove", row.name, values,
                    sizeof values / sizeof values[0]));
    TRY(db_commit(tx));
    *ret_users = users;
    return STATUS_OK;
}

/* ---- who gets it ----------------------------------------------------------------------------- */

static enum status check_who(const char *who)
{
    struct span text = span_of_text(who);
    const char *domain = strchr(who, '@');
    bool good = text.len > 0 && text.len <= LIMIT_USER && text_is_utf8(text) &&
                !text_has_control(text) && strcmp(who, POLICY_EVERYBODY) != 0;
    if (good && who[0] == '@')
        good = text.len > 1 && strchr(domain + 1, '@') == NULL && strchr(who, ' ') == NULL;
    return good ? STATUS_OK
                : status_fail(STATUS_INVALID,
                              "users: '%.120s' is neither a user's name nor '@' and a domain", who);
}

static enum status record_who(struct db_tx *tx, const struct actor *actor, const char *action,
                              const char *policy, const char *who)
{
    const struct audit_value values[] = {AUDIT_TEXT("who", who)};
    return audit_write(tx, actor, action, policy, values, sizeof values / sizeof values[0]);
}

/* They have one already: this one, which is as good, or another one. */
static enum status check_same(struct db_tx *tx, int64_t policy, const char *who)
{
    struct policy_row other defer(policy_row_clear) = {0};
    TRY(policy_store_of_who(tx, who, &other));
    return other.number == policy
               ? STATUS_OK
               : status_fail(STATUS_CONFLICT, "%.120s has the policy %s: take it away first", who,
                             other.name);
}

static enum status assign_one(struct db_tx *tx, const struct actor *actor,
                              const struct policy_row *policy, const char *who)
{
    char by[ACTOR_TEXT_MAX];
    actor_format(actor, by);
    const struct policy_user_row row = {
        .who = who, .policy = policy->number, .assigned_at = clock_now(), .assigned_by = by};
    enum status status = policy_store_assign(tx, &row);
    if (status == STATUS_CONFLICT)
        return check_same(tx, policy->number, who);
    TRY(status);
    return record_who(tx, actor, "policy.assign", policy->name, who);
}

enum status policies_assign(const struct service *service, const struct actor *actor,
                            const char *name, const char *const *who, size_t count)
{
    struct policy_row row defer(policy_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(policy_store_get(tx, name, &row));
    for (size_t i = 0; i < count; i++) {
        TRY(check_who(who[i]));
        TRY(assign_one(tx, actor, &row, who[i]));
    }
    return db_commit(tx);
}

static enum status unassign_one(struct db_tx *tx, const struct actor *actor, const char *name,
                                const char *who)
{
    struct policy_row row defer(policy_row_clear) = {0};
    enum status status = policy_store_of_who(tx, who, &row);
    if (status == STATUS_NOT_FOUND)
        return status_fail(STATUS_NOT_FOUND, "%.120s has no policy of their own", who);
    TRY(status);
    if (name != NULL && strcasecmp(name, row.name) != 0)
        return status_fail(STATUS_CONFLICT, "%.120s has the policy %s", who, row.name);
    TRY(policy_store_unassign(tx, who));
    return record_who(tx, actor, "policy.unassign", row.name, who);
}

enum status policies_unassign(const struct service *service, const struct actor *actor,
                              const char *name, const char *const *who, size_t count)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    for (size_t i = 0; i < count; i++) {
        TRY(check_who(who[i]));
        TRY(unassign_one(tx, actor, name, who[i]));
    }
    return db_commit(tx);
}

static enum status take_default_away(struct db_tx *tx, const struct actor *actor)
{
    enum status status = unassign_one(tx, actor, NULL, POLICY_EVERYBODY);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status policies_set_default(const struct service *service, const struct actor *actor,
                                 const char *name)
{
    struct policy_row row defer(policy_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    int64_t before;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(find_default(tx, &before));
    if (name != NULL)
        TRY(policy_store_get(tx, name, &row));
    if (before == row.number)
        return STATUS_OK;
    TRY(take_default_away(tx, actor));
    if (name != NULL)
        TRY(assign_one(tx, actor, &row, POLICY_EVERYBODY));
    return db_commit(tx);
}

enum status policies_end_default(const struct service *service, const struct actor *actor,
                                 const char *name)
{
    struct policy_row row defer(policy_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    int64_t everybody;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(policy_store_get(tx, name, &row));
    TRY(find_default(tx, &everybody));
    if (everybody != row.number)
        return STATUS_OK;
    TRY(take_default_away(tx, actor));
    return db_commit(tx);
}
