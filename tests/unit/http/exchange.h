/* One request by its text through a router, and what came of it, without sockets. */
#pragma once

#include "http/head_check.h"
#include "http/router.h"

struct exchange {
    char *text; /* what the head points into */
    struct head head;
    struct request *request;
    struct response *response;
    struct buf out; /* head of the response and its body */
    struct span body;
    struct response_content content; /* body is its bytes */
};
void exchange_clear(struct exchange *exchange);
CLEANUP_VALUE(struct exchange, exchange_clear)

/* `text` is head and body; `peer` an address. */
void exchange_begin(struct exchange *exchange, const char *text, enum listener_kind listener,
                    const char *peer);
/* Writes the response as it is now. */
void exchange_write(struct exchange *exchange);
/* All of it through the router, from 192.0.2.1 over https. */
void exchange_run(struct exchange *exchange, struct router *router, const char *text);

/* Whether the written head has this line. */
bool exchange_has(const struct exchange *exchange, const char *line);
bool exchange_mentions(const struct exchange *exchange, const char *part);
int exchange_status(const struct exchange *exchange);
