/*
 * One array of files, built once. A CRL that is published elsewhere (of the root of an imported
 * authority) is left out.
 *
 * A list's entity tag is a hash of its beginning and its end: the end has the signature over all of
 * the list, so two lists that differ anywhere have different tags, and nobody reads a long one
 * before its first byte is sent.
 */
#include "service/distribute.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "pki/chain.h"
#include "pki/crl_file.h"
#include "pki/crl_reader.h"
#include "service/authority.h"
#include "service/device_profile.h"
#include "service/file_stem.h"

#include <fcntl.h>
#include <stdio.h>

enum { DISTRIBUTED_MAX = 16, DISTRIBUTED_NAME = FILE_STEM_SIZE + 32 };

struct stored {
    struct buf bytes;
    char name[DISTRIBUTED_NAME];
};

struct distribution {
    const struct certificate *root; /* the authority's */
    const struct certificate *issuing;
    struct distributed_certificate about_root;
    struct distributed_certificate about_issuing;
    char stem[FILE_STEM_SIZE];
    struct distributed_file files[DISTRIBUTED_MAX];
    struct stored stored[DISTRIBUTED_MAX];
    size_t count;
};

/* What differs from file to file. */
struct description {
    const char *path; /* after "/ca/" it is the file's name, behind the organisation's */
    const char *media_type;
};

#define CA_CERTIFICATE "application/x-x509-ca-cert"

void distribution_free(struct distribution *distribution)
{
    if (distribution == NULL)
        return;
    for (size_t i = 0; i < DISTRIBUTED_MAX; i++)
        buf_clear(&distribution->stored[i].bytes);
    free(distribution);
}

static struct buf *next_bytes(struct distribution *distribution)
{
    struct buf *bytes = &distribution->stored[distribution->count].bytes;
    *bytes = (struct buf)BUF_INIT(LIMIT_CHAIN_FILE);
    return bytes;
}

/* The bytes stand in next_bytes() already. */
static enum status add(struct distribution *distribution, const struct description *description,
                       int64_t modified)
{
    struct stored *stored = &distribution->stored[distribution->count];
    struct distributed_file *file = &distribution->files[distribution->count];
    snprintf(stored->name, sizeof stored->name, "%s-%s", distribution->stem,
             description->path + sizeof "/ca/" - 1);
    *file = (struct distributed_file){
        .path = description->path,
        .media_type = description->media_type,
        .name = stored->name,
        .modified = modified,
    };
    TRY(buf_finish(&stored->bytes, &file->bytes));
    TRY(entity_tag(file->bytes, file->etag));
    distribution->count++;
    return STATUS_OK;
}

static enum status add_certificate(struct distribution *distribution,
                                   const struct certificate *certificate, const char *const paths[])
{
    const struct certificate_info *info = certificate_info(certificate);
    for (size_t i = 0; i < 3; i++) {
        const struct description description = {paths[i], CA_CERTIFICATE};
        struct buf *bytes = next_bytes(distribution);
        if (strstr(paths[i], ".pem") != NULL)
            certificate_append_pem(bytes, certificate);
        else
            buf_append(bytes, info->der);
        TRY(add(distribution, &description, info->not_before));
    }
    return STATUS_OK;
}

static enum status add_chains(struct distribution *distribution,
                              const struct certificate_list *between)
{
    static const struct description p7b = {"/ca/chain.p7b", "application/x-pkcs7-certificates"};
    static const struct description pem = {"/ca/chain.pem", "application/pem-certificate-chain"};
    const struct certificate *leaf_first[CHAIN_AUTHORITIES_MAX];
    const struct certificate *root_first[CHAIN_AUTHORITIES_MAX];
    size_t count =
        chain_authorities(distribution->issuing, between, distribution->root, leaf_first);
    for (size_t i = 0; i < count; i++)
        root_first[i] = leaf_first[count - 1 - i];
    int64_t modified = certificate_info(distribution->issuing)->not_before;
    TRY(chain_append_p7b(next_bytes(distribution), root_first, count));
    TRY(add(distribution, &p7b, modified));
    chain_append_pem(next_bytes(distribution), leaf_first, count);
    return add(distribution, &pem, modified);
}

