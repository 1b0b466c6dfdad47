/* certferry policy list, show, find, set, assign, unassign, default, remove: what phones are asked
 * for, user by user. */
#include "command/command.h"
#include "command/output.h"
#include "command/pages.h"
#include "command/session.h"
#include "service/policies.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 256 * 1024, ELEMENT_SIZE = 64 };

static const char *decision_word(bool allowed)
{
    return allowed ? "allow" : "refuse";
}

/* ---- show and find --------------------------------------------------------------------------- */

static json_t *values_json(const struct eas_policy_choice *choice)
{
    json_t *object = json_object();
    for (int i = 0; i < EAS_POLICIES; i++) {
        const char *value = eas_choice_value(choice, (enum eas_policy)i);
        if (value != NULL)
            json_object_set_new(object, eas_policy_row((enum eas_policy)i)->element,
                                json_string(value));
    }
    return object;
}

static json_t *record_json(const struct policy_record *record)
{
    const struct policy_row *row = &record->row;
    return json_pack("{s:s, s:b, s:I, s:o, s:s, s:s, s:s, s:b, s:o, s:s, s:o, s:s}", "name",
                     row->name, "default", record->everybody, "users", (json_int_t)record->users,
                     "values", values_json(&record->choice), "partial",
                     decision_word(row->partial_allowed), "external",
                     decision_word(row->external_allowed), "non_provisionable",
                     decision_word(row->legacy_allowed), "unreadable", record->unreadable,
                     "made_at", json_time(row->made_at), "made_by", row->made_by, "changed_at",
                     json_time(row->changed_at), "changed_by", row->changed_by);
}

static void append_values(struct buf *text, const struct policy_record *record)
{
    buf_append_byte(text, '\n');
    for (int i = 0; i < EAS_POLICIES; i++) {
        const char *value = eas_choice_value(&record->choice, (enum eas_policy)i);
        if (value != NULL)
            buf_printf(text, "  %-42s %s\n", eas_policy_row((enum eas_policy)i)->element, value);
    }
    if (record->unreadable)
        buf_append_text(text, "  Its values cannot be read: set it with --whole, or remove it.\n");
    else if (eas_choice_policies(&record->choice) == 0)
        buf_append_text(text, "  It asks for nothing.\n");
}

static void append_record(struct buf *text, const struct policy_record *record)
{
    const struct policy_row *row = &record->row;
    append_row(text, "name", row->name);
    append_row(text, "default", record->everybody ? "yes" : "");
    append_row(text, "partial", decision_word(row->partial_allowed));
    append_row(text, "external", decision_word(row->external_allowed));
    append_row(text, "non-provisionable", decision_word(row->legacy_allowed));
    append_time_row(text, "made", row->made_at);
    append_row(text, "by", row->made_by);
    append_time_row(text, "changed", row->changed_at);
    append_row(text, "by", row->changed_by);
    append_values(text, record);
}

/* The users and domains of a policy into the array; without one they are printed, a page at a time:
 * there may be any number of them. */
