#include "service/address.h"

#include <stdio.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443 };

static void append(struct buf *address, const char *scheme, const char *host, int64_t port)
{
    bool is_ipv6 = strchr(host, ':') != NULL;
    int64_t standard = strcmp(scheme, "http") == 0 ? PORT_HTTP : PORT_HTTPS;
    buf_printf(address, is_ipv6 ? "%s://[%s]" : "%s://%s", scheme, host);
    if (port != 0 && port != standard)
        buf_printf(address, ":%lld", (long long)port);
}

void address_append_http(const struct config *config, struct buf *address)
{
    int64_t port = config->public_http_port != 0 ? config->public_http_port : config->http_port;
    append(address, "http", config->public_host, port);
}

void address_append_https(const struct config *config, struct buf *address)
{
    int64_t port = config->public_https_port != 0 ? config->public_https_port : config->https_port;
    append(address, "https", config->public_host, port);
}

enum status address_of_issuer(const struct config *config, const char *issuer,
                              struct address_issuer *ret_urls)
{
    struct buf base defer(buf_clear) = BUF_INIT(sizeof ret_urls->crl - 64);
    address_append_http(config, &base);
    struct span text;
    TRY(buf_finish(&base, &text));
    const char *address = (const char *)text.ptr;
    snprintf(ret_urls->crl, sizeof ret_urls->crl, "%s/ca/%s.crl", address, issuer);
    snprintf(ret_urls->certificate, sizeof ret_urls->certificate, "%s/ca/%s.cer", address, issuer);
    ret_urls->ocsp[0] = '\0';
    if (strcmp(issuer, "issuing") == 0)
        snprintf(ret_urls->ocsp, sizeof ret_urls->ocsp, "%s/ocsp", address);
    return STATUS_OK;
}
