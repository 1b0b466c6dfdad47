/* Opening in the one order that works: key files and signer first, then what starts threads. */
#include "service/service.h"

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "service/address.h"
#include "service/audit_verify.h"
#include "service/authority.h"
#include "service/background.h"
#include "service/device_cache.h"
#include "service/keypool.h"
#include "service/master_key.h"
#include "service/ocsp_responder.h"
#include "service/profile_signer.h"
#include "service/settings.h"
#include "service/sightings.h"
#include "service/trust.h"
#include "signer/signer_client.h"
#include "store/db.h"

static void keep_sightings(const struct service *service)
{
    if (service->sightings == NULL)
        return;
    enum status status = sightings_flush(service);
    if (status != STATUS_OK)
        log_status("sightings", status, "the last sightings are lost");
}

void service_free(struct service *service)
{
    if (service == NULL)
        return;
    background_stop(service->background);
    key_pool_stop(service->keys);
    keep_sightings(service);
    if (service->db != NULL)
        audit_head_keep_last(service->db, service->config->database_path);
    ocsp_responder_free(service->ocsp);
    sightings_free(service->sightings);
    device_cache_free(service->device_cache);
    trust_free(service->trust);
    db_close(service->db);
    signer_close(service->signer);
    signer_close(service->root_signer);
    profile_signer_free(service->profile_signer);
    authority_free(service->authority);
    secret_free(service->master_key);
    free(service);
}

static enum status start_signer(const struct config *config, struct signer **ret_signer)
{
    struct address_issuer urls;
    TRY(address_of_issuer(config, "issuing", &urls));
    const struct signer_options options = {
        .certificate_path = config->authority_issuing,
        .key_path = config->authority_key,
        .passphrase_path = config->authority_passphrase_file,
        .crl_url = urls.crl,
        .issuer_url = urls.certificate,
        .ocsp_url = urls.ocsp,
    };
    return signer_start(&options, ret_signer);
}

/* Its key is taken away again by the admin, so a missing one is no error here. */
static enum status start_root_signer(const struct config *config, struct signer **ret_signer)
{
    const struct signer_options options = {
        .certificate_path = config->authority_root,
        .key_path = config->authority_root_key,
        .passphrase_path = config->authority_passphrase_file,
        .crl_only = true,
    };
    if (config->authority_root_key[0] == '\0' || access(config->authority_root_key, F_OK) != 0)
        return STATUS_OK;
    return signer_start(&options, ret_signer);
}

static enum status start_keys(const struct config *config, struct key_pool **ret_keys)
{
    enum key_type type;
    TRY(key_type_parse(config->bundle_key, &type));
    return key_pool_start(type, (size_t)config->bundle_key_pool, ret_keys);
}

enum status service_open(struct config *config, unsigned parts, struct service **ret_service)
{
    struct service *service defer(service_free) = calloc(1, sizeof *service);
    if (service == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the service");
    service->config = config;
    TRY(authority_load(config, &service->authority));
    struct profile_signer *profile_signer = NULL;
    TRY(profile_signer_load(config, service->authority, &profile_signer));
    service->profile_signer = profile_signer;
    TRY(master_key_load(config->authority_master_key, &service->master_key));
    if ((parts & SERVICE_SIGNER) != 0)
        TRY(start_signer(config, &service->signer));
    if ((parts & SERVICE_ROOT_SIGNER) != 0)
        TRY(start_root_signer(config, &service->root_signer));
    const struct db_options options = {
        .path = config->database_path,
        .serves = (parts & SERVICE_STATEMENTS) != 0,
    };
    TRY(db_open(&options, &service->db));
    TRY(settings_apply(service->db, config));
    TRY(device_cache_new(&service->device_cache));
    TRY(sightings_new(&service->sightings));
    if ((parts & SERVICE_KEY_POOL) != 0)
        TRY(start_keys(config, &service->keys));
    if ((parts & SERVICE_OCSP) != 0)
        TRY(ocsp_responder_new(&service->ocsp));
    if ((parts & SERVICE_TRUST) != 0)
        TRY(trust_new(service, &service->trust));
    if ((parts & SERVICE_BACKGROUND) != 0)
        TRY(background_start(service));
    *ret_service = take(service);
    return STATUS_OK;
}
