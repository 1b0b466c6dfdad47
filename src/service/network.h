/* Addresses as text: whether two stand for one claimer (the same IPv4 address, or the same /64 of
 * IPv6), and the network that one is of. */
#pragma once

#include "base/status.h"

#include <stdbool.h>

enum { NETWORK_ADDRESS_SIZE = 46 };

/* An IPv4-mapped IPv6 address becomes IPv4, so that both listeners give the same text. What is no
 * address becomes "". */
void network_normalise(const char *address, char ret_text[static NETWORK_ADDRESS_SIZE]);

/* "" is never the same as anything. */
bool network_same_claimer(const char *a, const char *b);

/*
 * "192.0.2.0/24", "2001:db8:1::/48": the first `four_bits` or `six_bits` of the address with the
 * rest zero; "" of what is no address.
 */
enum { NETWORK_PREFIX_SIZE = NETWORK_ADDRESS_SIZE + 4 };
void network_prefix(const char *address, unsigned four_bits, unsigned six_bits,
                    char ret_text[static NETWORK_PREFIX_SIZE]);
