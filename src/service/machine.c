#include "service/machine.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void add(struct machine_addresses *addresses, const char *text)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (strcmp(addresses->texts[i], text) == 0)
            return;
    if (addresses->count < MACHINE_ADDRESSES_MAX)
        snprintf(addresses->texts[addresses->count++], MACHINE_ADDRESS_SIZE, "%s", text);
}

/* Answers false for what is no address of a person's browser. */
static bool format(const struct sockaddr *address, char text[static MACHINE_ADDRESS_SIZE])
{
    if (address == NULL)
        return false;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)address;
        return inet_ntop(AF_INET, &four->sin_addr, text, MACHINE_ADDRESS_SIZE) != NULL;
    }
    if (address->sa_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *six = (const void *)address;
    return !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr) &&
           inet_ntop(AF_INET6, &six->sin6_addr, text, MACHINE_ADDRESS_SIZE) != NULL;
}

enum status machine_addresses(struct machine_addresses *ret_addresses)
{
    struct ifaddrs *interfaces = NULL;
    if (getifaddrs(&interfaces) != 0)
        return status_fail_errno(STATUS_IO, "the addresses of this machine cannot be read");
    *ret_addresses = (struct machine_addresses){.count = 0};
    add(ret_addresses, "127.0.0.1");
    add(ret_addresses, "::1");
    for (const struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next) {
        char text[MACHINE_ADDRESS_SIZE];
        if (format(at->ifa_addr, text))
            add(ret_addresses, text);
    }
    freeifaddrs(interfaces);
    return STATUS_OK;
}
