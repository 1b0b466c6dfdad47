/*
 * CivetWeb as a pool of threads behind the seam.
 *
 * Threads: one to a connection, 1,050 by default. Measured: a thread that has not worked yet costs
 * 12 kB, so that web process and signer together rest at 31 MB, the bound that we set ourselves;
 * starting them takes 20 ms. 1,000 slow clients of 250 addresses leave room for the others, and
 * 1,000 of one address never get beyond their own bound. With more slow clients than threads
 * whoever has the most connections loses one first (http/connection.c).
 */
#include "http/listener.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/rate.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

enum {
    DRAIN_MS = 4000,
    PORTS_TEXT_MAX = 512,
    RESPONSE_HEAD_MAX = 8 * 1024,
    ARENAS = 2,
};

struct listeners {
    struct mg_context *context;
    struct router *router;
    size_t count;
    enum listener_kind kinds[8];
    int ports[8];
    handshake_failed *handshake_failed;
    void *handshake_context;
    struct rate_table *failures; /* by client */
};

/* ---- one request ----------------------------------------------------------------------------- */

static void log_request(const struct request *request, int http, int64_t started)
{
    const char *pattern = request_pattern(request);
    log_debug("http", "%s %s %s %d in %lld ms", request_peer_text(request),
              method_name(request_method(request)), pattern[0] == '\0' ? "-" : pattern, http,
              (long long)(clock_monotonic_ms() - started));
}

static enum status answer(struct listeners *listeners, struct connection *connection,
                          struct request *request)
{
    int64_t started = clock_monotonic_ms();
    struct response *response defer(response_free) = NULL;
    TRY(response_new(&response));
    router_handle(listeners->router, request, response);

    struct buf head defer(buf_clear) = BUF_INIT(RESPONSE_HEAD_MAX);
    struct response_content content = {.fd = -1};
    enum status written =
        response_write(response, request, seam_will_keep_alive(connection), &head, &content);
    if (written != STATUS_OK)
        log_status("http", written, request_pattern(request));
    struct span bytes;
    TRY(buf_finish(&head, &bytes));
    router_count(listeners->router, request, content.http);
    log_request(request, content.http, started);
    if (content.fd >= 0)
        return seam_send_file(connection, bytes, content.fd, content.size);
    return seam_send(connection, bytes, content.bytes);
}

static enum status serve(struct listeners *listeners, struct connection *connection)
{
    struct request_source source = {
        .head = seam_head(connection),
        .listener = listeners->kinds[seam_listener(connection)],
        .peer = *seam_peer(connection),
        .connection = connection,
    };
    struct request *request defer(request_free) = NULL;
    TRY(request_new(&source, &request));
    return answer(listeners, connection, request);
}

/* Somebody who only ever opens handshakes must not fill what is kept of phones. */
static void tell_of_handshake(const struct handshake_failure *failure, void *context)
{
    static const struct rate rate = {30, 2000};
    struct listeners *listeners = context;
    if (rate_allows(listeners->failures, address_client_key(&failure->peer), 0, &rate,
                    clock_monotonic_ms()))
        listeners->handshake_failed(failure, listeners->handshake_context);
}

/* CivetWeb's only callback for requests; it never goes on by itself after a non-zero answer. */
static int begin_request(struct mg_connection *civetweb)
{
    struct listeners *listeners = mg_get_request_info(civetweb)->user_data;
    struct connection *connection = seam_current();
    if (connection == NULL)
        return 400;
    enum status status = serve(listeners, connection);
    if (status != STATUS_OK && status != STATUS_IO)
        log_status("http", status, "a request could not be answered");
    seam_finish_request(connection, status == STATUS_OK);
    return 200;
}

static int ignore_message(const struct mg_connection *connection, const char *message)
{
    (void)connection;
    log_debug("civetweb", "%s", message);
    return 1;
}

/* CivetWeb wants a context for its s-ports; seam_ssl_set_fd() puts ours in its place. It asks again
 * at the end, with the context: whether to free it. */
static int give_any_context(void **ssl_context, void *user_data)
{
    (void)user_data;
    if (*ssl_context != NULL)
        return 0;
    *ssl_context = tls_placeholder_context();
    return *ssl_context == NULL ? -1 : 1;
}

