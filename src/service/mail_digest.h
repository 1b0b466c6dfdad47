/*
 * The daily mail to admins: links that wait, claims that were refused, mails that were not sent,
 * certificates that end soon. Once a day from mail.digest_hour on; none when there is nothing to
 * say.
 */
#pragma once

#include "service/service.h"

#include <stdint.h>

/* Queues that of today, unless it was already. */
enum status mail_digest(const struct service *service, int64_t now);
