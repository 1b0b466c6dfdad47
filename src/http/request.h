/*
 * One request as a handler sees it: checked, decoded, bounded.
 *
 * Everything returned is owned by the request and ends with it; the memory of head and body is
 * wiped then, since paths hold tokens and bodies hold PINs. Never log a path: request_pattern() is
 * what may be logged.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"
#include "http/address.h"
#include "http/caller.h"
#include "http/form.h"
#include "http/method.h"
#include "http/tls.h"

struct request;

enum listener_kind {
    LISTENER_HTTP = 1,
    LISTENER_HTTPS = 2,
    LISTENER_EAS = 4,
    LISTENER_INTERNAL = 8,
    LISTENER_OPERATOR = 16, /* asks browsers for a certificate */
};

/* Of which connection a request is, and how far into it. */
struct request_connection {
    char id[33];           /* random hexadecimal digits, the same for all requests of one */
    int64_t number;        /* of this request on it, from 1 */
    int64_t handshake_age; /* seconds since its TLS handshake, full or resumed, was over; since it
                              was accepted on a plain listener */
};

enum method request_method(const struct request *request);
/* Decoded, e.g. "/l/TOKEN". Valid UTF-8 without control characters. */
struct span request_path(const struct request *request);
/* As sent, with its query. */
struct span request_target(const struct request *request);
/* The pattern of the route, "/l/{token}"; "" when no route fits. */
const char *request_pattern(const struct request *request);
/* The decoded segment that stands for {name} in the pattern, or all that stands for {name...};
 * empty when the pattern has none. */
struct span request_parameter(const struct request *request, const char *name);
/* What stands behind the "?", as sent: decoded by nobody. */
struct span request_raw_query(const struct request *request);
/* The parsed query. INVALID. */
enum status request_query(struct request *request, const struct form **ret_query);

/* A header's value; empty when it is absent or there more than once. */
struct span request_header(const struct request *request, const char *name);
/* Host as sent, with its port. */
struct span request_host(const struct request *request);
struct span request_cookie(const struct request *request, const char *name);
/* Whether Accept names `media_type` with at least the weight of text/html: a program asks so. */
bool request_prefers(const struct request *request, const char *media_type);

/*
 * The body, read on the first call, at most the route's limit; empty when none was declared, where
 * the route takes that. TOO_LARGE; INVALID when it ended early or came too slowly.
 */
enum status request_body(struct request *request, struct span *ret_body);
/* The body as a form. UNSUPPORTED_TYPE unless it is application/x-www-form-urlencoded; INVALID. */
enum status request_form(struct request *request, const struct form **ret_form);
/* UNSUPPORTED_TYPE unless Content-Type is `media_type`, any parameters besides charset=utf-8
 * refused. */
enum status request_check_type(const struct request *request, const char *media_type);

enum listener_kind request_listener(const struct request *request);
/* Whether the client's own connection is TLS: here, or at a trusted proxy that says so. */
bool request_is_secure(const struct request *request);
/* The client: the peer, or behind a trusted proxy the last X-Forwarded-For that is none. */
const struct address *request_peer(const struct request *request);
const char *request_peer_text(const struct request *request);
/* Who holds the connection, be it a proxy. */
const struct address *request_connection_peer(const struct request *request);

/* ROLE_ANYONE on routes without a credential. */
const struct caller *request_caller(const struct request *request);

const struct request_connection *request_connection(const struct request *request);

/* NULL on a plain listener. */
const struct tls_session *request_tls(const struct request *request);
/* DER of certificate `index` of those that the TLS client presented, leaf first. NOT_FOUND. */
enum status request_client_certificate(const struct request *request, size_t index,
                                       struct buf *der);

/* ---- for http/listener.c, http/router.c and tests ---- */

struct head;
struct connection;

struct request_source {
    const struct head *head; /* outlives the request */
    enum listener_kind listener;
    struct address peer;
    struct connection *connection; /* where the body comes from; NULL: `body` */
    struct span body;
};

enum status request_new(const struct request_source *source, struct request **ret_request);
void request_free(struct request *request);
CLEANUP_POINTER(struct request, request_free)

/* INVALID: see http/target.h. Before any of the functions above that need a path. */
enum status request_decode_target(struct request *request);
/* Instead of it, for a path of which all behind the first `plain` bytes is one value. */
enum status request_decode_rest(struct request *request, size_t plain);
/* The path as it was sent, encoded. */
struct span request_raw_path(const struct request *request);
/* The client behind a proxy, and whether that one came by TLS. */
void request_set_client(struct request *request, const struct address *client, bool secure);
void request_set_caller(struct request *request, const struct caller *caller);
void request_set_route(struct request *request, const char *pattern, size_t body_limit);
enum { REQUEST_PARAMETERS_MAX = 4 };
/* `name` points into the pattern; at most REQUEST_PARAMETERS_MAX are kept. */
void request_add_parameter(struct request *request, struct span name, struct span value);
void request_clear_parameters(struct request *request);
const struct head *request_head(const struct request *request);
