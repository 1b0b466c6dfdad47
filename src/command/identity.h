/* Certificates, chains and keys of the listeners with TLS from their files, at start and on SIGHUP.
 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "config/config.h"
#include "http/tls.h"

/* What the files of one listener hold. */
struct identity_files {
    struct buf certificate;
    struct buf chain;
    struct secret *key;
};

struct identity {
    struct identity_files https_files;
    struct identity_files eas_files; /* empty without that listener, as are `eas` and its issuers */
    struct buf issuers;
    struct buf eas_issuers;
    struct tls_options https;     /* point into the above, as do the next two */
    struct tls_options operators; /* the same, asking for certificates of our issuing CA */
    struct tls_options eas;       /* asking for certificates of whoever a phone may come from */
};

/*
 * `more_issuers`: PEM of the CAs besides our own whose certificates phones may show, or empty.
 * CONFIG, FORBIDDEN (a key that others may read), NOT_FOUND, IO: the detail names the file.
 */
enum status identity_load(const struct config *config, struct span more_issuers,
                          struct identity *identity);
void identity_clear(struct identity *identity);
CLEANUP_VALUE(struct identity, identity_clear)
