/*
 * POST /api/v1/bundles: what `certferry mint` does. The password is always a generated one: a
 * program has no reason to choose a weaker one, and none has to be sent.
 */
#include "service/mint.h"
#include "web/api.h"

enum { SECONDS_LEAST = 86400, SECONDS_MOST = 3650 * 86400 };

#define TEXT(member)                                                                               \
    {                                                                                              \
#member, JSON_MEMBER_TEXT, offsetof(struct mint_request, member), 0, 0                     \
    }

static const struct json_member members[] = {
    TEXT(user),
    TEXT(name),
    TEXT(mail),
    TEXT(sid),
    TEXT(device),
    TEXT(packing),
    {"lifetime", JSON_MEMBER_NUMBER, offsetof(struct mint_request, lifetime), SECONDS_LEAST,
     SECONDS_MOST},
};

static enum status tell(const struct mint_result *result, void *context, struct buf *answer)
{
    const struct mint_request *wanted = context;
    json_begin(answer);
    json_add_text(answer, "serial", result->serial);
    json_add_text(answer, "user", wanted->user);
    json_add_time(answer, "not_after", result->not_after);
    json_add_text(answer, "packing", result->packing);
    json_add_text(answer, "password", secret_text(result->password));
    json_add_base64(answer, "p12", span_of(result->file.ptr, result->file.len));
    json_end(answer);
    return STATUS_OK;
}

enum status api_bundles_mint(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct actor actor = api_actor(request);
    struct mint_request wanted = {0};
    struct json_input *input defer(json_input_free) = NULL;
    struct once room;
    struct once *once;
    bool again;
    TRY(api_body(request, members, sizeof members / sizeof *members, &wanted, &input));
    TRY(api_once(request, &room, &once));
    TRY(once_mint(web->service, &actor, once, &wanted, tell, &wanted, api_begin(response, 201),
                  &again));
    if (again)
        api_say_again(response);
    return STATUS_OK;
}
