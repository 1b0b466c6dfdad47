/* init: both keys are born here, and both leave this process only as files. */
#include "service/authority.h"

#include "service/founding_issue.h"

enum status authority_create(const struct authority_request *request,
                             struct authority_created *ret_created)
{
    enum key_type type = KEY_RSA_3072;
    if (request->key_type != NULL)
        TRY(key_type_parse(request->key_type, &type));
    struct founding founding defer(founding_clear) = {
        .request = request,
        .root_crl = "ca/root.crl",
        .actor = {.kind = ACTOR_COMMAND, .name = request->asked_by},
        .action = "authority.create",
    };
    TRY(founding_begin(&founding));
    TRY(private_key_generate(type, &founding.root_key));
    TRY(private_key_generate(type, &founding.issuing_key));
    TRY(founding_issue_root(&founding));
    TRY(founding_issue_issuing(&founding));
    return founding_finish(&founding, ret_created);
}
