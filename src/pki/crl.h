/* Certificate revocation lists, RFC 5280 section 5. */
#pragma once

#include "base/buf.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/key.h"

/* CRLReason, RFC 5280 5.3.1, those that a CA of ours may give. */
enum crl_reason {
    CRL_REASON_UNSPECIFIED = 0, /* written as no reason at all, as the RFC asks */
    CRL_REASON_KEY_COMPROMISE = 1,
    CRL_REASON_CA_COMPROMISE = 2,
    CRL_REASON_AFFILIATION_CHANGED = 3,
    CRL_REASON_SUPERSEDED = 4,
    CRL_REASON_CESSATION_OF_OPERATION = 5,
    CRL_REASON_CERTIFICATE_HOLD = 6,
    CRL_REASON_PRIVILEGE_WITHDRAWN = 9,
};

/* "keyCompromise": the RFC's names. */
const char *crl_reason_name(enum crl_reason reason);
enum status crl_reason_parse(const char *name, enum crl_reason *ret_reason);
/* Whether the number is one of them. */
bool crl_reason_is_known(int64_t reason);

struct crl_entry {
    const char *serial; /* as certificate_info.serial */
    int64_t revoked_at;
    enum crl_reason reason;
};

struct crl_fields {
    int64_t number; /* 1 and more, higher than of every CRL before */
    int64_t this_update;
    int64_t next_update;
    const struct crl_entry *entries;
    size_t count;
};

/* Appends the DER of a signed CRL, made in memory: for short ones (crl_stream.h). INVALID names the
 * clause; the key must be the issuer's. */
enum status crl_issue(const struct crl_fields *fields, const struct certificate *issuer,
                      const struct private_key *issuer_key, struct buf *der);

enum { CRL_SIZE_MAX = 32 * 1024 * 1024 };

struct crl;
struct crl_info {
    int64_t number; /* -1 when absent or beyond 63 bits */
    int64_t this_update;
    int64_t next_update; /* 0 when absent */
    size_t count;
};

/* Exactly one CRL in DER of at most CRL_SIZE_MAX bytes. INVALID, TOO_LARGE. */
enum status crl_parse(struct span der, struct crl **ret_crl);
/* The same, or PEM with one X509 CRL (RFC 7468 6). */
enum status crl_parse_any(struct span bytes, struct crl **ret_crl);
void crl_free(struct crl *crl);
CLEANUP_POINTER(struct crl, crl_free)
struct crl_info crl_info(const struct crl *crl);
/* The DER of the whole list. */
enum status crl_append_der(const struct crl *crl, struct buf *der);

/* Names `issuer` as its own and says nothing critical that is unknown here; the signature is not
 * looked at. INVALID. */
enum status crl_check_issuer(const struct crl *crl, const struct certificate *issuer);
/* Speaks of every certificate of its issuer, whatever kind and reason, and by itself: neither
 * partial nor indirect (5.2.5) nor a delta (5.2.4). INVALID. */
enum status crl_check_complete(const struct crl *crl);
/* Issued by `issuer`, signed with its key. INVALID. */
enum status crl_check_signature(const struct crl *crl, const struct certificate *issuer);
/* Current at `at`. INVALID. */
enum status crl_info_check_time(const struct crl_info *info, int64_t at);
/* Issued and signed by `issuer`, and current at `at`. INVALID says what is not. */
enum status crl_check(const struct crl *crl, const struct certificate *issuer, int64_t at);
/* Does it list the serial? The entry points to the given text; its time is 0 when unreadable. */
bool crl_find(const struct crl *crl, const char *serial, struct crl_entry *ret_entry);
