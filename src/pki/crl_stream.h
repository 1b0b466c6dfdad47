/*
 * A revocation list of any length, made piece by piece: what stands before the entries, the
 * entries as they come, what stands behind them. Neither the maker nor whoever passes the pieces on
 * holds more than one of them. RFC 5280 section 5: version 2, number and AKI, no other extension.
 *
 * DER puts the length of a SEQUENCE before its content, and the hash of the list begins with it. So
 * the maker is told beforehand how many entries will come and how many octets they take; what comes
 * must be exactly that, or the list is not signed.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "pki/crl.h"

enum {
    CRL_ENTRY_SIZE_MAX = 56,           /* octets of an entry's DER */
    CRL_STREAM_ENTRIES_MAX = 10000000, /* so that every length fits 32 bits */
};

/* What is known of a list before its entries. */
struct crl_plan {
    int64_t number; /* as of struct crl_fields, and so are the times */
    int64_t this_update;
    int64_t next_update;
    uint32_t count;  /* of the entries */
    uint32_t octets; /* of all of them: the sum of crl_entry_size() */
};

/* The octets of a serial as struct crl_entry has it, with their number; 0 when it is none. */
enum { CRL_SERIAL_OCTETS_MAX = 20 };
size_t crl_serial_octets(const char *serial, uint8_t ret_octets[static CRL_SERIAL_OCTETS_MAX]);

/* Octets of the entry's DER. INVALID: a serial, time or reason that cannot stand in a list. */
enum status crl_entry_size(const struct crl_entry *entry, size_t *ret_octets);

struct crl_stream;

/* Appends what stands before the entries. INVALID names the clause; the key must be the issuer's,
 * and both must outlive the stream. */
enum status crl_stream_begin(const struct crl_plan *plan, const struct certificate *issuer,
                             const struct private_key *issuer_key, struct crl_stream **ret_stream,
                             struct buf *der);
/* Appends these entries, unsorted as they come (the RFC asks for no order). INVALID: one of them,
 * or more than was planned. */
enum status crl_stream_add(struct crl_stream *stream, const struct crl_entry *entries, size_t count,
                           struct buf *der);
/* Signs, and appends what stands behind the entries. INVALID: fewer entries than were planned. */
enum status crl_stream_end(struct crl_stream *stream, struct buf *der);
void crl_stream_free(struct crl_stream *stream);
CLEANUP_POINTER(struct crl_stream, crl_stream_free)
