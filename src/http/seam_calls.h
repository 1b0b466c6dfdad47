/*
 * What CivetWeb calls instead of the system and OpenSSL. Plain C11, since CivetWeb's source is
 * compiled with it. Each behaves like its namesake towards CivetWeb; sockets that are not
 * connections of ours pass through.
 */
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

struct ssl_st;

/* A connection that was counted and let in, or -1. */
int seam_accept(int listening, struct sockaddr *address, socklen_t *len);
/* Readable as soon as a request may be read: also when its time is over, or its bytes are here. */
int seam_poll(struct pollfd *fds, nfds_t count, int milliseconds);
/* Reads and checks one whole head of the client, and gives CivetWeb a constant one; 0 at the end.
 */
ssize_t seam_recv(int fd, void *bytes, size_t len, int flags);
int seam_close(int fd);

/* Replaces *ssl by one of the listener's own SSL_CTX. */
int seam_ssl_set_fd(struct ssl_st **ssl, int fd);
/* The whole handshake: 1, or -1 for good. */
int seam_ssl_accept(struct ssl_st *ssl);
int seam_ssl_read(struct ssl_st *ssl, void *bytes, int len);