/* ---- start ----------------------------------------------------------------------------------- */

static bool is_ipv6_here(void)
{
    int fd defer(close) = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    return fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
}

/* "8080", "+8080" (both families), "127.0.0.1:8080", "[::1]:8443s". */
static void append_port(struct buf *text, const struct listener_options *listener, bool ipv6)
{
    const char *suffix = listener->tls == NULL ? "" : "s";
    if (text->len > 0)
        buf_append_byte(text, ',');
    if (listener->address[0] == '\0')
        buf_printf(text, "%s%d%s", ipv6 ? "+" : "", listener->port, suffix);
    else if (strchr(listener->address, ':') != NULL)
        buf_printf(text, "[%s]:%d%s", listener->address, listener->port, suffix);
    else
        buf_printf(text, "%s:%d%s", listener->address, listener->port, suffix);
}

static socklen_t socket_address(const struct listener_options *listener, bool ipv6,
                                struct sockaddr_storage *ret_address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((in_port_t)listener->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons((in_port_t)listener->port)};
    bool any = listener->address[0] == '\0';
    if (any ? ipv6 : inet_pton(AF_INET6, listener->address, &v6.sin6_addr) == 1) {
        memcpy(ret_address, &v6, sizeof v6);
        return sizeof v6;
    }
    if (!any && inet_pton(AF_INET, listener->address, &v4.sin_addr) != 1)
        return 0;
    memcpy(ret_address, &v4, sizeof v4);
    return sizeof v4;
}

/* CivetWeb only says that it cannot start: what is wrong with the port is found out here. */
static enum status check_port(const struct listener_options *listener, bool ipv6)
{
    struct sockaddr_storage address = {0};
    const char *where = listener->address[0] == '\0' ? "every address" : listener->address;
    int on = 1;
    socklen_t len = socket_address(listener, ipv6, &address);
    if (len == 0)
        return status_fail(STATUS_CONFIG, "'%s' is not an IP address to listen on", where);
    int fd defer(close) = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return status_fail_errno(STATUS_CONFIG, "no socket for %s", where);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 1) == 0)
        return STATUS_OK;
    if (errno == EADDRINUSE)
        return status_fail(STATUS_CONFIG, "port %d on %s is in use by another program",
                           listener->port, where);
    if (errno == EACCES)
        return status_fail(STATUS_CONFIG, "port %d on %s needs the capability CAP_NET_BIND_SERVICE",
                           listener->port, where);
    return status_fail_errno(STATUS_CONFIG, "port %d on %s cannot be opened", listener->port,
                             where);
}

static enum status check_options(const struct listeners_options *options, bool ipv6)
{
    if (options->count == 0 || options->count > 8)
        return status_fail(STATUS_CONFIG, "there are %zu listeners", options->count);
    for (size_t i = 0; i < options->count; i++) {
        for (size_t j = 0; j < i; j++)
            if (options->listeners[i].port != 0 &&
                options->listeners[i].port == options->listeners[j].port)
                return status_fail(STATUS_CONFIG, "two listeners have port %d",
                                   options->listeners[i].port);
        TRY(check_port(&options->listeners[i], ipv6));
    }
    return STATUS_OK;
}

/* CivetWeb would format the name, for which each of a thousand threads keeps a page of stack. */
static void *name_thread(const struct mg_context *context, int type)
{
    enum { WORKER = 1 };
    (void)context;
    pthread_setname_np(pthread_self(), type == WORKER ? "http-worker" : "http-master");
    return NULL;
}

static struct mg_context *start_civetweb(struct listeners *listeners, const char *ports,
                                         int threads)
{
    char thread_text[16];
    snprintf(thread_text, sizeof thread_text, "%d", threads);
    const char *settings[] = {
        "listening_ports",
        ports,
        "num_threads",
        thread_text,
        "connection_queue",
        "128",
        "listen_backlog",
        "1024",
        "tcp_nodelay",
        "1",
        "enable_keep_alive",
        "yes",
        "max_request_size",
        "1024",
        "decode_url",
        "no",
        "enable_directory_listing",
        "no",
        "access_control_allow_origin",
        "",
        "access_control_allow_methods",
        "",
        "access_control_allow_headers",
        "",
        NULL,
    };
    struct mg_callbacks callbacks = {
        .begin_request = begin_request,
        .init_thread = name_thread,
        .log_message = ignore_message,
        .external_ssl_ctx = give_any_context,
    };
    return mg_start(&callbacks, listeners, settings);
}

