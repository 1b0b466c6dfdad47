/*
 * The queue of mails as operators see it, and putting a mail into it.
 *
 * A mail is put in within the transaction of what it is about: a link and its mail exist both or
 * neither. It is sent by the background task (service/mail_deliver.h), which serve alone runs. What
 * stands in the database is the whole mail sealed under the master key, and nothing once it was
 * sent.
 *
 * States, as `certferry mail list` shows them: queued, sending, sent; failed: refused for good or
 * given up; unsure: the server may have it (see mail_deliver.h); cancelled.
 */
#pragma once

#include "mail/message.h"
#include "service/audit.h"
#include "service/mail_letter.h"
#include "service/service.h"
#include "store/mail_store.h"

struct mail_draft {
    const char *kind;    /* as in the table `mail` */
    const char *to;      /* an address */
    const char *to_name; /* or "" */
    const struct letter *letter;
    const struct message_attachment *attachments;
    size_t attachment_count;
    const char *link_id; /* or "" */
    const char *serial;  /* or "" */
    int64_t useless_at;  /* after that nobody needs it; 0: as long as configured */
};

/*
 * Builds the mail, seals it and queues it with its audit row, in `tx`. CONFLICT: mail is off.
 * INVALID: the address. After the commit background_wake(service, BACKGROUND_MAIL) sends it at
 * once where serve runs.
 */
enum status mail_enqueue(const struct service *service, struct db_tx *tx, const struct actor *actor,
                         const struct mail_draft *draft, char ret_id[static MAIL_ID_SIZE]);

/* The message with what it needs beside the draft: sender, date, a Message-ID of the id. */
enum status mail_build(const struct service *service, const struct mail_draft *draft,
                       const char *id, int64_t now, struct buf *bytes);

/* A page, newest first; `state` is a text or NULL. INVALID: an unknown state, see store/page.h. */
enum status mail_list(const struct service *service, const char *state,
                      const struct page_request *page, struct mail_page *ret_page);
/* NOT_FOUND. */
enum status mail_show(const struct service *service, const char *id, struct mail_row *ret_mail);
/* The mail that holds the link, the last one of several. NOT_FOUND. */
enum status mail_of_link(const struct service *service, const char *link_id,
                         struct mail_row *ret_mail);
/* How many stand in each state. */
enum status mail_counts(const struct service *service, int64_t ret_counts[static MAIL_STATE_COUNT]);

/* Tries a queued mail now, and one that failed or is unsure again: the operator has decided that it
 * did not arrive. CONFLICT when it was sent, is cancelled or its text is not kept. */
enum status mail_retry(const struct service *service, const struct actor *actor, const char *id,
                       struct mail_row *ret_mail);
/* Erases the text of one that is queued, failed or unsure. CONFLICT when it is being sent or over.
 */
enum status mail_cancel(const struct service *service, const struct actor *actor, const char *id,
                        struct mail_row *ret_mail);
/* Cancels the queued mails of a link that ended, in the transaction that ended it. */
enum status mail_cancel_of_link(struct db_tx *tx, const struct actor *actor, const char *link_id,
                                const char *why);

/* The whole mail, out of its seal. */
enum status mail_open(const struct service *service, struct db_tx *tx, const char *id,
                      struct secret **ret_mail);
