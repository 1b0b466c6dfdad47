/* Bounds stand here once, so that the command and the page never disagree on what is bad. */
#include "service/health.h"

#include "base/clock.h"
#include "config/config.h"
#include "pki/crl_file.h"
#include "service/authority.h"
#include "service/ocsp_responder.h"
#include "signer/signer_client.h"
#include "store/db.h"
#include "store/ocsp_store.h"

#include <libgen.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

enum { MEGABYTE = 1024 * 1024 };
enum { SPACE_ERROR = 16 * MEGABYTE, SPACE_WARNING = 256 * MEGABYTE };
enum { SOON = 30 * CLOCK_DAY };

bool health_clock_is_kept(void)
{
    struct timex state = {0};
    return adjtimex(&state) != TIME_ERROR;
}

enum status health_free_space(const struct config *config, int64_t *ret_bytes)
{
    char *path defer(free) = strdup(config->database_path);
    if (path == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a path");
    const char *folder = dirname(path);
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0)
        return status_fail_errno(STATUS_IO, "%s cannot be looked at", folder);
    *ret_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    return STATUS_OK;
}

enum health_level health_of_space(int64_t bytes)
{
    if (bytes < SPACE_ERROR)
        return HEALTH_ERROR;
    return bytes < SPACE_WARNING ? HEALTH_WARNING : HEALTH_GOOD;
}

enum health_level health_of_validity(int64_t not_before, int64_t not_after, int64_t now)
{
    if (now < not_before || now > not_after)
        return HEALTH_ERROR;
    return not_after - now < SOON ? HEALTH_WARNING : HEALTH_GOOD;
}

enum health_level health_of_crl(const struct crl_info *info, int64_t now)
{
    if (crl_info_check_time(info, now) != STATUS_OK)
        return HEALTH_ERROR;
    bool late = info->next_update - now < (info->next_update - info->this_update) / 3;
    return late ? HEALTH_WARNING : HEALTH_GOOD;
}

enum health_level health_of_responder(int64_t not_after, int64_t now)
{
    if (not_after <= now)
        return HEALTH_ERROR;
    return not_after - now < RESPONDER_RENEWAL - CLOCK_DAY ? HEALTH_WARNING : HEALTH_GOOD;
}

/* That the database cannot be read, /healthz says of it. */
struct health_finding health_responder(const struct service *service, int64_t now)
{
    struct ocsp_responder_row row = {0};
    struct db_tx *tx defer(db_end) = NULL;
    bool read = db_begin(service->db, DB_READ, &tx) == STATUS_OK &&
                ocsp_store_responder(tx, &row) == STATUS_OK;
    return (struct health_finding){
        .subject = HEALTH_OCSP,
        .level = read ? health_of_responder(row.not_after, now) : HEALTH_ERROR,
        .amount = row.not_after,
    };
}

enum health_level health_of_source(const struct trust_source *source)
{
    if (source->freshness == TRUST_CURRENT)
        return HEALTH_GOOD;
    return source->freshness == TRUST_LATE || !source->hard ? HEALTH_WARNING : HEALTH_ERROR;
}

enum status health_crl(const char *path, struct crl_info *ret_info)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    TRY(crl_file_open(path, &file));
    *ret_info = crl_file_info(file);
    return STATUS_OK;
}

static void add(struct health *health, enum health_subject subject, enum health_level level,
                int64_t amount)
{
    health->findings[health->count++] = (struct health_finding){subject, level, amount};
}

static void add_space(struct health *health, const struct config *config)
{
    int64_t bytes = 0;
    enum status status = health_free_space(config, &bytes);
    add(health, HEALTH_DISK, status == STATUS_OK ? health_of_space(bytes) : HEALTH_ERROR, bytes);
}

static void add_certificate(struct health *health, enum health_subject subject,
                            const struct certificate *certificate, int64_t now)
{
    const struct certificate_info *info = certificate_info(certificate);
    add(health, subject, health_of_validity(info->not_before, info->not_after, now),
        info->not_after);
}

static void add_listener(struct health *health, enum health_subject subject, const char *path,
                         int64_t now)
{
    struct certificate *certificate defer(certificate_free) = NULL;
    if (certificate_load(path, &certificate) == STATUS_OK)
        add_certificate(health, subject, certificate, now);
    else
        add(health, subject, HEALTH_ERROR, 0);
}

static void add_crl(struct health *health, enum health_subject subject, const char *path,
                    int64_t now)
{
    struct crl_info info = {0};
    if (path[0] == '\0') /* an imported authority's root publishes its own elsewhere */
        return;
    bool read = health_crl(path, &info) == STATUS_OK;
    add(health, subject, read ? health_of_crl(&info, now) : HEALTH_ERROR, info.next_update);
}

static void add_foreign(struct health *health, const struct service *service, int64_t now)
{
    struct trust_sources *sources defer(free) = calloc(1, sizeof *sources);
    enum health_level level = HEALTH_GOOD;
    int64_t first = INT64_MAX;
    if (service->config->anchor_count == 0 || sources == NULL ||
        trust_list(service->config, service->db, now, sources) != STATUS_OK)
        return;
    for (size_t i = 0; i < sources->count; i++) {
        const struct trust_source *source = &sources->items[i];
        enum health_level its = health_of_source(source);
        level = its > level ? its : level;
        first = source->next_update < first ? source->next_update : first;
    }
    if (sources->count > 0)
        add(health, HEALTH_FOREIGN, level, first);
}

void health_read(const struct service *service, int64_t now, struct health *ret_health)
{
    const struct config *config = service->config;
    struct health health = {0};
    add(&health, HEALTH_CLOCK, health_clock_is_kept() ? HEALTH_GOOD : HEALTH_WARNING, 0);
    add_space(&health, config);
    add(&health, HEALTH_SIGNER,
        service->signer != NULL && signer_alive(service->signer) ? HEALTH_GOOD : HEALTH_ERROR, 0);
    add_certificate(&health, HEALTH_ROOT, authority_root(service->authority), now);
    add_certificate(&health, HEALTH_ISSUING, authority_issuing(service->authority), now);
    add_listener(&health, HEALTH_HTTPS, config->https_certificate, now);
    if (config->eas_enabled)
        add_listener(&health, HEALTH_EAS, config->eas_certificate, now);
    add_crl(&health, HEALTH_ROOT_CRL, config->authority_root_crl, now);
    add_crl(&health, HEALTH_ISSUING_CRL, config->authority_issuing_crl, now);
    if (service->ocsp != NULL)
        health.findings[health.count++] = health_responder(service, now);
    add_foreign(&health, service, now);
    *ret_health = health;
}
