/*
 * The gate. router_handle() is the order of the checks; each check is one function that either lets
 * the request pass or gives the status that the error page is made of.
 *
 * The table is small (tens of rows), so it is walked; a pattern is compared segment by segment.
 */
#include "http/router.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/head_check.h"
#include "http/host.h"
#include "http/rate.h"
#include "http/reason.h"
#include "http/target.h"

#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>

enum { COUNTS = REASON_COUNT + 1 }; /* one for each status, and one for all others */

struct route_counts {
    _Atomic uint64_t of[COUNTS];
};

struct router {
    struct router_options options;
    struct route_counts *counts; /* of each route, and of none */
    size_t *before_rest;         /* of each route: bytes before its "{name...}", 0 without one */
    struct rate_table *rates;
    int https_port; /* of the listener */
};

static const struct rate rates[] = {
    [RATE_FREE] = {0, 0},    [RATE_PIN] = {300, 200},         [RATE_LOGIN] = {30, 2000},
    [RATE_API] = {1000, 10}, [RATE_KEY_REFUSED] = {30, 2000},
};

/* ---- patterns -------------------------------------------------------------------------------- */

/* The segment behind the slash that *text starts with; *text becomes what follows it. */
static struct span next_segment(struct span *text)
{
    struct span rest = span_of(text->ptr + 1, text->len - 1);
    const uint8_t *slash = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    struct span segment = span_of(rest.ptr, slash == NULL ? rest.len : (size_t)(slash - rest.ptr));
    *text = span_of(rest.ptr + segment.len, rest.len - segment.len);
    return segment;
}

/* "{name}", or "{name}.csv" with the ending that the path must have too. */
static bool is_parameter(struct span segment, struct span *ret_name, struct span *ret_ending)
{
    const uint8_t *close = segment.len == 0 ? NULL : memchr(segment.ptr, '}', segment.len);
    if (close == NULL || segment.ptr[0] != '{')
        return false;
    size_t end = (size_t)(close - segment.ptr);
    *ret_name = span_of(segment.ptr + 1, end - 1);
    *ret_ending = span_of(close + 1, segment.len - end - 1);
    bool again = ret_ending->len > 0 && memchr(ret_ending->ptr, '{', ret_ending->len) != NULL;
    return ret_name->len > 0 && !again;
}

static bool is_same_text(struct span wanted, struct span text, bool any_case)
{
    return any_case ? wanted.len == text.len && strncasecmp((const char *)wanted.ptr,
                                                            (const char *)text.ptr, text.len) == 0
                    : span_equal(wanted, text);
}

static bool segment_fits(struct span wanted, struct span segment, bool any_case,
                         struct request *request)
{
    struct span name;
    struct span ending;
    if (!is_parameter(wanted, &name, &ending))
        return is_same_text(wanted, segment, any_case);
    if (segment.len <= ending.len)
        return false;
    size_t len = segment.len - ending.len;
    request_add_parameter(request, name, span_of(segment.ptr, len));
    return is_same_text(ending, span_of(segment.ptr + len, ending.len), any_case);
}

/* How many bytes of the pattern stand before its "{name...}"; 0 when it has none. */
static size_t length_before_rest(const char *pattern)
{
    static const char end[] = "...}";
    size_t len = strlen(pattern);
    const char *slash = strrchr(pattern, '/');
    bool has_rest = len > sizeof "/{" - 1 + sizeof end - 1 && slash != NULL && slash[1] == '{' &&
                    strcmp(pattern + len - (sizeof end - 1), end) == 0;
    return has_rest ? (size_t)(slash - pattern) + 1 : 0;
}

/* Does the path start as the pattern does, and go on? */
static bool rest_fits(const char *pattern, size_t before, struct span path)
{
    return before > 0 && path.len > before && memcmp(path.ptr, pattern, before) == 0;
}

static bool rest_pattern_fits(const char *pattern, size_t before, struct request *request)
{
    struct span path = request_path(request);
    if (!rest_fits(pattern, before, path))
        return false;
    const char *name = pattern + before + 1;
    request_add_parameter(request, span_of(name, strlen(name) - (sizeof "...}" - 1)),
                          span_of(path.ptr + before, path.len - before));
    return true;
}

