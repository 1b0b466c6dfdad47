/* Packing and the second look at what was packed. */
#include "service/bundle.h"

#include "config/config.h"
#include "service/authority.h"
#include "service/keypool.h"

enum status bundle_packing(const struct service *service, const char *name,
                           enum packing *ret_packing)
{
    bool given = name != NULL && name[0] != '\0';
    return packing_parse(given ? name : service->config->bundle_packing, ret_packing);
}

enum status bundle_key(const struct service *service, struct private_key **ret_key,
                       struct buf *spki)
{
    enum key_type type;
    TRY(key_type_parse(service->config->bundle_key, &type));
    struct private_key *key defer(private_key_free) = NULL;
    TRY(key_pool_take(service->keys, type, &key));
    TRY(private_key_spki(key, spki));
    *ret_key = take(key);
    return STATUS_OK;
}

enum status bundle_pack(const struct service *service, enum packing packing,
                        const struct bundle_contents *contents, struct buf *pfx)
{
    const struct authority *authority = service->authority;
    const struct pfx_contents parts = {
        .key = contents->key,
        .leaf = contents->leaf,
        .issuing = authority_issuing(authority),
        .between = authority_between(authority),
        .root = service->config->bundle_include_root ? authority_root(authority) : NULL,
        .friendly_name = contents->shown_name,
    };
    TRY(pfx_make(packing, contents->password, &parts, pfx));
    struct span bytes;
    TRY(buf_finish(pfx, &bytes));
    enum status checked = pfx_check(bytes, contents->password, packing, &parts);
    if (status_kind(checked) == STATUS_KIND_REFUSAL)
        return status_fail(STATUS_INTERNAL, "a new bundle did not pass its own check");
    return checked;
}
