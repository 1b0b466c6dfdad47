#include "http_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

static const struct http_answer *find(const struct http_server *server, const char *path)
{
    for (size_t i = 0; i < server->count; i++)
        if (strcmp(server->answers[i].path, path) == 0)
            return &server->answers[i];
    return NULL;
}

static void say(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes = span_of(bytes.ptr + sent, bytes.len - (size_t)sent);
    }
}

static bool is_known(const struct http_answer *answer, const char *head)
{
    const char *line = strstr(head, "\r\nIf-None-Match: ");
    return answer->tag != NULL && line != NULL &&
           strncmp(line + strlen("\r\nIf-None-Match: "), answer->tag, strlen(answer->tag)) == 0;
}

static void append_answer(const struct http_answer *answer, const char *head, struct buf *text)
{
    if (answer == NULL)
        buf_append_text(text, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    else if (is_known(answer, head))
        buf_append_text(text, "HTTP/1.1 304 Not Modified\r\n\r\n");
    else {
        buf_printf(text, "HTTP/1.1 %s\r\nConnection: close\r\n", answer->head);
        if (strstr(answer->head, "Content-Length") == NULL)
            buf_printf(text, "Content-Length: %zu\r\n", answer->body.len);
        buf_append_text(text, "\r\n");
        buf_append(text, answer->body);
    }
}

/* False: say nothing. */
static bool answer_head(struct http_server *server, const char *head, struct buf *text)
{
    char path[256];
    pthread_mutex_lock(&server->mutex);
    server->requests++;
    buf_printf(&server->heard, "%s", head);
    snprintf(path, sizeof path, "%.*s", (int)strcspn(head + 4, " "), head + 4);
    const struct http_answer *answer = find(server, path);
    bool silent = answer != NULL && answer->silent;
    if (!silent)
        append_answer(answer, head, text);
    pthread_mutex_unlock(&server->mutex);
    return !silent;
}

static void converse(struct http_server *server, int fd)
{
    char head[8192] = "";
    size_t len = 0;
    while (strstr(head, "\r\n\r\n") == NULL && len + 1 < sizeof head) {
        ssize_t got = recv(fd, head + len, sizeof head - 1 - len, 0);
        if (got <= 0)
            return;
        len += (size_t)got;
        head[len] = '\0';
    }
    struct buf text defer(buf_clear) = BUF_INIT(64 * 1024 * 1024);
    if (!answer_head(server, head, &text)) {
        poll(&(struct pollfd){.fd = server->wake[0], .events = POLLIN}, 1, -1);
        return;
    }
    say(fd, span_of(text.ptr, text.len));
    shutdown(fd, SHUT_WR);
    while (recv(fd, head, sizeof head, 0) > 0)
        ;
}

static void *serve(void *argument)
{
    struct http_server *server = argument;
    for (;;) {
        int fd defer(close) = accept(server->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        converse(server, fd);
    }
}

void http_server_start(struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    *server = (struct http_server){.heard = BUF_INIT(1024 * 1024)};
    pthread_mutex_init(&server->mutex, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(pipe(server->wake), 0);
    cr_assert_eq(bind(server->listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(server->listener, 16), 0);
    cr_assert_eq(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

void http_server_answer(struct http_server *server, struct http_answer answer)
{
    pthread_mutex_lock(&server->mutex);
    size_t place = 0;
    while (place < server->count && strcmp(server->answers[place].path, answer.path) != 0)
        place++;
    cr_assert_lt(place, HTTP_ANSWERS_MAX);
    server->answers[place] = answer;
    server->count += place == server->count;
    pthread_mutex_unlock(&server->mutex);
}

int http_server_requests(struct http_server *server)
{
    pthread_mutex_lock(&server->mutex);
    int requests = server->requests;
    pthread_mutex_unlock(&server->mutex);
    return requests;
}

bool http_server_heard(struct http_server *server, const char *text)
{
    pthread_mutex_lock(&server->mutex);
    bool heard = server->heard.len > 0 && strstr((const char *)server->heard.ptr, text) != NULL;
    pthread_mutex_unlock(&server->mutex);
    return heard;
}

void http_server_stop(struct http_server *server)
{
    cr_assert_eq(write(server->wake[1], "x", 1), 1);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->wake[0]);
    close(server->wake[1]);
    pthread_mutex_destroy(&server->mutex);
    buf_clear(&server->heard);
}
