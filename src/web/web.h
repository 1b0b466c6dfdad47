/*
 * The pages and files of the web process: the route table, its handlers and what they share. It
 * stands between the service and the listeners and is made after the one and before the other.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "http/router.h"
#include "http/seam.h"
#include "service/service.h"

struct web;

struct web_options {
    const struct service *service; /* outlives the web */
    const char *static_folder;     /* static files from here instead of the embedded ones; NULL */
    /* Reads the configuration again and makes it count, as SIGHUP does: after an admin changed it
     * on a page. From any thread; it calls web_reload(). */
    enum status (*reload)(void *context);
    void *reload_context;
};

/* CONFIG, IO when a file that pages need (CA files, logo) cannot be read. */
enum status web_new(const struct web_options *options, struct web **ret_web);
/* After the listeners have stopped. */
void web_free(struct web *web);
CLEANUP_POINTER(struct web, web_free)

/* What the listeners serve; owned by the web. */
struct router *web_router(struct web *web);

/* For listeners_options: a phone whose handshake failed is seen too; `web` is a struct web. */
handshake_failed web_handshake_failed;

/* Reads the CA files, CRLs and the logo again; requests in progress keep what they have. On failure
 * nothing changes. Called by one thread at a time. */
enum status web_reload(struct web *web);
