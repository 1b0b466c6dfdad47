/*
 * Who is this phone, and may it in? The one use case of everything that sees a phone: the EAS
 * listener and the question of a proxy.
 *
 *     struct device_verdict verdict defer(device_verdict_clear) = {0};
 *     TRY(verify_device(service, &request, &verdict));
 *     ... answer, by verdict.verdict.reason ...
 *     verify_device_answered(service, &verdict, 200, 0);
 *
 * Revocation, time, pins and blocks are looked at with each request. What a known device needs of
 * the database is kept in memory until anybody changes the database, so that a repeated request
 * writes nothing. What must not be lost is durable before the answer: a new pin, the first use of a
 * link's certificate, policy keys. The sighting is written a moment after it.
 *
 * A DeviceId proves nothing by itself: a device is one certificate (or, without one, one user) with
 * one DeviceId.
 */
#pragma once

#include "base/limits.h"
#include "eas/mailbox.h"
#include "eas/query.h"
#include "eas/verdict.h"
#include "service/policy_rules.h"
#include "service/probe_run.h"
#include "service/service.h"
#include "store/device_store.h"
#include "store/sighting_store.h"

/* What a front end saw of one request; texts may be NULL or "" when they are not known, and come
 * from outside: they are cleaned and cut before they are kept. */
struct device_request {
    enum sighting_front front;
    enum sighting_certificate source;
    const struct span *certificates; /* DER, leaf first; of what was presented */
    size_t certificate_count;
    bool unreadable;               /* something came that could not be decoded */
    const struct eas_query *query; /* NULL: there was none */
    int version;                   /* protocol version times ten, of header or query; 0: none */
    const char *method;
    const char *address; /* of the phone */
    const char *agent;
    const char *tls_version;
    const char *cipher;
    const char *connection; /* the same for all requests of one connection */
    int64_t request_number; /* on it, from 1 */
    int64_t handshake_age;  /* seconds since the handshake of this connection */
    int64_t session_age;    /* seconds since the full handshake of its TLS session */
    const char *authorization_scheme;
    const char *authorization_user; /* never the password */
    bool compare_login; /* that one must be the certificate's too, besides the query's */
    bool login_unknown; /* somebody logs in who cannot be compared, though he must */
    bool has_policy_key;
    uint32_t policy_key;
    int64_t body; /* bytes of the body that were announced; 0: none, or not known */
    bool cut_off; /* the body did not come */
};

struct sighting;
enum { DEVICE_SERIAL_SIZE = 64 };

struct device_verdict {
    struct verdict verdict;        /* its `identity` is NULL: the next member is it */
    char identity[LIMIT_USER + 1]; /* whom the certificate names; "": nobody, or no certificate */
    char serial[DEVICE_SERIAL_SIZE];
    char device[DEVICE_KEY_SIZE]; /* id of the row; "" when it was not let in and is not known */
    struct eas_provision_state provisioning;
    struct policy_rules policy; /* what the organisation wants of it */
    struct probe_run run;       /* what a probe wants of it, which counts before that */
    struct sighting *sighting;  /* private: waits for what will be answered */
};
/* A verdict that was not answered leaves no sighting. */
void device_verdict_clear(struct device_verdict *verdict);
CLEANUP_VALUE(struct device_verdict, device_verdict_clear)

/* A refusal is an answer and stands in the verdict. A status other than OK is a fault of ours:
 * nobody is let in then. */
enum status verify_device(const struct service *service, const struct device_request *request,
                          struct device_verdict *ret_verdict);

/* What was answered: HTTP status, and EAS Status or 0. Never fails, never waits for the disk. */
void verify_device_answered(const struct service *service, struct device_verdict *verdict, int http,
                            int eas_status);

/* The policy keys in a device's row. Those that cannot be read are as of one that never
 * provisioned, which is sent there again; the log has it. */
void verify_device_read(const struct device_row *row, struct eas_provision_state *ret_provisioning);

/* What a phone says of itself; "" for what it does not. */
struct device_description {
    const char *model;
    const char *os;
    const char *friendly_name;
};
/* Provisioning, from what a reply was made from to what it says. */
struct device_step {
    struct eas_provision_state before;
    struct eas_provision_state after;
};
/*
 * Its provisioning with its keys, before they are answered, and the description; each may be NULL.
 * NOT_FOUND: no such device. CONFLICT: another request was faster, so that the reply is none.
 */
enum status verify_device_provisioned(const struct service *service, const char *device,
                                      const struct device_step *step,
                                      const struct device_description *description);

/* For service/probe_run.h, in its transaction: the CONFLICT above, and the writing. */
enum status verify_device_unchanged(struct db_tx *tx, const char *device,
                                    const struct eas_provision_state *before);
enum status verify_device_write(struct db_tx *tx, const char *device,
                                const struct eas_provision_state *provisioning,
                                const struct device_description *description);
/* Provisioning, policy and probe as they are now, after another request changed them. NOT_FOUND. */
enum status verify_device_reload(const struct service *service, struct device_verdict *verdict);

/* A TLS handshake that failed after it began. */
struct device_handshake {
    const char *address;
    const char *tls_version;
    bool certificate_asked;
    bool certificate_seen;
    bool distrusted;    /* the phone refused the certificate of the server */
    const char *reason; /* of the TLS layer */
};
void verify_device_handshake_failed(const struct service *service,
                                    const struct device_handshake *handshake);
