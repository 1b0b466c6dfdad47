/*
 * Sightings: each request of a phone and each TLS handshake that failed, as rows that never change.
 * db/sqlite/0012_eas.sql has the columns. Functions that change rows need a DB_WRITE transaction.
 *
 * Texts are UTF-8, "" for what is not known; times are seconds since 1970.
 */
#pragma once

#include "store/db.h"
#include "store/page.h"

/* X(NAME, text) */
#define SIGHTING_KIND_TABLE(X)                                                                     \
    X(REQUEST, "request")                                                                          \
    X(FAILED_HANDSHAKE, "handshake")
#define SIGHTING_FRONT_TABLE(X)                                                                    \
    X(EAS, "eas")                                                                                  \
    X(AUTH, "auth")
#define SIGHTING_CERTIFICATE_TABLE(X)                                                              \
    X(CERTIFICATE_NONE, "none")                                                                    \
    X(CERTIFICATE_HANDSHAKE, "handshake")                                                          \
    X(CERTIFICATE_RESUMED, "resumed")                                                              \
    X(CERTIFICATE_FORWARDED, "forwarded")
#define SIGHTING_QUERY_TABLE(X)                                                                    \
    X(QUERY_NONE, "")                                                                              \
    X(QUERY_PLAIN, "plain")                                                                        \
    X(QUERY_BASE64, "base64")

#define SIGHTING_ENUM(name, text) SIGHTING_##name,
enum sighting_kind { SIGHTING_KIND_TABLE(SIGHTING_ENUM) };
enum sighting_front { SIGHTING_FRONT_TABLE(SIGHTING_ENUM) };             /* who asked us */
enum sighting_certificate { SIGHTING_CERTIFICATE_TABLE(SIGHTING_ENUM) }; /* how it came */
enum sighting_query { SIGHTING_QUERY_TABLE(SIGHTING_ENUM) };             /* how it was written */
#undef SIGHTING_ENUM

const char *sighting_kind_text(enum sighting_kind kind);
const char *sighting_front_text(enum sighting_front front);
const char *sighting_certificate_text(enum sighting_certificate certificate);
const char *sighting_query_text(enum sighting_query query);

/* As input, the texts belong to the caller; as output, to the row until sighting_row_clear(). */
struct sighting_row {
    int64_t id;         /* output only */
    const char *device; /* id of its device; "": nothing says which */
    enum sighting_kind kind;
    enum sighting_front front;
    int64_t at;
    const char *connection; /* the same for all requests of one connection */
    int64_t request_number; /* on it, from 1 */
    int64_t handshake_age;  /* seconds since the handshake of this connection */
    int64_t session_age;    /* seconds since the full handshake of its TLS session */
    const char *address;
    const char *tls_version;
    const char *cipher;
    enum sighting_certificate certificate;
    struct span fingerprint; /* SHA-256 of the certificate; empty: none */
    const char *serial;      /* what it says, as the next three; "" and 0 without one */
    const char *issuer;
    int64_t not_after;
    const char *identity;
    const char *method;
    const char *command; /* "Sync"; "" for OPTIONS and GET */
    const char *user;    /* as sent, as the next three */
    const char *device_id;
    const char *device_type;
    const char *agent;
    int64_t version; /* protocol version times ten, 0: not said */
    enum sighting_query query;
    int64_t policy_key; /* -1: none was sent */
    const char *authorization_scheme;
    const char *authorization_user;
    bool asked;         /* a handshake in which a certificate was asked for and none came */
    bool cut_off;       /* the body did not come */
    int64_t body;       /* bytes of it that were announced; 0: none, or not known */
    const char *reason; /* of the verdict, or "" */
    const char *detail;
    int64_t http;   /* answered; 0: nothing was */
    int64_t status; /* EAS Status answered; 0: none */
    void *storage;  /* private; NULL in a row that is input */
};
void sighting_row_clear(struct sighting_row *row);
CLEANUP_VALUE(struct sighting_row, sighting_row_clear)

enum status sighting_store_add(struct db_tx *tx, const struct sighting_row *row);

struct sighting_list {
    struct sighting_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void sighting_list_clear(struct sighting_list *list);
CLEANUP_VALUE(struct sighting_list, sighting_list_clear)
/* Those of one device, newest first; of "" those that nothing ties to one. The cursor is the number
 * of the last one. INVALID: see page.h. */
enum status sighting_store_list(struct db_tx *tx, const char *device,
                                const struct page_request *page, struct sighting_list *ret_list);

/* Of one device and before the sighting `before`: the last that was let in and the one after it, in
 * this order. Fewer, or none, when there is no such sighting. */
enum status sighting_store_list_turn(struct db_tx *tx, const char *device, int64_t before,
                                     struct sighting_list *ret_list);

/* Up to `most` that were refused at `since` or later, newest first. */
enum status sighting_store_list_refused(struct db_tx *tx, int64_t since, int64_t most,
                                        struct sighting_list *ret_list);
/* How many these are; counts up to `most`. */
enum status sighting_store_count_refused(struct db_tx *tx, int64_t since, int64_t most,
                                         int64_t *ret_count);

/* At most `most` of those before a time, the oldest first. */
enum status sighting_store_delete_old(struct db_tx *tx, int64_t before, int64_t most,
                                      int64_t *ret_count);
/* Of those of a device that came without a certificate, up to `most` of all but the newest `kept`.
 */
enum status sighting_store_delete_unproven(struct db_tx *tx, const char *device, int64_t kept,
                                           int64_t most, int64_t *ret_count);
/* At most `most` of one device ("": those of none), all but the `kept` newest ones. */
enum status sighting_store_delete_surplus(struct db_tx *tx, const char *device, int64_t kept,
                                          int64_t most, int64_t *ret_count);
