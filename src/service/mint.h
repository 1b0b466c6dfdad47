/*
 * A bundle now: key, certificate and packing in one go for somebody who stands at the desk, without
 * a link. Nothing of the key or the password stays behind.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"
#include "service/audit.h"
#include "service/service.h"

#include <stdint.h>

struct mint_request {
    const char *user;              /* the user principal name or log-in */
    const char *name;              /* the person's name; NULL: the user */
    const char *mail;              /* rfc822Name; NULL: none */
    const char *sid;               /* Active Directory SID; NULL: none */
    const char *device;            /* label; NULL: none */
    const char *packing;           /* "compat", "modern"; NULL: as configured */
    int64_t lifetime;              /* seconds; 0: as configured */
    const struct secret *password; /* an admin's own; NULL: generated */
};

struct mint_result {
    char serial[48];
    char packing[16];
    int64_t not_after;
    struct secret *password;
    struct buf file; /* the .p12 */
};
void mint_result_clear(struct mint_result *result);
CLEANUP_VALUE(struct mint_result, mint_result_clear)

/* What mint_bundle() would refuse, without making anything. */
enum status mint_check(const struct service *service, const struct mint_request *request);
/* Needs SERVICE_SIGNER. INVALID names the field that is wrong. */
enum status mint_bundle(const struct service *service, const struct actor *actor,
                        const struct mint_request *request, struct mint_result *ret_result);

struct db_tx;

/* What somebody else writes in the transactions of a mint; see service/once.h. */
struct mint_steps {
    /* With the reservation of the serial; *ret_done says that nothing is to be minted after all. */
    enum status (*begin)(void *context, struct db_tx *tx, bool *ret_done);
    /* With the certificate. */
    enum status (*finish)(void *context, struct db_tx *tx, const struct mint_result *result);
    /* With the end of the reservation, when nothing comes of it. */
    enum status (*give_up)(void *context, struct db_tx *tx);
    void *context;
};
/* Steps that write nothing. */
enum status mint_begin_alone(void *context, struct db_tx *tx, bool *ret_done);
enum status mint_give_up_alone(void *context, struct db_tx *tx);
/* The result is untouched when `begin` says that it is done. */
enum status mint_bundle_in_steps(const struct service *service, const struct actor *actor,
                                 const struct mint_request *request, const struct mint_steps *steps,
                                 struct mint_result *ret_result);
