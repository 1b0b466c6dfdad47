/* Addresses are kept as sixteen bytes, so that one comparison serves both families. */
#include "http/address.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static struct address from_ipv4(const void *bytes)
{
    struct address address = {.known = true};
    memcpy(address.bytes, mapped, sizeof mapped);
    memcpy(address.bytes + sizeof mapped, bytes, 4);
    return address;
}

static bool is_ipv4(const struct address *address)
{
    return memcmp(address->bytes, mapped, sizeof mapped) == 0;
}

struct address address_of(const struct sockaddr *socket_address)
{
    struct address address = {0};
    if (socket_address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, socket_address, sizeof v4);
        return from_ipv4(&v4.sin_addr);
    }
    if (socket_address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, socket_address, sizeof v6);
        memcpy(address.bytes, &v6.sin6_addr, sizeof address.bytes);
        address.known = true;
    }
    return address;
}

enum status address_parse(struct span text, struct address *ret_address)
{
    char copy[ADDRESS_TEXT_SIZE];
    struct in_addr v4;
    struct in6_addr v6;
    bool fits = text.len < sizeof copy && text.len > 0 && memchr(text.ptr, '\0', text.len) == NULL;
    if (fits) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = '\0';
    }
    if (fits && inet_pton(AF_INET, copy, &v4) == 1) {
        *ret_address = from_ipv4(&v4);
        return STATUS_OK;
    }
    if (fits && inet_pton(AF_INET6, copy, &v6) == 1) {
        *ret_address = (struct address){.known = true};
        memcpy(ret_address->bytes, &v6, sizeof v6);
        return STATUS_OK;
    }
    return status_fail(STATUS_INVALID, "not an IP address");
}

void address_format(const struct address *address, char ret_text[static ADDRESS_TEXT_SIZE])
{
    ret_text[0] = '\0';
    if (!address->known)
        return;
    if (is_ipv4(address))
        inet_ntop(AF_INET, address->bytes + sizeof mapped, ret_text, ADDRESS_TEXT_SIZE);
    else
        inet_ntop(AF_INET6, address->bytes, ret_text, ADDRESS_TEXT_SIZE);
}

bool address_is_loopback(const struct address *address)
{
    static const uint8_t loopback[16] = {[15] = 1};
    if (!address->known)
        return false;
    if (is_ipv4(address))
        return address->bytes[12] == 127;
    return memcmp(address->bytes, loopback, sizeof loopback) == 0;
}

static uint64_t number_of(const uint8_t *bytes, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* IPv4 clients take keys that start with ff, which as IPv6 would be multicast: no client. */
uint64_t address_client_key(const struct address *address)
{
    if (!address->known)
        return UINT64_MAX;
    if (is_ipv4(address))
        return 0xff00000000000000 | number_of(address->bytes + 12, 4);
    uint64_t key = number_of(address->bytes, 8);
    return key == 0 ? 1 : key; /* ::1 */
}

static bool bits_behind_are_zero(const struct address *address, unsigned bits)
{
    for (unsigned i = bits; i < 128; i++)
        if ((address->bytes[i / 8] & (0x80 >> i % 8)) != 0)
            return false;
    return true;
}

/* "24" in "192.0.2.0/24": digits only, at most `most`. */
static bool read_bits(const char *text, unsigned most, unsigned *ret_bits)
{
    unsigned bits = 0;
    size_t len = strlen(text);
    if (len < 1 || len > 3)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        bits = bits * 10 + (unsigned)(text[i] - '0');
    }
    *ret_bits = bits;
    return bits <= most;
}

enum status network_parse(const char *text, struct network *ret_network)
{
    const char *slash = strchr(text, '/');
    size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
    struct network network = {.bits = 128};
    TRY(address_parse(span_of(text, len), &network.base));

    bool v4 = memchr(text, ':', len) == NULL;
    if (slash != NULL && !read_bits(slash + 1, v4 ? 32 : 128, &network.bits))
        return status_fail(STATUS_INVALID, "'%.60s' has no valid prefix length", text);
    if (slash != NULL && v4)
        network.bits += 96;
    if (!bits_behind_are_zero(&network.base, network.bits))
        return status_fail(STATUS_INVALID, "'%.60s' has bits set behind its prefix", text);
    *ret_network = network;
    return STATUS_OK;
}

bool network_contains(const struct network *network, const struct address *address)
{
    if (!address->known)
        return false;
    unsigned bytes = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->base.bytes, address->bytes, bytes) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff00 >> rest);
    return rest == 0 || ((network->base.bytes[bytes] ^ address->bytes[bytes]) & mask) == 0;
}
