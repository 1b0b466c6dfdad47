/*
 * Headers are collected as finished lines in one buffer; the body is a buffer of the response,
 * bytes that somebody else keeps, or a file.
 *
 * Strict-Transport-Security is never sent: the same host must stay reachable over plain http, since
 * that is how a phone gets the root before it trusts anything.
 */
#include "http/response.h"

#include "base/clock.h"
#include "base/limits.h"
#include "http/cookie.h"
#include "http/head_check.h"
#include "http/reason.h"
#include "http/request.h"

#include <stdio.h>

enum { HEADERS_MAX = 4096, ETAG_MAX = 96, POLICY_MAX = 512 };

struct response {
    int http;
    enum status failure;
    enum response_class class;
    const char *type;
    struct buf headers;
    struct buf body;
    bool is_static;
    struct span fixed;
    struct span gzip;
    int file; /* -1: none */
    uint64_t file_size;
    char etag[ETAG_MAX];
    int64_t modified; /* 0: unknown */
    int64_t max_age;
    char policy[POLICY_MAX];
};

static void set_defaults(struct response *response)
{
    response->http = 200;
    response->failure = STATUS_OK;
    response->class = RESPONSE_DATA;
    response->type = "text/plain; charset=utf-8";
    response->is_static = false;
    response->fixed = response->gzip = SPAN_EMPTY;
    response->file = -1;
    response->file_size = 0;
    response->etag[0] = response->policy[0] = '\0';
    response->modified = response->max_age = 0;
}

