/* The folder of a new authority, from an empty one with another name to the finished one. */
#include "service/founding.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/config.h"
#include "pki/chain.h"
#include "service/audit_verify.h"
#include "service/founding_issue.h"
#include "service/master_key.h"
#include "service/operator.h"
#include "service/password.h"
#include "store/db.h"

#include <stdio.h>

enum { FOUNDING_SETTINGS = 32 };

void authority_created_clear(struct authority_created *created)
{
    free(created->config_path);
    free(created->admin);
    secret_free(created->password);
    *created = (struct authority_created){0};
}

void founding_clear(struct founding *founding)
{
    config_free(founding->config);
    db_close(founding->db);
    new_folder_clear(&founding->folder);
    secret_free(founding->passphrase);
    private_key_free(founding->root_key);
    private_key_free(founding->issuing_key);
    certificate_free(founding->root);
    certificate_free(founding->issuing);
    certificate_list_clear(&founding->between);
}

static enum status join(const char *first, const char *second, char **ret_text)
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&text, "%s%s", first, second);
    return buf_take_text(&text, ret_text);
}

static enum status make_folders(struct founding *founding)
{
    TRY(new_folder_begin(founding->request->folder, &founding->folder));
    TRY(new_folder_add(&founding->folder, "ca"));
    return new_folder_add(&founding->folder, "tls");
}

static enum status write_config(struct founding *founding)
{
    const struct authority_request *request = founding->request;
    struct config_setting settings[FOUNDING_SETTINGS] = {
        {"organisation", "name", request->organisation},
        {"public", "host", request->host},
        {"authority", "root_crl", founding->root_crl},
    };
    size_t count = 3;
    if (founding->between.count > 0)
        settings[count++] = (struct config_setting){"authority", "chain", "ca/chain.pem"};
    if (request->passphrase_file != NULL)
        settings[count++] =
            (struct config_setting){"authority", "passphrase_file", request->passphrase_file};
    if (request->setting_count > FOUNDING_SETTINGS - count)
        return status_fail(STATUS_INVALID, "too many options");
    for (size_t i = 0; i < request->setting_count; i++)
        settings[count++] = request->settings[i];

    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_CONFIG_FILE);
    TRY(config_append_file(&text, settings, count));
    struct span contents;
    TRY(buf_finish(&text, &contents));
    char *path defer(free) = NULL;
    TRY(new_folder_name(&founding->folder, "certferry.conf", &path));
    TRY(file_replace(path, contents, 0600));
    return config_load(path, &founding->config);
}

static enum status read_passphrase(struct founding *founding)
{
    const char *path = founding->config->authority_passphrase_file;
    if (path[0] == '\0')
        return STATUS_OK;
    TRY(file_check_private(path));
    TRY(secret_read_file(path, LIMIT_PASSPHRASE, true, &founding->passphrase));
    if (secret_span(founding->passphrase).len == 0)
        return status_fail(STATUS_INVALID, "the passphrase in %s is empty", path);
    return STATUS_OK;
}

static enum status check_text(const char *label, const char *text)
{
    struct span bytes = span_of_text(text);
    if (bytes.len == 0)
        return status_fail(STATUS_INVALID, "the %s is missing", label);
    if (!text_is_utf8(bytes) || text_has_control(bytes) ||
        text_characters(bytes) > LIMIT_PERSON_NAME)
        return status_fail(STATUS_INVALID, "the %s is 1 to %d characters", label,
                           LIMIT_PERSON_NAME);
    return STATUS_OK;
}

static const char *admin_name(const struct authority_request *request)
{
    return request->admin == NULL ? "admin" : request->admin;
}

enum status founding_begin(struct founding *founding)
{
    TRY(check_text("organisation's name", founding->request->organisation));
    TRY(operator_check_name(admin_name(founding->request)));
    TRY(make_folders(founding));
    TRY(write_config(founding));
    TRY(read_passphrase(founding));
    TRY(master_key_create(founding->config->authority_master_key));
    const struct db_options options = {.path = founding->config->database_path, .create = true};
    return db_open(&options, &founding->db);
}

