/*
 * A new revocation list of one of our CAs: read from the database, signed piece by piece, written
 * beside the old one and put in its place. Neither this process nor the signer ever holds it as a
 * whole.
 *
 *   lock        of the file, so that one process at a time publishes
 *   number      durable in the database before anything is signed with it: two lists never have the
 *               same, and a crash costs a number
 *   lengths     first pass over the revoked certificates (pki/crl_stream.h says why)
 *   entries     second pass, over the same unchanging state of the database
 *   replace     sync, rename, sync of the folder
 *   record      what is published now, with its audit row; a crash before that makes the list be
 *               published again
 *
 * Numbers are at least the seconds since 1970, so that a database that was restored from an older
 * backup goes on above what it gave out before it was lost.
 *
 * A certificate that has expired stays on the lists until a list's whole lifetime has passed since,
 * and until one that shows it has been published after its expiry (RFC 5280 3.3).
 */
#pragma once

#include "pki/crl.h"
#include "service/audit.h"
#include "service/service.h"

enum crl_authority { CRL_OF_ISSUING, CRL_OF_ROOT };
enum { CRL_AUTHORITY_COUNT = CRL_OF_ROOT + 1 };

/* "issuing", "root": the issuer column. */
const char *crl_authority_name(enum crl_authority which);
/* INVALID names both. */
enum status crl_authority_parse(const char *name, enum crl_authority *ret_which);
/* Its file; "" when the CA publishes elsewhere (the root of an imported authority). */
const char *crl_path(const struct service *service, enum crl_authority which);

struct crl_published {
    bool fresh; /* false: the list that is there needs no other */
    int64_t number;
    int64_t this_update;
    int64_t next_update;
    int64_t entries; /* -1: not known, of a list that was there before */
};

enum crl_wish {
    CRL_ALWAYS,  /* waits for another publisher, then publishes */
    CRL_IF_DUE,  /* waits, then looks whether it is due (service/crl_schedule.h) */
    CRL_IF_FREE, /* if it is due; CONFLICT when another publisher is at work */
};

/*
 * The signer of the CA must be open: SERVICE_SIGNER or SERVICE_ROOT_SIGNER. NOT_FOUND: the root's
 * key is not here. INVALID: the CA publishes elsewhere. CLOCK: the clock is behind the last list.
 * GONE: the process wants to end.
 */
enum status crl_publish(const struct service *service, const struct actor *actor,
                        enum crl_authority which, enum crl_wish wish,
                        struct crl_published *ret_published);
