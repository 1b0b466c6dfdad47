#include "http/head_check.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <stdio.h>

static enum head_verdict check(struct span bytes, struct head *head, int *http)
{
    struct head_refusal refusal = {0};
    enum head_verdict verdict = head_check(bytes, head, &refusal);
    *http = verdict == HEAD_REFUSED ? refusal.http : 0;
    return verdict;
}

static struct head good(const char *text)
{
    struct head head;
    int http;
    cr_assert_eq(check(span_of_text(text), &head, &http), HEAD_OK, "%s answered %d", text, http);
    return head;
}

#define LINE "GET /h HTTP/1.1\r\n"
#define HOST "Host: ca.example\r\n"
#define NEXT "GET /smuggled HTTP/1.1\r\n" HOST "\r\n"

/* Each line of what lenient servers read as two requests, or as another one. */
struct hostile {
    const char *name;
    struct span bytes;
    int http;
};

#define HOSTILE(name, text, http)                                                                  \
    {                                                                                              \
        name, {(const uint8_t *)("" text), sizeof(text) - 1}, http                                 \
    }

static const struct hostile hostile[] = {
    HOSTILE("length and chunked",
            "POST /h HTTP/1.1\r\n" HOST
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT,
            400),
    HOSTILE("chunked and length",
            "POST /h HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
            400),
    HOSTILE("chunked alone", "POST /h HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 501),
    HOSTILE("identity", "POST /h HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 501),
    HOSTILE("identity and length",
            "POST /h HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\nContent-Length: 4\r\n\r\n",
            400),
    HOSTILE("chunked in capitals", "POST /h HTTP/1.1\r\n" HOST "TRANSFER-ENCODING: x\r\n\r\n", 501),
    HOSTILE("chunked in HTTP/1.0", "POST /h HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
            400),
    HOSTILE("two lengths",
            "POST /h HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 37\r\n\r\n" NEXT,
            400),
    HOSTILE("two equal lengths",
            "POST /h HTTP/1.1\r\n" HOST "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello", 400),
    HOSTILE("length in hexadecimal", "POST /h HTTP/1.1\r\n" HOST "Content-Length: 0x10\r\n\r\n",
            400),
    HOSTILE("length with a sign", "POST /h HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n", 400),
    HOSTILE("negative length", "POST /h HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400),
    HOSTILE("length with letters", "POST /h HTTP/1.1\r\n" HOST "Content-Length: 5abc\r\n\r\n", 400),
    HOSTILE("length as a list", "POST /h HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n", 400),
    HOSTILE("length in two words", "POST /h HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\n", 400),
    HOSTILE("empty length", "POST /h HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n", 400),
    HOSTILE("length of 2^63 - 1",
            "POST /h HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775807\r\n\r\n", 413),
    HOSTILE("length beyond 2^64",
            "POST /h HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551621\r\n\r\n", 413),
    HOSTILE("length with many digits",
            "POST /h HTTP/1.1\r\n" HOST
            "Content-Length: 99999999999999999999999999999999999\r\n\r\n",
            413),
    HOSTILE("space before the colon",
            "POST /h HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n", 400),
    HOSTILE("tab before the colon", LINE "Host\t: ca.example\r\n\r\n", 400),
    HOSTILE("folded line",
            "POST /h HTTP/1.1\r\n" HOST "X: a\r\n folded\r\nContent-Length: 5\r\n\r\nhello", 400),
    HOSTILE("line folded by a tab", LINE HOST "X: a\r\n\tfolded\r\n\r\n", 400),
    HOSTILE("first header folded", LINE " Host: ca.example\r\n\r\n", 400),
    HOSTILE("empty line of bare LF", LINE HOST "X: a\n\n" NEXT, 400),
    HOSTILE("bare LF as line end", "GET /h HTTP/1.1\nHost: ca.example\n\n", 400),
    HOSTILE("header behind a bare LF", LINE HOST "X: a\nContent-Length: 5\r\n\r\n", 400),
    HOSTILE("bare CR in a value", LINE HOST "X: a\rContent-Length: 5\r\n\r\n", 400),
    HOSTILE("two CR before LF", LINE HOST "X: a\r\r\n\r\n", 400),
    HOSTILE("NUL in a value", LINE HOST "X: a\0b\r\n\r\n", 400),
    HOSTILE("NUL in a name", LINE HOST "X\0Y: a\r\n\r\n", 400),
    HOSTILE("NUL in the target", "GET /h\0 HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("escape in a value", LINE HOST "X: \x1b[31m\r\n\r\n", 400),
    HOSTILE("delete in a value", LINE HOST "X: \x7f\r\n\r\n", 400),
    HOSTILE("no host", LINE "X: a\r\n\r\n", 400),
    HOSTILE("no host in HTTP/1.0", "GET /h HTTP/1.0\r\n\r\n", 400),
    HOSTILE("two hosts", LINE HOST "Host: evil.example\r\n\r\n", 400),
    HOSTILE("two equal hosts", LINE HOST HOST "\r\n", 400),
    HOSTILE("empty host", LINE "Host:\r\n\r\n", 400),
    HOSTILE("host with a path", LINE "Host: ca.example/x\r\n\r\n", 400),
    HOSTILE("host with a user", LINE "Host: a@ca.example\r\n\r\n", 400),
    HOSTILE("host of two names", LINE "Host: ca.example, evil.example\r\n\r\n", 400),
    HOSTILE("absolute form for another host", "GET http://evil.example/h HTTP/1.1\r\n" HOST "\r\n",
            400),
    HOSTILE("absolute form with a user", "GET http://u@ca.example/h HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("absolute form without host", "GET http:///h HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("absolute form of another scheme", "GET ftp://ca.example/h HTTP/1.1\r\n" HOST "\r\n",
            400),
    HOSTILE("authority form", "GET ca.example:443 HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("connect", "CONNECT ca.example:443 HTTP/1.1\r\n" HOST "\r\n", 501),
    HOSTILE("asterisk without options", "GET * HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("HTTP/0.9", "GET /h\r\n", 505),
    HOSTILE("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    HOSTILE("HTTP/1.2", "GET /h HTTP/1.2\r\n" HOST "\r\n", 505),
    HOSTILE("version in small letters", "GET /h http/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("version too long", "GET /h HTTP/1.10\r\n" HOST "\r\n", 400),
    HOSTILE("two spaces", "GET  /h HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("space behind the version", "GET /h HTTP/1.1 \r\n" HOST "\r\n", 400),
    HOSTILE("space before the method", " GET /h HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("tab in the request line", "GET\t/h HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("empty line first", "\r\n" LINE HOST "\r\n", 400),
    HOSTILE("UTF-8 in the target", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("fragment", "GET /h#x HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("backslash in the path", "GET /a\\b?c HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("bracket in the query", "GET /a?b[c] HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("quote in the target", "GET /h\"x HTTP/1.1\r\n" HOST "\r\n", 400),
    HOSTILE("header without colon", LINE HOST "nothing\r\n\r\n", 400),
    HOSTILE("header without name", LINE HOST ": a\r\n\r\n", 400),
    HOSTILE("UTF-8 in a name", LINE HOST "\xc3\xa4: a\r\n\r\n", 400),
    HOSTILE("unknown expectation", LINE HOST "Expect: 200-maybe\r\n\r\n", 417),
    HOSTILE("TLS to a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    HOSTILE("method of brackets", "G[]T /h HTTP/1.1\r\n" HOST "\r\n", 400),
};
enum { HOSTILES = sizeof hostile / sizeof hostile[0] };

Test(head_check, refuses_every_head_that_could_be_read_in_two_ways)
{
    for (int i = 0; i < HOSTILES; i++) {
        struct head head;
        int http;
        enum head_verdict verdict = check(hostile[i].bytes, &head, &http);
        cr_expect_eq(verdict, HEAD_REFUSED, "%s was not refused", hostile[i].name);
        cr_expect_eq(http, hostile[i].http, "%s: %d, not %d", hostile[i].name, http,
                     hostile[i].http);
    }
}

Test(head_check, refuses_the_same_however_the_bytes_arrive)
{
    for (int i = 0; i < HOSTILES; i++) {
        struct head head;
        int http = 0;
        enum head_verdict verdict = HEAD_MORE;
        for (size_t len = 0; len <= hostile[i].bytes.len && verdict == HEAD_MORE; len++)
            verdict = check(span_of(hostile[i].bytes.ptr, len), &head, &http);
        cr_expect_eq(verdict, HEAD_REFUSED, "%s", hostile[i].name);
        cr_expect_eq(http, hostile[i].http, "%s: %d", hostile[i].name, http);
    }
}

Test(head_check, asks_for_more_until_the_empty_line)
{
    const char *text = LINE HOST "X: a\r\n\r\n";
    struct head head;
    int http;
    for (size_t len = 0; len < strlen(text); len++)
        cr_assert_eq(check(span_of(text, len), &head, &http), HEAD_MORE, "%zu", len);
    cr_assert_eq(check(span_of_text(text), &head, &http), HEAD_OK);
}

Test(head_check, reads_method_target_host_and_headers)
{
    const char *text = "POST /l/abc?x=1 HTTP/1.1\r\nHost: ca.example:8443\r\n"
                       "Content-Length: 7\r\nX-Name: \t a b \t\r\n\r\npin=123";
    struct head head = good(text);
    struct span value;
    cr_assert_eq(head.method, METHOD_POST);
    cr_assert(span_equal_text(head.target, "/l/abc?x=1"));
    cr_assert(span_equal_text(head.host, "ca.example:8443"));
    cr_assert_eq(head.content_length, 7);
    cr_assert(head.has_length);
    cr_assert_eq(head.len, strlen(text) - 7);
    cr_assert(head_find(&head, "x-name", &value));
    cr_assert(span_equal_text(value, "a b"));
}

Test(head_check, knows_methods_by_their_exact_name)
{
    cr_assert_eq(good("get /h HTTP/1.1\r\n" HOST "\r\n").method, METHOD_OTHER);
    cr_assert_eq(good("TRACE /h HTTP/1.1\r\n" HOST "\r\n").method, METHOD_OTHER);
    cr_assert_eq(good("HEAD /h HTTP/1.1\r\n" HOST "\r\n").method, METHOD_HEAD);
    cr_assert_eq(good("OPTIONS * HTTP/1.1\r\n" HOST "\r\n").method, METHOD_OPTIONS);
}

Test(head_check, takes_the_path_of_an_absolute_form_of_the_same_host)
{
    cr_assert(
        span_equal_text(good("GET http://CA.example/h?q HTTP/1.1\r\n" HOST "\r\n").target, "/h?q"));
    cr_assert(span_equal_text(good("GET https://ca.example HTTP/1.1\r\n" HOST "\r\n").target, "/"));
}

Test(head_check, allows_tabs_and_utf8_in_values)
{
    struct span value;
    struct head head = good(LINE HOST "User-Agent: Gr\xc3\xbc\xc3\x9f\t1.0\r\n\r\n");
    cr_assert(head_find(&head, "User-Agent", &value));
    cr_assert(span_equal_text(value, "Gr\xc3\xbc\xc3\x9f\t1.0"));
}

struct keep {
    const char *text;
    bool stays;
};
static const struct keep keeps[] = {
    {LINE HOST "\r\n", true},
    {"HEAD /h HTTP/1.1\r\n" HOST "\r\n", true},
    {LINE HOST "Connection: keep-alive\r\n\r\n", true},
    {LINE HOST "Connection: close\r\n\r\n", false},
    {LINE HOST "Connection: x , CLOSE\r\n\r\n", false},
    {LINE HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n", false},
    {"GET /h HTTP/1.0\r\n" HOST "\r\n", false},
    {"GET /h HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", false},
    {LINE HOST "Content-Length: 0\r\n\r\n", false},
    {"POST /h HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", false},
    {"OPTIONS /h HTTP/1.1\r\n" HOST "\r\n", false},
};

/* What may go on once its body was read, where that is wanted. */
static const struct keep persists[] = {
    {"POST /h HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n", true},
    {"OPTIONS /h HTTP/1.1\r\n" HOST "\r\n", true},
    {"POST /h HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", false},
    {"POST /h HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", false},
};

Test(head_check, says_which_connection_could_go_on)
{
    for (size_t i = 0; i < sizeof persists / sizeof persists[0]; i++)
        cr_expect_eq(good(persists[i].text).persistent, persists[i].stays, "%s", persists[i].text);
}

Test(head_check, keeps_a_connection_only_after_get_or_head_without_a_body)
{
    for (size_t i = 0; i < sizeof keeps / sizeof keeps[0]; i++)
        cr_expect_eq(good(keeps[i].text).keep_alive, keeps[i].stays, "%s", keeps[i].text);
}

Test(head_check, sees_who_waits_for_100_continue)
{
    cr_assert(good("POST /h HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n")
                  .expects_continue);
    cr_assert_not(
        good("POST /h HTTP/1.0\r\n" HOST "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
            .expects_continue);
}

static int answer_of(const struct buf *text)
{
    struct head head;
    int http;
    check(span_of(text->ptr, text->len), &head, &http);
    return http;
}

Test(head_check, allows_forty_eight_headers_and_no_more)
{
    struct buf text defer(buf_clear) = BUF_INIT(64 * 1024);
    buf_append_text(&text, LINE HOST);
    for (int i = 1; i < LIMIT_REQUEST_HEADERS; i++)
        buf_printf(&text, "X-%d: a\r\n", i);
    size_t len = text.len;
    buf_append_text(&text, "\r\n");
    cr_assert_eq(answer_of(&text), 0);
    text.len = len;
    buf_append_text(&text, "Content-Length: 5\r\n\r\n");
    cr_assert_eq(answer_of(&text), 431);
}

Test(head_check, refuses_a_head_over_its_limit_with_431)
{
    struct buf text defer(buf_clear) = BUF_INIT(64 * 1024);
    buf_append_text(&text, LINE HOST "X: ");
    buf_append_repeated(&text, 'a', LIMIT_REQUEST_HEAD - text.len - 1);
    cr_assert_eq(answer_of(&text), 0);
    buf_append_text(&text, "aa\r\n\r\n");
    cr_assert_eq(answer_of(&text), 431);
}

Test(head_check, refuses_a_target_over_its_limit_with_414)
{
    struct buf text defer(buf_clear) = BUF_INIT(64 * 1024);
    buf_append_text(&text, "GET /");
    buf_append_repeated(&text, 'a', LIMIT_REQUEST_TARGET);
    buf_append_text(&text, " HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(answer_of(&text), 414);

    buf_reset(&text);
    buf_append_text(&text, "GET /");
    buf_append_repeated(&text, 'a', 4 * 1024);
    cr_assert_eq(answer_of(&text), 414);
}

Test(head_check, hides_a_header_that_is_there_twice)
{
    struct span value;
    struct head head = good(LINE HOST "Cookie: a=1\r\ncookie: a=2\r\n\r\n");
    cr_assert_not(head_find(&head, "Cookie", &value));
    cr_assert_eq(head_count(&head, "Cookie"), 2);
}

/* As phones write it, and with "?" once more. */
Test(head_check, takes_a_backslash_behind_the_question_mark)
{
    struct head head = good("POST /a?Cmd=Sync&User=CORP\\ann HTTP/1.1\r\n" HOST "\r\n");
    cr_expect(span_equal_text(head.target, "/a?Cmd=Sync&User=CORP\\ann"));
    head = good("POST /a?jRQJ+/8==?\\ HTTP/1.1\r\n" HOST "\r\n");
    cr_expect(span_equal_text(head.target, "/a?jRQJ+/8==?\\"));
}
