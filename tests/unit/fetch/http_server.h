/* A web server that says what a test wants, one request a connection, on a loopback port. */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"

#include <pthread.h>

enum { HTTP_ANSWERS_MAX = 8 };

/* What a request of this path gets. */
struct http_answer {
    const char *path;
    const char *head; /* "200 OK\r\nETag: \"1\"": status line without the version, headers */
    struct span body; /* sent with its length, unless the head has one */
    const char *tag;  /* 304 to a request that has it in If-None-Match; NULL: never */
    bool silent;      /* nothing is said until the server stops */
};

struct http_server {
    int listener;
    int port;
    pthread_t thread;
    pthread_mutex_t mutex; /* of what follows: a test may change answers meanwhile */
    struct http_answer answers[HTTP_ANSWERS_MAX];
    size_t count;
    int requests;
    struct buf heard; /* every request head */
    int wake[2];
};

void http_server_start(struct http_server *server);
/* Puts the answer in place of the one of the same path. */
void http_server_answer(struct http_server *server, struct http_answer answer);
int http_server_requests(struct http_server *server);
bool http_server_heard(struct http_server *server, const char *text);
void http_server_stop(struct http_server *server);
CLEANUP_VALUE(struct http_server, http_server_stop)
