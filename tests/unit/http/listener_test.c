#include "http/listener.h"

#include "tls_pair.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>

static const struct router_site site = {.https_host = "localhost"};

static const struct router_site *present_site(void *application)
{
    (void)application;
    return &site;
}

/* Number of the request on its connection, the start of the connection's name, the body. */
static enum status say_all(struct request *request, struct response *response, void *application)
{
    (void)application;
    struct span body;
    const struct request_connection *connection = request_connection(request);
    TRY(request_body(request, &body));
    cr_assert_eq(strlen(connection->id), 32);
    buf_printf(response_body(response), "<%lld %.*s>", (long long)connection->number, (int)body.len,
               (const char *)body.ptr);
    return STATUS_OK;
}

static enum status say_name(struct request *request, struct response *response, void *application)
{
    (void)application;
    buf_printf(response_body(response), "<%s>", request_connection(request)->id);
    return STATUS_OK;
}

static enum status ignore_body(struct request *request, struct response *response,
                               void *application)
{
    (void)request;
    (void)application;
    buf_append_text(response_body(response), "<ignored>");
    return STATUS_OK;
}

static void render(struct request *request, struct response *response, enum status status,
                   void *application)
{
    (void)request;
    (void)application;
    buf_append_text(response_body(response), status_name(status));
}

enum { ANY = LISTENER_HTTP | LISTENER_EAS };
static const struct route routes[] = {
    {METHOD_POST, "/all", ANY, CREDENTIAL_NONE, ROLE_ANYONE, false, 4096, RATE_FREE, say_all,
     ROUTE_BODY_OPTIONAL},
    {METHOD_POST, "/ignored", ANY, CREDENTIAL_NONE, ROLE_ANYONE, false, 4096, RATE_FREE,
     ignore_body, 0},
    {METHOD_GET, "/name", ANY, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_name, 0},
};

/* ---- a server -------------------------------------------------------------------------------- */

enum { FAILURES_MAX = 128 };

struct failures {
    atomic_int count;
    struct handshake_failure last;
    char reason[96];
    atomic_int told; /* after `last` was written */
};

struct house {
    struct router *router;
    struct listeners *listeners;
    struct tls_party party;
    struct tls_server *tls;
    struct failures failures;
};

static void house_clear(struct house *house)
{
    listeners_stop(house->listeners);
    tls_server_free(house->tls);
    tls_party_clear(&house->party);
    router_free(house->router);
}
CLEANUP_VALUE(struct house, house_clear)

static void note_failure(const struct handshake_failure *failure, void *context)
{
    struct failures *failures = context;
    if (atomic_fetch_add(&failures->count, 1) > 0)
        return;
    failures->last = *failure;
    snprintf(failures->reason, sizeof failures->reason, "%s", failure->reason);
    atomic_store(&failures->told, 1);
}

static void house_open(struct house *house, enum listener_kind kind, bool tls)
{
    const struct router_options router = {.routes = routes,
                                          .route_count = sizeof routes / sizeof routes[0],
                                          .render_error = render,
                                          .site = present_site};
    cr_assert_eq(router_new(&router, &house->router), STATUS_OK, "%s", status_detail());
    tls_party_make(&house->party);
    const struct tls_options identity = tls_pair_options(&house->party, 0);
    house->tls = tls_pair_server(&identity);
    const struct listener_options listener = {
        .kind = kind, .address = "127.0.0.1", .tls = tls ? house->tls : NULL};
    const struct listeners_options options = {
        .listeners = &listener,
        .count = 1,
        .threads = 16,
        .limits = {.connections = 16,
                   .connections_per_address = 16,
                   .handshake_ms = 5000,
                   .head_ms = 5000,
                   .body_ms = 5000,
                   .body_rate = 1,
                   .reply_ms = 5000,
                   .idle_ms = 5000},
        .router = house->router,
        .handshake_failed = note_failure,
        .handshake_context = &house->failures,
    };
    cr_assert_eq(listeners_start(&options, &house->listeners), STATUS_OK, "%s", status_detail());
}

