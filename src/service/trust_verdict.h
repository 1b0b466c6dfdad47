/*
 * Whether a phone may in: eas/verdict.h on what a front end saw, with the trust in use, the live
 * table of certificates and what the caller knows of pins and blocks. Every request is judged in
 * full; only signatures that were found right before are not computed again (trust_cache.h).
 */
#pragma once

#include "base/limits.h"
#include "eas/verdict.h"
#include "service/service.h"

enum {
    TRUST_SERIAL_SIZE = 64,
    TRUST_ISSUER_SIZE = 512,
};

/* DeviceId and block of a certificate, asked for when it is known which one it is. */
struct trust_local {
    char pinned_device[128]; /* "": not pinned */
    bool blocked;
};
struct trust_identified {
    const struct certificate_info *info;
    const char *identity; /* NULL: it names nobody */
    bool own;             /* below our own issuing CA */
};
/* What the caller keeps of the certificate; a status other than OK ends the judgement. */
typedef enum status trust_ask_local(void *context, const struct trust_identified *identified,
                                    struct trust_local *ret_local);

struct trust_question {
    const struct span *certificates; /* DER, leaf first; none: nothing was presented. Of any size
                                        and number: what is too large or too many is refused */
    size_t count;
    bool unreadable;            /* something came that could not even be decoded to DER */
    int64_t at;                 /* seconds since 1970 */
    struct span user;           /* as the phone sent it; empty: nothing to compare */
    struct span login;          /* whose password came too, likewise */
    bool login_unknown;         /* somebody logs in, and who cannot be read */
    struct span device;         /* DeviceId; empty: none was sent */
    trust_ask_local *ask_local; /* NULL: nothing is pinned or blocked */
    void *context;
};

/* Everything is copied; "" or 0 for what is not known. */
struct trust_answer {
    struct verdict verdict; /* .identity points to `identity` below, or is NULL */
    char identity[LIMIT_USER + 1];
    char serial[TRUST_SERIAL_SIZE]; /* as certificate_info.serial */
    char issuer[TRUST_ISSUER_SIZE]; /* cut when it is longer */
    uint8_t sha256[SHA256_SIZE];    /* of the leaf's DER; zeroes without one */
    int64_t not_before;
    int64_t not_after;
    bool has_certificate;       /* one could be read */
    bool own;                   /* its path ends at our own issuing CA */
    enum verdict_record record; /* of an own one */
    bool cached;                /* the path was known already */
};

/*
 * A status other than OK is a fault of ours, or what ask_local() returned: nobody is let in then.
 * The service has SERVICE_TRUST; from any thread. The answer must not be copied without setting
 * verdict.identity anew.
 */
enum status trust_verdict(const struct service *service, const struct trust_question *question,
                          struct trust_answer *ret_answer);
