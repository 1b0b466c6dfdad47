/*
 * The mails that somebody asks for: a link, the CA certificates, a test. Notices that certferry
 * sends by itself are in service/mail_notice.h and service/mail_digest.h.
 */
#pragma once

#include "service/audit.h"
#include "service/enrol.h"
#include "service/mail_queue.h"

/* Where mail for somebody goes: the mail address, else the user where that is one, else "". */
const char *mail_address_of(const char *user, const char *mail);

/* Whether the mail of a link could be queued: CONFLICT when mail is off, INVALID when there is no
 * address or `language` (NULL: as configured) is none. */
enum status mail_link_check(const struct service *service, const char *user, const char *mail,
                            const char *language);

/*
 * Queues the mail of a link, in the transaction that made it: enrol_create() does so for a request
 * with `send`. The mail holds the link and never the PIN; it is not sent any more once the link is
 * claimed, cancelled, locked or expired.
 */
enum status mail_link(const struct service *service, struct db_tx *tx, const struct actor *actor,
                      const struct enrolment *link, const struct secret *token,
                      const char *language, char ret_id[static MAIL_ID_SIZE]);

/* Queues the CA certificates as attachments (.cer), for phones that take them from a mail only. */
enum status mail_ca(const struct service *service, const struct actor *actor, const char *address,
                    const char *language, char ret_id[static MAIL_ID_SIZE]);

/* Hands a test mail to the server at once, past the queue. CONFLICT with what the server said. */
enum status mail_test(const struct service *service, const struct actor *actor, const char *address,
                      const char *language);