/* On true the request holds the parameters of the route's pattern. */
static bool route_fits(const struct router *router, size_t route, struct request *request)
{
    const char *pattern = router->options.routes[route].pattern;
    bool any_case = (router->options.routes[route].traits & ROUTE_ANY_CASE) != 0;
    struct span wanted = span_of_text(pattern);
    struct span path = request_path(request);
    request_clear_parameters(request);
    if (router->before_rest[route] > 0)
        return rest_pattern_fits(pattern, router->before_rest[route], request);
    while (wanted.len > 0 && path.len > 0)
        if (!segment_fits(next_segment(&wanted), next_segment(&path), any_case, request))
            return false;
    return wanted.len == 0 && path.len == 0;
}

/* Below the start of a "{name...}" nothing else lives, so a path there is decoded in its way. */
static enum status decode_target(const struct router *router, struct request *request)
{
    struct span path = request_raw_path(request);
    for (size_t i = 0; i < router->options.route_count; i++) {
        size_t before = router->before_rest[i];
        if (rest_fits(router->options.routes[i].pattern, before, path))
            return request_decode_rest(request, before);
    }
    return request_decode_target(request);
}

static bool method_fits(const struct route *route, enum method method)
{
    return route->method == method || (route->method == METHOD_GET && method == METHOD_HEAD);
}

/* ---- the checks ------------------------------------------------------------------------------ */

/* "GET, HEAD, POST, OPTIONS" for the path of the request. */
static void allowed_methods(const struct router *router, struct request *request, char *text,
                            size_t size)
{
    int len = 0;
    unsigned named = 1u << METHOD_OPTIONS;
    for (size_t i = 0; i < router->options.route_count; i++) {
        const struct route *route = &router->options.routes[i];
        bool is_new = (named & 1u << route->method) == 0;
        if (!is_new || (size_t)len >= size || !route_fits(router, i, request))
            continue;
        named |= 1u << route->method;
        len += snprintf(text + len, size - (size_t)len, "%s, ",
                        route->method == METHOD_GET ? "GET, HEAD" : method_name(route->method));
    }
    if ((size_t)len < size)
        snprintf(text + len, size - (size_t)len, "OPTIONS");
}

/* The route of path and method; NULL with *ret_known telling whether another method has one. */
static const struct route *find_route(const struct router *router, struct request *request,
                                      bool *ret_known)
{
    *ret_known = false;
    for (size_t i = 0; i < router->options.route_count; i++) {
        const struct route *route = &router->options.routes[i];
        if (!route_fits(router, i, request))
            continue;
        if (method_fits(route, request_method(request)))
            return route;
        *ret_known = true;
    }
    return NULL;
}

static bool is_trusted_proxy(const struct router_site *site, const struct address *address)
{
    for (size_t i = 0; i < site->proxy_count; i++)
        if (network_contains(&site->proxies[i], address))
            return true;
    return false;
}

/* Walks one X-Forwarded-For from its end; true when a client that is no proxy was found. */
static bool last_client(const struct router_site *site, struct span list,
                        struct address *ret_client)
{
    while (list.len > 0) {
        const uint8_t *comma = memrchr(list.ptr, ',', list.len);
        size_t start = comma == NULL ? 0 : (size_t)(comma - list.ptr) + 1;
        while (start < list.len && list.ptr[start] == ' ')
            start++;
        struct address hop;
        if (address_parse(span_of(list.ptr + start, list.len - start), &hop) != STATUS_OK)
            return true;
        *ret_client = hop;
        if (!is_trusted_proxy(site, &hop))
            return true;
        list.len = comma == NULL ? 0 : (size_t)(comma - list.ptr);
    }
    return false;
}

/* Who the client is when the peer is a proxy of ours. Lines of a header count as one list. */
static void find_client(const struct router_site *site, struct request *request)
{
    struct address client = *request_peer(request);
    if (!is_trusted_proxy(site, &client))
        return;
    const struct head *head = request_head(request);
    for (size_t i = head->header_count; i-- > 0;) {
        struct span name = head->headers[i].name;
        bool is_list =
            name.len == 15 && strncasecmp((const char *)name.ptr, "X-Forwarded-For", name.len) == 0;
        if (is_list && last_client(site, head->headers[i].value, &client))
            break;
    }
    bool secure = request_is_secure(request) ||
                  span_equal_text(request_header(request, "X-Forwarded-Proto"), "https");
    request_set_client(request, &client, secure);
}

