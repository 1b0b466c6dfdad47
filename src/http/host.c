/* The machine's addresses are asked for each time: they change, and few requests come by address.
 */
#include "http/host.h"

#include "http/address.h"

#include <ifaddrs.h>
#include <strings.h>

static bool is_port(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len <= 5;
}

/* "[2001:db8::1]:8443" */
static bool split_bracketed(struct span host, struct span *ret_name)
{
    const uint8_t *end = memchr(host.ptr, ']', host.len);
    if (end == NULL)
        return false;
    *ret_name = span_of(host.ptr + 1, (size_t)(end - host.ptr) - 1);
    struct span rest = span_of(end + 1, host.len - ret_name->len - 2);
    return rest.len == 0 || (rest.ptr[0] == ':' && is_port(span_of(rest.ptr + 1, rest.len - 1)));
}

bool host_name_of(struct span host, struct span *ret_name)
{
    if (host.len == 0)
        return false;
    if (host.ptr[0] == '[')
        return split_bracketed(host, ret_name);
    const uint8_t *colon = memchr(host.ptr, ':', host.len);
    struct span name = span_of(host.ptr, colon == NULL ? host.len : (size_t)(colon - host.ptr));
    struct span port = colon == NULL ? SPAN_EMPTY : span_of(colon + 1, host.len - name.len - 1);
    if (name.len > 1 && name.ptr[name.len - 1] == '.')
        name.len--;
    *ret_name = name;
    return name.len > 0 && is_port(port);
}

static bool is_same_name(struct span name, const char *other)
{
    return name.len == strlen(other) && strncasecmp((const char *)name.ptr, other, name.len) == 0;
}

static bool is_address_of_machine(const struct address *address)
{
    struct ifaddrs *list = NULL;
    bool found = false;
    if (getifaddrs(&list) != 0)
        return false;
    for (struct ifaddrs *one = list; one != NULL && !found; one = one->ifa_next) {
        if (one->ifa_addr == NULL)
            continue;
        struct address its = address_of(one->ifa_addr);
        found = its.known && memcmp(its.bytes, address->bytes, sizeof its.bytes) == 0;
    }
    freeifaddrs(list);
    return found;
}

static bool is_own_address(struct span name)
{
    struct address address;
    if (address_parse(name, &address) != STATUS_OK)
        return false;
    return address_is_loopback(&address) || is_address_of_machine(&address);
}

bool host_is_ours(struct span host, const char *const *names, size_t name_count)
{
    struct span name;
    if (!host_name_of(host, &name))
        return false;
    for (size_t i = 0; i < name_count; i++)
        if (is_same_name(name, names[i]))
            return true;
    return is_same_name(name, "localhost") || is_own_address(name);
}
