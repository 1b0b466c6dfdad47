/*
 * Read before the first line of CivetWeb's source (gcc -include), and nowhere else: puts the seam
 * between CivetWeb and its sockets. The system's own headers come first, so that their declarations
 * are not renamed too.
 *
 * SSL_get_error: the functions above never ask to be called again. SSL_pending: what is decrypted
 * already is known to seam_poll(). SSL_get1_peer_certificate: certificates of clients are read from
 * DER by the layers that judge them, not turned into text here.
 */
#pragma once

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/seam_calls.h"

#define accept(listening, address, len) seam_accept(listening, address, len)
#define poll(fds, count, milliseconds)  seam_poll(fds, count, milliseconds)
#define recv(fd, bytes, len, flags)     seam_recv(fd, bytes, len, flags)
#define close(fd)                       seam_close(fd)
#define SSL_set_fd(ssl, fd)             seam_ssl_set_fd(&(ssl), fd)
#define SSL_accept                      seam_ssl_accept
#define SSL_read(ssl, bytes, len)       seam_ssl_read(ssl, bytes, len)
#define SSL_pending(ssl)                0
#define SSL_get_error(ssl, result)      SSL_ERROR_SSL
#define SSL_get1_peer_certificate(ssl)  ((X509 *)0)
