/* Loading: certificates, and the path between them. The CA's key is not among it: only the signer
 * opens that. */
#include "service/authority.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "pki/cert.h"
#include "pki/chain.h"

struct authority {
    struct certificate *root;
    struct certificate *issuing;
    struct certificate_list between;
};

void authority_free(struct authority *authority)
{
    if (authority == NULL)
        return;
    certificate_free(authority->root);
    certificate_free(authority->issuing);
    certificate_list_clear(&authority->between);
    free(authority);
}

enum status authority_read_between(const char *path, const struct certificate *issuing,
                                   struct certificate *root, struct certificate_list *ret_between)
{
    struct certificate_list pool defer(certificate_list_clear) = {0};
    if (path[0] != '\0')
        TRY(certificate_list_load(path, &pool));
    TRY(certificate_list_add(&pool, certificate_share(root)));
    struct certificate_list between defer(certificate_list_clear) = {0};
    struct certificate *found defer(certificate_free) = NULL;
    TRY(chain_order(issuing, &pool, clock_now(), &between, &found));
    if (!certificate_equal(found, root))
        return status_fail(STATUS_INVALID, "%s leads to a root that is not the configured one",
                           path);
    *ret_between = between;
    between = (struct certificate_list){0};
    return STATUS_OK;
}

/* That one of them has expired is for the verifiers to say; the path must be right all the same. */
static enum status check_path(const struct authority *authority)
{
    const struct certificate *path[CHAIN_AUTHORITIES_MAX];
    size_t count =
        chain_authorities(authority->issuing, &authority->between, authority->root, path);
    int64_t start = INT64_MIN;
    int64_t end = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct certificate_info *info = certificate_info(path[i]);
        start = info->not_before > start ? info->not_before : start;
        end = info->not_after < end ? info->not_after : end;
    }
    int64_t now = clock_now();
    int64_t at = now < start ? start : now;
    if (at > end) {
        log_warning("authority", "the certificate authority has expired");
        at = end;
    }
    return chain_check(NULL, authority->issuing, &authority->between, authority->root, at);
}

enum status authority_load(const struct config *config, struct authority **ret_authority)
{
    struct authority *authority defer(authority_free) = calloc(1, sizeof *authority);
    if (authority == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the authority");
    TRY(config_blame(certificate_load(config->authority_root, &authority->root)));
    TRY(config_blame(certificate_load(config->authority_issuing, &authority->issuing)));
    TRY(config_blame(authority_read_between(config->authority_chain, authority->issuing,
                                            authority->root, &authority->between)));
    TRY(config_blame(check_path(authority)));
    *ret_authority = take(authority);
    return STATUS_OK;
}

const struct certificate *authority_root(const struct authority *authority)
{
    return authority->root;
}

const struct certificate *authority_issuing(const struct authority *authority)
{
    return authority->issuing;
}

const struct certificate_list *authority_between(const struct authority *authority)
{
    return &authority->between;
}
