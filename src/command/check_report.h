/*
 * The findings of `certferry check`: one line each, as text or as JSON, and the groups of checks
 * that make them. A check fails (returns other than STATUS_OK) only when it cannot report.
 */
#pragma once

#include "base/status.h"
#include "config/config.h"
#include "service/health.h"

enum check_level { CHECK_OK, CHECK_WARNING, CHECK_ERROR };
enum check_level check_level_of(enum health_level level);

struct check_report {
    bool json;
    int errors;
};

/* `subject` is a word or two ("CA key"); `mend` says what to do, "" when nothing is. */
enum status check_say(struct check_report *report, enum check_level level, const char *subject,
                      const char *mend, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* A finding from a status: OK says `good`, a failure its detail as an error. */
enum status check_say_status(struct check_report *report, enum status status, const char *subject,
                             const char *mend, const char *good);

/* Modes, passphrase, and that each key fits its certificate. */
enum status check_keys(struct check_report *report, const struct config *config);
/* Chain, validity, names, revocation lists. */
enum status check_certificates(struct check_report *report, const struct config *config);
/* The whole database is read. */
enum status check_database(struct check_report *report, const struct config *config);
/* The certificate of the OCSP responder. */
enum status check_ocsp(struct check_report *report, const struct config *config);
/* Other CAs that are trusted, and how old their lists are. */
enum status check_trust(struct check_report *report, const struct config *config);
/* Clock, disk, locked memory, open files. */
enum status check_machine(struct check_report *report, const struct config *config);
/* The mail server, if one is configured. */
enum status check_mail(struct check_report *report, const struct config *config);
/* Ports that are free, or served already. */
enum status check_listeners(struct check_report *report, const struct config *config);
