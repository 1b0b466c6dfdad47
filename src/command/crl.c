/* certferry crl publish: a new revocation list now, of every CA whose key is here. */
#include "service/crl_publish.h"

#include "base/clock.h"
#include "command/command.h"
#include "command/output.h"
#include "command/session.h"

static json_t *number_json(int64_t number)
{
    return number < 0 ? json_null() : json_integer(number);
}

static enum status print_json(enum crl_authority which, const struct crl_published *published)
{
    return output_json(json_pack("{s:s, s:b, s:I, s:o, s:o, s:o}", "ca", crl_authority_name(which),
                                 "published", published->fresh, "number",
                                 (json_int_t)published->number, "this_update",
                                 json_time(published->this_update), "next_update",
                                 json_time(published->next_update), "entries",
                                 number_json(published->entries)));
}

static enum status print(enum crl_authority which, const struct crl_published *published)
{
    const char *name = which == CRL_OF_ROOT ? "root" : "issuing CA";
    char until[CLOCK_TEXT_SIZE];
    clock_format(published->next_update, until);
    struct buf text defer(buf_clear) = BUF_INIT(512);
    if (published->fresh)
        buf_printf(&text, "The list %lld of the %s with %lld entries is published, good until %s.\n",
                   (long long)published->number, name, (long long)published->entries, until);
    else
        buf_printf(&text, "The list %lld of the %s is good until %s: no other is due.\n",
                   (long long)published->number, name, until);
    return output_text(&text);
}

static enum status publish_one(const struct invocation *invocation, const struct session *session,
                               enum crl_authority which)
{
    struct actor actor = session_actor(session);
    enum crl_wish wish = invocation_has(invocation, "if-due") ? CRL_IF_DUE : CRL_ALWAYS;
    struct crl_published published;
    TRY(crl_publish(session->service, &actor, which, wish, &published));
    return invocation_has(invocation, "json") ? print_json(which, &published)
                                              : print(which, &published);
}

/* Without --ca a root whose key is elsewhere, as it should be, is passed over. */
static enum status publish(const struct invocation *invocation)
{
    const char *name = invocation_text(invocation, "ca");
    enum crl_authority which = CRL_OF_ISSUING;
    unsigned parts = SERVICE_SIGNER | SERVICE_ROOT_SIGNER;
    if (name != NULL) {
        TRY(crl_authority_parse(name, &which));
        parts = which == CRL_OF_ROOT ? SERVICE_ROOT_SIGNER : SERVICE_SIGNER;
    }
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, parts, &session));
    TRY(publish_one(invocation, &session, which));
    bool root = name == NULL && session.service->root_signer != NULL &&
                crl_path(session.service, CRL_OF_ROOT)[0] != '\0';
    return root ? publish_one(invocation, &session, CRL_OF_ROOT) : STATUS_OK;
}

/* clang-format off */
static const struct argument arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "ca", .value = "CA",
     .help = "Only the list of issuing or of root; every one whose key is here unless given"},
    {.kind = ARGUMENT_FLAG, .name = "if-due",
     .help = "Only when something was revoked or the list is of the age to be renewed"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command crl_publish_command = {
    .group = "crl",
    .name = "publish",
    .summary = "Publishes new revocation lists now",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = publish,
};
