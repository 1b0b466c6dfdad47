/*
 * The bundle itself: a key of the configured kind, and its .p12 that has been opened and checked
 * before anybody gets it. Links and mint make theirs here.
 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "base/status.h"
#include "pki/pfx.h"
#include "service/service.h"

/* The configured packing when `name` is NULL or "". INVALID lists the names. */
enum status bundle_packing(const struct service *service, const char *name,
                           enum packing *ret_packing);

/* A key pair from the pool, and its public half for the certificate. */
enum status bundle_key(const struct service *service, struct private_key **ret_key,
                       struct buf *spki);

struct bundle_contents {
    const struct private_key *key;
    const struct certificate *leaf;
    const struct secret *password;
    const char *shown_name;
};
/* Packs and checks; a bundle that does not pass is INTERNAL. Appends the .p12. */
enum status bundle_pack(const struct service *service, enum packing packing,
                        const struct bundle_contents *contents, struct buf *pfx);
