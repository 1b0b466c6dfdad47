/* certferry eas verify: the verdict of the EAS listener on a certificate, offline. */
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "command/command.h"
#include "command/output.h"
#include "eas/verdict.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

/* The CRLs of a file or folder. */
struct crl_list {
    struct crl *items[PATH_CRLS_MAX];
    size_t count;
};

static void crl_list_clear(struct crl_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        crl_free(list->items[i]);
}
CLEANUP_VALUE(struct crl_list, crl_list_clear)

static enum status load_crl(const char *path, struct crl_list *list)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(CRL_SIZE_MAX);
    if (list->count == PATH_CRLS_MAX)
        return status_fail(STATUS_INVALID, "there are more than %d CRLs", PATH_CRLS_MAX);
    TRY(file_read(path, &bytes));
    enum status status = crl_parse_any(span_of(bytes.ptr, bytes.len), &list->items[list->count]);
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    if (status != STATUS_OK)
        return status_fail(status, "%s: %s", path, why);
    list->count++;
    return STATUS_OK;
}

/* Every file of the folder; those in it are CRLs and nothing else. */
static enum status load_folder(const char *path, DIR *folder, struct crl_list *list)
{
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[LIMIT_PATH];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        TRY(load_crl(name, list));
    }
    return STATUS_OK;
}

static enum status load_crls(const char *path, struct crl_list *list)
{
    if (path == NULL)
        return STATUS_OK;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return load_crl(path, list);
    enum status status = load_folder(path, folder, list);
    closedir(folder);
    return status;
}

static enum status make_trust(const struct invocation *invocation, struct path_trust **ret_trust)
{
    struct certificate_list anchors defer(certificate_list_clear) = {0};
    struct certificate_list helpers defer(certificate_list_clear) = {0};
    struct crl_list crls defer(crl_list_clear) = {.count = 0};
    const char *untrusted = invocation_text(invocation, "untrusted");
    const char *crl_path = invocation_text(invocation, "crls");
    TRY(certificate_list_load(invocation_text(invocation, "anchors"), &anchors));
    if (untrusted != NULL)
        TRY(certificate_list_load(untrusted, &helpers));
    TRY(load_crls(crl_path, &crls));
    struct path_anchor list[PATH_ANCHORS_MAX];
    for (size_t i = 0; i < anchors.count && i < PATH_ANCHORS_MAX; i++)
        list[i] = (struct path_anchor){.certificate = anchors.items[i],
                                       .revocation = crl_path == NULL ? PATH_REVOCATION_SOFT
                                                                      : PATH_REVOCATION_HARD};
    const struct path_trust_options options = {
        .anchors = list,
        .anchor_count = anchors.count,
        .helpers = &helpers,
        .crls = (const struct crl *const *)crls.items,
        .crl_count = crls.count,
        .policies = invocation->list,
        .policy_count = invocation->list_count,
    };
    return path_trust_new(&options, ret_trust);
}

/* What cannot be read as a certificate is an answer too; a file that is not there is none. */
static enum status load_certificates(const char *path, struct certificate_list *list,
                                     struct verdict_request *request)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    TRY(file_read(path, &bytes));
    enum status status = certificate_list_parse(span_of(bytes.ptr, bytes.len), list);
    if (status == STATUS_INVALID || status == STATUS_TOO_LARGE) {
        request->unreadable = true;
        return STATUS_OK;
    }
    TRY(status);
    request->certificate = list->items[0];
    request->presented = list;
    return STATUS_OK;
}

static enum status print(const struct invocation *invocation, const struct verdict_request *request,
                         const struct verdict *verdict)
{
    bool allowed = verdict->reason == VERDICT_ALLOWED;
    const struct certificate_info *info =
        request->certificate == NULL ? NULL : certificate_info(request->certificate);
    const char *subject = info == NULL ? "" : info->subject;
    if (invocation_has(invocation, "json"))
        return output_json(json_pack(
            "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b}", "verdict", allowed ? "allow" : "refuse",
            "reason", verdict_reason_text(verdict->reason), "detail", json_text(verdict->detail),
            "iis_substatus", json_text(verdict_iis_substatus(verdict->reason)), "subject",
            json_text(subject), "upn", json_text(info == NULL ? "" : info->upn), "identity",
            json_text(verdict->identity), "revocation_unknown", verdict->revocation_unknown));
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&text, "%s: %s\n", allowed ? "allow" : "refuse", verdict_sentence(verdict->reason));
    append_row(&text, "reason", verdict_reason_text(verdict->reason));
    append_row(&text, "detail", verdict->detail);
    append_row(&text, "subject", subject);
    append_row(&text, "user", verdict->identity);
    append_row(&text, "rule", verdict_source(verdict->reason));
    append_row(&text, "IIS says", verdict_iis_substatus(verdict->reason));
    if (verdict->revocation_unknown)
        append_row(&text, "note", "whether it was revoked is not known: no CRL was given");
    return output_text(&text);
}

static enum status verify(const struct invocation *invocation)
{
    const char *user = invocation_text(invocation, "user");
    const char *at = invocation_text(invocation, "at");
    struct path_trust *trust defer(path_trust_free) = NULL;
    struct certificate_list list defer(certificate_list_clear) = {0};
    struct verdict_request request = {.at = clock_now(),
                                      .user = span_of_text(user == NULL ? "" : user)};
    if (at != NULL && clock_parse(at, &request.at) != STATUS_OK)
        return status_fail(STATUS_USAGE, "--at is not a time such as 2026-01-31T12:00:00Z");
    TRY(make_trust(invocation, &trust));
    TRY(load_certificates(invocation_text(invocation, "CERT"), &list, &request));
    struct verdict verdict;
    TRY(verdict_of(trust, &identity_rules_default, &request, &verdict));
    TRY(print(invocation, &request, &verdict));
    if (verdict.reason == VERDICT_ALLOWED)
        return STATUS_OK;
    return status_fail(STATUS_FORBIDDEN, "%s", verdict_sentence(verdict.reason));
}

static const struct argument verify_arguments[] = {
    {.kind = ARGUMENT_WORD,
     .name = "CERT",
     .help = "Certificate, PEM or DER; what stands behind it in a PEM file came with it"},
    {.kind = ARGUMENT_TEXT,
     .name = "anchors",
     .value = "FILE",
     .help = "Trusted CA certificates, PEM",
     .required = true},
    {.kind = ARGUMENT_TEXT,
     .name = "untrusted",
     .value = "FILE",
     .help = "CA certificates that a path may need, PEM"},
    {.kind = ARGUMENT_TEXT,
     .name = "crls",
     .value = "FILE-or-DIR",
     .help = "Revocation lists, PEM or DER; without it nobody asks whether it was revoked"},
    {.kind = ARGUMENT_TEXT, .name = "user", .value = "U", .help = "User name that the phone sends"},
    {.kind = ARGUMENT_TEXT,
     .name = "at",
     .value = "RFC3339",
     .help = "Moment to judge at; default now"},
    {.kind = ARGUMENT_LIST,
     .name = "policy",
     .value = "OID",
     .help = "Certificate policy that the path must have, any number of times"},
    ARGUMENT_JSON,
};

const struct command eas_verify_command = {
    .group = "eas",
    .name = "verify",
    .summary = "Say whether a phone with this certificate may in, and why not",
    .arguments = verify_arguments,
    .argument_count = sizeof verify_arguments / sizeof verify_arguments[0],
    .run = verify,
};
