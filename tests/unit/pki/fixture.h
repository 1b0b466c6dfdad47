/*
 * A small authority for the tests of this layer: root, issuing CA and one user certificate, EC by
 * default since those keys cost nothing. Everything is made anew for each test and freed with it.
 */
#pragma once

#include "pki/cert.h"
#include "pki/key.h"
#include "pki/profile.h"

#include <criterion/criterion.h>
#include <openssl/x509.h>

enum { FIXTURE_NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

struct authority {
    struct private_key *root_key;
    struct private_key *issuing_key;
    struct private_key *user_key;
    struct certificate *root;
    struct certificate *issuing;
    struct certificate *user;
};

struct authority fixture_authority(enum key_type type);
void authority_clear(struct authority *authority);
CLEANUP_VALUE(struct authority, authority_clear)

/* Valid fields of each profile for the key; spki belongs to `spki`. */
struct certificate_fields fixture_fields(enum profile profile, const struct private_key *key,
                                         struct buf *spki);
struct certificate *fixture_issue(enum profile profile, const struct private_key *key,
                                  const struct certificate *issuer,
                                  const struct private_key *issuer_key);

/* Signs with SHA-256 and parses what that gives. */
struct certificate *fixture_sign(X509 *x509, EVP_PKEY *key);

/* Any CA; `path_length` -1 writes none, `issuer` NULL makes a root. */
struct certificate *fixture_ca(const char *name, const struct private_key *key,
                               const struct certificate *issuer,
                               const struct private_key *issuer_key, int path_length);

struct span finished(const struct buf *buf);
/* Does `needle` stand in `hay`? */
bool contains(struct span hay, struct span needle);
bool detail_has(const char *words);

#define cr_assert_ok(expression)                                                                   \
    do {                                                                                           \
        enum status ok_ = (expression);                                                            \
        cr_assert_eq(ok_, STATUS_OK, "%s: %s", status_name(ok_), status_detail());                 \
    } while (0)
#define cr_assert_refused(expression, expected, ...)                                               \
    do {                                                                                           \
        enum status refused_ = (expression);                                                       \
        cr_assert_eq(refused_, expected, __VA_ARGS__);                                             \
    } while (0)
