/* certferry key add, list, revoke: keys for programs that call the API. */
#include "service/api_key.h"

#include "command/command.h"
#include "command/output.h"
#include "command/pages.h"
#include "command/session.h"

enum { TEXT_MAX = 8 * 1024 };

static enum status print_created(const struct invocation *invocation,
                                 const struct api_key_created *created)
{
    const struct api_key *key = &created->key;
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s, s:s, s:o, s:s}", "id", key->id, "name", key->name,
                                     "role", operator_role_text(key->role), "expires_at",
                                     json_time(key->expires_at), "key",
                                     secret_text(created->text)));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    append_row(&text, "id", key->id);
    append_row(&text, "name", key->name);
    append_row(&text, "role", operator_role_text(key->role));
    append_time_row(&text, "expires", key->expires_at);
    append_row(&text, "key", secret_text(created->text));
    buf_append_text(&text, "\nThe key is shown this once. Programs send it as\n"
                           "  Authorization: Bearer KEY\n");
    return output_text(&text);
}

static enum status add(const struct invocation *invocation)
{
    struct api_key_request request = {
        .name = invocation_text(invocation, "NAME"),
        .lifetime = invocation_number(invocation, "expires", 0),
    };
    TRY(operator_role_parse(invocation_text(invocation, "role"), &request.role));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    struct api_key_created created defer(api_key_created_clear) = {0};
    TRY(api_key_create(session.service, &actor, &request, &created));
    return print_created(invocation, &created);
}

static json_t *key_json(const struct api_key *key)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o}", "id", key->id, "name", key->name,
                     "role", operator_role_text(key->role), "created_at",
                     json_time(key->created_at), "created_by", key->created_by, "expires_at",
                     json_time(key->expires_at), "last_used_at", json_time(key->last_used_at),
                     "revoked_at", json_time(key->revoked_at));
}

static enum status print_key(const struct invocation *invocation, const struct api_key *key)
{
    if (invocation_has(invocation, "json"))
        return output_json(key_json(key));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    buf_printf(&text, "%-10s  %-8s  ", key->id, operator_role_text(key->role));
    append_time_cell(&text, key->expires_at);
    buf_printf(&text, "  %-7s  %s\n", key->revoked_at == 0 ? "" : "revoked", key->name);
    return output_text(&text);
}

static enum status list(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct pages pages = pages_of(INT64_MAX, NULL);
    for (struct page_request request; pages_next(&pages, &request);) {
        struct api_keys page defer(api_keys_clear) = {0};
        TRY(api_key_list_page(session.service, &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_key(invocation, &page.keys[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

static enum status revoke_key(const struct invocation *invocation)
{
    const char *id = invocation_text(invocation, "ID");
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    TRY(api_key_revoke(session.service, &actor, id));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:b}", "id", id, "revoked", 1));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    buf_printf(&text, "The API key %s lets nobody in any more.\n", id);
    return output_text(&text);
}

/* clang-format off */
static const struct argument add_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "NAME", .help = "What the key is for"},
    {.kind = ARGUMENT_TEXT, .name = "role", .value = "ROLE", .required = true,
     .help = "admin, helpdesk or auditor"},
    {.kind = ARGUMENT_DURATION, .name = "expires", .value = "90d",
     .help = "Time after which it lets nobody in, 90 days unless given"},
    ARGUMENT_JSON,
};
static const struct argument list_arguments[] = {ARGUMENT_JSON};
static const struct argument revoke_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "ID", .help = "Id of the key, as key list shows it"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command key_add_command = {
    .group = "key",
    .name = "add",
    .summary = "Makes a key for a program that calls the API",
    .arguments = add_arguments,
    .argument_count = sizeof add_arguments / sizeof add_arguments[0],
    .run = add,
};

const struct command key_list_command = {
    .group = "key",
    .name = "list",
    .summary = "Lists the keys of programs, newest first",
    .arguments = list_arguments,
    .argument_count = sizeof list_arguments / sizeof list_arguments[0],
    .run = list,
};

const struct command key_revoke_command = {
    .group = "key",
    .name = "revoke",
    .summary = "Ends a key of a program now",
    .arguments = revoke_arguments,
    .argument_count = sizeof revoke_arguments / sizeof revoke_arguments[0],
    .run = revoke_key,
};
