/*
 * Ports: bound for a moment, as serve would. One that is taken is asked whether it is certferry
 * with our root that answers there; the others are taken by the same process then.
 */
#include "base/file.h"
#include "base/limits.h"
#include "command/check_report.h"
#include "pki/cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>

/* Room for either family. */
struct endpoint {
    struct sockaddr_storage address;
    socklen_t len;
    int family;
};

static struct endpoint endpoint_of(const char *text, int64_t port)
{
    struct endpoint endpoint = {.len = sizeof(struct sockaddr_in6), .family = AF_INET6};
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&endpoint.address;
    struct sockaddr_in *four = (struct sockaddr_in *)&endpoint.address;
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        endpoint.family = AF_INET;
        endpoint.len = sizeof *four;
        four->sin_port = htons((uint16_t)port);
    } else {
        if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
            six->sin6_addr = in6addr_any;
        six->sin6_port = htons((uint16_t)port);
    }
    endpoint.address.ss_family = (sa_family_t)endpoint.family;
    return endpoint;
}

static enum status try_port(const char *address, int64_t port)
{
    struct endpoint endpoint = endpoint_of(address, port);
    int fd defer(close) = socket(endpoint.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    if (fd < 0)
        return status_fail_errno(STATUS_IO, "no socket can be made for port %lld", (long long)port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (const struct sockaddr *)&endpoint.address, endpoint.len) == 0)
        return STATUS_OK;
    return status_fail_errno(errno == EADDRINUSE ? STATUS_CONFLICT : STATUS_IO,
                             "port %lld cannot be taken", (long long)port);
}

/* The body of GET `path` from the listener, at most what `reply` holds. */
static enum status fetch(const struct config *config, const char *path, struct buf *reply)
{
    bool any = config->http_address[0] == '\0';
    struct endpoint endpoint =
        endpoint_of(any ? "127.0.0.1" : config->http_address, config->http_port);
    int fd defer(close) = socket(endpoint.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {.tv_sec = 2};
    char request[256];
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        connect(fd, (const struct sockaddr *)&endpoint.address, endpoint.len) != 0 ||
        send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
        return status_fail_errno(STATUS_IO, "nobody answers");
    uint8_t chunk[4096];
    for (ssize_t got; (got = recv(fd, chunk, sizeof chunk, 0)) > 0;)
        buf_append(reply, span_of(chunk, (size_t)got));
    return reply->failure;
}

static bool is_certferry(const struct config *config)
{
    struct certificate *root defer(certificate_free) = NULL;
    struct buf reply defer(buf_clear) = BUF_INIT((size_t)4 * LIMIT_CERTIFICATE);
    if (certificate_load(config->authority_root, &root) != STATUS_OK ||
        fetch(config, "/ca/root.cer", &reply) != STATUS_OK)
        return false;
    struct span der = certificate_info(root)->der;
    return reply.len > der.len && memmem(reply.ptr, reply.len, der.ptr, der.len) != NULL;
}

static enum status check_port(struct check_report *report, const char *subject, const char *address,
                              int64_t port, bool serving)
{
    enum status status = try_port(address, port);
    if (status == STATUS_CONFLICT && serving)
        return check_say(report, CHECK_OK, subject, "", "port %lld, served at this moment",
                         (long long)port);
    if (status == STATUS_OK)
        return check_say(report, CHECK_OK, subject, "", "port %lld, free for certferry serve",
                         (long long)port);
    return check_say_status(report, status, subject,
                            "Stop what holds it ('ss -ltnp' names it), or configure another port",
                            "");
}

/* What it tells is for programs of the same house. */
static enum status check_internal(struct check_report *report, const struct config *config)
{
    struct endpoint endpoint = endpoint_of(config->internal_address, 0);
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&endpoint.address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&endpoint.address;
    bool any = endpoint.family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr)
                                           : four->sin_addr.s_addr == htonl(INADDR_ANY);
    if (!any)
        return STATUS_OK;
    return check_say(report, CHECK_WARNING, "internal listener",
                     "Set internal.address to the one address that your programs use",
                     "everybody can reach it, and it is plain http");
}

enum status check_listeners(struct check_report *report, const struct config *config)
{
    bool serving = is_certferry(config);
    TRY(check_port(report, "http listener", config->http_address, config->http_port, serving));
    TRY(check_port(report, "https listener", config->https_address, config->https_port, serving));
    if (config->operator_certificate_log_in)
        TRY(check_port(report, "operator listener", config->https_address,
                       config->operator_certificate_port, serving));
    if (config->eas_enabled)
        TRY(check_port(report, "EAS listener", config->eas_address, config->eas_port, serving));
    if (!config->internal_enabled)
        return STATUS_OK;
    TRY(check_port(report, "internal listener", config->internal_address, config->internal_port,
                   serving));
    return check_internal(report, config);
}
