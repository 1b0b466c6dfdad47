/* A mail server that says what a test wants, in a thread of its own on a loopback port. */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"

#include <pthread.h>

/* What is said in place of the usual reply to a command ("RCPT"), or to the end of the data (".");
 * NULL closes the connection without a word. */
struct server_reply {
    const char *command;
    const char *reply;
};

struct server {
    const struct server_reply *replies;
    size_t reply_count;
    int listener;
    int port;
    pthread_t thread;
    int mails;        /* that were answered 250 */
    struct buf data;  /* of the last one, with the dots as they came */
    struct buf heard; /* every command line */
    bool silent;      /* takes the connection and never says a word */
    int wake[2];      /* ends a silence */
};

void server_start(struct server *server);
/* Waits for the thread. */
void server_stop(struct server *server);
CLEANUP_VALUE(struct server, server_stop)
