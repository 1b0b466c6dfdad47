/*
 * Sending what is queued: the background task "mail" (service/background.h), one mail after the
 * other.
 *
 * Never lost: a mail leaves the queue by the row that says what became of it, and by nothing else.
 * Never sent twice knowingly: each try is a lease; and before the end of the data goes out, the row
 * says durably that the server may have the mail from now on. A try that ends in any way before
 * that (refused, cut off by a crash, no connection) is made again. One that is cut off after it,
 * between that row and ours after the server's 250, is the one case in which nobody can know (RFC
 * 1047): the mail becomes `unsure`, is shown to operators and never sent again by itself. Should an
 * operator send it again, it has the same Message-ID, so that the reader's side can see that it is
 * the same mail.
 *
 * Tries wait mail.retry, then twice as long each time, an hour at most, until mail.give_up. 5xx to
 * the recipient or to the mail ends it at once as failed. What the server says before it has heard
 * of the mail (no log-in, no sender) is about us and not about the mail: it is tried again, and the
 * other mails wait too.
 *
 * A link's mail whose link was claimed, cancelled, locked or expired meanwhile is cancelled.
 */
#pragma once

#include "service/service.h"

#include <stdint.h>

/* Seconds beyond mail.timeout for which a try has its lease. */
enum { MAIL_LEASE_MARGIN = 15 };

/*
 * Sends what is due, until nothing is, the server cannot be reached or the process wants to end;
 * *ret_wait is the seconds until it should be called again. background_mail() is this and the
 * notices.
 */
enum status mail_deliver(const struct service *service, int64_t *ret_wait);

/* What a server said, without anything in it that could be a link's token: long runs of letters and
 * digits become "***". Refusals that quote the mail would else bring it into the clear. */
void mail_redact(char *reason);
