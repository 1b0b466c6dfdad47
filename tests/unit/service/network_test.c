#include "service/network.h"

#include <criterion/criterion.h>

static const struct {
    const char *a;
    const char *b;
    bool same;
} pairs[] = {
    {"192.0.2.7", "192.0.2.7", true},
    {"192.0.2.7", "192.0.2.8", false},
    {"192.0.2.7", "::ffff:192.0.2.7", true},
    {"::ffff:192.0.2.7", "::ffff:192.0.2.8", false},
    {"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
    {"2001:DB8:1:2::1", "2001:db8:0001:0002::9", true},
    {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
    {"2001:db8:1:2::1", "192.0.2.7", false},
    {"", "", false},
    {"", "192.0.2.7", false},
    {"nonsense", "nonsense", false},
    {"192.0.2.7/24", "192.0.2.7/24", false},
    {"192.0.2.07", "192.0.2.7", false},
    {"fe80::1%eth0", "fe80::1%eth0", false},
};

Test(network, one_ipv4_address_or_one_ipv6_network_is_one_claimer)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        cr_assert_eq(network_same_claimer(pairs[i].a, pairs[i].b), pairs[i].same, "row %zu", i);
        cr_assert_eq(network_same_claimer(pairs[i].b, pairs[i].a), pairs[i].same, "row %zu", i);
    }
}

Test(network, no_address_is_empty)
{
    char text[NETWORK_ADDRESS_SIZE];
    network_normalise(NULL, text);
    cr_assert_str_eq(text, "");
    network_normalise("::ffff:192.0.2.7", text);
    cr_assert_str_eq(text, "192.0.2.7");
}

static const struct {
    const char *address;
    const char *prefix;
} prefixes[] = {
    {"192.0.2.77", "192.0.2.0/24"},
    {"::ffff:192.0.2.77", "192.0.2.0/24"},
    {"2001:db8:1:ffff:8000::1", "2001:db8:1:f800::/53"},
    {"", ""},
    {"anna", ""},
    {NULL, ""},
};

Test(network, a_prefix_keeps_the_first_bits)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        char text[NETWORK_PREFIX_SIZE];
        network_prefix(prefixes[i].address, 24, 53, text);
        cr_expect_str_eq(text, prefixes[i].prefix, "row %zu: %s", i, text);
    }
}
