/*
 * Made once by serve. What a reload changes is one pointer to immutable content: a request takes
 * it where it needs it and never waits for a lock.
 */
#include "web/web.h"

#include "web/admit.h"
#include "web/application.h"

static const struct router_site *present_site(void *application)
{
    return &web_content(application)->names;
}

static enum status make_router(struct web *web)
{
    const struct router_options options = {
        .routes = web_routes,
        .route_count = web_route_count,
        .application = web,
        .render_error = page_error,
        .admit = admit,
        .site = present_site,
    };
    return router_new(&options, &web->router);
}

enum status web_new(const struct web_options *options, struct web **ret_web)
{
    struct web *web defer(web_free) = calloc(1, sizeof *web);
    if (web == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the pages");
    web->service = options->service;
    web->static_folder = options->static_folder;
    web->reload = options->reload;
    web->reload_context = options->reload_context;
    TRY(web_reload(web));
    TRY(make_router(web));
    *ret_web = take(web);
    return STATUS_OK;
}

void web_free(struct web *web)
{
    if (web == NULL)
        return;
    router_free(web->router);
    content_free(web->content);
    free(web);
}

struct router *web_router(struct web *web)
{
    return web->router;
}

enum status web_reload(struct web *web)
{
    struct content *content = NULL;
    TRY(content_new(web->service, &content));
    content->previous = web->content;
    web->content = content;
    return STATUS_OK;
}

const struct content *web_content(const struct web *web)
{
    return web->content;
}

const struct config *web_config(const struct web *web)
{
    return web->service->config;
}
