/*
 * The strict check of one request head on its raw bytes: RFC 9112 without its leniencies.
 *
 * A pure function, called again with the longer buffer while it answers HEAD_MORE. Nothing that two
 * implementations could read differently passes: line ends are CRLF, no line folding, no space
 * before a colon, no NUL, exactly one Host, no Transfer-Encoding at all (501: nobody who talks to
 * certferry needs it), one Content-Length of digits at most. A tab or a byte above 0x7f is allowed
 * in a header value (RFC 9110 5.5 obs-text), never in the target.
 */
#pragma once

#include "base/limits.h"
#include "base/span.h"
#include "http/method.h"

enum head_verdict { HEAD_MORE, HEAD_OK, HEAD_REFUSED };

struct head_header {
    struct span name;
    struct span value; /* without the white space around it */
};

struct head {
    size_t len; /* bytes of the head with its empty line; what follows is the body */
    enum method method;
    struct span target; /* origin form "/path?query", or "*" with OPTIONS */
    struct span host;   /* value of Host */
    bool http_1_1;      /* else HTTP/1.0 */
    bool keep_alive;    /* GET or HEAD without a body, and the connection may stay open */
    bool persistent;    /* the client's wish and the protocol's default together */
    bool has_length;    /* Content-Length was there */
    uint64_t content_length;
    bool expects_continue;
    size_t header_count;
    struct head_header headers[LIMIT_REQUEST_HEADERS];
};

struct head_refusal {
    int http;             /* 400, 405, 413, 414, 417, 431, 501, 505 */
    const char *sentence; /* a literal: what is wrong, with its clause */
};

/*
 * `bytes` starts with the request line and may hold more than the head; at most LIMIT_REQUEST_HEAD
 * bytes are looked at. On HEAD_OK the spans of *ret_head point into `bytes`; on HEAD_REFUSED only
 * *ret_refusal is set; on HEAD_MORE neither.
 */
enum head_verdict head_check(struct span bytes, struct head *ret_head,
                             struct head_refusal *ret_refusal);

/* The value of the header `name` (any case); false when it is absent or there more than once. */
bool head_find(const struct head *head, const char *name, struct span *ret_value);
/* How often it is there. */
size_t head_count(const struct head *head, const char *name);
