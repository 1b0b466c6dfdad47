/*
 * Mail addresses as this program takes them: name@domain with a Dot-string of ASCII before the sign
 * (RFC 5321 4.1.2) and a DNS name behind it. What the grammar has beyond that is refused, because
 * each of it reads differently somewhere: quoted names, comments, address literals, letters outside
 * ASCII (RFC 6531; a domain may stand in its xn-- form), lists, and of course line ends.
 */
#pragma once

#include "base/span.h"
#include "base/status.h"

enum {
    MAIL_ADDRESS_MAX = 254,  /* RFC 5321 4.5.3.1.3 less the brackets */
    MAIL_ADDRESS_LOCAL = 64, /* RFC 5321 4.5.3.1.1 */
};

/* INVALID with what is wrong with it. */
enum status mail_address_check(const char *address);
/* What stands behind the sign; of an address that was checked. */
const char *mail_address_domain(const char *address);

/* RFC 1123 2.1: labels of letters, digits and hyphens, with no hyphen at either end, and a last
 * label that is no number. */
bool host_name_is_valid(const char *name);
