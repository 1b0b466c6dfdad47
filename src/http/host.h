/*
 * Which names a request may be for. A page that is fetched under a foreign name (DNS rebinding, a
 * stale proxy) is answered 421, RFC 9110 15.5.20.
 */
#pragma once

#include "base/span.h"

/* Host without its port, brackets and one dot at its end: "ca.example.org", "2001:db8::1". False
 * when the port is not digits or a bracket is missing. */
bool host_name_of(struct span host, struct span *ret_name);

/*
 * One of `names` (any case), "localhost", a loopback address or an address of this machine. The
 * port does not count: a proxy or port mapping may have changed it.
 */
bool host_is_ours(struct span host, const char *const *names, size_t name_count);
