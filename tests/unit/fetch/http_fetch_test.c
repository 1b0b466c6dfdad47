#include "fetch/http_fetch.h"

#include "http_server.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct http_server server;

static void set_up(void)
{
    http_server_start(&server);
}

static void tear_down(void)
{
    http_server_stop(&server);
}

TestSuite(http_fetch, .init = set_up, .fini = tear_down);

static char address[256];

static struct http_fetch_request of(const char *path)
{
    snprintf(address, sizeof address, "http://127.0.0.1:%d%s", server.port, path);
    return (struct http_fetch_request){
        .url = address, .etag = "", .modified = "", .proxy = "", .timeout = 30};
}

static struct span body_of(const struct buf *body)
{
    return span_of(body->ptr, body->len);
}

static void offer(const char *path, const char *head, const char *body)
{
    http_server_answer(
        &server, (struct http_answer){.path = path, .head = head, .body = span_of_text(body)});
}

#define expect_failure(request, most, wanted, words)                                               \
    do {                                                                                           \
        struct buf expect_body_ defer(buf_clear) = BUF_INIT(most);                                 \
        struct http_fetch_result expect_result_;                                                   \
        const struct http_fetch_request expect_request_ = (request);                               \
        cr_expect_eq(http_fetch(&expect_request_, &expect_body_, &expect_result_), (wanted));      \
        cr_expect_not_null(strstr(status_detail(), (words)), "%s", status_detail());               \
    } while (0)

Test(http_fetch, takes_a_body_and_what_tells_it_from_others)
{
    offer("/a", "200 OK\r\nEtag: \"one\"  \r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
          "the list");
    struct buf body defer(buf_clear) = BUF_INIT(100);
    struct http_fetch_result result;
    const struct http_fetch_request request = of("/a");
    cr_assert_eq(http_fetch(&request, &body, &result), STATUS_OK, "%s", status_detail());
    cr_expect(span_equal_text(body_of(&body), "the list"));
    cr_expect_str_eq(result.etag, "\"one\"");
    cr_expect_str_eq(result.modified, "Sun, 06 Nov 1994 08:49:37 GMT");
    cr_expect_not(result.not_modified);
    cr_expect(http_server_heard(&server, "GET /a HTTP/1.1\r\n"));
}

