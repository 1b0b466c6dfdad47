/* Strong entity tags (RFC 9110 8.8.3) from the bytes themselves. */
#pragma once

#include "base/span.h"
#include "base/status.h"

/* Half of SHA-256 in hex, in quotes. */
enum { ENTITY_TAG_SIZE = 2 + 32 + 1 };
enum status entity_tag(struct span bytes, char ret_tag[static ENTITY_TAG_SIZE]);
