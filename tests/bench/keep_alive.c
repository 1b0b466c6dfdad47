/*
 * keep_alive PORT PATH COUNT [HEADER...]: the same GET, with these header lines, so many times over
 * one connection, each after the answer to the one before. Prints the microseconds that all took,
 * then the length of the body. What the server costs shows through this better than through a
 * client that is slower than it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int connect_to(int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0)
        err(EXIT_FAILURE, "port %d", port);
    return fd;
}

/* The length of head and body, once the head is there; 0 before. */
static size_t whole_length(char *bytes, size_t len, size_t *body)
{
    bytes[len] = '\0';
    const char *end = strstr(bytes, "\r\n\r\n");
    const char *length = strstr(bytes, "\r\nContent-Length: ");
    if (end == NULL)
        return 0;
    if (strncmp(bytes, "HTTP/1.1 200 ", 13) != 0 || length == NULL || length > end)
        errx(EXIT_FAILURE, "not a 200 with its length: %.60s", bytes);
    *body = strtoul(length + 18, NULL, 10);
    return (size_t)(end - bytes) + 4 + *body;
}

static size_t exchange(int fd, const char *request, size_t request_len)
{
    static char bytes[64 * 1024];
    size_t got = 0;
    size_t whole = 0;
    size_t body = 0;
    if (write(fd, request, request_len) != (ssize_t)request_len)
        err(EXIT_FAILURE, "write");
    while (whole == 0 || got < whole) {
        ssize_t part = read(fd, bytes + got, sizeof bytes - 1 - got);
        if (part <= 0)
            err(EXIT_FAILURE, "the connection ended");
        got += (size_t)part;
        if (whole == 0)
            whole = whole_length(bytes, got, &body);
    }
    return body;
}

/* Appends a line; its CRLF ends the head when the line is empty. */
static size_t append_line(char *request, size_t size, size_t len, const char *line)
{
    int added = snprintf(request + len, size - len, "%s\r\n", line);
    if (added < 0 || (size_t)added >= size - len)
        errx(EXIT_FAILURE, "the request is too long");
    return len + (size_t)added;
}

static size_t write_request(int argc, char **argv, char *request, size_t size)
{
    char first[4096];
    snprintf(first, sizeof first, "GET %s HTTP/1.1", argv[2]);
    size_t len = append_line(request, size, 0, first);
    len = append_line(request, size, len, "Host: 127.0.0.1");
    for (int i = 4; i < argc; i++)
        len = append_line(request, size, len, argv[i]);
    return append_line(request, size, len, "");
}

int main(int argc, char **argv)
{
    if (argc < 4)
        errx(EXIT_FAILURE, "usage: keep_alive PORT PATH COUNT [HEADER...]");
    char request[16 * 1024];
    size_t len = write_request(argc, argv, request, sizeof request);
    int fd = connect_to((int)strtol(argv[1], NULL, 10));
    struct timespec begun;
    struct timespec ended;
    size_t body = 0;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (long left = strtol(argv[3], NULL, 10); left > 0; left--)
        body = exchange(fd, request, len);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    long long took =
        (ended.tv_sec - begun.tv_sec) * 1000000LL + (ended.tv_nsec - begun.tv_nsec) / 1000;
    printf("%lld %zu\n", took, body);
    close(fd);
}
