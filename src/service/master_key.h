/* The key that protects PINs: 256 random bits in a file of their own, as hexadecimal text. */
#pragma once

#include "base/secret.h"
#include "base/status.h"

enum { MASTER_KEY_SIZE = 32 };

enum status master_key_create(const char *path);
/* FORBIDDEN when others may read it, CONFIG when it is no such file. */
enum status master_key_load(const char *path, struct secret **ret_key);
