/* Whether two addresses stand for one claimer: the same IPv4 address, or the same /64 of IPv6. */
#pragma once

#include "base/status.h"

#include <stdbool.h>

enum { NETWORK_ADDRESS_SIZE = 46 };

/* An IPv4-mapped IPv6 address becomes IPv4, so that both listeners give the same text. What is no
 * address becomes "". */
void network_normalise(const char *address, char ret_text[static NETWORK_ADDRESS_SIZE]);

/* "" is never the same as anything. */
bool network_same_claimer(const char *a, const char *b);
