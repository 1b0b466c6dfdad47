/*
 * The public CA files as one immutable snapshot: made at start and again on SIGHUP, shared by all
 * threads, replaced as a whole. What a phone downloads is therefore consistent, and serving it
 * needs neither the database nor a lock. The caller keeps the old one until nobody reads it any
 * more.
 *
 * Revocation lists are long, and new ones come by themselves and from other processes: of them the
 * snapshot has the place only. Each download opens the newest list and keeps it to its end, also
 * when another one takes its place meanwhile.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/cert.h"
#include "service/entity_tag.h"
#include "service/service.h"

#include <stdint.h>

struct distributed_file {
    const char *path;       /* "/ca/root.cer" */
    const char *media_type; /* "application/x-x509-ca-cert" */
    const char *name;       /* for Content-Disposition, ASCII: "example-root.cer" */
    const char *place;      /* of a revocation list: its file, and nothing of the rest; or NULL */
    struct span bytes;
    char etag[ENTITY_TAG_SIZE]; /* strong, with its quotes */
    int64_t modified;           /* for Last-Modified */
};

/* A revocation list that is being downloaded. */
struct distributed_list {
    int fd; /* for reading by offset */
    uint64_t size;
    char etag[ENTITY_TAG_SIZE];
    int64_t modified;
};

/* The newest one; the caller closes its descriptor. NOT_FOUND: none was published yet; IO: what is
 * there cannot be used, and the log says why. */
enum status distributed_list_open(const struct distributed_file *file,
                                  struct distributed_list *ret_list);

/* What the page says about a CA certificate so that a person can compare it. */
struct distributed_certificate {
    const char *subject; /* "CN=Example Root CA,O=Example" */
    const char *common_name;
    uint8_t sha256[SHA256_SIZE]; /* of the DER; view/fingerprint.h shows it */
    int64_t not_before;
    int64_t not_after;
};

struct distribution;

/* IO, CONFIG when a file that is named in the configuration cannot be read. It must not outlive the
 * service. */
enum status distribution_new(const struct service *service, struct distribution **ret_distribution);
void distribution_free(struct distribution *distribution);
CLEANUP_POINTER(struct distribution, distribution_free)

/* NULL when there is no such file. */
const struct distributed_file *distribution_find(const struct distribution *distribution,
                                                 const char *path);
/* Every file, for the page's list and for tests. */
const struct distributed_file *distribution_files(const struct distribution *distribution,
                                                  size_t *ret_count);
const struct distributed_certificate *distribution_root(const struct distribution *distribution);
const struct distributed_certificate *distribution_issuing(const struct distribution *distribution);
