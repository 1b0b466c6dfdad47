/*
 * One response: built whole, then written once with Content-Length.
 *
 * Setters never fail in the middle: the first failure is kept and the response becomes a 500. Names
 * and values of headers are refused when they hold CR, LF or another control (an attempt to split
 * the response is our bug). HEAD, conditional requests (RFC 9110 13: If-None-Match before
 * If-Modified-Since), gzip and the security headers are applied when it is sent; a handler treats
 * HEAD as GET.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

struct response;

/* Which security headers go out with it. */
enum response_class {
    RESPONSE_PAGE,   /* HTML that depends on language and browser: asked for again each time */
    RESPONSE_SECRET, /* a page or file whose address or content is secret: no-store, no referrer */
    RESPONSE_FILE,   /* a public file: cached, never framed, nothing runs in it */
    RESPONSE_DATA,   /* JSON and plain text for programs: no-store */
};

/* 200 unless set. */
void response_set_status(struct response *response, int http);
/* RESPONSE_DATA unless set. */
void response_set_class(struct response *response, enum response_class class);
/* A literal, "text/html; charset=utf-8"; "text/plain; charset=utf-8" unless set. */
void response_set_type(struct response *response, const char *media_type);
void response_add_header(struct response *response, const char *name, const char *value);

/* Where a handler writes the body, at most LIMIT_PAGE bytes; wiped after it is sent. */
struct buf *response_body(struct response *response);
/* Takes over a body that may be larger than a page; wiped after it is sent. */
void response_take_body(struct response *response, struct buf *body);
/* A body of bytes that outlive the request (assets, snapshots); it replaces response_body(). */
void response_set_static(struct response *response, struct span bytes);
/* A body of `size` bytes from the start of a file, sent piece by piece; it replaces
 * response_body(). The descriptor becomes the response's. */
void response_set_file(struct response *response, int take_fd, uint64_t size);
/* The same bytes gzipped, sent when the client takes them; sets Vary. */
void response_set_static_gzip(struct response *response, struct span gzip);

/* Strong, with its quotes: "\"abc\"". */
void response_set_etag(struct response *response, const char *etag);
void response_set_modified(struct response *response, int64_t seconds);
/* Seconds for which caches may keep it; for RESPONSE_FILE. */
void response_set_max_age(struct response *response, int64_t seconds);
/* Content-Disposition; `name` is ASCII without quotes or backslashes. */
void response_set_download(struct response *response, const char *name, bool attachment);

/* The whole Content-Security-Policy, instead of the strictest one that is sent without it. */
void response_set_policy(struct response *response, const char *policy);

/* An empty 303 (after a POST), 308 or 302 to `location`: a path, or an address of ours. */
void response_redirect(struct response *response, int http, const char *location);
/* cookie.h; Strict. */
void response_set_cookie(struct response *response, const char *name, struct span value,
                         int64_t max_age);

/* Forgets everything set so far: for the page of an error found halfway. */
void response_reset(struct response *response);
int response_status(const struct response *response);

/* ---- for http/listener.c, http/router.c and tests ---- */

struct request;

enum status response_new(struct response **ret_response);
void response_free(struct response *response);
CLEANUP_POINTER(struct response, response_free)

/* What is sent behind the head: bytes, or with fd >= 0 the first `size` bytes of a file. Both
 * belong to the response. */
struct response_content {
    struct span bytes;
    int fd;
    uint64_t size;
    int http; /* the status that went into the head: 304 where it was 200 */
};

/*
 * What to send: appends status line and headers to `head`, and gives the content, empty for HEAD,
 * 204 and 304. A response that failed becomes a plain 500.
 */
enum status response_write(struct response *response, const struct request *request,
                           bool keep_alive, struct buf *head, struct response_content *ret_content);
