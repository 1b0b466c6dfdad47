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

static void keep_bits(uint8_t *bytes, size_t len, unsigned bits)
{
    for (size_t i = 0; i < len; i++) {
        unsigned kept = bits > 8 * i ? bits - (unsigned)(8 * i) : 0;
        if (kept < 8)
            bytes[i] &= (uint8_t)(0xff00 >> kept);
    }
}

void network_prefix(const char *address, unsigned four_bits, unsigned six_bits,
                    char ret_text[static NETWORK_PREFIX_SIZE])
{
    char text[NETWORK_ADDRESS_SIZE];
    struct in_addr four;
    struct in6_addr six;
    network_normalise(address, text);
    ret_text[0] = '\0';
    bool is_four = inet_pton(AF_INET, text, &four) == 1;
    if (!is_four && inet_pton(AF_INET6, text, &six) != 1)
        return;
    if (is_four)
        keep_bits((uint8_t *)&four, sizeof four, four_bits);
    else
        keep_bits(six.s6_addr, sizeof six.s6_addr, six_bits);
    const void *base = is_four ? (const void *)&four : (const void *)&six;
    inet_ntop(is_four ? AF_INET : AF_INET6, base, text, sizeof text);
    snprintf(ret_text, NETWORK_PREFIX_SIZE, "%s/%u", text, is_four ? four_bits : six_bits);
}
