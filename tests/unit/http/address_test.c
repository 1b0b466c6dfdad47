#include "http/address.h"

#include <criterion/criterion.h>

static struct address parsed(const char *text)
{
    struct address address;
    cr_assert_eq(address_parse(span_of_text(text), &address), STATUS_OK, "%s", text);
    return address;
}

static uint64_t key(const char *text)
{
    struct address address = parsed(text);
    return address_client_key(&address);
}

Test(address, is_written_as_it_is_read)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1", "::1", "127.0.0.1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[ADDRESS_TEXT_SIZE];
        struct address address = parsed(texts[i]);
        address_format(&address, text);
        cr_expect_str_eq(text, texts[i]);
    }
}

Test(address, of_ipv4_in_ipv6_is_the_ipv4_address)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address address = parsed("::ffff:192.0.2.1");
    address_format(&address, text);
    cr_assert_str_eq(text, "192.0.2.1");
    cr_assert_eq(key("::ffff:192.0.2.1"), key("192.0.2.1"));
}

Test(address, refuses_what_is_none)
{
    static const char *const hostile[] = {"",         "192.0.2",      "192.0.2.1.1", "192.0.2.256",
                                          "[::1]",    "fe80::1%eth0", "localhost",   " 127.0.0.1",
                                          "1.2.3.4 ", "0x7f.1",       "::1/128"};
    struct address address;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_expect_eq(address_parse(span_of_text(hostile[i]), &address), STATUS_INVALID, "%s",
                     hostile[i]);
    cr_assert_eq(address_parse(SPAN_LITERAL("127.0.0.1\0x"), &address), STATUS_INVALID);
}

Test(address, counts_an_ipv6_network_of_64_bits_as_one_client)
{
    cr_assert_eq(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
    cr_assert_neq(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    cr_assert_neq(key("192.0.2.1"), key("192.0.2.2"));
    cr_assert_neq(key("::1"), 0);
}

Test(address, knows_loopback)
{
    struct address yes[] = {parsed("127.0.0.1"), parsed("127.9.9.9"), parsed("::1")};
    struct address no[] = {parsed("128.0.0.1"), parsed("::2"), parsed("::"), {.known = false}};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        cr_expect(address_is_loopback(&yes[i]), "%zu", i);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        cr_expect_not(address_is_loopback(&no[i]), "%zu", i);
}

struct membership {
    const char *network;
    const char *address;
    bool inside;
};
static const struct membership memberships[] = {
    {"10.0.0.0/8", "10.255.0.1", true},
    {"10.0.0.0/8", "11.0.0.1", false},
    {"192.0.2.7", "192.0.2.7", true},
    {"192.0.2.7", "192.0.2.6", false},
    {"192.0.2.0/25", "192.0.2.127", true},
    {"192.0.2.0/25", "192.0.2.128", false},
    {"2001:db8::/32", "2001:db8:9::1", true},
    {"2001:db8::/32", "2001:db9::1", false},
    {"::1", "::1", true},
    {"0.0.0.0/0", "8.8.8.8", true},
    {"0.0.0.0/0", "2001:db8::1", false},
};

Test(network, holds_what_its_prefix_says)
{
    for (size_t i = 0; i < sizeof memberships / sizeof memberships[0]; i++) {
        struct network network;
        struct address address = parsed(memberships[i].address);
        cr_assert_eq(network_parse(memberships[i].network, &network), STATUS_OK);
        cr_expect_eq(network_contains(&network, &address), memberships[i].inside, "%s in %s",
                     memberships[i].address, memberships[i].network);
    }
}

Test(network, refuses_malformed_prefixes)
{
    static const char *const hostile[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.1/8",
                                          "::/129",      "/8",        "10.0.0.0/-1", "x"};
    struct network network;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_expect_eq(network_parse(hostile[i], &network), STATUS_INVALID, "%s", hostile[i]);
}
