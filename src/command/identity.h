/* The https listener's certificate, chain and key from their files, at start and on SIGHUP. */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "config/config.h"
#include "http/tls.h"

struct identity {
    struct buf certificate;
    struct buf chain;
    struct secret *key;
    struct buf issuers;
    struct tls_options options;   /* points into the above */
    struct tls_options operators; /* the same, asking for certificates of our issuing CA */
};

/* CONFIG, FORBIDDEN (a key that others may read), NOT_FOUND, IO: the detail names the file. */
enum status identity_load(const struct config *config, struct identity *identity);
void identity_clear(struct identity *identity);
CLEANUP_VALUE(struct identity, identity_clear)
