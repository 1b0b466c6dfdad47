#include "http/tls.h"

#include "tls_pair.h"

#include <criterion/criterion.h>

static enum status make(const struct tls_options *options)
{
    struct tls_server *server defer(tls_server_free) = NULL;
    return tls_server_new(options, &server);
}

Test(tls, a_certificate_that_cannot_be_read_is_refused_wherever_it_stands)
{
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    struct tls_party party defer(tls_party_clear) = {0};
    tls_party_make(&party);
    struct span good = span_of(party.certificate.ptr, party.certificate.len);
    struct buf both defer(buf_clear) = BUF_INIT(16 * 1024);
    buf_append(&both, good);
    buf_append_text(&both, broken);
    struct span bad = span_of(both.ptr, both.len);

    struct tls_options options = tls_pair_options(&party, 0);
    options.identity.chain = options.client_issuers = good;
    cr_assert_eq(make(&options), STATUS_OK, "%s", status_detail());
    options.identity.certificate = bad;
    cr_expect_eq(make(&options), STATUS_CONFIG);
    cr_expect_not_null(strstr(status_detail(), "server.pem"));
    options.identity.certificate = good;
    options.identity.chain = bad;
    cr_expect_eq(make(&options), STATUS_CONFIG);
    options.identity.chain = good;
    options.client_issuers = bad;
    cr_expect_eq(make(&options), STATUS_CONFIG);
}

Test(tls, what_is_no_certificate_may_stand_between_them)
{
    struct tls_party party defer(tls_party_clear) = {0};
    tls_party_make(&party);
    struct buf text defer(buf_clear) = BUF_INIT(16 * 1024);
    buf_append_text(&text, "subject: the issuing CA\n");
    buf_append(&text, span_of(party.certificate.ptr, party.certificate.len));
    buf_append_text(&text, "\n# the end\n");
    struct tls_options options = tls_pair_options(&party, 0);
    options.identity.chain = span_of(text.ptr, text.len);
    cr_expect_eq(make(&options), STATUS_OK, "%s", status_detail());
}
