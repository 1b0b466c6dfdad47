/*
 * The internal authority: how it comes to be (init, import) and what the other use cases read of
 * it. What init makes has two levels; an imported one may have CAs between root and issuing CA.
 *
 * A new authority is built in a folder beside its target that carries the name "TARGET.partial" and
 * is renamed when it is whole: a crash half-way leaves a folder that says what it is, never half an
 * authority under the name asked for. Every certificate has its row in the database before its
 * signature.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"

struct certificate;
struct certificate_list;
struct config;
struct config_setting;

struct authority_request {
    const char *folder;          /* made when missing; CONFLICT when it is not empty */
    const char *organisation;    /* the CAs' O and CN */
    const char *host;            /* the name or address that phones will use */
    const char *const *names;    /* further names of the https listener, NULL-terminated, or NULL */
    const char *key_type;        /* "rsa-3072"; NULL the default; see INTERFACE init */
    int root_days;               /* 0: the default, 20 years */
    int issuing_days;            /* 0: the default, 10 years; never longer than the root */
    const char *admin;           /* the first operator; NULL: "admin" */
    const char *asked_by;        /* the system's name of who runs the command, NULL: unknown */
    const char *passphrase_file; /* encrypts the CA keys, NULL: 0600 files in the clear */

    /* Further options of the new configuration, such as http.port (config/config.h). They are what
     * the rest is made from: the URLs in certificates carry public.http_port, else http.port. */
    const struct config_setting *settings;
    size_t setting_count;
};

/* What init prints once. */
struct authority_created {
    char *config_path;
    char root_sha256[65]; /* hex */
    char *admin;
    struct secret *password;
};
void authority_created_clear(struct authority_created *created);
CLEANUP_VALUE(struct authority_created, authority_created_clear)

/*
 * Keys, certificates, first empty CRLs, server certificates for https and eas, master key, database
 * with the first admin, configuration: all in request->folder. INVALID names the field that is
 * wrong.
 */
enum status authority_create(const struct authority_request *request,
                             struct authority_created *ret_created);

/* An existing issuing CA in one of two forms. The order of certificates does not matter. */
struct authority_import {
    const char *certificate_file; /* PEM, the issuing CA alone or with others; NULL with
                                     pkcs12_file */
    const char *key_file;         /* PEM, encrypted or not */
    const char *chain_file;       /* PEM of what is above it up to the root; NULL when above is in
                                     certificate_file */
    const char *pkcs12_file;      /* key, certificate and chain in one file */
    const struct secret *secret;  /* the key's or the PKCS#12's password, NULL when it has none */
};

/*
 * As authority_create() around the given issuing CA. INVALID with the clause for: a leaf, a path
 * length that leaves no room, keyUsage without keyCertSign, a key that does not match, a chain that
 * does not verify, does not end in a root or is longer than LIMIT_CHAIN_LENGTH, expired.
 */
enum status authority_adopt(const struct authority_request *request,
                            const struct authority_import *import,
                            struct authority_created *ret_created);

/* The certificates of a configured authority: what the web process may know. */
struct authority;
enum status authority_load(const struct config *config, struct authority **ret_authority);
void authority_free(struct authority *authority);
CLEANUP_POINTER(struct authority, authority_free)

const struct certificate *authority_root(const struct authority *authority);
const struct certificate *authority_issuing(const struct authority *authority);
/* The CAs between them, as pki/chain.h orders them; empty when there are none. */
const struct certificate_list *authority_between(const struct authority *authority);

/*
 * The certificates of the file `path` ("" for none) that lead from `issuing` to `root`, in the
 * order of pki/chain.h. INVALID when they do not; whether they are a path is chain_check()'s to
 * say.
 */
enum status authority_read_between(const char *path, const struct certificate *issuing,
                                   struct certificate *root, struct certificate_list *ret_between);
