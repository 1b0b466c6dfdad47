/*
 * Cookies, RFC 6265 4: read strictly, written only as __Host- cookies (RFC 6265bis 4.1.3.2):
 * Secure, Path=/, no Domain, HttpOnly, SameSite.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"

enum cookie_same_site { COOKIE_SAME_SITE_STRICT, COOKIE_SAME_SITE_LAX };

/*
 * The value of cookie `name` in the value of a Cookie header. False when it is absent, there twice,
 * or the header is not of the grammar: a guessed session is worse than none.
 */
bool cookie_find(struct span header, const char *name, struct span *ret_value);

/*
 * Appends the value of a Set-Cookie header. `name` starts with "__Host-"; max_age is seconds, 0
 * deletes, negative makes a cookie of the browser session. INVALID: a value outside cookie-octet.
 */
enum status cookie_append(struct buf *header, const char *name, struct span value, int64_t max_age,
                          enum cookie_same_site same_site);
