/*
 * Whether a phone may in, and if not, why: one function without I/O, the same for the EAS listener,
 * for the auth subrequest of a proxy and for `certferry eas verify`.
 *
 * The reasons stand in the order in which they are looked for; the first that holds is given.
 */
#pragma once

#include "eas/identity.h"
#include "pki/path.h"

/*
 * X(NAME, text, HTTP status, what IIS would say, source, sentence). The texts are part of the
 * interface.
 */
#define VERDICT_TABLE(X)                                                                           \
    X(NO_CERTIFICATE, "no_certificate", 403, "403.7", "RFC 8446 4.4.2",                            \
      "The phone presented no certificate.")                                                       \
    X(UNREADABLE, "unreadable", 403, "403.16", "RFC 5280 4.1",                                     \
      "What the phone presented is not a certificate.")                                            \
    X(NOT_YET_VALID, "not_yet_valid", 403, "403.17", "RFC 5280 4.1.2.5",                           \
      "The certificate is not yet valid.")                                                         \
    X(EXPIRED, "expired", 403, "403.17", "RFC 5280 4.1.2.5", "The certificate has expired.")       \
    X(UNTRUSTED_ISSUER, "untrusted_issuer", 403, "403.16", "RFC 5280 6.1",                         \
      "The certificate is from a CA that is not trusted here.")                                    \
    X(BAD_SIGNATURE, "bad_signature", 403, "403.16", "RFC 5280 6.1.3",                             \
      "The certificate was not signed by the CA that it names.")                                   \
    X(PATH_INVALID, "path_invalid", 403, "403.16", "RFC 5280 6.1",                                 \
      "A rule of the certificate's CAs is broken.")                                                \
    X(WRONG_EKU, "wrong_eku", 403, "403.16", "RFC 5280 4.2.1.12",                                  \
      "The certificate is not for logging in.")                                                    \
    X(REVOKED, "revoked", 403, "403.13", "RFC 5280 6.3", "The certificate was revoked.")           \
    X(REVOCATION_UNKNOWN, "revocation_unknown", 403, "403.13", "RFC 5280 6.3",                     \
      "Whether the certificate was revoked is not known.")                                         \
    X(NO_IDENTITY, "no_identity", 401, "401.2", "RFC 5280 4.2.1.6",                                \
      "The certificate names no user.")                                                            \
    X(USER_MISMATCH, "user_mismatch", 403, "403.12", "MS-ASHTTP 2.2.1.1.1.1",                      \
      "The certificate is of another user than the account on the phone.")                         \
    X(DEVICE_MISMATCH, "device_mismatch", 403, "403.12", "MS-ASHTTP 2.2.1.1.1.1",                  \
      "The certificate belongs to another device.")                                                \
    X(BLOCKED, "blocked", 403, "403.12", "local policy", "An operator blocked this.")              \
    X(ALLOWED, "allowed", 200, "", "", "The phone may in.")

enum verdict_reason {
#define VERDICT_ENUM(name, text, http, iis, source, sentence) VERDICT_##name,
    VERDICT_TABLE(VERDICT_ENUM)
#undef VERDICT_ENUM
};

const char *verdict_reason_text(enum verdict_reason reason);
int verdict_http(enum verdict_reason reason);
const char *verdict_iis_substatus(enum verdict_reason reason);
const char *verdict_source(enum verdict_reason reason);
const char *verdict_sentence(enum verdict_reason reason);

/* What is known of a certificate below an anchor of PATH_REVOCATION_ELSEWHERE. */
enum verdict_record {
    VERDICT_RECORD_NONE, /* nobody knows it: for an own CA, a certificate that it never issued */
    VERDICT_RECORD_VALID,
    VERDICT_RECORD_REVOKED,
};

struct verdict_request {
    const struct certificate *certificate;    /* NULL: none, or unreadable */
    const struct certificate_list *presented; /* what came with it; NULL: nothing */
    bool unreadable;                          /* something came that is no certificate */
    int64_t at;                               /* seconds since 1970 */
    enum verdict_record record;
    struct span user;          /* as the phone sent it; empty: nothing to compare */
    struct span login;         /* whose password came too, likewise */
    bool login_unknown;        /* somebody logs in, and who cannot be read */
    struct span device;        /* DeviceId; empty: none was sent */
    const char *pinned_device; /* the one that the certificate is pinned to; NULL: not pinned */
    bool blocked;
};

struct verdict {
    enum verdict_reason reason;
    char detail[PATH_DETAIL_SIZE]; /* clause and what exactly; when allowed, why revocation is not
                                      known (soft-fail), else "" */
    const char *identity;          /* whom the certificate names, its memory; NULL: nobody */
    bool revocation_unknown;       /* allowed although nobody could say (soft-fail) */
};

/* The verdict on a certificate whose path was checked at request->at; `path` is NULL without a
 * certificate. */
void verdict_of_path(const struct path_result *path, const struct identity_rules *rules,
                     const struct verdict_request *request, struct verdict *ret_verdict);
/* Checks the path first. A status other than OK is a fault of ours: nobody is let in then. */
enum status verdict_of(const struct path_trust *trust, const struct identity_rules *rules,
                       const struct verdict_request *request, struct verdict *ret_verdict);
