/* The addresses that this server prints: in links, and in certificates about their issuer. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

/* "http://ca.example.org:8080"; the standard port is left out. http and https as phones see them:
 * public.http_port before http.port. */
void address_append_http(const struct config *config, struct buf *address);
void address_append_https(const struct config *config, struct buf *address);

/* CDP, caIssuers and OCSP of what the issuing CA or the root signs, on plain http. The root has no
 * responder (service/ocsp_responder.h): its `ocsp` is "". */
struct address_issuer {
    char crl[512];
    char certificate[512];
    char ocsp[512];
};
/* `issuer` is "issuing" or "root". */
enum status address_of_issuer(const struct config *config, const char *issuer,
                              struct address_issuer *ret_urls);
