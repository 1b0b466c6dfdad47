/*
 * What every handler of the web layer is given as `application`, and what it holds. Private to
 * this layer.
 */
#pragma once

#include "config/config.h"
#include "http/router.h"
#include "service/distribute.h"
#include "service/entity_tag.h"
#include "service/service.h"
#include "view/site.h"
#include "web/handlers.h"
#include "web/web.h"

#include <stdatomic.h>

/* What pages and files are made of. Immutable; a reload puts a new one in its place, and the old
 * ones are kept to the end, since requests may still read them. */
struct content {
    struct distribution *distribution;
    struct site *site;
    struct buf logo;       /* empty: there is none */
    const char *logo_type; /* "image/svg+xml" */
    char logo_etag[ENTITY_TAG_SIZE];
    struct router_site names;
    struct network *proxies; /* of names, as is the next */
    struct network *peers;   /* who may ask for verdicts */
    size_t peer_count;
    const char **hosts; /* the strings are the configuration's */
    struct content *previous;
};

/* From the service's present configuration. CONFIG, IO. */
enum status content_new(const struct service *service, struct content **ret_content);
/* With all before it. */
void content_free(struct content *content);
CLEANUP_POINTER(struct content, content_free)

struct web {
    const struct service *service;
    const char *static_folder; /* NULL: the embedded files */
    struct content *_Atomic content;
    struct router *router;
    atomic_int uploads;                   /* files that are being read: page_import.c */
    enum status (*reload)(void *context); /* as in struct web_options */
    void *reload_context;
};

const struct content *web_content(const struct web *web);
const struct config *web_config(const struct web *web);

/* routes.c */
extern const struct route web_routes[];
extern const size_t web_route_count;

/* page_error.c: HTML, or problem+json (RFC 9457) for a client that prefers JSON. */
void page_error(struct request *request, struct response *response, enum status status,
                void *application);
