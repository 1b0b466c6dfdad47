#include "http/router.h"

#include "exchange.h"

#include <criterion/criterion.h>

#define HOST "Host: ca.example\r\n"

static const char *const hosts[] = {"ca.example"};
static const struct network proxy = {
    .base = {.bytes = {[10] = 0xff, 0xff, 10, 0, 0, 1}, .known = true}, .bits = 128};
static const struct router_site site = {.hosts = hosts,
                                        .host_count = 1,
                                        .https_host = "ca.example",
                                        .proxies = &proxy,
                                        .proxy_count = 1};

static const struct router_site *present_site(void *application)
{
    (void)application;
    return &site;
}

static enum status say_where(struct request *request, struct response *response, void *application)
{
    (void)application;
    buf_append_text(response_body(response), request_pattern(request));
    buf_append_text(response_body(response), "|");
    buf_append(response_body(response), request_parameter(request, "token"));
    buf_append(response_body(response), request_parameter(request, "rest"));
    return STATUS_OK;
}

static enum status say_form(struct request *request, struct response *response, void *application)
{
    (void)application;
    const struct form *form;
    TRY(request_form(request, &form));
    buf_append(response_body(response), form_value(form, "pin"));
    return STATUS_OK;
}

static enum status say_query(struct request *request, struct response *response, void *application)
{
    (void)application;
    buf_append(response_body(response), request_raw_query(request));
    return STATUS_OK;
}

static enum status say_body(struct request *request, struct response *response, void *application)
{
    (void)application;
    struct span body;
    TRY(request_body(request, &body));
    buf_printf(response_body(response), "%s %zu bytes", request_pattern(request), body.len);
    return STATUS_OK;
}

static enum status say_peer(struct request *request, struct response *response, void *application)
{
    (void)application;
    buf_printf(response_body(response), "%s %s", request_peer_text(request),
               request_is_secure(request) ? "secure" : "plain");
    return STATUS_OK;
}

static enum status fail(struct request *request, struct response *response, void *application)
{
    (void)request;
    (void)application;
    response_set_type(response, "application/x-x509-ca-cert");
    response_set_download(response, "root.cer", true);
    buf_append_text(response_body(response), "half an answer");
    return status_fail(STATUS_DATABASE, "the disk is gone");
}

static void render(struct request *request, struct response *response, enum status status,
                   void *application)
{
    (void)request;
    (void)application;
    buf_append_text(response_body(response), status_name(status));
}

static enum status admit(struct request *request, const struct route *route, void *application)
{
    (void)application;
    struct span who = request_header(request, "X-Who");
    if (who.len == 0)
        return STATUS_UNAUTHENTICATED;
    return span_equal_text(who, "admin") || route->role == ROLE_AUDITOR ? STATUS_OK
                                                                        : STATUS_FORBIDDEN;
}

enum { BOTH = LISTENER_HTTP | LISTENER_HTTPS };

