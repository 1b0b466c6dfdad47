/*
 * Peer addresses and networks. An IPv4 address that arrives on an IPv6 socket (::ffff:192.0.2.1) is
 * that IPv4 address everywhere.
 */
#pragma once

#include "base/span.h"
#include "base/status.h"

#include <sys/socket.h>

enum { ADDRESS_TEXT_SIZE = 46 };

struct address {
    uint8_t bytes[16]; /* IPv6, or IPv4 mapped into it */
    bool known;        /* false: not an internet address */
};

/* 192.0.2.0/24 or 2001:db8::/32; a bare address is a network of one. */
struct network {
    struct address base;
    unsigned bits; /* of 128 */
};

struct address address_of(const struct sockaddr *socket_address);
/* IPv4 or IPv6 without brackets or zone. INVALID. */
enum status address_parse(struct span text, struct address *ret_address);
/* RFC 5952, "192.0.2.1" for IPv4; "" when unknown. */
void address_format(const struct address *address, char ret_text[static ADDRESS_TEXT_SIZE]);
bool address_is_loopback(const struct address *address);

/* What counts as one client: the IPv4 address, the IPv6 /64. Never 0. */
uint64_t address_client_key(const struct address *address);

/* INVALID: no address, too many bits, or bits set behind the prefix. */
enum status network_parse(const char *text, struct network *ret_network);
bool network_contains(const struct network *network, const struct address *address);
