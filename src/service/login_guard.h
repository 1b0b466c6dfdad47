/*
 * Slows down who guesses passwords, and nobody else.
 *
 * A stranger's failed log-ins are counted for the name from this network (IPv4 /24, IPv6 /64) and
 * for the network as a whole (IPv4 /24, IPv6 /48); those of a browser with the mark of an earlier
 * log-in (service/device_cookie.h) for that browser alone. After so many failures the next try has
 * to wait, twice as long each time and LOGIN_WAIT_MOST at most. So a known name is not locked by
 * tries from elsewhere, and one whose browser is known not even by tries from his own address.
 * Tries that came too early count for nothing: an attacker's persistence makes nobody wait longer.
 * Failures are forgiven one by one with time, at once by a good log-in.
 *
 * Names that do not exist are counted as the others are. Each try is counted, durably, before its
 * password is looked at, and taken back when it was right: tries at the same moment cannot share
 * one. The audit gets a row for the first failure of a name, and then one for all of the next
 * LOGIN_REPORT_SECONDS: how much an attacker makes it grow does not depend on how much he tries.
 */
#pragma once

#include "pki/seal.h"
#include "service/audit.h"
#include "service/service.h"

struct db_tx;

enum {
    LOGIN_WAIT_MOST = 900,
    LOGIN_FREE_OF_NAME = 4,      /* failures without waiting */
    LOGIN_FREE_OF_NETWORK = 20,  /* many people may stand behind one address */
    LOGIN_FORGIVE_SECONDS = 600, /* one failure is forgotten every so often */
    LOGIN_REPORT_SECONDS = 600,
};

struct login_source {
    const char *name;    /* as typed */
    const char *address; /* of the peer */
    struct span device;  /* the mark of the browser, empty without one */
};

/* One try, on its way. A plain value. */
struct login_try {
    uint8_t keys[2][MAC_SIZE];
    int64_t free[2]; /* failures without waiting of each */
    size_t count;
    bool known_device;
};

/* Counts the try. TOO_MANY, with the seconds in the detail, when it comes too early: nothing is to
 * be computed then. */
enum status login_guard_enter(const struct service *service, const struct login_source *source,
                              int64_t now, struct login_try *ret_try);
/* The seconds after which login_guard_enter() would let in; 0 at once. */
enum status login_guard_wait(const struct service *service, const struct login_source *source,
                             int64_t now, int64_t *ret_seconds);
/* The log-in was good, in its transaction: the name starts anew, the network has the try back. */
enum status login_guard_passed(struct db_tx *tx, const struct login_try *try, int64_t now);
/*
 * What a try came to, when it was not passed. UNAUTHENTICATED is a failure: it stays counted and
 * the audit is seen to; the time does not tell whether the name exists. With any other status
 * nothing was judged, and the try is taken back. Gives `judged` again, with its detail.
 */
enum status login_guard_settle(const struct service *service, const struct login_source *source,
                               const struct login_try *try, enum status judged, int64_t now);

/* Writes overdue rows of the audit and drops what is forgiven; called now and then. */
enum status login_guard_tidy(const struct service *service, int64_t now);