static enum status take_users(const struct service *service, const char *name, json_t *array)
{
    struct pages pages = pages_of(INT64_MAX, NULL);
    for (struct page_request request; pages_next(&pages, &request);) {
        struct policy_user_list page defer(policy_user_list_clear) = {0};
        struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
        TRY(policies_users(service, name, &request, &page));
        for (size_t i = 0; i < page.count; i++) {
            if (array != NULL)
                json_array_append_new(array, json_string(page.rows[i].who));
            else
                buf_printf(&text, "  %s\n", page.rows[i].who);
        }
        if (text.len > 0)
            TRY(output_text(&text));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

static enum status print_json(const struct service *service, const struct policy_record *record)
{
    json_t *object = record_json(record);
    json_t *users = json_array();
    enum status status = take_users(service, record->row.name, users);
    json_object_set_new(object, "users", users);
    if (status == STATUS_OK)
        return output_json(object);
    json_decref(object);
    return status;
}

static enum status print_record(const struct invocation *invocation, const struct service *service,
                                const struct policy_record *record)
{
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    if (invocation_has(invocation, "json"))
        return print_json(service, record);
    append_record(&text, record);
    buf_append_byte(&text, '\n');
    TRY(output_text(&text));
    return take_users(service, record->row.name, NULL);
}

static enum status show(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    struct policy_record record defer(policy_record_clear) = {.users = 0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(policies_show(session.service, invocation_text(invocation, "NAME"), &record));
    return print_record(invocation, session.service, &record);
}

static enum status find(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    struct policy_record record defer(policy_record_clear) = {.users = 0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(policies_find(session.service, invocation_text(invocation, "USER"), &record));
    return print_record(invocation, session.service, &record);
}

/* ---- list ------------------------------------------------------------------------------------ */

static enum status print_line(const struct invocation *invocation,
                              const struct policy_record *record)
{
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    if (invocation_has(invocation, "json"))
        return output_json(record_json(record));
    buf_printf(&text, "%-40s  ", record->row.name);
    append_time_cell(&text, record->row.changed_at);
    buf_printf(&text, "  %2d values  %6lld users%s%s\n",
               __builtin_popcountll(eas_choice_policies(&record->choice)), (long long)record->users,
               record->everybody ? "  and everybody else" : "",
               record->unreadable ? "  cannot be read" : "");
    return output_text(&text);
}

static enum status list(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    struct pages pages = pages_of(INT64_MAX, NULL);
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    for (struct page_request request; pages_next(&pages, &request);) {
        struct policy_records page defer(policy_records_clear) = {.count = 0};
        TRY(policies_list(session.service, &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_line(invocation, &page.records[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

/* ---- set ------------------------------------------------------------------------------------- */

/* ELEMENT=VALUE, each half where it belongs. */
struct wanted {
    char elements[ARGUMENT_WORDS_MAX][ELEMENT_SIZE];
    struct policy_value values[ARGUMENT_WORDS_MAX];
};

static enum status read_wanted(const struct invocation *invocation, struct wanted *wanted)
{
    for (size_t i = 0; i < invocation->word_count; i++) {
        const char *word = invocation->words[i];
        size_t len = strcspn(word, "=");
        if (word[len] == '\0' || len == 0 || len >= ELEMENT_SIZE)
            return status_fail(STATUS_USAGE, "'%.80s' is not of the form ELEMENT=VALUE", word);
        snprintf(wanted->elements[i], ELEMENT_SIZE, "%.*s", (int)len, word);
        for (size_t j = 0; j < i; j++)
            if (strcmp(wanted->elements[j], wanted->elements[i]) == 0)
                return status_fail(STATUS_USAGE, "%s is given twice", wanted->elements[i]);
        wanted->values[i] = (struct policy_value){wanted->elements[i], word + len + 1};
    }
    return STATUS_OK;
}

static enum status read_decision(const struct invocation *invocation, const char *option,
                                 enum policy_decision *ret_decision)
{
    const char *text = invocation_text(invocation, option);
    if (text == NULL)
        *ret_decision = POLICY_AS_IT_IS;
    else if (strcmp(text, "allow") == 0)
        *ret_decision = POLICY_ALLOW;
    else if (strcmp(text, "refuse") == 0)
        *ret_decision = POLICY_REFUSE;
    else
        return status_fail(STATUS_USAGE, "--%s: '%.40s' is neither allow nor refuse", option, text);
    return STATUS_OK;
}

static enum status print_set(const struct invocation *invocation, const char *name,
                             enum policy_change change)
{
    static const char *const words[] = {
        [POLICY_UNCHANGED] = "unchanged", [POLICY_CHANGED] = "changed", [POLICY_MADE] = "made"};
    static const char *const sentences[] = {
        [POLICY_UNCHANGED] = "is so already.",
        [POLICY_CHANGED] = "is changed; phones get it with their next command.",
        [POLICY_MADE] = "is made; phones get it once it is assigned.",
    };
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s}", "name", name, "result", words[change]));
    buf_printf(&text, "%s %s\n", name, sentences[change]);
    return output_text(&text);
}

static enum status set(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    struct wanted *wanted defer(free) = calloc(1, sizeof *wanted);
    if (wanted == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the values of a policy");
    struct policy_request request = {
        .name = invocation_text(invocation, "NAME"),
        .values = wanted->values,
        .value_count = invocation->word_count,
        .whole = invocation_has(invocation, "whole"),
        .accepted = invocation->list,
        .accepted_count = invocation->list_count,
    };
    enum policy_change change;
    TRY(read_wanted(invocation, wanted));
    TRY(read_decision(invocation, "partial", &request.partial));
    TRY(read_decision(invocation, "external", &request.external));
    TRY(read_decision(invocation, "non-provisionable", &request.legacy));
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct actor actor = session_actor(&session);
    TRY(policies_set(session.service, &actor, &request, &change));
    return print_set(invocation, request.name, change);
}

/* ---- who gets it ----------------------------------------------------------------------------- */

static json_t *words_json(const struct invocation *invocation)
{
    json_t *array = json_array();
    for (size_t i = 0; i < invocation->word_count; i++)
        json_array_append_new(array, json_string(invocation->words[i]));
    return array;
}

static enum status assign(const struct invocation *invocation)
{
    const char *name = invocation_text(invocation, "NAME");
    struct session session defer(session_clear) = {0};
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct actor actor = session_actor(&session);
    TRY(policies_assign(session.service, &actor, name, invocation->words, invocation->word_count));
    if (invocation_has(invocation, "json"))
        return output_json(
            json_pack("{s:s, s:o}", "name", name, "assigned", words_json(invocation)));
    buf_printf(&text, "%s is what their phones get with their next command.\n", name);
    return output_text(&text);
}

static enum status unassign(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct actor actor = session_actor(&session);
    TRY(policies_unassign(session.service, &actor, NULL, invocation->words,
                          invocation->word_count));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:o}", "unassigned", words_json(invocation)));
    buf_append_text(&text, "Their phones get what everybody else gets, with their next command.\n");
    return output_text(&text);
}

static enum status set_default(const struct invocation *invocation)
{
    const char *name = invocation_text(invocation, "NAME");
    struct session session defer(session_clear) = {0};
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    if ((name == NULL) == !invocation_has(invocation, "none"))
        return status_fail(STATUS_USAGE, "give either a NAME or --none");
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct actor actor = session_actor(&session);
    TRY(policies_set_default(session.service, &actor, name));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:o}", "default", json_text(name)));
    if (name != NULL)
        buf_printf(&text, "%s is what phones get whose user has no other.\n", name);
    else
        buf_append_text(&text, "Phones whose user has no policy are asked for nothing.\n");
    return output_text(&text);
}

static enum status remove_policy(const struct invocation *invocation)
{
    const char *name = invocation_text(invocation, "NAME");
    struct session session defer(session_clear) = {0};
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    int64_t users;
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    const struct actor actor = session_actor(&session);
    TRY(policies_remove(session.service, &actor, name, &users));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:b, s:I}", "name", name, "removed", true, "users",
                                     (json_int_t)users));
    buf_printf(&text, "%s is removed; %lld users and domains had it.\n", name, (long long)users);
    return output_text(&text);
}

/* clang-format off */
#define NAME_ARGUMENT {.kind = ARGUMENT_WORD, .name = "NAME", .help = "Name of the policy"}

static const struct argument list_arguments[] = {
    ARGUMENT_JSON,
};

static const struct argument one_arguments[] = {
    NAME_ARGUMENT,
    ARGUMENT_JSON,
};

static const struct argument find_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "USER", .help = "As certificates name the user"},
    ARGUMENT_JSON,
};

static const struct argument set_arguments[] = {
    NAME_ARGUMENT,
    {.kind = ARGUMENT_WORDS, .name = "ELEMENT=VALUE",
     .help = "AllowCamera=0, and so on; without a value, back to what asks for nothing"},
    {.kind = ARGUMENT_LIST, .name = "accept", .value = "ELEMENT",
     .help = "This one of risk 3 is meant: it cannot be undone, or cuts phones off"},
    {.kind = ARGUMENT_FLAG, .name = "whole", .help = "What is not given asks for nothing; else it stays"},
    {.kind = ARGUMENT_TEXT, .name = "partial", .value = "allow|refuse",
     .help = "Phones that apply a part of it; allow unless given"},
    {.kind = ARGUMENT_TEXT, .name = "external", .value = "allow|refuse",
     .help = "Phones that somebody else manages; allow unless given"},
    {.kind = ARGUMENT_TEXT, .name = "non-provisionable", .value = "allow|refuse",
     .help = "Phones that apply nothing, or cannot be asked; allow unless given"},
    ARGUMENT_JSON,
};

#define USERS_ARGUMENT                                                                             \
    {.kind = ARGUMENT_WORDS, .name = "USER-or-@DOMAIN", .required = true,                          \
     .help = "Users as certificates name them, or @example.org for all of that domain"}

static const struct argument assign_arguments[] = {
    NAME_ARGUMENT,
    USERS_ARGUMENT,
    ARGUMENT_JSON,
};

static const struct argument unassign_arguments[] = {
    USERS_ARGUMENT,
    ARGUMENT_JSON,
};

static const struct argument default_arguments[] = {
    {.kind = ARGUMENT_OPTIONAL, .name = "NAME", .help = "Name of the policy"},
    {.kind = ARGUMENT_FLAG, .name = "none", .help = "Instead of it: they are asked for nothing"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command policy_list_command = {
    .group = "policy",
    .name = "list",
    .summary = "Lists the policies of the organisation by name",
    .arguments = list_arguments,
    .argument_count = sizeof list_arguments / sizeof list_arguments[0],
    .run = list,
};

const struct command policy_show_command = {
    .group = "policy",
    .name = "show",
    .summary = "Shows a policy, and who has it",
    .arguments = one_arguments,
    .argument_count = sizeof one_arguments / sizeof one_arguments[0],
    .run = show,
};

const struct command policy_find_command = {
    .group = "policy",
    .name = "find",
    .summary = "Shows the policy that the phones of a user get",
    .arguments = find_arguments,
    .argument_count = sizeof find_arguments / sizeof find_arguments[0],
    .run = find,
};

const struct command policy_set_command = {
    .group = "policy",
    .name = "set",
    .summary = "Makes or changes a policy; phones get it with their next command",
    .arguments = set_arguments,
    .argument_count = sizeof set_arguments / sizeof set_arguments[0],
    .run = set,
};

const struct command policy_assign_command = {
    .group = "policy",
    .name = "assign",
    .summary = "Gives a policy to users, or to all of a domain",
    .arguments = assign_arguments,
    .argument_count = sizeof assign_arguments / sizeof assign_arguments[0],
    .run = assign,
};

const struct command policy_unassign_command = {
    .group = "policy",
    .name = "unassign",
    .summary = "Takes their policy away from users, or from a domain",
    .arguments = unassign_arguments,
    .argument_count = sizeof unassign_arguments / sizeof unassign_arguments[0],
    .run = unassign,
};

const struct command policy_default_command = {
    .group = "policy",
    .name = "default",
    .summary = "Says which policy everybody else gets",
    .arguments = default_arguments,
    .argument_count = sizeof default_arguments / sizeof default_arguments[0],
    .run = set_default,
};

const struct command policy_remove_command = {
    .group = "policy",
    .name = "remove",
    .summary = "Removes a policy, also from those who have it",
    .arguments = one_arguments,
    .argument_count = sizeof one_arguments / sizeof one_arguments[0],
    .run = remove_policy,
};
