/* A small authority on disk, and good requests to start from. */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "pki/cert.h"
#include "pki/key.h"
#include "signer/signer_client.h"

struct fixture {
    char folder[64];
    char certificate_path[96];
    char key_path[96];
    char passphrase_path[96];
    struct signer_options options;
    struct certificate *root;
    struct certificate *issuing;
};

/* Keys of `type`; the issuing key is encrypted when `passphrase` is not NULL. */
void fixture_make(struct fixture *fixture, enum key_type type, const char *passphrase);
void fixture_clear(struct fixture *fixture);
CLEANUP_VALUE(struct fixture, fixture_clear)

void fixture_write(const char *path, struct span bytes, unsigned mode);

/* The SPKI of a fresh key, the same for all calls of one test. */
struct span fixture_spki(enum key_type type);
/* What `profile` accepts, valid from now for 30 days. */
struct certificate_fields fixture_fields(enum profile profile);
