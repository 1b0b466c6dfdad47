/* A phone on mobile data changes its IPv6 interface part, hardly ever its /64; an IPv4 address is
 * often shared by many, which is why the PIN is asked for as well. */
#include "service/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { NETWORK_PREFIX_BYTES = 8 };

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

void network_normalise(const char *address, char ret_text[static NETWORK_ADDRESS_SIZE])
{
    struct in_addr four;
    struct in6_addr six;
    ret_text[0] = '\0';
    if (address == NULL)
        return;
    if (inet_pton(AF_INET, address, &four) == 1) {
        inet_ntop(AF_INET, &four, ret_text, NETWORK_ADDRESS_SIZE);
    } else if (inet_pton(AF_INET6, address, &six) == 1) {
        bool mapped = memcmp(six.s6_addr, mapped_prefix, sizeof mapped_prefix) == 0;
        inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? six.s6_addr + 12 : six.s6_addr, ret_text,
                  NETWORK_ADDRESS_SIZE);
    }
}

bool network_same_claimer(const char *a, const char *b)
{
    char first[NETWORK_ADDRESS_SIZE];
    char second[NETWORK_ADDRESS_SIZE];
    network_normalise(a, first);
    network_normalise(b, second);
    struct in6_addr six_a;
    struct in6_addr six_b;
    if (inet_pton(AF_INET6, first, &six_a) == 1 && inet_pton(AF_INET6, second, &six_b) == 1)
        return memcmp(six_a.s6_addr, six_b.s6_addr, NETWORK_PREFIX_BYTES) == 0;
    return first[0] != '\0' && strcmp(first, second) == 0;
}
