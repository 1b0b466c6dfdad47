/*
 * Handing one mail to the mail server (RFC 5321, as a client of RFC 6409), by libcurl.
 *
 * TLS is required unless the server's row says otherwise: a server that offers none, or whose
 * certificate does not lead to a CA that is trusted or names another host, gets neither log-in nor
 * mail. Everything is bounded: the time of the whole dialogue, what is kept of the replies.
 *
 * A mail is the server's from the moment that it answers 250 to the end of the data. The one
 * instant at which nobody can know is between sending that end and reading the answer; the caller
 * is asked before it (before_end), so that it can be remembered, and told SMTP_UNSURE when no
 * answer came.
 */
#pragma once

#include "base/secret.h"
#include "base/span.h"
#include "base/status.h"

#include <stdint.h>

enum smtp_tls {
    SMTP_STARTTLS, /* begins in the clear, RFC 3207 */
    SMTP_IMPLICIT, /* TLS from the first byte, RFC 8314 3 */
    SMTP_NO_TLS,
};

struct smtp_server {
    const char *host; /* a DNS name or an IP address */
    int64_t port;
    enum smtp_tls tls;
    const char *ca_file; /* PEM; "" for the CAs of the system */
    const char *user;    /* "" is without log-in */
    const struct secret *password;
    const char *own_name; /* for EHLO: a DNS name or an IP address */
    int64_t timeout;      /* seconds for everything */
};

enum smtp_outcome {
    SMTP_SENT,        /* the server has it */
    SMTP_REFUSED,     /* 5xx to this recipient or this mail: trying again will not help */
    SMTP_LATER,       /* 4xx to this recipient or this mail */
    SMTP_UNREACHABLE, /* no connection, no TLS, no log-in, no leave to send: says nothing of the
                         mail */
    SMTP_UNSURE,      /* the end was sent and no answer came */
    SMTP_STOPPED,     /* the caller wanted to stop, and the server does not have it */
};

enum { SMTP_REASON_MAX = 320 };

struct smtp_result {
    enum smtp_outcome outcome;
    char reason[SMTP_REASON_MAX]; /* ASCII; "" when it was sent */
};

struct smtp_hooks {
    /* All but the last line end has been handed over; anything but OK ends the dialogue without the
     * server having the mail. */
    enum status (*before_end)(void *context);
    /* Asked each second; the answer of the server is waited for a moment longer. */
    bool (*stopping)(void *context);
    void *context;
};

/*
 * `mail` is what message_append() makes; it ends with CRLF. Other than OK: NO_MEMORY, INTERNAL
 * (libcurl), or what before_end() returned.
 */
enum status smtp_send(const struct smtp_server *server, const char *from, const char *to,
                      struct span mail, const struct smtp_hooks *hooks,
                      struct smtp_result *ret_result);

/* Connects, agrees on TLS and logs in. CONFLICT with what the server or the network said. */
enum status smtp_probe(const struct smtp_server *server);
