/* Without a chain of its own the certificate is signed for with the CAs that issued it, if they are
 * ours. */
#include "service/profile_signer.h"

#include "config/config.h"
#include "pki/chain.h"
#include "pki/mobileconfig.h"
#include "service/authority.h"

struct profile_signer {
    struct certificate *certificate; /* NULL: there is none */
    struct private_key *key;
    struct certificate_list own; /* of https.chain */
    const struct certificate *chain[CERTIFICATE_LIST_MAX];
    size_t chain_count;
};

_Static_assert((int)CERTIFICATE_LIST_MAX >= (int)CHAIN_AUTHORITIES_MAX, "either chain has room");

void profile_signer_free(struct profile_signer *signer)
{
    if (signer == NULL)
        return;
    certificate_free(signer->certificate);
    private_key_free(signer->key);
    certificate_list_clear(&signer->own);
    free(signer);
}

static enum status load_chain(const struct config *config, const struct authority *authority,
                              struct profile_signer *signer)
{
    const struct certificate *issuing = authority_issuing(authority);
    const char *issuer = certificate_info(signer->certificate)->issuer;
    if (config->https_chain[0] != '\0') {
        TRY(certificate_list_load(config->https_chain, &signer->own));
        for (size_t i = 0; i < signer->own.count; i++)
            signer->chain[signer->chain_count++] = signer->own.items[i];
    } else if (strcmp(issuer, certificate_info(issuing)->subject) == 0) {
        signer->chain_count =
            chain_authorities(issuing, authority_between(authority), NULL, signer->chain);
    }
    return STATUS_OK;
}

/* A command that runs before the listener has its certificate does without. */
static enum status load(const struct config *config, const struct authority *authority,
                        struct profile_signer *signer)
{
    enum status loaded = certificate_load(config->https_certificate, &signer->certificate);
    if (loaded == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(loaded);
    TRY(private_key_load(config->https_key, NULL, &signer->key));
    if (!private_key_matches(signer->key, signer->certificate))
        return status_fail(STATUS_CONFIG, "%s is not the key of %s", config->https_key,
                           config->https_certificate);
    return load_chain(config, authority, signer);
}

enum status profile_signer_load(const struct config *config, const struct authority *authority,
                                struct profile_signer **ret_signer)
{
    struct profile_signer *signer defer(profile_signer_free) = calloc(1, sizeof *signer);
    if (signer == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for what signs profiles");
    TRY(config_blame(load(config, authority, signer)));
    *ret_signer = take(signer);
    return STATUS_OK;
}

enum status profile_signer_sign(const struct profile_signer *signer, struct span xml,
                                struct buf *profile)
{
    if (signer->certificate != NULL)
        return mobileconfig_sign(xml, signer->certificate, signer->key, signer->chain,
                                 signer->chain_count, profile);
    buf_append(profile, xml);
    return profile->failure;
}
