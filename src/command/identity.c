/* Bytes only: what they mean is http/tls.c's to judge. */
#include "command/identity.h"

#include "base/file.h"
#include "base/limits.h"

static enum status load_text(const char *path, struct buf *text, struct span *ret_bytes)
{
    text->max = LIMIT_CHAIN_FILE;
    TRY(file_read(path, text));
    return buf_finish(text, ret_bytes);
}

/* Without a chain of its own the certificate comes from our issuing CA. */
static enum status load_chain(const struct config *config, struct identity *identity)
{
    struct span *chain = &identity->options.identity.chain;
    if (config->https_chain[0] != '\0')
        return load_text(config->https_chain, &identity->chain, chain);
    TRY(load_text(config->authority_issuing, &identity->chain, chain));
    if (config->authority_chain[0] == '\0')
        return STATUS_OK;
    buf_append_byte(&identity->chain, '\n');
    return load_text(config->authority_chain, &identity->chain, chain);
}

enum status identity_load(const struct config *config, struct identity *identity)
{
    struct tls_identity *tls = &identity->options.identity;
    TRY(load_text(config->https_certificate, &identity->certificate, &tls->certificate));
    TRY(load_chain(config, identity));
    TRY(file_check_private(config->https_key));
    TRY(secret_read_file(config->https_key, LIMIT_KEY_FILE, false, &identity->key));
    tls->key = identity->key;
    tls->certificate_name = config->https_certificate;
    tls->key_name = config->https_key;
    identity->operators = identity->options;
    identity->operators.ask_certificate = true;
    return load_text(config->authority_issuing, &identity->issuers,
                     &identity->operators.client_issuers);
}

void identity_clear(struct identity *identity)
{
    buf_clear(&identity->certificate);
    buf_clear(&identity->chain);
    buf_clear(&identity->issuers);
    secret_free(identity->key);
}