static enum status check_host(const struct router_site *site, const struct request *request)
{
    if (host_is_ours(request_host(request), site->hosts, site->host_count))
        return STATUS_OK;
    return status_fail(STATUS_MISDIRECTED, "Host is none of ours (RFC 9110 15.5.20)");
}

/* A form that another site sends in the name of a browser. Sec-Fetch-Site cannot be forged by a
 * page; browsers without it send Origin. Who sends neither is no browser of today. */
static enum status check_origin(const struct request *request)
{
    struct span site = request_header(request, "Sec-Fetch-Site");
    struct span origin = request_header(request, "Origin");
    if (span_equal_text(site, "same-origin") || span_equal_text(site, "none"))
        return STATUS_OK;
    static const char scheme[] = "https://"; /* a page of plain http could be anybody's */
    const size_t at = sizeof scheme - 1;
    bool same = origin.len > at && memcmp(origin.ptr, scheme, at) == 0 &&
                span_equal(span_of(origin.ptr + at, origin.len - at), request_host(request));
    if (site.len == 0 && same)
        return STATUS_OK;
    return status_fail(STATUS_FORBIDDEN, "the form was not sent from a page of this site");
}

static enum status check_body(const struct route *route, const struct request *request)
{
    const struct head *head = request_head(request);
    if (head->content_length > route->body_limit)
        return status_fail(STATUS_TOO_LARGE, "the body may have %zu bytes here", route->body_limit);
    bool needs_length = route->body_limit > 0 && (route->traits & ROUTE_BODY_OPTIONAL) == 0;
    if (needs_length && !head->has_length)
        return status_fail(STATUS_LENGTH_REQUIRED, "the request has no Content-Length");
    return STATUS_OK;
}

static enum status check_rate(struct router *router, enum rate_class class,
                              const struct request *request)
{
    if (class == RATE_FREE || rate_allows(router->rates, address_client_key(request_peer(request)),
                                          class, &rates[class], clock_monotonic_ms()))
        return STATUS_OK;
    return status_fail(STATUS_TOO_MANY, "too many requests from %s", request_peer_text(request));
}