enum status response_new(struct response **ret_response)
{
    struct response *response = calloc(1, sizeof *response);
    if (response == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a response");
    response->headers = (struct buf)BUF_INIT(HEADERS_MAX);
    response->body = (struct buf)BUF_INIT(LIMIT_PAGE);
    set_defaults(response);
    *ret_response = response;
    return STATUS_OK;
}

void response_free(struct response *response)
{
    if (response == NULL)
        return;
    close_at(&response->file);
    buf_clear(&response->headers);
    buf_clear(&response->body);
    free(response);
}

void response_reset(struct response *response)
{
    close_at(&response->file);
    buf_reset(&response->headers);
    buf_clear(&response->body);
    response->body = (struct buf)BUF_INIT(LIMIT_PAGE);
    set_defaults(response);
}

static void fail(struct response *response, enum status status)
{
    if (response->failure == STATUS_OK)
        response->failure = status;
}

void response_set_status(struct response *response, int http)
{
    response->http = http;
}

int response_status(const struct response *response)
{
    return response->http;
}

void response_set_class(struct response *response, enum response_class class)
{
    response->class = class;
}

void response_set_type(struct response *response, const char *media_type)
{
    response->type = media_type;
}

/* RFC 9110 5.6.2 for names; printable ASCII for values: what splits a response is no header. */
static bool is_header(const char *name, const char *value)
{
    static const char *const token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789!#$%&'*+-.^_`|~";
    size_t len = strlen(name);
    if (len == 0 || strspn(name, token) != len)
        return false;
    for (const char *c = value; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            return false;
    return true;
}

void response_add_header(struct response *response, const char *name, const char *value)
{
    if (!is_header(name, value)) {
        fail(response, status_fail(STATUS_INTERNAL, "a response header was refused"));
        return;
    }
    buf_printf(&response->headers, "%s: %s\r\n", name, value);
}

struct buf *response_body(struct response *response)
{
    return &response->body;
}

void response_take_body(struct response *response, struct buf *body)
{
    buf_clear(&response->body);
    response->body = *body;
    *body = (struct buf)BUF_INIT(0);
}

void response_set_static(struct response *response, struct span bytes)
{
    response->is_static = true;
    response->fixed = bytes;
}

void response_set_file(struct response *response, int take_fd, uint64_t size)
{
    close_at(&response->file);
    response->file = take_fd;
    response->file_size = size;
}

void response_set_static_gzip(struct response *response, struct span gzip)
{
    response->gzip = gzip;
}

/* Copies a text into a member, or fails the response when it does not fit or is no header value. */
static void set_text(struct response *response, char *member, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len >= size || !is_header("X", text)) {
        fail(response, status_fail(STATUS_INTERNAL, "a response header was refused"));
        return;
    }
    memcpy(member, text, len + 1);
}

void response_set_etag(struct response *response, const char *etag)
{
    size_t len = strlen(etag);
    if (len < 2 || etag[0] != '"' || etag[len - 1] != '"')
        fail(response, status_fail(STATUS_INTERNAL, "an ETag has no quotes"));
    else
        set_text(response, response->etag, sizeof response->etag, etag);
}

void response_set_modified(struct response *response, int64_t seconds)
{
    response->modified = seconds;
}

void response_set_max_age(struct response *response, int64_t seconds)
{
    response->max_age = seconds;
}

void response_set_download(struct response *response, const char *name, bool attachment)
{
    char value[160];
    bool plain = strpbrk(name, "\"\\/") == NULL;
    int len = snprintf(value, sizeof value, "%s; filename=\"%s\"",
                       attachment ? "attachment" : "inline", name);
    if (!plain || len < 0 || (size_t)len >= sizeof value)
        fail(response, status_fail(STATUS_INTERNAL, "a file name was refused"));
    else
        response_add_header(response, "Content-Disposition", value);
}

void response_set_policy(struct response *response, const char *policy)
{
    set_text(response, response->policy, sizeof response->policy, policy);
}

void response_redirect(struct response *response, int http, const char *location)
{
    response_set_status(response, http);
    response_add_header(response, "Location", location);
}

void response_set_cookie(struct response *response, const char *name, struct span value,
                         int64_t max_age)
{
    struct buf text defer(buf_clear) = BUF_INIT(HEADERS_MAX);
    enum status status = cookie_append(&text, name, value, max_age, COOKIE_SAME_SITE_STRICT);
    if (status != STATUS_OK)
        fail(response, status);
    else
        response_add_header(response, "Set-Cookie", (const char *)text.ptr);
}

/* ---- conditional requests, RFC 9110 13 ------------------------------------------------------- */

/* Weak comparison against a list: the opaque tags are equal. 13.1.2 */
static bool list_has_etag(struct span list, const char *etag)
{
    if (span_equal_text(list, "*"))
        return true;
    size_t len = strlen(etag);
    for (size_t at = 0; at + len <= list.len; at++) {
        bool starts = at == 0 || list.ptr[at - 1] == ' ' || list.ptr[at - 1] == ',' ||
                      list.ptr[at - 1] == '/' || list.ptr[at - 1] == '\t';
        if (starts && memcmp(list.ptr + at, etag, len) == 0)
            return true;
    }
    return false;
}

static bool is_not_modified(const struct response *response, const struct request *request,
                            const char *etag)
{
    enum method method = request_method(request);
    if (response->http != 200 || (method != METHOD_GET && method != METHOD_HEAD))
        return false;
    const struct head *head = request_head(request);
    if (head_count(head, "If-None-Match") > 0)
        return etag[0] != '\0' && list_has_etag(request_header(request, "If-None-Match"), etag);
    struct span since = request_header(request, "If-Modified-Since");
    int64_t seconds = 0;
    return response->modified != 0 && since.len > 0 &&
           clock_parse_http(since, &seconds) == STATUS_OK && response->modified <= seconds;
}

/* ---- writing --------------------------------------------------------------------------------- */

static const char strictest_policy[] = "default-src 'none'; form-action 'self'; base-uri 'none'; "
                                       "frame-ancestors 'none'";

static void write_caching(const struct response *response, struct buf *head)
{
    bool refused = response->http >= 400;
    switch (response->class) {
    case RESPONSE_PAGE:
        buf_append_text(head, "Cache-Control: no-cache\r\nVary: Accept-Language, User-Agent\r\n");
        break;
    case RESPONSE_SECRET:
        buf_append_text(head, "Cache-Control: no-store\r\nX-Robots-Tag: noindex\r\n");
        break;
    case RESPONSE_FILE:
        if (refused)
            buf_append_text(head, "Cache-Control: no-store\r\n");
        else
            buf_printf(head, "Cache-Control: public, max-age=%lld\r\n",
                       (long long)response->max_age);
        break;
    case RESPONSE_DATA:
        buf_append_text(head, "Cache-Control: no-store\r\n");
        break;
    }
}

static void write_security(const struct response *response, const struct request *request,
                           struct buf *head)
{
    buf_append_text(head, "X-Content-Type-Options: nosniff\r\n"
                          "Referrer-Policy: no-referrer\r\n"
                          "X-Frame-Options: DENY\r\n"
                          "Cross-Origin-Resource-Policy: same-origin\r\n");
    if (request_is_secure(request))
        buf_append_text(head, "Cross-Origin-Opener-Policy: same-origin\r\n");
    buf_printf(head, "Content-Security-Policy: %s\r\n",
               response->policy[0] == '\0' ? strictest_policy : response->policy);
    write_caching(response, head);
}

static void write_validators(const struct response *response, const char *etag, struct buf *head)
{
    char date[CLOCK_HTTP_SIZE];
    clock_format_http(clock_now(), date);
    buf_printf(head, "Date: %s\r\n", date);
    if (etag[0] != '\0')
        buf_printf(head, "ETag: %s\r\n", etag);
    if (response->modified != 0) {
        clock_format_http(response->modified, date);
        buf_printf(head, "Last-Modified: %s\r\n", date);
    }
    if (response->gzip.len > 0)
        buf_append_text(head, "Vary: Accept-Encoding\r\n");
}

/* Any mention of gzip but one that refuses it; RFC 9110 12.5.3. */
static bool takes_gzip(const struct request *request)
{
    struct span accept = request_header(request, "Accept-Encoding");
    const uint8_t *gzip = accept.len == 0 ? NULL : memmem(accept.ptr, accept.len, "gzip", 4);
    if (gzip == NULL)
        return false;
    size_t left = accept.len - (size_t)(gzip - accept.ptr);
    return left < 8 || memcmp(gzip, "gzip;q=0", 8) != 0;
}

struct variant {
    struct response_content content;
    bool gzip;
    char etag[ETAG_MAX + 8];
};

/* Which bytes stand for the response; the gzipped ones have an ETag of their own (8.8.3). */
static struct variant choose(const struct response *response, const struct request *request)
{
    struct span body =
        response->is_static ? response->fixed : span_of(response->body.ptr, response->body.len);
    struct variant variant = {.content = {.bytes = body, .fd = -1, .size = body.len}};
    if (response->file >= 0)
        variant.content =
            (struct response_content){.fd = response->file, .size = response->file_size};
    size_t len = strlen(response->etag);
    memcpy(variant.etag, response->etag, len + 1);
    if (response->gzip.len > 0 && takes_gzip(request)) {
        variant.gzip = true;
        variant.content = (struct response_content){
            .bytes = response->gzip, .fd = -1, .size = response->gzip.len};
        if (len > 1)
            memcpy(variant.etag + len - 1, "-gzip\"", sizeof "-gzip\"");
    }
    return variant;
}

static void write_status_line(int http, bool keep_alive, struct buf *head)
{
    buf_printf(head, "HTTP/1.1 %d %s\r\n", http, reason_phrase(http));
    buf_append_text(head, keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
}

static void write_content(const struct response *response, const struct variant *variant,
                          struct buf *head)
{
    if (variant->content.size > 0)
        buf_printf(head, "Content-Type: %s\r\n", response->type);
    if (variant->gzip)
        buf_append_text(head, "Content-Encoding: gzip\r\n");
    buf_printf(head, "Content-Length: %llu\r\n", (unsigned long long)variant->content.size);
}

static enum status first_failure(const struct response *response)
{
    if (response->failure != STATUS_OK)
        return response->failure;
    return response->headers.failure != STATUS_OK ? response->headers.failure
                                                  : response->body.failure;
}

static enum status write_parts(const struct response *response, const struct request *request,
                               bool keep_alive, struct buf *head,
                               struct response_content *ret_content)
{
    struct variant variant = choose(response, request);
    bool unchanged = is_not_modified(response, request, variant.etag);
    bool bare = unchanged || response->http == 204;
    write_status_line(unchanged ? 304 : response->http, keep_alive, head);
    write_validators(response, variant.etag, head);
    if (!bare)
        write_content(response, &variant, head);
    write_security(response, request, head);
    buf_append(head, span_of(response->headers.ptr, response->headers.len));
    buf_append_text(head, "\r\n");
    bool empty = bare || request_method(request) == METHOD_HEAD;
    *ret_content = empty ? (struct response_content){.fd = -1} : variant.content;
    ret_content->http = unchanged ? 304 : response->http;
    return head->failure;
}

enum status response_write(struct response *response, const struct request *request,
                           bool keep_alive, struct buf *head, struct response_content *ret_content)
{
    enum status failure = first_failure(response);
    if (failure != STATUS_OK) {
        response_reset(response);
        response_set_status(response, 500);
        buf_append_text(&response->body, status_sentence(STATUS_INTERNAL));
        buf_append_text(&response->body, "\n");
    }
    enum status status = write_parts(response, request, keep_alive, head, ret_content);
    return status != STATUS_OK ? status : failure;
}
