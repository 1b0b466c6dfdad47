/* Texts that a phone or its proxy sent, as one line of bounded length each: what may be kept of
 * them. */
#pragma once

#include "base/limits.h"
#include "base/span.h"
#include "http/request.h"

/* Cut where there is no more room; "" for what cannot be a line. */
void sent_text(struct span value, char *room, size_t size);

enum { SENT_SCHEME_SIZE = 33 };

struct sent_authorization {
    char scheme[SENT_SCHEME_SIZE]; /* RFC 9110 11.4; "" without one */
    char user[LIMIT_USER + 1];     /* of Basic, RFC 7617 2; "" for other schemes */
    bool credentials;              /* there is more than the scheme */
};
/* Of the header Authorization. The password of Basic is wiped as soon as the name before it is
 * known. */
void sent_authorization_read(const struct request *request,
                             struct sent_authorization *ret_authorization);
