#include "http/host.h"

#include <criterion/criterion.h>

static const char *const names[] = {"ca.example.org", "pki.example.org"};

static bool ours(const char *host)
{
    return host_is_ours(span_of_text(host), names, 2);
}

Test(host, is_ours_by_a_configured_name_in_any_case_with_any_port)
{
    cr_assert(ours("ca.example.org"));
    cr_assert(ours("CA.Example.ORG"));
    cr_assert(ours("pki.example.org:8443"));
    cr_assert(ours("ca.example.org."));
}

Test(host, is_ours_by_loopback)
{
    cr_assert(ours("localhost"));
    cr_assert(ours("localhost:8080"));
    cr_assert(ours("127.0.0.1"));
    cr_assert(ours("127.0.0.2:80"));
    cr_assert(ours("[::1]:8443"));
    cr_assert(ours("[::1]"));
}

Test(host, of_anybody_else_is_not_ours)
{
    static const char *const foreign[] = {"evil.example",
                                          "ca.example.org.evil.example",
                                          "xca.example.org",
                                          "example.org",
                                          "192.0.2.99",
                                          "[2001:db8::99]",
                                          "ca.example.org:x",
                                          "[::1",
                                          "[::1]x",
                                          ":8443",
                                          "",
                                          "::1",
                                          "ca.example.org:123456"};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        cr_expect_not(ours(foreign[i]), "%s", foreign[i]);
}
