#include "http/response.h"

#include "exchange.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>

#define HEAD_LINES "Host: ca.example\r\n"

static void begin(struct exchange *exchange, const char *headers)
{
    char text[1024];
    snprintf(text, sizeof text, "GET /h HTTP/1.1\r\n" HEAD_LINES "%s\r\n", headers);
    exchange_begin(exchange, text, LISTENER_HTTP, "192.0.2.1");
    buf_append_text(response_body(exchange->response), "hello");
}

Test(response, has_status_length_type_date_and_body)
{
    struct exchange exchange defer(exchange_clear) = {0};
    begin(&exchange, "");
    exchange_write(&exchange);
    cr_assert_eq(exchange_status(&exchange), 200);
    cr_assert(exchange_has(&exchange, "Content-Length: 5"));
    cr_assert(exchange_has(&exchange, "Content-Type: text/plain; charset=utf-8"));
    cr_assert(exchange_mentions(&exchange, "\r\nDate: "));
    cr_assert(span_equal_text(exchange.body, "hello"));
}

Test(response, to_head_has_the_length_but_no_body)
{
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_begin(&exchange, "HEAD /h HTTP/1.1\r\n" HEAD_LINES "\r\n", LISTENER_HTTP, "192.0.2.1");
    buf_append_text(response_body(exchange.response), "hello");
    exchange_write(&exchange);
    cr_assert(exchange_has(&exchange, "Content-Length: 5"));
    cr_assert_eq(exchange.body.len, 0);
}

Test(response, without_a_body_has_no_type)
{
    struct exchange exchange defer(exchange_clear) = {0};
    exchange_begin(&exchange, "GET /h HTTP/1.1\r\n" HEAD_LINES "\r\n", LISTENER_HTTP, "192.0.2.1");
    response_set_status(exchange.response, 449);
    exchange_write(&exchange);
    cr_assert(exchange_mentions(&exchange, "HTTP/1.1 449 Retry after sending a PROVISION command"));
    cr_assert(exchange_has(&exchange, "Content-Length: 0"));
    cr_assert_not(exchange_mentions(&exchange, "\r\nContent-Type:"));
}

struct header {
    const char *name;
    const char *value;
};
static const struct header splitting[] = {
    {"X", "a\r\nSet-Cookie: b=c"},
    {"X", "a\nb"},
    {"X", "a\rb"},
    {"X", "a\x01"},
    {"X", "\x7f"},
    {"X", "\xc3\xa4"},
    {"X\r\nY", "a"},
    {"X Y", "a"},
    {"X:", "a"},
    {"", "a"},
};

Test(response, that_would_be_split_becomes_a_plain_500)
{
    for (size_t i = 0; i < sizeof splitting / sizeof splitting[0]; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        begin(&exchange, "");
        response_add_header(exchange.response, splitting[i].name, splitting[i].value);
        exchange_write(&exchange);
        cr_expect_eq(exchange_status(&exchange), 500, "%zu", i);
        cr_expect_not(exchange_mentions(&exchange, "Set-Cookie"));
        cr_expect_not(span_equal_text(exchange.body, "hello"));
    }
}

Test(response, refuses_file_names_locations_and_tags_that_break_out)
{
    for (int i = 0; i < 5; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        begin(&exchange, "");
        if (i == 0)
            response_set_download(exchange.response, "a\"; x=\"b", true);
        if (i == 1)
            response_set_download(exchange.response, "a\r\nX: y", true);
        if (i == 2)
            response_redirect(exchange.response, 303, "/a\r\nX: y");
        if (i == 3)
            response_set_etag(exchange.response, "\"a\r\nX: y\"");
        if (i == 4)
            response_set_etag(exchange.response, "bare");
        exchange_write(&exchange);
        cr_expect_eq(exchange_status(&exchange), 500, "%d", i);
    }
}

Test(response, over_its_limit_becomes_a_500)
{
    struct exchange exchange defer(exchange_clear) = {0};
    begin(&exchange, "");
    buf_append_repeated(response_body(exchange.response), 'x', 1024 * 1024);
    exchange_write(&exchange);
    cr_assert_eq(exchange_status(&exchange), 500);
}

