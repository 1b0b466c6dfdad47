/*
 * A revocation list of any length, read piece by piece: what stands before the entries, the
 * entries, what stands behind them. The entries are only hashed, so nothing here grows with their
 * number. The counterpart of crl_stream.h, for lists in files and between processes.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/crl.h"

enum { CRL_BEGINNING_MAX = 16 * 1024, CRL_END_MAX = 16 * 1024 };

/* Where the parts are, as offsets in the list. */
struct crl_outline {
    uint64_t size;         /* of the whole list */
    uint64_t tbs_at;       /* tbsCertList, with its header */
    uint64_t tbs_end;      /* behind it */
    uint64_t entries_at;   /* the first entry; the end of the beginning */
    uint64_t entries_end;  /* behind the last one; entries_at when there are none */
    uint64_t fixed_at;     /* tbsCertList's content */
    uint64_t fixed_end;    /* the header of the entries, entries_at when there is none */
    uint64_t algorithm_at; /* AlgorithmIdentifier in tbsCertList */
};

/* From the list's first bytes; more than its beginning may be given, and bytes that end where
 * entries would begin are the beginning of a list without any. INVALID: not a CRL, or its beginning
 * is cut short. */
enum status crl_outline_read(struct span bytes, struct crl_outline *ret_outline);

/* What beginning and end say: the list without its entries, whose signature is of no use. INVALID.
 */
enum status crl_read_frame(const struct crl_outline *outline, struct span beginning,
                           struct span end, struct crl **ret_crl);

struct crl_reader;
/* `beginning` ends at outline->entries_at. INVALID: a signature algorithm that hashes in a way of
 * its own (RSASSA-PSS). */
enum status crl_reader_begin(const struct crl_outline *outline, struct span beginning,
                             struct crl_reader **ret_reader);
/* The entries, in pieces of any size. */
enum status crl_reader_entries(struct crl_reader *reader, struct span piece);
/* From outline->entries_end to the end. OK: issued and signed by `issuer`. INVALID says what is
 * not. */
enum status crl_reader_end(struct crl_reader *reader, struct span end,
                           const struct certificate *issuer, struct crl_info *ret_info);
void crl_reader_free(struct crl_reader *reader);
CLEANUP_POINTER(struct crl_reader, crl_reader_free)
