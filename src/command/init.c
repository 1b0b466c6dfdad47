/*
 * certferry init: a new authority in a folder of its own, ready for `serve`. The rules are in
 * service/authority.c; here is what is asked for and what is said.
 */
#include "command/authority_arguments.h"
#include "command/command.h"
#include "command/output.h"

static enum status run(const struct invocation *invocation)
{
    struct authority_arguments given;
    TRY(authority_arguments_read(invocation, &given));
    given.request.key_type = invocation_text(invocation, "key");
    given.request.root_days = (int)invocation_number(invocation, "root-days", 0);
    given.request.issuing_days = (int)invocation_number(invocation, "issuing-days", 0);

    struct authority_created created defer(authority_created_clear) = {0};
    TRY(authority_create(&given.request, &created));
    return authority_print_created(invocation, &created);
}

static const struct argument arguments[] = {
    AUTHORITY_ARGUMENTS,
    {.kind = ARGUMENT_TEXT,
     .name = "key",
     .value = "TYPE",
     .help = "Keys of both CAs: rsa-3072 (the default), rsa-2048, rsa-4096, ec-p256, ec-p384"},
    {.kind = ARGUMENT_NUMBER,
     .name = "root-days",
     .value = "N",
     .help = "Validity of the root, 20 years unless given",
     .least = 1,
     .most = 36500},
    {.kind = ARGUMENT_NUMBER,
     .name = "issuing-days",
     .value = "N",
     .help = "Validity of the issuing CA, 10 years unless given",
     .least = 1,
     .most = 36500},
    ARGUMENT_JSON,
};

const struct command init_command = {
    .name = "init",
    .summary = "Makes a root and an issuing CA, the database and the configuration in a new folder",
    .arguments = arguments,
    .argument_count = sizeof arguments / sizeof arguments[0],
    .run = run,
};
