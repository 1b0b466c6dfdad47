/*
 * Notices of expiry to users: mail.notice before a certificate ends, and once more mail.reminder
 * before. Each certificate gets each notice once: a place in the order of endings is remembered for
 * either, in the transaction that queues the mails up to it. A certificate without mail address
 * gets none; nor does one when the same user's device has a newer one already. A notice holds no
 * link.
 */
#pragma once

#include "service/service.h"

#include <stdint.h>

/* Queues what is due at `now`, but for what was issued within the last link.lease: another one that
 * ends no later may still be on its way, and would be passed by. *ret_wait becomes the earlier of
 * itself and the seconds until the first of those is due. */
enum status mail_notice(const struct service *service, int64_t now, int64_t *ret_wait);
