/*
 * What a working server needs from its machine and its authority, as values: `certferry check` and
 * the start page put them into words. Nothing here writes, and nothing takes long: it may be asked
 * with every page.
 */
#pragma once

#include "pki/cert.h"
#include "pki/crl.h"
#include "service/service.h"
#include "service/trust.h"

#include <stdint.h>

enum health_level { HEALTH_GOOD, HEALTH_WARNING, HEALTH_ERROR };

enum health_subject {
    HEALTH_CLOCK,  /* kept right by a time service? */
    HEALTH_DISK,   /* .amount: bytes free where the database is */
    HEALTH_SIGNER, /* does the process that signs live? */
    HEALTH_ROOT,   /* .amount: when the certificate ends, as for the next three */
    HEALTH_ISSUING,
    HEALTH_HTTPS,
    HEALTH_EAS,      /* left out without that listener */
    HEALTH_ROOT_CRL, /* .amount: its nextUpdate; 0 when there is none that can be read */
    HEALTH_ISSUING_CRL,
    HEALTH_OCSP,    /* .amount: the responder's certificate ends; 0 when there is none; left out in
                       commands */
    HEALTH_FOREIGN, /* lists of other CAs, the worst; .amount: the first nextUpdate of any; left out
                       without other CAs */
    HEALTH_SUBJECTS,
};

struct health_finding {
    enum health_subject subject;
    enum health_level level;
    int64_t amount;
};

struct health {
    struct health_finding findings[HEALTH_SUBJECTS];
    size_t count; /* less than all: a CA that publishes its list elsewhere has no finding of it */
};

void health_read(const struct service *service, int64_t now, struct health *ret_health);

/* The parts, for `certferry check`. */

/* Adjusted by a time service; certificates go by the time. */
bool health_clock_is_kept(void);
/* Bytes that the program may still write beside the database. IO. */
enum status health_free_space(const struct config *config, int64_t *ret_bytes);
enum health_level health_of_space(int64_t bytes);
/* WARNING in the last 30 days, ERROR before and after. */
enum health_level health_of_validity(int64_t not_before, int64_t not_after, int64_t now);
/* WARNING when a third of its life is left: another one should be there by then. */
enum health_level health_of_crl(const struct crl_info *info, int64_t now);
/* WARNING when it should have been renewed, ERROR after its end. */
enum health_level health_of_responder(int64_t not_after, int64_t now);
/* The finding HEALTH_OCSP. */
struct health_finding health_responder(const struct service *service, int64_t now);
/* ERROR where certificates are refused for want of a list, WARNING where one is missing or late. */
enum health_level health_of_source(const struct trust_source *source);
/* The list in `path`, however long, without its entries and without a look at its signature: that
 * is for `certferry check`. NOT_FOUND, IO, INVALID. */
enum status health_crl(const char *path, struct crl_info *ret_info);
