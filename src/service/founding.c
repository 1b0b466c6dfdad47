/* The folder of a new authority, from an empty one with another name to the finished one. */
#include "service/founding.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "pki/chain.h"
#include "service/founding_issue.h"
#include "service/master_key.h"
#include "service/operator.h"
#include "service/password.h"
#include "store/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

enum { FOUNDING_SETTINGS = 32 };

void authority_created_clear(struct authority_created *created)
{
    free(created->config_path);
    free(created->admin);
    secret_free(created->password);
    *created = (struct authority_created){0};
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(path);
}

/* What was refused half-way must not be in the way of the next try. */
static void remove_unfinished(const struct founding *founding)
{
    if (founding->unfinished && nftw(founding->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
        log_warning("init", "%s could not be removed", founding->folder);
}

void founding_clear(struct founding *founding)
{
    config_free(founding->config);
    db_close(founding->db);
    remove_unfinished(founding);
    free(founding->folder);
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

/* Without slashes at its end, so that ".partial" lands beside it. */
static enum status target_folder(const struct founding *founding, char **ret_folder)
{
    TRY(join(founding->request->folder, "", ret_folder));
    for (size_t len = strlen(*ret_folder); len > 1 && (*ret_folder)[len - 1] == '/'; len--)
        (*ret_folder)[len - 1] = '\0';
    return STATUS_OK;
}

static bool is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static enum status check_parent(const char *folder)
{
    char *copy defer(free) = NULL;
    TRY(join(folder, "", &copy));
    const char *parent = dirname(copy);
    if (access(parent, W_OK | X_OK) != 0)
        return status_fail_errno(STATUS_INVALID, "nothing can be made in %s", parent);
    return STATUS_OK;
}

static enum status check_target_is_free(const char *folder)
{
    if (folder[0] == '\0')
        return status_fail(STATUS_INVALID, "the folder has no name");
    DIR *open = opendir(folder);
    if (open == NULL && errno == ENOENT)
        return check_parent(folder);
    if (open == NULL)
        return status_fail_errno(errno == ENOTDIR || errno == EACCES ? STATUS_CONFLICT : STATUS_IO,
                                 "%s cannot be used", folder);
    bool empty = true;
    for (struct dirent *entry = readdir(open); entry != NULL && empty; entry = readdir(open))
        empty = !is_entry(entry);
    closedir(open);
    if (!empty)
        return status_fail(STATUS_CONFLICT, "%s is not empty", folder);
    return STATUS_OK;
}

static enum status make_folder(const char *parent, const char *name)
{
    char *path defer(free) = NULL;
    TRY(join(parent, name, &path));
    if (mkdir(path, 0700) != 0 && errno == EEXIST)
        return status_fail(STATUS_CONFLICT,
                           "%s is what a set-up that was cut off left behind: remove it", path);
    if (access(path, W_OK) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be made", path);
    return STATUS_OK;
}

static enum status make_folders(struct founding *founding)
{
    char *target defer(free) = NULL;
    TRY(target_folder(founding, &target));
    TRY(check_target_is_free(target));
    TRY(join(target, ".partial", &founding->folder));
    TRY(make_folder(founding->folder, ""));
    founding->unfinished = true;
    TRY(make_folder(founding->folder, "/ca"));
    return make_folder(founding->folder, "/tls");
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
    TRY(join(founding->folder, "/certferry.conf", &path));
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
    TRY(join(founding->folder, "/ca/root.key", &path));
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

/* From here on the folder has its name: the last step, and one that cannot be half done. */
static enum status rename_folder(struct founding *founding)
{
    db_close(take(founding->db));
    char *target defer(free) = NULL;
    TRY(target_folder(founding, &target));
    if (rename(founding->folder, target) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be renamed to %s", founding->folder, target);
    founding->unfinished = false;
    int fd defer(close) = open(dirname(target), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return status_fail_errno(STATUS_IO, "the folder above cannot be synced");
    return STATUS_OK;
}

static enum status describe(const struct founding *founding, struct authority_created *created)
{
    char *target defer(free) = NULL;
    TRY(target_folder(founding, &target));
    TRY(join(target, "/certferry.conf", &created->config_path));
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
    TRY(rename_folder(founding));
    *ret_created = created;
    created = (struct authority_created){0};
    return STATUS_OK;
}
