#include "server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

static const struct server_reply usual[] = {
    {"greeting", "220 test"}, {"EHLO", "250-test\r\n250 SIZE 1000000"},
    {"MAIL", "250 ok"},       {"RCPT", "250 ok"},
    {"DATA", "354 go on"},    {".", "250 taken"},
    {"NOOP", "250 ok"},       {"QUIT", "221 bye"},
};

static const struct server_reply *find(const struct server_reply *replies, size_t count,
                                       const char *line)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(line, replies[i].command, strlen(replies[i].command)) == 0)
            return &replies[i];
    return NULL;
}

/* The code of the reply; 0 when the connection is to be closed. */
static int answer(struct server *server, int fd, const char *line)
{
    const struct server_reply *reply = find(server->replies, server->reply_count, line);
    if (reply == NULL)
        reply = find(usual, sizeof usual / sizeof usual[0], line);
    const char *text = reply == NULL ? "502 what" : reply->reply;
    if (text == NULL)
        return 0;
    struct buf bytes defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&bytes, "%s\r\n", text);
    if (send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) < 0)
        return 0;
    return (text[0] - '0') * 100;
}

static bool read_line(FILE *in, char line[static 2048])
{
    if (fgets(line, 2048, in) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

/* False when the connection ended before the data did. */
static bool read_data(struct server *server, FILE *in)
{
    char line[2048];
    buf_reset(&server->data);
    while (read_line(in, line)) {
        if (strcmp(line, ".") == 0)
            return true;
        buf_printf(&server->data, "%s\n", line);
    }
    return false;
}

static void converse(struct server *server, int fd)
{
    FILE *in = fdopen(dup(fd), "r");
    char line[2048];
    int code = answer(server, fd, "greeting");
    while (code != 0 && read_line(in, line)) {
        buf_printf(&server->heard, "%s\n", line);
        code = answer(server, fd, line);
        if (code == 300) {
            code = read_data(server, in) ? answer(server, fd, ".") : 0;
            server->mails += code == 200;
        }
    }
    fclose(in);
}

static void *serve(void *argument)
{
    struct server *server = argument;
    for (;;) {
        int fd defer(close) = accept(server->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        if (server->silent)
            poll(&(struct pollfd){.fd = server->wake[0], .events = POLLIN}, 1, -1);
        else
            converse(server, fd);
    }
}

void server_start(struct server *server)
{
    server->data = (struct buf)BUF_INIT(1024 * 1024);
    server->heard = (struct buf)BUF_INIT(64 * 1024);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    cr_assert_eq(bind(server->listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(server->listener, 8), 0);
    cr_assert_eq(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    cr_assert_eq(pipe(server->wake), 0);
    cr_assert_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

void server_stop(struct server *server)
{
    close(server->wake[1]);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->wake[0]);
    buf_clear(&server->data);
    buf_clear(&server->heard);
}
