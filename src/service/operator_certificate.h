/* A client certificate for an operator's browser, as a bundle (service/login_certificate.h). */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "service/audit.h"
#include "service/service.h"

struct operator_certificate {
    char serial[48];
    int64_t not_after;
    struct secret *password;
    struct buf file; /* the .p12, packed `modern`: desktop browsers read it */
};
void operator_certificate_clear(struct operator_certificate *certificate);
CLEANUP_VALUE(struct operator_certificate, operator_certificate_clear)

/*
 * Needs SERVICE_SIGNER. `lifetime` is seconds, 0 as for users; `own` a password for the bundle,
 * NULL for a generated one. NOT_FOUND: no such operator; INVALID: the password.
 */
enum status operator_certificate_make(const struct service *service, const struct actor *actor,
                                      const char *name, int64_t lifetime, const struct secret *own,
                                      struct operator_certificate *ret_certificate);
