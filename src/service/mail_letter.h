/*
 * What our mails say: each in the two forms of its template under www/templates, in the language of
 * who gets it. No letter holds a PIN or a password; that of a link holds the link, so its buffers
 * are secret until they are sealed.
 */
#pragma once

#include "base/buf.h"
#include "mail/message.h"
#include "service/service.h"
#include "view/catalogue.h"
#include "view/pages.h"

struct letter {
    const struct text_catalogue *texts;
    struct buf subject;
    struct buf text;
    struct buf html;
};
void letter_clear(struct letter *letter);
CLEANUP_VALUE(struct letter, letter_clear)

/* In the language, or in the configured one for NULL and "". INVALID names those there are. */
enum status letter_begin(const struct service *service, const char *language,
                         struct letter *ret_letter);

/* Each writes the three parts; the values are escaped as their place needs. */
enum status letter_link(const struct service *service, const struct view_link_letter *link,
                        struct letter *letter);
enum status letter_ca(const struct service *service, const struct view_ca_letter *ca,
                      struct letter *letter);
enum status letter_expiry(const struct service *service, const struct view_expiry_letter *expiry,
                          struct letter *letter);
enum status letter_digest(const struct service *service, const struct view_digest_letter *digest,
                          struct letter *letter);
enum status letter_test(const struct service *service, struct letter *letter);
