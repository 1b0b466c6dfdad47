/*
 * When a revocation list is due, and the task that publishes it.
 *
 * The issuing CA's: as soon as something was revoked, in whatever process; and crl.interval after
 * the last one, at most half of its lifetime, so that a machine may be down for days before a list
 * expires. Lists that take long are not made one upon the other: the next waits four times as long
 * as the last one took, so that with a million entries and a steady stream of revocations most of
 * the time is left to others.
 *
 * The root's: when something it signed was revoked, and when a third of its life is left. Its key
 * is not in this process, and may not be on this machine at all. If it is there, a process of its
 * own
 * (`certferry crl publish`) reads it for that moment, at most once an hour; if it is not, the log
 * and `certferry check` say what to do, from that time on, which is months before the list expires.
 */
#pragma once

#include "pki/crl.h"
#include "service/crl_publish.h"

struct crl_due {
    bool now;
    const char *why;      /* when it is: the rest of "because ..." */
    int64_t wait;         /* when it is not: seconds until it may be by time alone */
    bool there;           /* a list is in its place; */
    struct crl_info info; /* what it says, without the count */
};

/* A list that cannot be read counts as none, and the log says why. */
enum status crl_due(const struct service *service, enum crl_authority which,
                    struct crl_due *ret_due);
