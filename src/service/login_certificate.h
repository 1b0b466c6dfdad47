/*
 * Logging in by a client certificate of the profile `operator`.
 *
 * TLS proved that the browser has the certificate's key. Which certificate it is, the database
 * says: it has to be, byte by byte, one that we issued under that profile and that is issued still,
 * so that revoking counts at once and nobody's path, name or extension is interpreted. The name in
 * its row is the operator's. Where the operator uses one-time codes, a code is asked for as well.
 */
#pragma once

#include "service/login.h"

struct login_certificate {
    char name[LIMIT_OPERATOR + 1]; /* of the operator */
    bool asks_code;
};

/* Whose certificate it is. UNAUTHENTICATED says why it lets nobody in. */
enum status login_certificate_read(const struct service *service, struct span der, int64_t now,
                                   struct login_certificate *ret_certificate);
/* Name and password of the request are not looked at. UNAUTHENTICATED: the certificate or the code
 * is not right; TOO_MANY as login_begin(). */
enum status login_certificate_begin(const struct service *service, struct span der,
                                    const struct login_request *request,
                                    struct login_begun *ret_begun);
