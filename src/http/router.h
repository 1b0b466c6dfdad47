/*
 * From a request to its handler by one table, and everything that must be so before a handler runs:
 * the Host is ours (421), the path means one thing (400), a route fits it (404), the method is one
 * of its routes' (405 with Allow), the listener may serve it (308 to https, or 404), its rate
 * allows it (429), a body fits (413), a form of another site is refused (403), the role is held
 * (401, 403).
 *
 * Patterns are exact, and case-sensitive but for routes that say otherwise: "/d/{ticket}/{file}"
 * has three segments, each {name} stands for one whole segment, and {name}.csv for one with that
 * ending; of several that fit the first row counts. A last "{name...}" stands for all that is left,
 * at least one byte: there slashes are bytes like others, encoded or not. GET answers HEAD too;
 * OPTIONS is answered from the table, unless a row names it.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "http/address.h"
#include "http/method.h"
#include "http/request.h"
#include "http/response.h"

/* A status other than OK is rendered by the error renderer; status_detail() is its sentence. */
typedef enum status route_handler(struct request *request, struct response *response,
                                  void *application);

/* Requests of one client (address_client_key) in a burst, and how fast they come back. */
enum rate_class {
    RATE_FREE,
    RATE_PIN,   /* 300 at once, 5 a second: many phones behind one address still work */
    RATE_LOGIN, /* 30 at once, one every 2 s: an office behind one address still logs in */
    RATE_API,   /* 1,000 at once, 100 a second */
    /* Not for a route: requests whose API key was refused, 30 at once, one every 2 s. Those beyond
     * are TOO_MANY; a good key behind the same address is not held up. */
    RATE_KEY_REFUSED,
};

struct route {
    enum method method; /* GET, POST, ... */
    const char *pattern;
    unsigned listeners; /* of LISTENER_*; GET elsewhere is redirected to https if that is one */
    enum credential credential; /* NONE if and only if the role is ROLE_ANYONE */
    enum role role;
    bool csrf; /* a page of ours must have sent it: needed for changes by CREDENTIAL_SESSION */
    size_t body_limit; /* bytes; 0: no body */
    enum rate_class rate;
    route_handler *handler;
    unsigned traits; /* of ROUTE_* */
};

enum route_trait {
    ROUTE_ANY_CASE = 1,      /* letters of the path may be large or small */
    ROUTE_BODY_OPTIONAL = 2, /* without Content-Length the body is empty; else that is 411 */
};

/* Who we are and whom we believe; may change while we serve. */
struct router_site {
    const char *const *hosts; /* accepted as Host besides the machine's addresses and loopback */
    size_t host_count;
    const char *https_host;        /* for redirects */
    int https_port;                /* in redirects; 0: the https listener's */
    const struct network *proxies; /* whose X-Forwarded-For and -Proto are believed */
    size_t proxy_count;
};

struct router_options {
    const struct route *routes; /* outlive the router, as do all pointers here */
    size_t route_count;
    void *application; /* the last argument of every callback */

    /* Renders any refusal or fault, never fails. */
    void (*render_error)(struct request *request, struct response *response, enum status status,
                         void *application);
    /* Finds the caller by the route's kind of credential, tells the request (request_set_caller)
     * and says whether its role is enough: OK, UNAUTHENTICATED, FORBIDDEN. May be NULL while every
     * route is for anyone. */
    enum status (*admit)(struct request *request, const struct route *route, void *application);

    /* As configured now: asked for once for each request, valid until its end. */
    const struct router_site *(*site)(void *application);
};

struct router;

/* INVALID: two equal routes, a pattern that is none or lies below a "{name...}" of another, a role
 * without a way to prove it, a change by a session that another site could send. */
enum status router_new(const struct router_options *options, struct router **ret_router);
void router_free(struct router *router);
CLEANUP_POINTER(struct router, router_free)

/* The https listener's port, once it is known; before any request. */
void router_set_https_port(struct router *router, int port);

/* How many requests a route has answered with a status since the start. `route` is NULL for what no
 * route fits, `http` 0 for a status that is not in http/reason.h. */
typedef void router_count_visit(void *context, const struct route *route, int http, uint64_t count);
/* Of all that there were, from any thread. */
void router_each_count(const struct router *router, router_count_visit *visit, void *context);

/* Fills the response; never fails. For http/listener.c and tests. */
void router_handle(struct router *router, struct request *request, struct response *response);
/* The request was answered with this status. */
void router_count(struct router *router, const struct request *request, int http);
