/* HTTPS with a client certificate. The connection stays open between requests. */
#pragma once

#include "base/buf.h"

enum { LINE_BODY_MAX = 256 * 1024 };

struct line;

/* Once, before there are threads: bundles for old phones need algorithms of the past. */
void line_prepare(void);
/* `host` is a name or an address, without brackets; `password` that of the bundle. Whom the
 * bundle's CA certificates vouch for is trusted. A server that says nothing for `timeout` seconds
 * gives no answer; 0: it is waited for. False: it is said on standard error. */
bool line_open(const char *host, const char *port, const char *bundle, const char *password,
               long timeout, struct line **ret_line);
void line_close(struct line *line);
CLEANUP_POINTER(struct line, line_close)

/* From now on it comes without its certificate. */
void line_drop_certificate(struct line *line);

struct line_answer {
    int http; /* 0: no answer */
    int retry_after;
    struct buf body;
};
#define LINE_ANSWER_INIT                                                                           \
    {                                                                                              \
        .body = BUF_INIT(LINE_BODY_MAX)                                                            \
    }
void line_answer_clear(struct line_answer *answer);
CLEANUP_VALUE(struct line_answer, line_answer_clear)

/* `head` are lines that end with CRLF. False: no answer; it is said on standard error. */
bool line_ask(struct line *line, const char *method, const char *target, const char *head,
              struct span body, struct line_answer *answer);