static int reach(const struct house *house, enum listener_kind kind)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((in_port_t)listeners_port(house->listeners, kind)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Everything that comes after `text` was sent at once, until the server closes. */
static void talk(const struct house *house, enum listener_kind kind, const char *text,
                 struct buf *ret_answer)
{
    int fd defer(close) = reach(house, kind);
    char piece[4096];
    cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    for (ssize_t got; (got = recv(fd, piece, sizeof piece, 0)) > 0;)
        buf_append(ret_answer, span_of(piece, (size_t)got));
    buf_append_byte(ret_answer, '\0');
}

#define TALK(name, kind, text)                                                                     \
    struct buf name defer(buf_clear) = BUF_INIT(65536);                                            \
    talk(&house, kind, text, &name)

static bool holds(const struct buf *answer, const char *part)
{
    return strstr((const char *)answer->ptr, part) != NULL;
}

#define POST(path, body, length)                                                                   \
    "POST " path " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " length "\r\n\r\n" body
#define LAST "GET /name HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

/* Sends the second request when the answer to the first is here. */
static void talk_in_turn(const struct house *house, const char *first, const char *second,
                         struct buf *ret_answer)
{
    int fd defer(close) = reach(house, LISTENER_EAS);
    char piece[4096];
    cr_assert_eq(send(fd, first, strlen(first), MSG_NOSIGNAL), (ssize_t)strlen(first));
    ssize_t got = recv(fd, piece, sizeof piece, 0);
    cr_assert_gt(got, 0);
    buf_append(ret_answer, span_of(piece, (size_t)got));
    send(fd, second, strlen(second), MSG_NOSIGNAL);
    while ((got = recv(fd, piece, sizeof piece, 0)) > 0)
        buf_append(ret_answer, span_of(piece, (size_t)got));
    buf_append_byte(ret_answer, '\0');
}

Test(listener, of_eas_goes_on_after_a_body_that_was_read)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_EAS, false);
    struct buf answer defer(buf_clear) = BUF_INIT(65536);
    talk_in_turn(&house, POST("/all", "one", "3"),
                 "POST /all HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", &answer);
    cr_expect(holds(&answer, "Connection: keep-alive"));
    cr_expect(holds(&answer, "<1 one>"));
    cr_expect(holds(&answer, "<2 >"), "%s", (const char *)answer.ptr);
}

Test(listener, of_eas_closes_after_a_body_that_nobody_read)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_EAS, false);
    TALK(answer, LISTENER_EAS, POST("/ignored", "GET /name HTTP/1.1\r\n", "20") LAST);
    cr_expect(holds(&answer, "<ignored>"));
    cr_expect(holds(&answer, "Connection: close"));
    cr_expect_null(strstr(strstr((const char *)answer.ptr, "<ignored>"), "HTTP/1.1"));
}

Test(listener, of_eas_takes_nothing_that_was_sent_behind_a_body_for_a_request)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_EAS, false);
    TALK(answer, LISTENER_EAS, POST("/all", "one", "3") LAST);
    cr_expect(holds(&answer, "<1 one>"));
    cr_expect(holds(&answer, "Connection: close"));
    cr_expect_null(strstr(strstr((const char *)answer.ptr, "<1 one>"), "HTTP/1.1"));
}

Test(listener, of_http_closes_after_a_body)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_HTTP, false);
    TALK(answer, LISTENER_HTTP, POST("/all", "one", "3"));
    cr_expect(holds(&answer, "<1 one>"));
    cr_expect(holds(&answer, "Connection: close"));
}

Test(listener, names_each_connection_differently)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_HTTP, false);
    TALK(one, LISTENER_HTTP, LAST);
    TALK(other, LISTENER_HTTP, LAST);
    const char *a = strchr((const char *)one.ptr, '<');
    const char *b = strchr((const char *)other.ptr, '<');
    cr_assert_not_null(a);
    cr_assert_not_null(b);
    cr_expect_str_neq(a, b);
}

/* A client that asks, and is gone when it is asked for its certificate. */
static void fail_handshake(const struct house *house, enum listener_kind kind)
{
    SSL_CTX *context = tls_pair_client(TLS1_3_VERSION);
    int fd defer(close) = reach(house, kind);
    SSL *client = SSL_new(context);
    SSL_set_fd(client, fd);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_set_verify(client, SSL_VERIFY_PEER, NULL);
    cr_expect_neq(SSL_connect(client), 1);
    SSL_free(client);
    SSL_CTX_free(context);
    char byte;
    while (recv(fd, &byte, 1, 0) > 0)
        ;
}

static void wait_until(const atomic_int *number, int value)
{
    for (int i = 0; i < 2000 && atomic_load(number) < value; i++)
        usleep(5000);
}

Test(listener, of_eas_tells_of_a_handshake_that_failed)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_EAS, true);
    fail_handshake(&house, LISTENER_EAS);
    wait_until(&house.failures.told, 1);
    const struct handshake_failure *seen = &house.failures.last;
    cr_assert_eq(atomic_load(&house.failures.count), 1);
    cr_expect(seen->certificate_asked && !seen->certificate_seen);
    cr_expect_str_eq(seen->version, "TLSv1.3");
    cr_expect_str_eq(house.failures.reason, "alert of the client: unknown CA");
    cr_expect(address_is_loopback(&seen->peer));
}

Test(listener, tells_of_a_client_that_fails_without_end_a_few_times_only)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_EAS, true);
    for (int i = 0; i < FAILURES_MAX; i++)
        fail_handshake(&house, LISTENER_EAS);
    int told = atomic_load(&house.failures.count);
    cr_expect(told >= 30 && told < FAILURES_MAX, "%d", told);
}

Test(listener, of_https_tells_nothing)
{
    struct house house defer(house_clear) = {0};
    house_open(&house, LISTENER_HTTPS, true);
    fail_handshake(&house, LISTENER_HTTPS);
    fail_handshake(&house, LISTENER_HTTPS);
    cr_expect_eq(atomic_load(&house.failures.count), 0);
}
