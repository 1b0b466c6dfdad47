/*
 * Nothing is signed with a date before the last one. The latest time that anything was dated with
 * stands in the database; whoever dates something asks here, in the transaction that precedes the
 * signature.
 *
 * A small step back is no alarm: a time service corrects a clock by seconds, and a machine without
 * one comes back from a restart some seconds off. Within CLOCK_GUARD_TOLERANCE certificates go on,
 * dated with the last time again. It is five minutes because certificates are dated back so far
 * (service/issue.c), so that none begins in the future of a clock that was corrected, and because
 * it is what Kerberos, the neighbour of most users of this program, allows two clocks to differ.
 *
 * A larger step back is an alarm, and nothing is signed: either the clock is wrong now, or it was
 * wrong then. Only a person can tell. In the first case the clock is to be set, in the second
 * clock_guard_accept() takes the present time for right ("certferry clock accept").
 */
#pragma once

#include "service/audit.h"
#include "service/service.h"

struct db_tx;

enum { CLOCK_GUARD_TOLERANCE = 5 * 60, CLOCK_GUARD_STEP = 60 };

/*
 * The time to date something with: now, or the last one while the clock is no more than the
 * tolerance behind it. It is kept, in this DB_WRITE transaction. CLOCK says what to do.
 */
enum status clock_guard_take(struct db_tx *tx, int64_t *ret_time);

/*
 * The same time for what is signed many times a second and must not write each time: nothing is
 * kept. *ret_take says that the date which is kept lies CLOCK_GUARD_STEP behind, so that
 * clock_guard_take() is due before the signature; what is never kept stays within the tolerance.
 */
enum status clock_guard_look(struct db_tx *tx, int64_t *ret_time, bool *ret_take);

/* The latest time that anything was dated with; 0 when nothing was. */
enum status clock_guard_last(struct db_tx *tx, int64_t *ret_last);
/* OK, or CLOCK as clock_guard_take() would refuse. Changes nothing. */
enum status clock_guard_check(struct db_tx *tx);

/* An admin says that the clock is right and was ahead before. CONFLICT: the clock is not behind.
 * *ret_last is what was forgotten. Lists and a running signer know the later dates still: a new
 * list comes by itself after `serve` was started again. */
enum status clock_guard_accept(const struct service *service, const struct actor *actor,
                               int64_t *ret_last);
