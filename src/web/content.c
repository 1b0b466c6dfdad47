/* Everything that is read from files or made from the configuration, before the first request. */
#include "base/file.h"
#include "base/limits.h"
#include "web/application.h"

static const uint8_t png_signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/* SVG or PNG by its first bytes: a name proves nothing. */
static const char *picture_type(struct span bytes)
{
    if (bytes.len > sizeof png_signature &&
        memcmp(bytes.ptr, png_signature, sizeof png_signature) == 0)
        return "image/png";
    if (bytes.len > 0 && bytes.ptr[0] == '<' && memmem(bytes.ptr, bytes.len, "<svg", 4) != NULL)
        return "image/svg+xml";
    return NULL;
}

static enum status load_logo(const char *path, struct content *content)
{
    content->logo = (struct buf)BUF_INIT(LIMIT_LOGO);
    if (path[0] == '\0')
        return STATUS_OK;
    struct span bytes;
    if (file_read(path, &content->logo) != STATUS_OK)
        return STATUS_CONFIG;
    TRY(buf_finish(&content->logo, &bytes));
    content->logo_type = picture_type(bytes);
    if (content->logo_type == NULL)
        return status_fail(STATUS_CONFIG, "the logo %s is neither SVG nor PNG", path);
    return entity_tag(bytes, content->logo_etag);
}

static enum status load_names(const struct config *config, struct content *content)
{
    size_t count = config->public_names.count;
    content->hosts = calloc(count + 2, sizeof(const char *));
    if (content->hosts == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for host names");
    content->hosts[0] = config->public_host;
    for (size_t i = 0; i < count; i++)
        content->hosts[i + 1] = config->public_names.items[i];
    content->names.hosts = content->hosts;
    content->names.host_count = count + 1;
    if (config->eas_host[0] != '\0')
        content->hosts[content->names.host_count++] = config->eas_host;
    content->names.https_host = config->public_host;
    content->names.https_port = (int)config->public_https_port;
    return STATUS_OK;
}

static enum status load_networks(const struct config_list *list, const char *option,
                                 struct network **ret_networks)
{
    struct network *networks defer(free) = calloc(list->count + 1, sizeof *networks);
    if (networks == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for networks");
    for (size_t i = 0; i < list->count; i++)
        if (network_parse(list->items[i], &networks[i]) != STATUS_OK)
            return status_fail(STATUS_CONFIG, "%s: '%s' is no network", option, list->items[i]);
    *ret_networks = take(networks);
    return STATUS_OK;
}

static enum status load_proxies(const struct config *config, struct content *content)
{
    TRY(load_networks(&config->server_trusted_proxies, "server.trusted_proxies",
                      &content->proxies));
    TRY(load_networks(&config->internal_peers, "internal.peers", &content->peers));
    content->names.proxies = content->proxies;
    content->names.proxy_count = config->server_trusted_proxies.count;
    content->peer_count = config->internal_peers.count;
    return STATUS_OK;
}

enum status content_new(const struct service *service, struct content **ret_content)
{
    const struct config *config = service->config;
    struct content *content defer(content_free) = calloc(1, sizeof *content);
    if (content == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for pages");
    TRY(load_logo(config->organisation_logo, content));
    TRY(load_names(config, content));
    TRY(load_proxies(config, content));
    const struct site_options site = {
        .name = config->organisation_name,
        .color = config->organisation_color,
        .contact = config->organisation_contact,
        .logo = content->logo_type != NULL,
    };
    TRY(site_new(&site, &content->site));
    TRY(distribution_new(service, &content->distribution));
    *ret_content = take(content);
    return STATUS_OK;
}

void content_free(struct content *content)
{
    while (content != NULL) {
        struct content *previous = content->previous;
        distribution_free(content->distribution);
        site_free(content->site);
        buf_clear(&content->logo);
        free(content->hosts);
        free(content->proxies);
        free(content->peers);
        free(content);
        content = previous;
    }
}
