/* Private keys and other secret files. */
#include "base/file.h"
#include "base/limits.h"
#include "command/ask.h"
#include "command/check_report.h"
#include "pki/cert.h"
#include "pki/key.h"

struct key_file {
    const char *subject;
    const char *key;
    const char *certificate;
    const char *passphrase; /* file, or "" */
};

static enum status key_fits(const struct key_file *file)
{
    struct secret *passphrase defer(secret_free) = NULL;
    if (file->passphrase[0] != '\0')
        TRY(ask_file(file->passphrase, &passphrase));
    struct private_key *key defer(private_key_free) = NULL;
    TRY(private_key_load(file->key, passphrase, &key));
    struct certificate *certificate defer(certificate_free) = NULL;
    TRY(certificate_load(file->certificate, &certificate));
    if (!private_key_matches(key, certificate))
        return status_fail(STATUS_CONFLICT, "%s is not the key of %s", file->key,
                           file->certificate);
    return STATUS_OK;
}

static enum status check_secret_file(struct check_report *report, const char *subject,
                                     const char *path)
{
    if (path[0] == '\0')
        return STATUS_OK;
    return check_say_status(report, file_check_private(path), subject, "",
                            "only its owner can read it");
}

enum status check_keys(struct check_report *report, const struct config *config)
{
    const struct key_file files[] = {
        {"CA key", config->authority_key, config->authority_issuing,
         config->authority_passphrase_file},
        {"https key", config->https_key, config->https_certificate, ""},
        {"EAS key", config->eas_key, config->eas_certificate, ""},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        TRY(check_say_status(report, key_fits(&files[i]), files[i].subject, "",
                             "only its owner can read it, and it fits its certificate"));
    TRY(check_secret_file(report, "CA passphrase", config->authority_passphrase_file));
    return check_secret_file(report, "master key", config->authority_master_key);
}