struct condition {
    const char *headers;
    int status;
};
static const struct condition conditions[] = {
    {"", 200},
    {"If-None-Match: \"abc\"\r\n", 304},
    {"If-None-Match: W/\"abc\"\r\n", 304},
    {"If-None-Match: \"x\", \"abc\"\r\n", 304},
    {"If-None-Match: *\r\n", 304},
    {"If-None-Match: \"xabc\"\r\n", 200},
    {"If-None-Match: abc\r\n", 200},
    {"If-None-Match: \"abcd\"\r\n", 200},
    {"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 304},
    {"If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", 200},
    {"If-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT\r\n", 304},
    {"If-Modified-Since: yesterday\r\n", 200},
    {"If-None-Match: \"x\"\r\nIf-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT\r\n", 200},
    {"Range: bytes=0-1\r\n", 200},
    {"Range: bytes=9-1\r\nIf-Range: \"abc\"\r\n", 200},
};

Test(response, is_304_when_the_client_has_it)
{
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        begin(&exchange, conditions[i].headers);
        response_set_etag(exchange.response, "\"abc\"");
        response_set_modified(exchange.response, 784111777);
        exchange_write(&exchange);
        cr_expect_eq(exchange_status(&exchange), conditions[i].status, "%s: %d",
                     conditions[i].headers, exchange_status(&exchange));
        cr_expect_eq(exchange.body.len, conditions[i].status == 200 ? 5 : 0);
        cr_expect(exchange_has(&exchange, "ETag: \"abc\""));
        cr_expect(exchange_has(&exchange, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"));
    }
}

Test(response, of_an_error_is_never_304)
{
    struct exchange exchange defer(exchange_clear) = {0};
    begin(&exchange, "If-None-Match: *\r\n");
    response_set_status(exchange.response, 404);
    response_set_etag(exchange.response, "\"abc\"");
    exchange_write(&exchange);
    cr_assert_eq(exchange_status(&exchange), 404);
}

static void write_gzip(struct exchange *exchange, const char *headers)
{
    begin(exchange, headers);
    response_set_static(exchange->response, SPAN_LITERAL("plain bytes"));
    response_set_static_gzip(exchange->response, SPAN_LITERAL("zipped"));
    response_set_etag(exchange->response, "\"abc\"");
    exchange_write(exchange);
}

Test(response, is_gzipped_for_who_takes_it_under_a_tag_of_its_own)
{
    struct exchange exchange defer(exchange_clear) = {0};
    write_gzip(&exchange, "Accept-Encoding: br, gzip\r\n");
    cr_assert(span_equal_text(exchange.body, "zipped"));
    cr_assert(exchange_has(&exchange, "Content-Encoding: gzip"));
    cr_assert(exchange_has(&exchange, "ETag: \"abc-gzip\""));
    cr_assert(exchange_has(&exchange, "Vary: Accept-Encoding"));
}

Test(response, is_plain_for_who_does_not_take_gzip)
{
    static const char *const headers[] = {"", "Accept-Encoding: identity\r\n",
                                          "Accept-Encoding: gzip;q=0\r\n"};
    for (int i = 0; i < 3; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        write_gzip(&exchange, headers[i]);
        cr_expect(span_equal_text(exchange.body, "plain bytes"), "%s", headers[i]);
        cr_expect(exchange_has(&exchange, "Vary: Accept-Encoding"));
    }
}

Test(response, with_a_secret_is_neither_stored_nor_referred_to)
{
    struct exchange exchange defer(exchange_clear) = {0};
    begin(&exchange, "");
    response_set_class(exchange.response, RESPONSE_SECRET);
    exchange_write(&exchange);
    cr_assert(exchange_has(&exchange, "Cache-Control: no-store"));
    cr_assert(exchange_has(&exchange, "Referrer-Policy: no-referrer"));
    cr_assert(exchange_has(&exchange, "X-Robots-Tag: noindex"));
}

Test(response, always_has_a_strict_policy_and_never_hsts)
{
    static const enum response_class classes[] = {RESPONSE_PAGE, RESPONSE_SECRET, RESPONSE_FILE,
                                                  RESPONSE_DATA};
    for (int i = 0; i < 4; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        begin(&exchange, "");
        response_set_class(exchange.response, classes[i]);
        exchange_write(&exchange);
        cr_expect(exchange_mentions(&exchange, "Content-Security-Policy: default-src 'none'"));
        cr_expect(exchange_mentions(&exchange, "frame-ancestors 'none'"));
        cr_expect(exchange_has(&exchange, "X-Content-Type-Options: nosniff"));
        cr_expect_not(exchange_mentions(&exchange, "Strict-Transport-Security"));
        cr_expect_not(exchange_mentions(&exchange, "Access-Control-"));
    }
}

Test(response, that_is_a_public_file_may_be_kept_unless_it_is_an_error)
{
    for (int http = 200; http <= 404; http += 204) {
        struct exchange exchange defer(exchange_clear) = {0};
        begin(&exchange, "");
        response_set_class(exchange.response, RESPONSE_FILE);
        response_set_max_age(exchange.response, 3600);
        response_set_status(exchange.response, http);
        exchange_write(&exchange);
        cr_expect_eq(exchange_has(&exchange, "Cache-Control: public, max-age=3600"), http == 200);
    }
}

struct preference {
    const char *accept;
    bool json;
};
static const struct preference preferences[] = {
    {"", false},
    {"Accept: */*\r\n", false},
    {"Accept: application/json\r\n", true},
    {"Accept: Application/JSON; charset=utf-8\r\n", true},
    {"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", false},
    {"Accept: text/html;q=0.5, application/json;q=0.9\r\n", true},
    {"Accept: text/html;q=0.9, application/json;q=0.5\r\n", false},
    {"Accept: application/json;q=0\r\n", false},
    {"Accept: application/jsonx\r\n", false},
};

Test(request, prefers_json_only_when_it_says_so)
{
    for (size_t i = 0; i < sizeof preferences / sizeof preferences[0]; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        begin(&exchange, preferences[i].accept);
        cr_expect_eq(request_prefers(exchange.request, "application/json"), preferences[i].json,
                     "%s", preferences[i].accept);
    }
}

/* ---- a body from a file ---- */

static int open_file(const char *content)
{
    char path[] = "/tmp/certferry-body-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1;
}

Test(response, from_a_file_replaces_the_body_and_is_closed_with_the_response)
{
    struct exchange exchange = {0};
    begin(&exchange, "");
    int fd = open_file("a list");
    response_set_file(exchange.response, fd, 6);
    exchange_write(&exchange);
    cr_assert(exchange_has(&exchange, "Content-Length: 6"));
    cr_assert_eq(exchange.content.fd, fd);
    cr_assert_eq(exchange.content.size, 6);
    cr_assert_eq(exchange.body.len, 0);
    exchange_clear(&exchange);
    cr_assert_not(is_open(fd));
}

Test(response, from_a_file_has_its_length_for_head_and_nothing_for_who_has_it)
{
    static const char *const requests[] = {
        "HEAD /h HTTP/1.1\r\n" HEAD_LINES "\r\n",
        "GET /h HTTP/1.1\r\n" HEAD_LINES "If-None-Match: \"x\"\r\n\r\n",
    };
    for (size_t i = 0; i < 2; i++) {
        struct exchange exchange defer(exchange_clear) = {0};
        exchange_begin(&exchange, requests[i], LISTENER_HTTP, "192.0.2.1");
        response_set_file(exchange.response, open_file("a list"), 6);
        response_set_etag(exchange.response, "\"x\"");
        exchange_write(&exchange);
        cr_assert_eq(exchange_has(&exchange, "Content-Length: 6"), i == 0);
        cr_assert_eq(exchange_status(&exchange), i == 0 ? 200 : 304);
        cr_assert_lt(exchange.content.fd, 0);
    }
}

Test(response, that_fails_after_a_file_was_set_sends_none_of_it)
{
    struct exchange exchange defer(exchange_clear) = {0};
    begin(&exchange, "");
    int fd = open_file("a list");
    response_set_file(exchange.response, fd, 6);
    response_add_header(exchange.response, "X Y", "a");
    exchange_write(&exchange);
    cr_assert_eq(exchange_status(&exchange), 500);
    cr_assert_lt(exchange.content.fd, 0);
    cr_assert_not(is_open(fd));
}
