/* Bytes only: what they mean is http/tls.c's to judge. */
#include "command/identity.h"

#include "base/file.h"
#include "base/limits.h"

/* Of people's browsers: what OpenSSL gives by default. */
enum { BROWSER_SESSION_SECONDS = 7200 };

static enum status load_text(const char *path, struct buf *text, struct span *ret_bytes)
{
    text->max = LIMIT_CHAIN_FILE;
    TRY(file_read(path, text));
    return buf_finish(text, ret_bytes);
}

/* Without a chain of its own the certificate comes from our issuing CA. */
static enum status load_chain(const struct config *config, const char *own,
                              struct identity_files *files, struct span *ret_chain)
{
    if (own[0] != '\0')
        return load_text(own, &files->chain, ret_chain);
    TRY(load_text(config->authority_issuing, &files->chain, ret_chain));
    if (config->authority_chain[0] == '\0')
        return STATUS_OK;
    buf_append_byte(&files->chain, '\n');
    return load_text(config->authority_chain, &files->chain, ret_chain);
}

/* `tls` has the names of certificate and key. */
static enum status load_files(const struct config *config, const char *chain,
                              struct identity_files *files, struct tls_identity *tls)
{
    TRY(load_text(tls->certificate_name, &files->certificate, &tls->certificate));
    TRY(load_chain(config, chain, files, &tls->chain));
    TRY(file_check_private(tls->key_name));
    TRY(secret_read_file(tls->key_name, LIMIT_KEY_FILE, false, &files->key));
    tls->key = files->key;
    return STATUS_OK;
}

static enum status load_https(const struct config *config, struct identity *identity)
{
    identity->https.session_lifetime = BROWSER_SESSION_SECONDS;
    identity->https.identity.certificate_name = config->https_certificate;
    identity->https.identity.key_name = config->https_key;
    TRY(load_files(config, config->https_chain, &identity->https_files, &identity->https.identity));
    identity->operators = identity->https;
    identity->operators.ask_certificate = true;
    return load_text(config->authority_issuing, &identity->issuers,
                     &identity->operators.client_issuers);
}

static enum status load_eas(const struct config *config, struct span more_issuers,
                            struct identity *identity)
{
    struct tls_options *eas = &identity->eas;
    eas->ask_certificate = true;
    eas->session_lifetime = config->eas_session_lifetime;
    eas->legacy = config->eas_legacy_tls;
    eas->identity.certificate_name = config->eas_certificate;
    eas->identity.key_name = config->eas_key;
    TRY(load_files(config, config->eas_chain, &identity->eas_files, &eas->identity));
    TRY(load_text(config->authority_issuing, &identity->eas_issuers, &eas->client_issuers));
    identity->eas_issuers.max += more_issuers.len + 1;
    buf_append_byte(&identity->eas_issuers, '\n');
    buf_append(&identity->eas_issuers, more_issuers);
    return buf_finish(&identity->eas_issuers, &eas->client_issuers);
}

enum status identity_load(const struct config *config, struct span more_issuers,
                          struct identity *identity)
{
    TRY(load_https(config, identity));
    return config->eas_enabled ? load_eas(config, more_issuers, identity) : STATUS_OK;
}

static void files_clear(struct identity_files *files)
{
    buf_clear(&files->certificate);
    buf_clear(&files->chain);
    secret_free(files->key);
}

void identity_clear(struct identity *identity)
{
    files_clear(&identity->https_files);
    files_clear(&identity->eas_files);
    buf_clear(&identity->issuers);
    buf_clear(&identity->eas_issuers);
}