static void add_crl(struct distribution *distribution, const char *url, const char *place)
{
    if (place[0] == '\0')
        return;
    struct stored *stored = &distribution->stored[distribution->count];
    snprintf(stored->name, sizeof stored->name, "%s-%s", distribution->stem,
             url + sizeof "/ca/" - 1);
    distribution->files[distribution->count++] = (struct distributed_file){
        .path = url,
        .media_type = "application/pkix-crl",
        .name = stored->name,
        .place = place,
    };
}

static enum status add_profile(const struct service *service, struct distribution *distribution)
{
    static const struct description description = {"/ca/root.mobileconfig",
                                                   "application/x-apple-aspen-config"};
    TRY(device_profile_authority(service, NULL, next_bytes(distribution)));
    return add(distribution, &description, clock_now());
}

static enum status add_all(const struct service *service, struct distribution *distribution)
{
    static const char *const root[] = {"/ca/root.cer", "/ca/root.crt", "/ca/root.pem"};
    static const char *const issuing[] = {"/ca/issuing.cer", "/ca/issuing.crt", "/ca/issuing.pem"};
    const struct config *config = service->config;
    TRY(add_certificate(distribution, distribution->root, root));
    TRY(add_certificate(distribution, distribution->issuing, issuing));
    TRY(add_chains(distribution, authority_between(service->authority)));
    TRY(add_profile(service, distribution));
    add_crl(distribution, "/ca/root.crl", config->authority_root_crl);
    add_crl(distribution, "/ca/issuing.crl", config->authority_issuing_crl);
    return STATUS_OK;
}

static void describe(const struct certificate *certificate, struct distributed_certificate *about)
{
    const struct certificate_info *info = certificate_info(certificate);
    *about = (struct distributed_certificate){
        .subject = info->subject,
        .common_name = info->common_name,
        .not_before = info->not_before,
        .not_after = info->not_after,
    };
    memcpy(about->sha256, info->sha256, sizeof about->sha256);
}

enum status distribution_new(const struct service *service, struct distribution **ret_distribution)
{
    struct distribution *distribution defer(distribution_free) = calloc(1, sizeof *distribution);
    if (distribution == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the CA files");
    distribution->root = authority_root(service->authority);
    distribution->issuing = authority_issuing(service->authority);
    describe(distribution->root, &distribution->about_root);
    describe(distribution->issuing, &distribution->about_issuing);
    file_stem(service->config->organisation_name, distribution->stem);
    TRY(add_all(service, distribution));
    *ret_distribution = take(distribution);
    return STATUS_OK;
}

const struct distributed_file *distribution_find(const struct distribution *distribution,
                                                 const char *path)
{
    for (size_t i = 0; i < distribution->count; i++)
        if (strcmp(distribution->files[i].path, path) == 0)
            return &distribution->files[i];
    return NULL;
}

const struct distributed_file *distribution_files(const struct distribution *distribution,
                                                  size_t *ret_count)
{
    *ret_count = distribution->count;
    return distribution->files;
}

const struct distributed_certificate *distribution_root(const struct distribution *distribution)
{
    return &distribution->about_root;
}

const struct distributed_certificate *distribution_issuing(const struct distribution *distribution)
{
    return &distribution->about_issuing;
}

/* ---- revocation lists ------------------------------------------------------------------------ */

static enum status open_list(const char *place, struct distributed_list *list)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    TRY(crl_file_open(place, &file));
    struct buf frame defer(buf_clear) = BUF_INIT((size_t)CRL_BEGINNING_MAX + CRL_END_MAX);
    crl_file_append_frame(file, &frame);
    struct span bytes;
    TRY(buf_finish(&frame, &bytes));
    TRY(entity_tag(bytes, list->etag));
    list->size = crl_file_size(file);
    list->modified = crl_file_info(file).this_update;
    list->fd = fcntl(crl_file_descriptor(file), F_DUPFD_CLOEXEC, 0);
    if (list->fd < 0)
        return status_fail_errno(STATUS_IO, "%s cannot be read", place);
    return STATUS_OK;
}

enum status distributed_list_open(const struct distributed_file *file,
                                  struct distributed_list *ret_list)
{
    struct distributed_list list = {.fd = -1};
    enum status status = open_list(file->place, &list);
    if (status == STATUS_NOT_FOUND)
        return status_fail(STATUS_NOT_FOUND, "no revocation list was published yet");
    if (status == STATUS_INVALID) {
        log_status("crl", status, "a list cannot be handed out");
        return status_fail(STATUS_IO, "the revocation list cannot be read");
    }
    TRY(status);
    *ret_list = list;
    return STATUS_OK;
}
