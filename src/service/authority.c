/* Loading: certificates, the path between them, and what signs profiles. The CA's key is not among
 * it: only the signer opens that. */
#include "service/authority.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "pki/cert.h"
#include "pki/chain.h"
#include "pki/key.h"

struct authority {
    struct certificate *root;
    struct certificate *issuing;
    struct certificate *profile_certificate;
    struct private_key *profile_key;
    struct certificate_list profile_chain;
};

void authority_free(struct authority *authority)
{
    if (authority == NULL)
        return;
    certificate_free(authority->root);
    certificate_free(authority->issuing);
    certificate_free(authority->profile_certificate);
    private_key_free(authority->profile_key);
    certificate_list_clear(&authority->profile_chain);
    free(authority);
}

/* A missing file of the configuration is a fault of the configuration. */
static enum status as_config(enum status status)
{
    if (status_kind(status) != STATUS_KIND_REFUSAL || status == STATUS_FORBIDDEN)
        return status;
    char detail[STATUS_DETAIL_MAX];
    memcpy(detail, status_detail(), sizeof detail);
    return status_fail(STATUS_CONFIG, "%.400s", detail);
}

/* That one of them has expired is for the verifiers to say; the path must be right all the same. */
static enum status check_path(const struct authority *authority)
{
    const struct certificate_info *issuing = certificate_info(authority->issuing);
    const struct certificate_info *root = certificate_info(authority->root);
    int64_t start = issuing->not_before > root->not_before ? issuing->not_before : root->not_before;
    int64_t end = issuing->not_after < root->not_after ? issuing->not_after : root->not_after;
    int64_t now = clock_now();
    int64_t at = now < start ? start : now;
    if (at > end) {
        log_warning("authority", "the certificate authority has expired");
        at = end;
    }
    return chain_check(NULL, authority->issuing, authority->root, at);
}

static enum status load_list(const char *path, struct certificate_list *list)
{
    struct buf contents defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    TRY(file_read(path, &contents));
    return certificate_list_parse(span_of(contents.ptr, contents.len), list);
}

static enum status load_profile_chain(const struct config *config, struct authority *authority)
{
    if (config->https_chain[0] != '\0')
        return load_list(config->https_chain, &authority->profile_chain);
    const struct certificate_info *leaf = certificate_info(authority->profile_certificate);
    const struct certificate_info *issuing = certificate_info(authority->issuing);
    if (strcmp(leaf->issuer, issuing->subject) != 0)
        return STATUS_OK;
    return certificate_list_add(&authority->profile_chain, certificate_share(authority->issuing));
}

/* A command that runs before the listener has its certificate does without. */
static enum status load_profile_signer(const struct config *config, struct authority *authority)
{
    enum status loaded =
        certificate_load(config->https_certificate, &authority->profile_certificate);
    if (loaded == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(loaded);
    TRY(private_key_load(config->https_key, NULL, &authority->profile_key));
    if (!private_key_matches(authority->profile_key, authority->profile_certificate))
        return status_fail(STATUS_CONFIG, "%s is not the key of %s", config->https_key,
                           config->https_certificate);
    return load_profile_chain(config, authority);
}

enum status authority_load(const struct config *config, struct authority **ret_authority)
{
    struct authority *authority defer(authority_free) = calloc(1, sizeof *authority);
    if (authority == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the authority");
    TRY(as_config(certificate_load(config->authority_root, &authority->root)));
    TRY(as_config(certificate_load(config->authority_issuing, &authority->issuing)));
    TRY(as_config(check_path(authority)));
    TRY(as_config(load_profile_signer(config, authority)));
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

const struct certificate *authority_profile_certificate(const struct authority *authority)
{
    return authority->profile_certificate;
}

const struct private_key *authority_profile_key(const struct authority *authority)
{
    return authority->profile_key;
}

const struct certificate *const *authority_profile_chain(const struct authority *authority,
                                                         size_t *ret_count)
{
    *ret_count = authority->profile_chain.count;
    return (const struct certificate *const *)authority->profile_chain.items;
}