static enum status write_certificates(const struct certificate *const certificates[], size_t count,
                                      const char *path)
{
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    chain_append_pem(&pem, certificates, count);
    struct span contents;
    TRY(buf_finish(&pem, &contents));
    return file_replace(path, contents, 0644);
}

static enum status write_certificate(const struct certificate *certificate, const char *path)
{
    return write_certificates(&certificate, 1, path);
}

static enum status write_between(const struct founding *founding)
{
    if (founding->between.count == 0)
        return STATUS_OK;
    return write_certificates((const struct certificate *const *)founding->between.items,
                              founding->between.count, founding->config->authority_chain);
}

static enum status write_authority(const struct founding *founding)
{
    const struct config *config = founding->config;
    TRY(write_certificate(founding->root, config->authority_root));
    TRY(write_certificate(founding->issuing, config->authority_issuing));
    TRY(write_between(founding));
    TRY(private_key_save(founding->issuing_key, config->authority_key, founding->passphrase));
    if (founding->root_key == NULL)
        return STATUS_OK;
    char *path defer(free) = NULL;
    TRY(new_folder_name(&founding->folder, "ca/root.key", &path));
    return private_key_save(founding->root_key, path, founding->passphrase);
}

static enum status write_server(const struct founding *founding, const char *certificate_path,
                                const char *key_path)
{
    struct private_key *key defer(private_key_free) = NULL;
    struct certificate *certificate defer(certificate_free) = NULL;
    TRY(private_key_generate(KEY_EC_P256, &key));
    TRY(founding_issue_server(founding, key, &certificate));
    TRY(write_certificate(certificate, certificate_path));
    return private_key_save(key, key_path, NULL);
}

static enum status add_admin(const struct founding *founding, struct authority_created *created)
{
    TRY(password_generate(&created->password));
    char hash[PASSWORD_HASH_SIZE];
    TRY(password_hash(created->password, hash));
    const struct operator_row row = {
        .name = created->admin,
        .role = OPERATOR_ADMIN,
        .password_hash = hash,
        .must_change = true,
        .created_at = clock_now(),
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(founding->db, DB_WRITE, &tx));
    TRY(operator_store_add(tx, &row));
    const struct audit_value values[] = {AUDIT_TEXT("role", "admin")};
    TRY(audit_write(tx, &founding->actor, "operator.add", created->admin, values, 1));
    return db_commit(tx);
}

static enum status record_founding(const struct founding *founding)
{
    const struct authority_request *request = founding->request;
    const struct audit_value values[] = {AUDIT_TEXT("organisation", request->organisation),
                                         AUDIT_TEXT("host", request->host)};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(founding->db, DB_WRITE, &tx));
    TRY(audit_write(tx, &founding->actor, founding->action,
                    certificate_info(founding->issuing)->serial, values, 2));
    return db_commit(tx);
}

static enum status finish_folder(struct founding *founding)
{
    bool moved;
    TRY(record_founding(founding));
    TRY(audit_head_keep(founding->db, founding->config->database_path, &moved));
    db_close(take(founding->db));
    return new_folder_finish(&founding->folder);
}

static enum status describe(const struct founding *founding, struct authority_created *created)
{
    TRY(join(founding->folder.target, "/certferry.conf", &created->config_path));
    const struct certificate_info *root = certificate_info(founding->root);
    struct buf hex defer(buf_clear) = BUF_INIT(sizeof created->root_sha256 - 1);
    text_append_hex(&hex, span_of(root->sha256, sizeof root->sha256));
    TRY(hex.failure);
    memcpy(created->root_sha256, hex.ptr, sizeof created->root_sha256);
    return join(admin_name(founding->request), "", &created->admin);
}

enum status founding_finish(struct founding *founding, struct authority_created *ret_created)
{
    const struct config *config = founding->config;
    struct authority_created created defer(authority_created_clear) = {0};
    TRY(describe(founding, &created));
    TRY(write_authority(founding));
    TRY(founding_issue_crls(founding));
    TRY(write_server(founding, config->https_certificate, config->https_key));
    TRY(write_server(founding, config->eas_certificate, config->eas_key));
    TRY(add_admin(founding, &created));
    TRY(finish_folder(founding));
    *ret_created = created;
    created = (struct authority_created){0};
    return STATUS_OK;
}