static const struct route routes[] = {
    {METHOD_GET, "/", BOTH, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0},
    {METHOD_GET, "/h", BOTH, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0},
    {METHOD_GET, "/peer", BOTH, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_peer, 0},
    {METHOD_GET, "/fail", BOTH, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, fail, 0},
    {METHOD_GET, "/l/{token}", LISTENER_HTTPS, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,
     say_where, 0},
    {METHOD_POST, "/l/{token}", LISTENER_HTTPS, CREDENTIAL_NONE, ROLE_ANYONE, false, 64, RATE_LOGIN,
     say_form, 0},
    {METHOD_GET, "/d/{token}/{file}", LISTENER_HTTPS, CREDENTIAL_NONE, ROLE_ANYONE, false, 0,
     RATE_FREE, say_where, 0},
    {METHOD_GET, "/f/{token}.csv", BOTH, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,
     say_where, 0},
    {METHOD_GET, "/f/{token}", BOTH, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where,
     0},
    {METHOD_GET, "/o/{rest...}", BOTH, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where,
     0},
    {METHOD_GET, "/auth", LISTENER_INTERNAL, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,
     say_where, 0},
    {METHOD_POST, "/admin", LISTENER_HTTPS, CREDENTIAL_SESSION, ROLE_ADMIN, true, 64, RATE_FREE,
     say_form, 0},
    {METHOD_GET, "/api", LISTENER_HTTPS, CREDENTIAL_KEY, ROLE_ADMIN, false, 0, RATE_API, say_where,
     0},
    {METHOD_OPTIONS, "/Any-Case", LISTENER_HTTPS, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,
     say_query, ROUTE_ANY_CASE},
    {METHOD_POST, "/Any-Case", LISTENER_HTTPS, CREDENTIAL_NONE, ROLE_ANYONE, false, 64, RATE_FREE,
     say_body, ROUTE_ANY_CASE | ROUTE_BODY_OPTIONAL},
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

static const struct router_options options = {
    .routes = routes,
    .route_count = ROUTES,
    .render_error = render,
    .admit = admit,
    .site = present_site,
};

static struct router *new_router(void)
{
    struct router *router = NULL;
    cr_assert_eq(router_new(&options, &router), STATUS_OK);
    router_set_https_port(router, 8443);
    return router;
}

struct row {
    const char *text;
    int status;
    const char *body; /* or NULL */
};

#define FORM HOST "Content-Type: application/x-www-form-urlencoded\r\n"

static const struct row rows[] = {
    {"GET / HTTP/1.1\r\n" HOST "\r\n", 200, "/|"},
    {"GET /h HTTP/1.1\r\n" HOST "\r\n", 200, "/h|"},
    {"GET /h?x=1 HTTP/1.1\r\n" HOST "\r\n", 200, "/h|"},
    {"GET /%68 HTTP/1.1\r\n" HOST "\r\n", 200, "/h|"},
    {"HEAD /h HTTP/1.1\r\n" HOST "\r\n", 200, ""},
    {"GET /l/abc HTTP/1.1\r\n" HOST "\r\n", 200, "/l/{token}|abc"},
    {"GET /d/t/a.p12 HTTP/1.1\r\n" HOST "\r\n", 200, "/d/{token}/{file}|t"},
    {"POST /l/abc HTTP/1.1\r\n" FORM "Content-Length: 5\r\n\r\npin=7", 200, "7"},

    {"GET /o/a HTTP/1.1\r\n" HOST "\r\n", 200, "/o/{rest...}|a"},
    {"GET /o/a/b//c/ HTTP/1.1\r\n" HOST "\r\n", 200, "/o/{rest...}|a/b//c/"},
    {"GET /o//a+b= HTTP/1.1\r\n" HOST "\r\n", 200, "/o/{rest...}|/a+b="},
    {"GET /o/a%2Fb%2b%3d?x HTTP/1.1\r\n" HOST "\r\n", 200, "/o/{rest...}|a/b+="},
    {"GET /o/../h HTTP/1.1\r\n" HOST "\r\n", 200, "/o/{rest...}|../h"},
    {"GET /%6f/a HTTP/1.1\r\n" HOST "\r\n", 200, "/o/{rest...}|a"},
    {"GET /o/ HTTP/1.1\r\n" HOST "\r\n", 404, "NOT_FOUND"},
    {"GET /o HTTP/1.1\r\n" HOST "\r\n", 404, "NOT_FOUND"},
    {"GET /o%2fa HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /%6f/a%2fb HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /x/../o/a HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /o/a%00b HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /o/a%0ab HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /o/a%5cb HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /o/a%f HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"DELETE /o/a/b HTTP/1.1\r\n" HOST "\r\n", 405, NULL},

    {"POST /any-cASE HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi", 200, "/Any-Case 2 bytes"},
    {"POST /Any-Case HTTP/1.1\r\n" HOST "\r\n", 200, "/Any-Case 0 bytes"},
    {"POST /Any-Cas HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
    {"POST /Any-Cases HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
    {"POST /Any-Case HTTP/1.1\r\n" HOST "Content-Length: 65\r\n\r\n", 413, NULL},
    {"OPTIONS /any-case?User=CORP\\ann&Cmd=%53 HTTP/1.1\r\n" HOST "\r\n", 200,
     "User=CORP\\ann&Cmd=%53"},
    {"OPTIONS /any-case?jAAJ+/8== HTTP/1.1\r\n" HOST "\r\n", 200, "jAAJ+/8=="},
    {"OPTIONS /any-case HTTP/1.1\r\n" HOST "\r\n", 200, ""},
    {"OPTIONS /any-case? HTTP/1.1\r\n" HOST "\r\n", 200, ""},

    {"GET /H HTTP/1.1\r\n" HOST "\r\n", 404, "NOT_FOUND"},
    {"GET /h/ HTTP/1.1\r\n" HOST "\r\n", 404, "NOT_FOUND"},
    {"GET /h/sub HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
    {"GET //h HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /x/%2e%2e/h HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /h%00/../x HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /l HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
    {"GET /l/a%2fb HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
    {"GET /auth HTTP/1.1\r\n" HOST "\r\n", 404, NULL},

    {"GET /h HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "MISDIRECTED"},
    {"GET /nothing HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, NULL},
    {"OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, NULL},

    {"POST /h HTTP/1.1\r\n" FORM "Content-Length: 0\r\n\r\n", 405, NULL},
    {"TRACE /h HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
    {"PROPFIND /h HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
    {"get /h HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
    {"DELETE /nothing HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
    {"OPTIONS /h HTTP/1.1\r\n" HOST "\r\n", 204, ""},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 204, ""},

    {"POST /l/abc HTTP/1.1\r\n" FORM "\r\n", 411, NULL},
    {"POST /l/abc HTTP/1.1\r\n" FORM "Content-Length: 65\r\n\r\n", 413, NULL},
    {"GET /h HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 413, NULL},
    {"POST /l/abc HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\npin=7", 415, NULL},
    {"POST /l/abc HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\npin=7",
     415, NULL},
    {"POST /l/abc HTTP/1.1\r\n" FORM "Content-Length: 3\r\n\r\na=%", 400, NULL},
};

Test(router, answers_each_request_as_its_table_says)
{
    struct router *router defer(router_free) = new_router();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_run(&exchange, router, rows[i].text);
        cr_expect_eq(exchange_status(&exchange), rows[i].status, "%s: %d", rows[i].text,
                     exchange_status(&exchange));
        cr_expect(rows[i].body == NULL || span_equal_text(exchange.body, rows[i].body), "%s: %.*s",
                  rows[i].text, (int)exchange.body.len, (const char *)exchange.body.ptr);
    }
}

Test(router, names_the_methods_of_an_address)
{
    struct router *router defer(router_free) = new_router();
    static const char *const texts[] = {"PUT /l/x HTTP/1.1\r\n" HOST "\r\n",
                                        "OPTIONS /l/x HTTP/1.1\r\n" HOST "\r\n"};
    for (int i = 0; i < 2; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_run(&exchange, router, texts[i]);
        cr_expect(exchange_has(&exchange, "Allow: GET, HEAD, POST, OPTIONS"), "%s", texts[i]);
    }
}

static void run_plain(struct exchange *exchange, struct router *router, const char *text)
{
    exchange_begin(exchange, text, LISTENER_HTTP, "192.0.2.1");
    router_handle(router, exchange->request, exchange->response);
    exchange_write(exchange);
}

Test(router, sends_plain_requests_for_secret_pages_to_https)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    run_plain(&exchange, router, "GET /l/abc?x=%41 HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(exchange_status(&exchange), 308);
    cr_assert(exchange_has(&exchange, "Location: https://ca.example:8443/l/abc?x=%41"));
    cr_assert(exchange_has(&exchange, "Cache-Control: no-store"));
}

Test(router, does_not_send_a_program_with_its_key_to_https)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    run_plain(&exchange, router, "GET /api HTTP/1.1\r\n" HOST "X-Who: admin\r\n\r\n");
    cr_assert_eq(exchange_status(&exchange), 403);
    cr_assert_not(exchange_mentions(&exchange, "Location"));
}

Test(router, takes_no_secret_form_over_plain_http)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    run_plain(&exchange, router, "POST /l/abc HTTP/1.1\r\n" FORM "Content-Length: 5\r\n\r\npin=7");
    cr_assert_eq(exchange_status(&exchange), 403);
}

Test(router, serves_nothing_of_the_internal_listener_elsewhere)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    run_plain(&exchange, router, "GET /auth HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(exchange_status(&exchange), 404);
}

Test(router, makes_an_error_of_a_half_made_answer_that_fails)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_run(&exchange, router, "GET /fail HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(exchange_status(&exchange), 503);
    cr_assert(span_equal_text(exchange.body, "DATABASE"));
    cr_assert_not(exchange_mentions(&exchange, "x-x509"));
    cr_assert_not(exchange_mentions(&exchange, "Content-Disposition"));
    cr_assert(exchange_has(&exchange, "Retry-After: 5"));
}

Test(router, bounds_the_rate_of_one_client)
{
    struct router *router defer(router_free) = new_router();
    int last = 0;
    for (int i = 0; i < 31; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_run(&exchange, router,
                     "POST /l/abc HTTP/1.1\r\n" FORM "Content-Length: 5\r\n\r\npin=7");
        last = exchange_status(&exchange);
        cr_assert(i == 30 || last == 200, "%d: %d", i, last);
    }
    cr_assert_eq(last, 429);
}

static int status_of_key(struct router *router, const char *text)
{
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_run(&exchange, router, text);
    return exchange_status(&exchange);
}

Test(router, slows_down_who_has_no_key_and_nobody_else)
{
    struct router *router defer(router_free) = new_router();
    static const char none[] = "GET /api HTTP/1.1\r\n" HOST "\r\n";
    static const char lesser[] = "GET /api HTTP/1.1\r\n" HOST "X-Who: guest\r\n\r\n";
    static const char good[] = "GET /api HTTP/1.1\r\n" HOST "X-Who: admin\r\n\r\n";
    for (int i = 0; i < 40; i++)
        cr_assert_eq(status_of_key(router, lesser), 403);
    for (int i = 0; i < 30; i++)
        cr_assert_eq(status_of_key(router, none), 401, "%d", i);
    cr_assert_eq(status_of_key(router, none), 429);
    cr_assert_eq(status_of_key(router, good), 200);
}

struct origin {
    const char *headers;
    int status;
};
static const struct origin origins[] = {
    {"", 403},
    {"Origin: https://ca.example\r\n", 200},
    {"Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n", 200},
    {"Sec-Fetch-Site: none\r\n", 200},
    {"Origin: http://ca.example\r\n", 403},
    {"Origin: https://evil.example\r\n", 403},
    {"Origin: https://ca.example.evil\r\n", 403},
    {"Origin: null\r\n", 403},
    {"Sec-Fetch-Site: cross-site\r\n", 403},
    {"Sec-Fetch-Site: same-site\r\nOrigin: https://ca.example\r\n", 403},
};

Test(router, refuses_forms_of_other_sites_where_the_table_says_so)
{
    struct router *router defer(router_free) = new_router();
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(1024);
        buf_printf(&text,
                   "POST /admin HTTP/1.1\r\n" FORM "X-Who: admin\r\n%s"
                   "Content-Length: 5\r\n\r\npin=7",
                   origins[i].headers);
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_run(&exchange, router, (const char *)text.ptr);
        cr_expect_eq(exchange_status(&exchange), origins[i].status, "%s: %d", origins[i].headers,
                     exchange_status(&exchange));
    }
}

Test(router, asks_who_holds_a_role)
{
    static const struct origin who[] = {
        {"", 401}, {"X-Who: guest\r\n", 403}, {"X-Who: admin\r\n", 200}};
    struct router *router defer(router_free) = new_router();
    for (int i = 0; i < 3; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(1024);
        buf_printf(&text,
                   "POST /admin HTTP/1.1\r\n" FORM
                   "Sec-Fetch-Site: same-origin\r\n%sContent-Length: 5\r\n\r\npin=7",
                   who[i].headers);
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_run(&exchange, router, (const char *)text.ptr);
        cr_expect_eq(exchange_status(&exchange), who[i].status, "%s", who[i].headers);
    }
}

struct hop {
    const char *peer;
    const char *headers;
    const char *seen;
};
static const struct hop hops[] = {
    {"192.0.2.1", "", "192.0.2.1 plain"},
    {"192.0.2.1", "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n",
     "192.0.2.1 plain"},
    {"10.0.0.1", "X-Forwarded-For: 198.51.100.7\r\n", "198.51.100.7 plain"},
    {"10.0.0.1", "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n",
     "198.51.100.7 secure"},
    {"10.0.0.1", "X-Forwarded-For: 6.6.6.6, 198.51.100.7\r\n", "198.51.100.7 plain"},
    {"10.0.0.1", "X-Forwarded-For: 6.6.6.6, 198.51.100.7, 10.0.0.1\r\n", "198.51.100.7 plain"},
    {"10.0.0.1", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 198.51.100.7\r\n",
     "198.51.100.7 plain"},
    {"10.0.0.1", "X-Forwarded-For: nonsense\r\n", "10.0.0.1 plain"},
    {"10.0.0.1", "X-Forwarded-For: 6.6.6.6, nonsense\r\n", "10.0.0.1 plain"},
    {"10.0.0.1", "X_Forwarded_For: 6.6.6.6\r\n", "10.0.0.1 plain"},
    {"10.0.0.1", "", "10.0.0.1 plain"},
};

Test(router, believes_forwarded_addresses_from_listed_proxies_only)
{
    struct router *router defer(router_free) = new_router();
    for (size_t i = 0; i < sizeof hops / sizeof hops[0]; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(1024);
        buf_printf(&text, "GET /peer HTTP/1.1\r\n" HOST "%s\r\n", hops[i].headers);
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_begin(&exchange, (const char *)text.ptr, LISTENER_HTTP, hops[i].peer);
        router_handle(router, exchange.request, exchange.response);
        exchange_write(&exchange);
        cr_expect(span_equal_text(exchange.body, hops[i].seen), "%s %s: %.*s", hops[i].peer,
                  hops[i].headers, (int)exchange.body.len, (const char *)exchange.body.ptr);
    }
}

static const struct route bad_tables[][2] = {
    {{METHOD_GET, "/a", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0},
     {METHOD_GET, "/a", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/a", 1, CREDENTIAL_NONE, ROLE_ADMIN, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/a", 1, CREDENTIAL_SESSION, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_POST, "/a", 1, CREDENTIAL_SESSION, ROLE_ADMIN, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "a", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/a//b", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/a{b}", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/{a}.{b}", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/{}.csv", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/{rest...}/a", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where,
      0}},
    {{METHOD_GET, "/a/{...}", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/a/{rest...}", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where,
      0},
     {METHOD_GET, "/a/b", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE, say_where, 0}},
    {{METHOD_GET, "/{a}/{b}/{c}/{d}/{e}", 1, CREDENTIAL_NONE, ROLE_ANYONE, false, 0, RATE_FREE,
      say_where, 0}},
};

static const char *const endings[][2] = {
    {"/f/abc.csv", "/f/{token}.csv|abc"}, {"/f/a.csv.csv", "/f/{token}.csv|a.csv"},
    {"/f/.csv", "/f/{token}|.csv"},       {"/f/abc.CSV", "/f/{token}|abc.CSV"},
    {"/f/csv", "/f/{token}|csv"},
};

Test(router, a_parameter_may_have_an_ending)
{
    struct router *router defer(router_free) = new_router();
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(1024);
        buf_printf(&text, "GET %s HTTP/1.1\r\n" HOST "\r\n", endings[i][0]);
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_run(&exchange, router, (const char *)text.ptr);
        cr_expect(span_equal_text(exchange.body, endings[i][1]), "%s: %.*s", endings[i][0],
                  (int)exchange.body.len, (const char *)exchange.body.ptr);
    }
}

Test(router, refuses_a_table_with_a_mistake)
{
    for (size_t i = 0; i < sizeof bad_tables / sizeof bad_tables[0]; i++) {
        struct router_options bad = options;
        struct router *router = NULL;
        bad.routes = bad_tables[i];
        bad.route_count = bad_tables[i][1].pattern == NULL ? 1 : 2;
        cr_expect_eq(router_new(&bad, &router), STATUS_INVALID, "%zu", i);
    }
}

Test(router, the_listener_that_asks_for_certificates_leads_on_to_https)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_begin(&exchange, "GET /l/abc HTTP/1.1\r\n" HOST "\r\n", LISTENER_OPERATOR,
                   "192.0.2.1");
    router_handle(router, exchange.request, exchange.response);
    cr_assert_eq(response_status(exchange.response), 308);
}

Test(router, a_method_that_a_row_names_is_allowed_once)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_run(&exchange, router, "GET /any-case HTTP/1.1\r\n" HOST "\r\n");
    cr_expect_eq(exchange_status(&exchange), 405);
    cr_expect(exchange_has(&exchange, "Allow: POST, OPTIONS"));
}

Test(router, a_method_of_two_rows_that_fit_is_allowed_once)
{
    struct router *router defer(router_free) = new_router();
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_run(&exchange, router, "DELETE /f/abc.csv HTTP/1.1\r\n" HOST "\r\n");
    cr_expect_eq(exchange_status(&exchange), 405);
    cr_expect(exchange_has(&exchange, "Allow: GET, HEAD, OPTIONS"));
}

struct tally {
    uint64_t of_h, missing, odd, all;
};

static void tally_up(void *context, const struct route *route, int http, uint64_t count)
{
    struct tally *tally = context;
    bool h = route != NULL && strcmp(route->pattern, "/h") == 0;
    tally->of_h += h && http == 200 ? count : 0;
    tally->missing += route == NULL && http == 404 ? count : 0;
    tally->odd += http == 0 ? count : 0;
    tally->all += count;
}

static void count_one(struct router *router, const char *text, int http)
{
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_run(&exchange, router, text);
    router_count(router, exchange.request, http);
}

Test(router, counts_answers_by_route_and_status)
{
    struct router *router defer(router_free) = new_router();
    count_one(router, "GET /h HTTP/1.1\r\n" HOST "\r\n", 200);
    count_one(router, "HEAD /h HTTP/1.1\r\n" HOST "\r\n", 200);
    count_one(router, "GET /nothing HTTP/1.1\r\n" HOST "\r\n", 404);
    count_one(router, "GET /h HTTP/1.1\r\n" HOST "\r\n", 418);
    struct tally tally = {0};
    router_each_count(router, tally_up, &tally);
    cr_expect_eq(tally.of_h, 2);
    cr_expect_eq(tally.missing, 1);
    cr_expect_eq(tally.odd, 1);
    cr_expect_eq(tally.all, 4);
}