static enum status check_role(struct router *router, const struct route *route,
                              struct request *request)
{
    if (route->role == ROLE_ANYONE)
        return STATUS_OK;
    if (router->options.admit == NULL)
        return status_fail(STATUS_UNAUTHENTICATED, "nobody can log in");
    enum status admitted = router->options.admit(request, route, router->options.application);
    if (admitted == STATUS_UNAUTHENTICATED && route->credential == CREDENTIAL_KEY)
        TRY(check_rate(router, RATE_KEY_REFUSED, request));
    return admitted;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* A request elsewhere for what only https serves: 308 keeps path and query. A program that sent its
 * key in the clear must not go on as if nothing had happened. */
static enum status redirect_to_https(const struct router *router, const struct route *route,
                                     const struct request *request, struct response *response)
{
    char location[LIMIT_HOST + LIMIT_REQUEST_TARGET + 32];
    char port[16] = "";
    struct span target = request_head(request)->target;
    bool reads = request_method(request) == METHOD_GET || request_method(request) == METHOD_HEAD;
    if (!reads || route->credential == CREDENTIAL_KEY)
        return status_fail(STATUS_FORBIDDEN, "this is answered over https only");
    const struct router_site *site = router->options.site(router->options.application);
    int number = site->https_port == 0 ? router->https_port : site->https_port;
    if (number != 443)
        snprintf(port, sizeof port, ":%d", number);
    int len = snprintf(location, sizeof location, "https://%s%s%.*s", site->https_host, port,
                       (int)target.len, (const char *)target.ptr);
    if (len < 0 || (size_t)len >= sizeof location)
        return status_fail(STATUS_INVALID, "the address is too long");
    response_set_class(response, RESPONSE_SECRET);
    response_redirect(response, 308, location);
    return STATUS_OK;
}

static enum status check_listener(const struct route *route, const struct request *request,
                                  bool *ret_redirect)
{
    *ret_redirect = false;
    if ((route->listeners & (unsigned)request_listener(request)) != 0)
        return STATUS_OK;
    const unsigned fronts = LISTENER_HTTP | LISTENER_OPERATOR;
    *ret_redirect = ((unsigned)request_listener(request) & fronts) != 0 &&
                    (route->listeners & LISTENER_HTTPS) != 0;
    return *ret_redirect ? STATUS_OK : status_fail(STATUS_NOT_FOUND, "no such address here");
}

static enum status run(struct router *router, const struct route *route, struct request *request,
                       struct response *response)
{
    bool redirect;
    TRY(check_listener(route, request, &redirect));
    if (redirect)
        return redirect_to_https(router, route, request, response);
    TRY(check_rate(router, route->rate, request));
    TRY(check_body(route, request));
    if (route->csrf)
        TRY(check_origin(request));
    TRY(check_role(router, route, request));
    return route->handler(request, response, router->options.application);
}

static enum status answer_other_method(const struct router *router, struct request *request,
                                       struct response *response, bool known)
{
    char allow[128];
    if (!known)
        return status_fail(STATUS_NOT_FOUND, "no such address");
    allowed_methods(router, request, allow, sizeof allow);
    response_add_header(response, "Allow", allow);
    if (request_method(request) != METHOD_OPTIONS)
        return status_fail(STATUS_METHOD_NOT_ALLOWED, "allowed here: %s", allow);
    response_set_status(response, 204);
    return STATUS_OK;
}

/* "OPTIONS *" asks about the server as a whole. RFC 9110 9.3.7 */
static bool is_asterisk(const struct request *request)
{
    return span_equal_text(request_head(request)->target, "*");
}

static enum status route_request(struct router *router, struct request *request,
                                 struct response *response)
{
    const struct router_site *site = router->options.site(router->options.application);
    find_client(site, request);
    TRY(check_host(site, request));
    if (is_asterisk(request)) {
        response_set_status(response, 204);
        response_add_header(response, "Allow", "GET, HEAD, POST, OPTIONS");
        return STATUS_OK;
    }
    TRY(decode_target(router, request));
    bool known;
    const struct route *route = find_route(router, request, &known);
    if (route == NULL)
        return answer_other_method(router, request, response, known);
    request_set_route(request, route->pattern, route->body_limit);
    return run(router, route, request, response);
}

static void render(struct router *router, struct request *request, struct response *response,
                   enum status status)
{
    char allow[128] = "";
    if (status == STATUS_METHOD_NOT_ALLOWED)
        allowed_methods(router, request, allow, sizeof allow);
    if (status_kind(status) != STATUS_KIND_REFUSAL)
        log_status("http", status, request_pattern(request));
    response_reset(response);
    response_set_status(response, status_http(status));
    router->options.render_error(request, response, status, router->options.application);
    if (allow[0] != '\0')
        response_add_header(response, "Allow", allow);
    if (status == STATUS_TOO_MANY || status_http(status) == 503)
        response_add_header(response, "Retry-After", "5");
}

void router_handle(struct router *router, struct request *request, struct response *response)
{
    status_detail_clear();
    enum status status = route_request(router, request, response);
    if (status != STATUS_OK)
        render(router, request, response, status);
}

/* ---- counting -------------------------------------------------------------------------------- */

/* The number of the route that the request was for; that of all routes when there is none. */
static size_t route_of(const struct router *router, const struct request *request)
{
    size_t i = 0;
    while (i < router->options.route_count &&
           (router->options.routes[i].pattern != request_pattern(request) ||
            !method_fits(&router->options.routes[i], request_method(request))))
        i++;
    return i;
}

void router_count(struct router *router, const struct request *request, int http)
{
    atomic_fetch_add(&router->counts[route_of(router, request)].of[reason_index(http)], 1);
}

void router_each_count(const struct router *router, router_count_visit *visit, void *context)
{
    for (size_t i = 0; i <= router->options.route_count; i++) {
        const struct route *route =
            i == router->options.route_count ? NULL : &router->options.routes[i];
        for (size_t j = 0; j < COUNTS; j++) {
            uint64_t count = atomic_load(&router->counts[i].of[j]);
            if (count > 0)
                visit(context, route, j == REASON_COUNT ? 0 : reason_http(j), count);
        }
    }
}

/* ---- making ---------------------------------------------------------------------------------- */

/* "{name...}" has a name and is the last segment. */
static bool is_misplaced_rest(struct span segment, struct span behind)
{
    static const char end[] = "...}";
    size_t len = sizeof end - 1;
    bool is_rest = segment.len >= len && memcmp(segment.ptr + segment.len - len, end, len) == 0;
    return is_rest && (behind.len > 0 || segment.len == len + 1);
}

static enum status check_pattern(const char *pattern)
{
    struct span rest = span_of_text(pattern);
    if (rest.len == 0 || rest.ptr[0] != '/')
        return status_fail(STATUS_INVALID, "the pattern '%s' has no slash first", pattern);
    size_t parameters = 0;
    while (rest.len > 1) {
        struct span name;
        struct span ending;
        struct span segment = next_segment(&rest);
        bool brace = segment.len > 0 && memchr(segment.ptr, '{', segment.len) != NULL;
        bool parameter = is_parameter(segment, &name, &ending);
        if (segment.len == 0 || (brace && !parameter) || is_misplaced_rest(segment, rest))
            return status_fail(STATUS_INVALID, "the pattern '%s' has a bad segment", pattern);
        parameters += parameter;
    }
    if (parameters > REQUEST_PARAMETERS_MAX)
        return status_fail(STATUS_INVALID, "the pattern '%s' has too many parameters", pattern);
    return STATUS_OK;
}

/* A pattern below another's "{name...}" would never be looked at. */
static enum status check_rest(const char *pattern, const char *other)
{
    size_t before = length_before_rest(other);
    if (strcmp(pattern, other) != 0 && rest_fits(other, before, span_of_text(pattern)))
        return status_fail(STATUS_INVALID, "the pattern '%s' lies below '%s'", pattern, other);
    return STATUS_OK;
}

static enum status check_access(const struct route *route)
{
    bool changes = route->method != METHOD_GET;
    if ((route->credential == CREDENTIAL_NONE) != (route->role == ROLE_ANYONE))
        return status_fail(STATUS_INVALID, "the route %s %s needs a credential for its role",
                           method_name(route->method), route->pattern);
    if (route->credential == CREDENTIAL_SESSION && changes && !route->csrf)
        return status_fail(STATUS_INVALID, "another site could send %s %s",
                           method_name(route->method), route->pattern);
    return STATUS_OK;
}

static enum status check_table(const struct router_options *options)
{
    for (size_t i = 0; i < options->route_count; i++) {
        const struct route *route = &options->routes[i];
        TRY(check_pattern(route->pattern));
        for (size_t j = 0; j < options->route_count; j++)
            TRY(check_rest(route->pattern, options->routes[j].pattern));
        TRY(check_access(route));
        for (size_t j = 0; j < i; j++)
            if (options->routes[j].method == route->method &&
                strcmp(options->routes[j].pattern, route->pattern) == 0)
                return status_fail(STATUS_INVALID, "the route %s %s stands twice",
                                   method_name(route->method), route->pattern);
    }
    return STATUS_OK;
}

enum status router_new(const struct router_options *options, struct router **ret_router)
{
    TRY(check_table(options));
    struct router *router defer(router_free) = calloc(1, sizeof *router);
    if (router == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the router");
    router->options = *options;
    router->before_rest = calloc(options->route_count + 1, sizeof router->before_rest[0]);
    router->counts = calloc(options->route_count + 1, sizeof router->counts[0]);
    if (router->before_rest == NULL || router->counts == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the router");
    for (size_t i = 0; i < options->route_count; i++)
        router->before_rest[i] = length_before_rest(options->routes[i].pattern);
    TRY(rate_table_new(&router->rates));
    *ret_router = take(router);
    return STATUS_OK;
}

void router_free(struct router *router)
{
    if (router == NULL)
        return;
    rate_table_free(router->rates);
    free(router->before_rest);
    free(router->counts);
    free(router);
}

void router_set_https_port(struct router *router, int port)
{
    router->https_port = port;
}
