/* This machine's own addresses, by which people reach it before there is a name for it. */
#pragma once

#include "base/status.h"

#include <stddef.h>

enum { MACHINE_ADDRESSES_MAX = 16, MACHINE_ADDRESS_SIZE = 46 };

/* Loopback first; link-local ones, which need a zone, are left out. */
struct machine_addresses {
    char texts[MACHINE_ADDRESSES_MAX][MACHINE_ADDRESS_SIZE];
    size_t count;
};
enum status machine_addresses(struct machine_addresses *ret_addresses);