Test(http_fetch, does_not_take_again_what_the_caller_has)
{
    http_server_answer(
        &server, (struct http_answer){
                     .path = "/a", .head = "200 OK", .body = span_of_text("x"), .tag = "\"one\""});
    struct buf body defer(buf_clear) = BUF_INIT(100);
    struct http_fetch_result result;
    struct http_fetch_request request = of("/a");
    request.etag = "\"one\"";
    request.modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    cr_assert_eq(http_fetch(&request, &body, &result), STATUS_OK, "%s", status_detail());
    cr_expect(result.not_modified);
    cr_expect_eq(body.len, 0);
    cr_expect(http_server_heard(&server, "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
}

Test(http_fetch, refuses_not_modified_when_nobody_asked)
{
    offer("/a", "304 Not Modified", "");
    expect_failure(of("/a"), 100, STATUS_CONFLICT, "304");
}

Test(http_fetch, takes_no_more_than_fits)
{
    offer("/a", "200 OK", "0123456789");
    expect_failure(of("/a"), 9, STATUS_TOO_LARGE, "more than 9 bytes");
    offer("/b", "200 OK\r\nContent-Length: 99999999999", "0123456789");
    expect_failure(of("/b"), 9, STATUS_TOO_LARGE, "more than 9 bytes");
    /* without a length, to the end of the connection */
    offer("/c", "200 OK\r\nX-Content-Length: no", "0123456789");
    expect_failure(of("/c"), 9, STATUS_TOO_LARGE, "more than 9 bytes");
}

Test(http_fetch, has_an_end_in_time)
{
    http_server_answer(&server, (struct http_answer){.path = "/a", .silent = true});
    struct http_fetch_request request = of("/a");
    request.timeout = 1;
    expect_failure(request, 100, STATUS_CONFLICT, "timed out");
}

static bool at_once(const void *context)
{
    return context == &server;
}

Test(http_fetch, ends_when_the_caller_wants_to)
{
    http_server_answer(&server, (struct http_answer){.path = "/a", .silent = true});
    struct http_fetch_request request = of("/a");
    request.stopping = at_once;
    request.context = &server;
    expect_failure(request, 100, STATUS_CONFLICT, "abort");
}

Test(http_fetch, follows_few_redirects_and_only_to_web_servers)
{
    char head[512];
    offer("/end", "200 OK\r\nETag: \"end\"", "the end");
    snprintf(head, sizeof head, "302 Found\r\nETag: \"way\"\r\nLocation: /end");
    offer("/once", head, "");
    struct buf body defer(buf_clear) = BUF_INIT(100);
    struct http_fetch_result result;
    const struct http_fetch_request request = of("/once");
    cr_assert_eq(http_fetch(&request, &body, &result), STATUS_OK, "%s", status_detail());
    cr_expect(span_equal_text(body_of(&body), "the end"));
    cr_expect_str_eq(result.etag, "\"end\"");

    offer("/round", "302 Found\r\nLocation: /round", "");
    expect_failure(of("/round"), 100, STATUS_CONFLICT, "redirects");
    offer("/file", "302 Found\r\nLocation: file:///etc/hostname", "");
    expect_failure(of("/file"), 100, STATUS_CONFLICT, "rotocol");
}

Test(http_fetch, reads_no_file)
{
    struct http_fetch_request request = of("/");
    request.url = "file:///etc/hostname";
    expect_failure(request, 100, STATUS_CONFLICT, "rotocol");
}

Test(http_fetch, uses_the_proxy_that_it_is_given_and_none_of_the_environment)
{
    char proxy[64];
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", server.port);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    offer("/a", "200 OK", "direct");
    offer("http://elsewhere.example/a", "200 OK", "by proxy");
    struct buf body defer(buf_clear) = BUF_INIT(100);
    struct http_fetch_result result;
    struct http_fetch_request request = of("/a");
    cr_assert_eq(http_fetch(&request, &body, &result), STATUS_OK, "%s", status_detail());
    cr_expect(span_equal_text(body_of(&body), "direct"));
    buf_reset(&body);
    request.url = "http://elsewhere.example/a";
    request.proxy = proxy;
    cr_assert_eq(http_fetch(&request, &body, &result), STATUS_OK, "%s", status_detail());
    cr_expect(span_equal_text(body_of(&body), "by proxy"));
}

Test(http_fetch, says_what_the_server_said)
{
    expect_failure(of("/nothing"), 100, STATUS_CONFLICT, "404");
    struct http_fetch_request request = of("/");
    request.url = "http://127.0.0.1:1/";
    expect_failure(request, 100, STATUS_CONFLICT, "onnect");
}

Test(http_fetch, drops_a_tag_that_is_too_long_and_ends_at_endless_headers)
{
    struct buf head defer(buf_clear) = BUF_INIT(256 * 1024);
    buf_printf(&head, "200 OK\r\nETag: \"");
    buf_append_repeated(&head, 'x', 400);
    buf_append_text(&head, "\"");
    offer("/a", (const char *)head.ptr, "x");
    struct buf body defer(buf_clear) = BUF_INIT(100);
    struct http_fetch_result result;
    const struct http_fetch_request request = of("/a");
    cr_assert_eq(http_fetch(&request, &body, &result), STATUS_OK, "%s", status_detail());
    cr_expect_str_eq(result.etag, "");

    for (int i = 0; i < 200; i++) {
        buf_append_text(&head, "\r\nX: ");
        buf_append_repeated(&head, 'x', 1000);
    }
    offer("/b", (const char *)head.ptr, "x");
    expect_failure(of("/b"), 100, STATUS_CONFLICT, "");
}
