#include "service/address.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct {
    const char *host;
    int64_t public_port;
    int64_t listener_port;
    const char *http;
    const char *https;
} cases[] = {
    {"ca.example.org", 0, 8080, "http://ca.example.org:8080", "https://ca.example.org:8080"},
    {"ca.example.org", 80, 8080, "http://ca.example.org", "https://ca.example.org:80"},
    {"ca.example.org", 443, 8443, "http://ca.example.org:443", "https://ca.example.org"},
    {"192.0.2.5", 0, 8080, "http://192.0.2.5:8080", "https://192.0.2.5:8080"},
    {"2001:db8::5", 0, 8080, "http://[2001:db8::5]:8080", "https://[2001:db8::5]:8080"},
};

Test(address, is_what_phones_can_reach)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char host[64];
        snprintf(host, sizeof host, "%s", cases[i].host);
        const struct config config = {
            .public_host = host,
            .public_http_port = cases[i].public_port,
            .public_https_port = cases[i].public_port,
            .http_port = cases[i].listener_port,
            .https_port = cases[i].listener_port,
        };
        struct buf http defer(buf_clear) = BUF_INIT(128);
        struct buf https defer(buf_clear) = BUF_INIT(128);
        address_append_http(&config, &http);
        address_append_https(&config, &https);
        cr_assert_str_eq((const char *)http.ptr, cases[i].http);
        cr_assert_str_eq((const char *)https.ptr, cases[i].https);
    }
}

Test(address, what_certificates_say_of_their_issuer_is_plain_http)
{
    char host[] = "ca.example.org";
    const struct config config = {.public_host = host, .http_port = 8080};
    struct address_issuer urls;
    cr_assert_eq(address_of_issuer(&config, "issuing", &urls), STATUS_OK);
    cr_assert_str_eq(urls.crl, "http://ca.example.org:8080/ca/issuing.crl");
    cr_assert_str_eq(urls.certificate, "http://ca.example.org:8080/ca/issuing.cer");
    cr_assert_str_eq(urls.ocsp, "http://ca.example.org:8080/ocsp");
}

Test(address, what_the_root_signs_names_no_responder)
{
    char host[] = "ca.example.org";
    const struct config config = {.public_host = host, .http_port = 8080};
    struct address_issuer urls;
    cr_assert_eq(address_of_issuer(&config, "root", &urls), STATUS_OK);
    cr_assert_str_eq(urls.crl, "http://ca.example.org:8080/ca/root.crl");
    cr_assert_str_eq(urls.ocsp, "");
}
