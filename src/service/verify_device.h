/*
 * Whether the phone behind one request may in: the verdict (eas/verdict.h) on what a front end saw,
 * against our own authority, whose table says what is revoked.
 */
#pragma once

#include "base/limits.h"
#include "eas/query.h"
#include "eas/verdict.h"
#include "service/service.h"

enum sighting_front { SIGHTING_EAS, SIGHTING_AUTH };

/* Where the certificate of a request came from. */
enum sighting_certificate {
    SIGHTING_CERTIFICATE_NONE,
    SIGHTING_CERTIFICATE_HANDSHAKE,
    SIGHTING_CERTIFICATE_RESUMED,
    SIGHTING_CERTIFICATE_FORWARDED, /* by a proxy that does not say which of the two */
};

/* What a front end saw of one request; texts "" when not known. */
struct device_request {
    enum sighting_front front;
    enum sighting_certificate source;
    const struct span *certificates; /* DER, leaf first */
    size_t certificate_count;
    bool unreadable;               /* something came that could not be decoded */
    const struct eas_query *query; /* NULL: none (OPTIONS without one) */
    int version;                   /* from header or query, 0 */
    const char *method;
    const char *address;
    const char *agent;
    const char *tls_version;
    const char *cipher;
    const char *connection;
    int64_t request_number; /* 0: not known, as the next two */
    int64_t handshake_age;
    int64_t session_age;
    const char *authorization_scheme;
    const char *authorization_user;
    bool has_policy_key;
    uint32_t policy_key;
};

enum { VERIFY_SERIAL_SIZE = 129 };
struct device_verdict {
    struct verdict verdict; /* its identity is NULL: the next one is it */
    char identity[LIMIT_USER + 1];
    char serial[VERIFY_SERIAL_SIZE]; /* "" when there is no certificate */
};

enum status verify_device(const struct service *service, const struct device_request *request,
                          struct device_verdict *ret_verdict);
/* What was answered. */
void verify_device_answered(const struct service *service, struct device_verdict *verdict, int http,
                            int eas_status);
