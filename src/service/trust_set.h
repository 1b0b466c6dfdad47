/*
 * Whom the verifier of phones' certificates trusts, as one value that never changes: the own
 * issuing CA, whose certificates are looked up in the database, the other CAs of the configuration
 * with the revocation lists that are kept of them, and who is who in a certificate.
 *
 * It is shared: every owner releases it. What it gives out is valid as long as the set is held.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "eas/identity.h"
#include "pki/path.h"

struct authority;
struct config;
struct config_anchor;
struct db;

struct trust_set;

/*
 * CONFIG names the anchor that is wrong: a file that cannot be read or holds no certificate, no CA,
 * the own issuing CA, the same CA twice. `db` is NULL for a set without any list, such as for a
 * trial. A kept list that its CA did not sign (the anchor's file was replaced) is left out.
 */
enum status trust_set_new(const struct config *config, const struct authority *authority,
                          struct db *db, int64_t generation, struct trust_set **ret_set);
void trust_set_share(struct trust_set *set);
void trust_set_release(struct trust_set *set);
CLEANUP_POINTER(struct trust_set, trust_set_release)

/* A number that no other set of the process has. */
int64_t trust_set_generation(const struct trust_set *set);
const struct path_trust *trust_set_path(const struct trust_set *set);
/* Who is who; identity_rules_default for NULL. */
const struct identity_rules *trust_set_identity(const struct trust_set *set);
/* The anchors: the own issuing CA first, then those of the configuration in their order. */
const struct certificate_list *trust_set_anchors(const struct trust_set *set);

/* PEM of the anchors but our own issuing CA: with it, those whose names a TLS server sends when it
 * asks for a certificate (RFC 8446 4.2.4). */
enum { TRUST_OTHERS_PEM_MAX = 1024 * 1024 };
enum status trust_set_append_others(const struct trust_set *set, struct buf *pem);

/* One anchor of the configuration, with its helpers. CONFIG. */
struct trust_anchor {
    struct certificate *certificate;
    struct certificate_list helpers;
};
enum status trust_anchor_load(const struct config_anchor *from, struct trust_anchor *ret_anchor);
void trust_anchor_clear(struct trust_anchor *anchor);
CLEANUP_VALUE(struct trust_anchor, trust_anchor_clear)