static void add_to_seam(struct listeners *listeners, size_t number, int port,
                        struct tls_server *tls)
{
    bool tells = listeners->kinds[number] == LISTENER_EAS && listeners->handshake_failed != NULL;
    const struct seam_listener listener = {
        /* A phone sends nothing but POST, and each new connection costs it a handshake. */
        .keeps_after_body = listeners->kinds[number] == LISTENER_EAS,
        .port = port,
        .number = (unsigned)number,
        .tls = tls,
        .failed = tells ? tell_of_handshake : NULL,
        .context = listeners,
    };
    seam_add_listener(&listener);
}

/* Real ports, in the order in which they were asked for. */
static enum status learn_ports(struct listeners *listeners, const struct listeners_options *options)
{
    struct mg_server_port ports[16] = {0};
    int count = mg_get_server_ports(listeners->context, 16, ports);
    if (count != (int)options->count)
        return status_fail(STATUS_INTERNAL, "%d ports were opened, not %zu", count, options->count);
    for (size_t i = 0; i < options->count; i++) {
        listeners->kinds[i] = options->listeners[i].kind;
        listeners->ports[i] = ports[i].port;
        add_to_seam(listeners, i, ports[i].port, options->listeners[i].tls);
    }
    listeners->count = options->count;
    return STATUS_OK;
}

static void stop_all(struct listeners *listeners)
{
    seam_drain(listeners->count == 0 ? 0 : DRAIN_MS);
    if (listeners->context != NULL)
        mg_stop(listeners->context);
    seam_stop();
    mg_exit_library();
    rate_table_free(listeners->failures);
    free(listeners);
}

CLEANUP_POINTER(struct listeners, stop_all)

static enum status start(const struct listeners_options *options, bool ipv6,
                         struct listeners **ret_listeners)
{
    struct buf ports defer(buf_clear) = BUF_INIT(PORTS_TEXT_MAX);
    struct span text;
    for (size_t i = 0; i < options->count; i++)
        append_port(&ports, &options->listeners[i], ipv6);
    TRY(buf_finish(&ports, &text));

    TRY(seam_start(&options->limits));
    struct listeners *listeners defer(stop_all) = calloc(1, sizeof *listeners);
    if (listeners == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the listeners");
    listeners->router = options->router;
    listeners->handshake_failed = options->handshake_failed;
    listeners->handshake_context = options->handshake_context;
    TRY(rate_table_new(&listeners->failures));
    mg_init_library(MG_FEATURES_TLS);
    listeners->context = start_civetweb(listeners, (const char *)text.ptr, options->threads);
    if (listeners->context == NULL)
        return status_fail(STATUS_CONFIG, "the listeners on %s cannot be started with %d threads",
                           (const char *)text.ptr, options->threads);
    TRY(learn_ports(listeners, options));
    *ret_listeners = take(listeners);
    return STATUS_OK;
}

enum status listeners_start(const struct listeners_options *options,
                            struct listeners **ret_listeners)
{
    bool ipv6 = is_ipv6_here();
    TRY(check_options(options, ipv6));
    mallopt(M_ARENA_MAX, ARENAS);
    signal(SIGPIPE, SIG_IGN);
    TRY(start(options, ipv6, ret_listeners));
    int port = listeners_port(*ret_listeners, LISTENER_HTTPS);
    router_set_https_port(options->router, port);
    seam_open();
    return STATUS_OK;
}

size_t listeners_connections(void)
{
    return seam_connections();
}

int listeners_port(const struct listeners *listeners, enum listener_kind kind)
{
    for (size_t i = 0; i < listeners->count; i++)
        if (listeners->kinds[i] == kind)
            return listeners->ports[i];
    return 0;
}

void listeners_stop(struct listeners *listeners)
{
    if (listeners != NULL)
        stop_all(listeners);
}
