/*
 * One download by http or https, bounded in size, time and redirects. Nothing else is spoken, no
 * file is read, no cookie is kept, and no proxy of the environment is used.
 */
#pragma once

#include "base/buf.h"
#include "base/status.h"

enum { HTTP_FETCH_ETAG_MAX = 256, HTTP_FETCH_MODIFIED_MAX = 64, HTTP_FETCH_REDIRECTS = 3 };

struct http_fetch_request {
    const char *url;      /* http or https; redirects stay within the two */
    const char *etag;     /* of what the caller has, "" for nothing */
    const char *modified; /* its Last-Modified as it came, "" for nothing */
    const char *proxy;    /* http address of a proxy, "" for none */
    int64_t timeout;      /* seconds for all of it, redirects and body included */
    /* Asked every second or more often; true ends the download. NULL: never. */
    bool (*stopping)(const void *context);
    const void *context;
};

/* Validators of what was downloaded, for the next time; "" when there is none or it is too long. */
struct http_fetch_result {
    bool not_modified; /* the caller has the newest: nothing was downloaded */
    char etag[HTTP_FETCH_ETAG_MAX];
    char modified[HTTP_FETCH_MODIFIED_MAX];
};

/*
 * Appends the body to `body`, whose maximum is the most that is taken. TOO_LARGE beyond that;
 * CONFLICT when there was no answer, or another than 200 or 304, or stopping() said so: the detail
 * says which. After a failure `body` holds nothing of use.
 */
enum status http_fetch(const struct http_fetch_request *request, struct buf *body,
                       struct http_fetch_result *ret_result);
