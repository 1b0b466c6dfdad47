/*
 * A new authority while it is being made: its folder, its configuration, its database and, in this
 * process alone, its keys. Shared by init (authority_create.c) and import (authority_adopt.c).
 */
#pragma once

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/key.h"
#include "service/audit.h"
#include "service/authority.h"
#include "service/new_folder.h"

struct config;
struct db;

struct founding {
    const struct authority_request *request;
    const char *root_crl; /* of the configuration: "" when there is none to be had */
    int64_t first_crl;    /* the first number of the issuing CA's CRLs */
    struct actor actor;
    const char *action; /* of the audit: "authority.create" */
    struct new_folder folder;
    struct config *config; /* of that folder */
    struct db *db;
    struct secret *passphrase;    /* NULL: keys are not encrypted */
    struct private_key *root_key; /* NULL when it is elsewhere */
    struct private_key *issuing_key;
    struct certificate *root;
    struct certificate *issuing;
    struct certificate_list between; /* pki/chain.h */
};
void founding_clear(struct founding *founding);
CLEANUP_VALUE(struct founding, founding_clear)

/* Checks the request and makes the folder with configuration, master key and database. */
enum status founding_begin(struct founding *founding);
/* With keys and CA certificates in place: their files, the CRLs, the server certificates and the
 * first admin; then the folder gets its name. */
enum status founding_finish(struct founding *founding, struct authority_created *ret_created);
