/* A CA of three levels as an organisation has it elsewhere: root, policy CA, issuing CA. */
#pragma once

#include "fixture.h"
#include "pki/cert.h"
#include "pki/key.h"

struct levels {
    struct private_key *key; /* the issuing CA's */
    struct certificate *root;
    struct certificate *policy;
    struct certificate *issuing;
    char key_file[128];
};

/* In files below the fixture's folder; `path_length` is the policy CA's, -1 for none. */
struct levels levels_make(const struct fixture *fixture, int path_length);
void levels_clear(struct levels *levels);
CLEANUP_VALUE(struct levels, levels_clear)

/* Writes a PEM file NAME of the certificates; returns its path in `ret_path`. */
void levels_write(const struct fixture *fixture, const char *name,
                  const struct certificate *const certificates[], size_t count,
                  char ret_path[static 128]);
