/*
 * The certification path of somebody else's certificate, RFC 5280 section 6, as OpenSSL validates
 * it: signatures, time, basic constraints, path length, key usage, name constraints, policies,
 * critical extensions, and CRLs of section 6.3 (complete ones; a delta, or an indirect or partial
 * one that does not cover the certificate, counts as none).
 *
 * All that is wrong is collected, and the one fault that explains most is given: they stand in
 * enum path_fault in that order.
 */
#pragma once

#include "base/limits.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/crl.h"

/* How a certificate below an anchor is known to be revoked. */
enum path_revocation {
    PATH_REVOCATION_HARD,      /* by CRLs of every CA on the path; none or an old one is a fault */
    PATH_REVOCATION_SOFT,      /* by CRLs where there are current ones */
    PATH_REVOCATION_ELSEWHERE, /* the caller asks somebody who knows: no CRL is looked at */
};

struct path_anchor {
    struct certificate *certificate; /* self-signed or not: the path ends here */
    enum path_revocation revocation;
    const char *const *policies; /* OIDs of which a path to it must have one; none: any will do */
    size_t policy_count;
};

enum { PATH_ANCHORS_MAX = 32, PATH_CRLS_MAX = 64, PATH_POLICIES_MAX = 16 };

/* Everything is shared or copied: nothing of it must outlive the call. */
struct path_trust_options {
    const struct path_anchor *anchors;
    size_t anchor_count;
    const struct certificate_list *helpers; /* CA certificates that a path may need; NULL: none */
    const struct crl *const *crls;
    size_t crl_count;
    const char *const *policies; /* the same for every path */
    size_t policy_count;
};

/* Whom we trust; never changes, and serves any number of threads. */
struct path_trust;
/* INVALID: no anchor, too many of something, a policy that is no OID. */
enum status path_trust_new(const struct path_trust_options *options, struct path_trust **ret_trust);
void path_trust_free(struct path_trust *trust);
CLEANUP_POINTER(struct path_trust, path_trust_free)

enum path_fault {
    PATH_NOT_YET_VALID,      /* RFC 5280 4.1.2.5, of any certificate on the path */
    PATH_EXPIRED,            /* the same */
    PATH_UNTRUSTED,          /* no way from the certificate to an anchor */
    PATH_BAD_SIGNATURE,      /* 6.1.3 (a) (1) */
    PATH_UNFIT,              /* anything else that section 6.1 asks of the path or its keys */
    PATH_WRONG_EKU,          /* 4.2.1.12: the certificate is not for TLS clients */
    PATH_REVOKED,            /* 6.3 */
    PATH_REVOCATION_UNKNOWN, /* 6.3: no current CRL says anything */
    PATH_SOUND,
};

enum { PATH_DETAIL_SIZE = 320 };
struct path_result {
    enum path_fault fault;
    char detail[PATH_DETAIL_SIZE];    /* clause, what, and whose certificate; "" when sound and
                                         revocation is known */
    const struct certificate *anchor; /* where the path ended, owned by the trust; NULL: nowhere */
    enum path_revocation revocation;  /* of the anchor */
    bool revocation_unknown;          /* soft: no current CRL said anything */
    int64_t same_from;                /* at any moment from this one */
    int64_t same_until;               /* to that one the result would be the same */
};

/*
 * Checks `leaf` as the certificate of a TLS client at the moment `at`. `presented` is what it came
 * with, in any order (NULL: nothing): only helps to find the way. What is wrong with the
 * certificate stands in the result; a status other than OK is a fault of ours.
 */
enum status path_check(const struct path_trust *trust, const struct certificate *leaf,
                       const struct certificate_list *presented, int64_t at,
                       struct path_result *ret_result);
