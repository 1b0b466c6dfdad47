/*
 * The configuration, and what signs profiles, are replaced by one store of a pointer each. Whoever
 * took the old one a moment before goes on with it to the end of its request; so old ones are kept
 * until the end of the process, a few kilobytes for each SIGHUP.
 */
#include "command/reload.h"

#include "base/log.h"
#include "command/identity.h"
#include "service/background.h"
#include "service/profile_signer.h"
#include "service/settings.h"
#include "service/trust.h"

#include <stdio.h>

void reload_log(const struct config *config)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    enum log_level level = LOG_LEVEL_ERROR;
    while (level < LOG_LEVEL_DEBUG && strcmp(config->log_level, levels[level]) != 0)
        level++;
    bool json = strcmp(config->log_format, "json") == 0;
    log_init(level, json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT, "web");
}

static void generation_clear(struct generation *generation)
{
    config_free(generation->config);
    profile_signer_free(generation->profile_signer);
}
CLEANUP_VALUE(struct generation, generation_clear)

/* Takes what `next` holds when it succeeds. */
static enum status retire(struct reload *reload, struct generation *next)
{
    size_t size = (reload->retired_count + 1) * sizeof *reload->retired;
    struct generation *retired = realloc(reload->retired, size);
    if (retired == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for another configuration");
    retired[reload->retired_count++] = *next;
    reload->retired = retired;
    *next = (struct generation){0};
    return STATUS_OK;
}

void reload_clear(struct reload *reload)
{
    for (size_t i = 0; i < reload->retired_count; i++)
        generation_clear(&reload->retired[i]);
    free(reload->retired);
    tls_server_free(reload->servers.https);
    tls_server_free(reload->servers.operators);
    tls_server_free(reload->servers.eas);
    pthread_mutex_destroy(&reload->mutex);
}

static enum status read_again(const struct session *session, struct config **ret_config)
{
    struct config *config defer(config_free) = NULL;
    TRY(config_load(session->config_path, &config));
    TRY(settings_apply(session->service->db, config));
    struct buf changed defer(buf_clear) = BUF_INIT(4096);
    TRY(config_keep_running(config, session->config, &changed));
    if (changed.len > 0)
        log_warning("serve", "these options change with a restart only: %s",
                    (const char *)changed.ptr);
    *ret_config = take(config);
    return STATUS_OK;
}

static enum status try_identity(const struct tls_options *options)
{
    struct tls_server *trial defer(tls_server_free) = NULL;
    return tls_server_new(options, &trial);
}

static enum status give(struct tls_server *server, const struct tls_options *options)
{
    return server == NULL ? STATUS_OK : tls_server_reload(server, options);
}

/* Certificates and keys are tried first, so that nothing is replaced when anything is bad. */
static enum status replace(struct reload *reload, const struct identity *identity)
{
    TRY(try_identity(&identity->https));
    if (reload->servers.eas != NULL)
        TRY(try_identity(&identity->eas));
    TRY(web_reload(reload->web));
    TRY(give(reload->servers.https, &identity->https));
    TRY(give(reload->servers.operators, &identity->operators));
    return give(reload->servers.eas, &identity->eas);
}

static void exchange(struct session *session, struct generation *with)
{
    struct service *service = session->service;
    const struct generation old = {session->config, service->profile_signer};
    session->config = with->config;
    service->config = with->config;
    service->profile_signer = with->profile_signer;
    *with = old;
}

/* As certificate and key: what is wrong with an anchor is known before anything is replaced. */
static enum status try_trust(const struct session *session, const struct config *config)
{
    struct trust_set *trial defer(trust_set_release) = NULL;
    return trust_set_new(config, session->service->authority, NULL, 0, &trial);
}

static enum status reload_all(struct reload *reload)
{
    struct session *session = reload->session;
    struct generation next defer(generation_clear) = {0};
    TRY(read_again(session, &next.config));
    struct identity identity defer(identity_clear) = {0};
    TRY(identity_load(next.config, SPAN_EMPTY, &identity));
    TRY(profile_signer_load(next.config, session->service->authority, &next.profile_signer));
    TRY(try_trust(session, next.config));
    TRY(retire(reload, &next));

    struct generation *other = &reload->retired[reload->retired_count - 1];
    exchange(session, other);
    enum status status = replace(reload, &identity);
    if (status == STATUS_OK)
        status = trust_reload(session->service);
    if (status != STATUS_OK) {
        exchange(session, other);
        return status;
    }
    reload_log(session->config);
    background_wake(session->service, BACKGROUND_TRUST);
    return STATUS_OK;
}

enum status reload_now(struct reload *reload)
{
    pthread_mutex_lock(&reload->mutex);
    enum status status = reload_all(reload);
    pthread_mutex_unlock(&reload->mutex);
    return status;
}

/* The change is made by then, and is not undone because of the audit. */
static void record(const struct session *session, const char *why)
{
    struct actor actor = session_actor(session);
    const struct audit_value values[] = {AUDIT_TEXT("why", why)};
    enum status status = audit_record(session->service, &actor,
                                      why == NULL ? "server.reload" : "server.reload_refused",
                                      session->config->public_host, values, why == NULL ? 0 : 1);
    if (status != STATUS_OK)
        log_status("serve", status, "reading the configuration again is not in the audit");
}

void reload_run(struct reload *reload)
{
    if (reload_now(reload) == STATUS_OK) {
        log_info("serve", "configuration, certificates and CA files were read again");
        record(reload->session, NULL);
        return;
    }
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    log_error("serve", "nothing was changed by SIGHUP: %s", why);
    record(reload->session, why);
}
