/* What clients verify: the chain, how long it is good, the name, and the revocation lists. */
#include "base/clock.h"
#include "command/check_report.h"
#include "pki/cert.h"
#include "pki/chain.h"
#include "pki/crl_file.h"
#include "service/authority.h"
#include "service/health.h"

#include <stdio.h>

struct authority_files {
    struct certificate *root;
    struct certificate *issuing;
    struct certificate_list between;
};

static void authority_files_clear(struct authority_files *files)
{
    certificate_free(files->root);
    certificate_free(files->issuing);
    certificate_list_clear(&files->between);
}
CLEANUP_VALUE(struct authority_files, authority_files_clear)

static enum status check_validity(struct check_report *report, const char *subject,
                                  const struct certificate *certificate, const char *mend)
{
    const struct certificate_info *info = certificate_info(certificate);
    char from[CLOCK_TEXT_SIZE];
    char until[CLOCK_TEXT_SIZE];
    clock_format(info->not_before, from);
    clock_format(info->not_after, until);
    int64_t now = clock_now();
    if (now < info->not_before)
        return check_say(report, CHECK_ERROR, subject, "Set the clock of this machine",
                         "valid only from %s on", from);
    if (now > info->not_after)
        return check_say(report, CHECK_ERROR, subject, mend, "expired on %s", until);
    if (health_of_validity(info->not_before, info->not_after, now) != HEALTH_GOOD)
        return check_say(report, CHECK_WARNING, subject, mend, "expires on %s", until);
    return check_say(report, CHECK_OK, subject, "", "valid until %s", until);
}

/* `host` is one of the names, or fits a wildcard of one label among them (RFC 9525 6.3). */
static bool names_host(const char *names, const char *host)
{
    const char *parent = strchr(host, '.');
    while (*names != '\0') {
        size_t len = strcspn(names, " ");
        bool same = len == strlen(host) && strncasecmp(names, host, len) == 0;
        bool wild = names[0] == '*' && parent != NULL && len == strlen(parent) + 1 &&
                    strncasecmp(names + 1, parent, len - 1) == 0;
        if (same || wild)
            return true;
        names += len;
        names += strspn(names, " ");
    }
    return false;
}

/* `host` is the name by which phones reach the listener. */
static enum status check_listener(struct check_report *report, const char *subject,
                                  const char *path, const char *host)
{
    struct certificate *certificate defer(certificate_free) = NULL;
    enum status status = certificate_load(path, &certificate);
    if (status != STATUS_OK)
        return check_say_status(report, status, subject, "", "");
    TRY(check_validity(report, subject, certificate,
                       "Put a new one in its place and send SIGHUP to certferry serve"));
    if (names_host(certificate_info(certificate)->dns_names, host))
        return STATUS_OK;
    return check_say(report, CHECK_ERROR, subject,
                     "Phones will refuse it: correct the name or make another certificate",
                     "it does not name %s", host);
}

static enum status check_eas(struct check_report *report, const struct config *config)
{
    if (!config->eas_enabled)
        return STATUS_OK;
    return check_listener(report, "EAS certificate", config->eas_certificate, config->public_host);
}

static enum status check_legacy(struct check_report *report, const struct config *config)
{
    if (!config->eas_enabled || !config->eas_legacy_tls)
        return STATUS_OK;
    return check_say(report, CHECK_WARNING, "EAS TLS",
                     "Turn eas.legacy_tls off when the last Windows Phone is gone",
                     "TLS 1.0 and 1.1 are spoken, which protect badly");
}

/* A list that is looked at: whose, where, and what to do when it is not good. */
struct list {
    const char *subject;
    const char *path;
    const struct certificate *issuer;
    const char *mend;
};

static enum status read_list(const struct list *list, struct crl_info *ret_info)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    TRY(crl_file_open(list->path, &file));
    TRY(crl_file_verify(file, list->issuer));
    *ret_info = crl_file_info(file);
    return crl_info_check_time(ret_info, clock_now());
}

static enum status check_list(struct check_report *report, const struct list *list)
{
    if (list->path[0] == '\0') /* an imported authority's root publishes its own elsewhere */
        return STATUS_OK;
    struct crl_info info;
    enum status status = read_list(list, &info);
    if (status != STATUS_OK)
        return check_say_status(report, status, list->subject, list->mend, "");
    char until[CLOCK_TEXT_SIZE];
    clock_format(info.next_update, until);
    bool late = health_of_crl(&info, clock_now()) != HEALTH_GOOD;
    return check_say(report, late ? CHECK_WARNING : CHECK_OK, list->subject, late ? list->mend : "",
                     "list %lld is good until %s", (long long)info.number, until);
}

/* What serve does by itself in time: that it is late means that serve does not run, or cannot. */
static enum status check_lists(struct check_report *report, const struct config *config,
                               const struct authority_files *files)
{
    bool here = access(config->authority_root_key, F_OK) == 0;
    char root_mend[512];
    if (here)
        snprintf(root_mend, sizeof root_mend, "Run 'certferry crl publish'");
    else
        snprintf(root_mend, sizeof root_mend,
                 "Bring the root's key to %.300s, run 'certferry crl publish', and take it away "
                 "again",
                 config->authority_root_key);
    const struct list lists[] = {
        {"root revocation list", config->authority_root_crl, files->root, root_mend},
        {"issuing revocation list", config->authority_issuing_crl, files->issuing,
         "Start certferry serve, which publishes one and says in its log when it cannot, or run "
         "'certferry crl publish'"},
    };
    TRY(check_list(report, &lists[0]));
    return check_list(report, &lists[1]);
}

static enum status check_chain(struct check_report *report, const struct authority_files *files)
{
    for (size_t i = 0; i < files->between.count; i++) {
        char subject[128];
        snprintf(subject, sizeof subject, "certificate of %s",
                 certificate_info(files->between.items[i])->common_name);
        TRY(check_validity(report, subject, files->between.items[i],
                           "Ask for a new one where the CA above the issuing CA is kept"));
    }
    return check_say_status(
        report, chain_check(NULL, files->issuing, &files->between, files->root, clock_now()),
        "chain", "",
        files->between.count == 0 ? "the root has signed the issuing CA"
                                  : "the issuing CA's path to the root is whole");
}

static enum status check_authority(struct check_report *report, const struct config *config,
                                   struct authority_files *files)
{
    static const char mend[] = "Make a new authority in time, and bring it to the phones";
    TRY(check_validity(report, "root certificate", files->root, mend));
    TRY(check_validity(report, "issuing certificate", files->issuing, mend));
    enum status read = authority_read_between(config->authority_chain, files->issuing, files->root,
                                              &files->between);
    TRY(read == STATUS_OK ? check_chain(report, files)
                          : check_say_status(report, read, "chain", "", ""));
    return check_lists(report, config, files);
}

enum status check_certificates(struct check_report *report, const struct config *config)
{
    struct authority_files files defer(authority_files_clear) = {0};
    enum status status = certificate_load(config->authority_root, &files.root);
    if (status == STATUS_OK)
        status = certificate_load(config->authority_issuing, &files.issuing);
    if (status == STATUS_OK)
        TRY(check_authority(report, config, &files));
    else
        TRY(check_say_status(report, status, "authority", "", ""));
    TRY(check_listener(report, "https certificate", config->https_certificate,
                       config->public_host));
    TRY(check_eas(report, config));
    return check_legacy(report, config);
}
