/* A whole authority in a folder of its own, with small fast keys, and a service on it. */
#pragma once

#include "config/config.h"
#include "service/authority.h"
#include "service/claim.h"
#include "service/collect.h"
#include "service/enrol.h"
#include "service/service.h"
#include "store/certificate_store.h"

#include <criterion/criterion.h>

struct fixture {
    char folder[64];     /* goes with the process that made it, not with its children */
    char authority[128]; /* the authority's folder in it */
    struct config *config;
    struct service *service;
    pid_t owner;
};

/* Makes the authority; opens nothing. `settings` may be NULL. */
void fixture_make(struct fixture *fixture, const struct config_setting *settings, size_t count);
/* Makes and opens, with a signer. */
void fixture_open(struct fixture *fixture);
/* Opens what was made; closes it first when it is open: a restart. */
void fixture_restart(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
CLEANUP_VALUE(struct fixture, fixture_close)

/* The database, beside its service. */
void run_sql(const struct fixture *fixture, const char *sql);
/* The first column of the first row as a number. */
int64_t ask_sql(const struct fixture *fixture, const char *sql);
/* Whether the database or its write-ahead log holds the bytes. */
bool files_contain(const struct fixture *fixture, struct span bytes);

extern const struct actor anna;    /* an operator */
extern const struct claimer phone; /* 192.0.2.7, "iPhone" */

/* A link for ben@example.org, with a name, a mail address and a device. */
struct enrol_created make_link(const struct fixture *fixture);
/* POSTs the PIN, NULL for the right one. */
enum status post_pin(const struct fixture *fixture, const struct enrol_created *link,
                     const char *pin, const struct claimer *claimer, struct claim *claim);
/* The right PIN of the phone, which must work. */
struct claim claim_it(const struct fixture *fixture, const struct enrol_created *link);
/* The same, when only that it works matters. */
void expect_claimable(const struct fixture *fixture, const struct enrol_created *link);
/* A PIN that is not the link's. */
void wrong_pin(const struct enrol_created *link, char ret_pin[static 16]);
enum link_state state_of(const struct fixture *fixture, const struct enrol_created *link);

#define expect_ok(expression)                                                                      \
    do {                                                                                           \
        enum status expect_status_ = (expression);                                                 \
        cr_assert_eq(expect_status_, STATUS_OK, "%s: %s", status_name(expect_status_),             \
                     status_detail());                                                             \
    } while (0)

#define expect_detail(expression, wanted, text)                                                    \
    do {                                                                                           \
        enum status expect_status_ = (expression);                                                 \
        cr_assert_eq(expect_status_, (wanted), "%s: %s", status_name(expect_status_),              \
                     status_detail());                                                             \
        cr_assert_not_null(strstr(status_detail(), (text)), "%s", status_detail());                \
    } while (0)
